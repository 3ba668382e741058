import type { InfrastructureRef } from '@apexlogic/backstage-plugin-finops-common';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import { openArm } from './arm/openArm';
import { openCloudFormation } from './cloudformation/openCloudFormation';
import { openTerraform } from './terraform/openTerraform';
import type { Opened } from './types';

/** Finds a resource in the code of its tool. */
export async function openResource(
  ref: InfrastructureRef,
  path: string | undefined,
  reader: RepositoryReader,
): Promise<Opened> {
  switch (ref.system) {
    case 'terraform':
      return openTerraform(ref, path, reader);
    case 'cloudformation':
      return openCloudFormation(ref, path, reader);
    default:
      return openArm(ref, path, reader);
  }
}
