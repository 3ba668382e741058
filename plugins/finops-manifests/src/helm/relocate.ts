import type { ContainerRequests } from '@apexlogic/backstage-plugin-finops-common';
import type { DesiredState } from '../kubernetes/desiredState';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import { scopeOf } from '../kubernetes/resolveWorkload';
import type { Part } from '../partsOf';
import type { LocateTarget } from '../types';
import { locateBySetters, locateInCharts } from './locateInCharts';

/** Looks a part up again in files that were changed: what they say now is what it is for. */
export async function relocated(
  part: Part,
  desired: DesiredState,
  target: LocateTarget,
  reader: RepositoryReader,
): Promise<
  | { readonly kind: 'extracted'; readonly desired: DesiredState }
  | { readonly kind: 'not-found'; readonly reason: string }
> {
  const scope = scopeOf(target.path);
  const now = afterwards(part);
  const present = desired.containers.map(
    ({ name, cpuRequest, memoryRequest, memoryLimit }): ContainerRequests => ({
      container: name,
      cpuRequest,
      memoryRequest,
      memoryLimit,
    }),
  );
  const found =
    (await locateBySetters(now, scope, reader)) ??
    (await locateInCharts(now, { ...target, present }, scope, reader));
  return found?.kind === 'location' && found.desired
    ? { kind: 'extracted', desired: found.desired }
    : {
        kind: 'not-found',
        reason:
          found === undefined || found.kind === 'location'
            ? 'nothing says it'
            : found.reason,
      };
}

function afterwards(part: Part): Part {
  switch (part.kind) {
    case 'replicas':
    case 'autoscaler-bounds':
    case 'autoscaler-target':
      return { ...part, from: part.to } as Part;
    default:
      return part;
  }
}
