import { posix } from 'node:path';
import type {
  FieldChange,
  ObjectRef,
} from '@apexlogic/backstage-plugin-finops-common';
import type { Kustomization } from '../kubernetes/kustomization';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import { refuseFile } from '../plan';
import type { PlanRefusal } from '../types';
import { mergeEdits, WantedMap, WantedScalar } from '../yaml/mergeEdits';
import type { DraftFile } from './draft';

/** @internal */
export type KustomizationEdit =
  | {
      readonly kind: 'named';
      readonly file: DraftFile;
      readonly changes: readonly FieldChange[];
    }
  | PlanRefusal;

/** A kustomization as the object that a change is told of. */
export function kustomizationRef(path: string): ObjectRef {
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    name: path,
  };
}

/** Names a file of the kustomization's folder among its resources. */
export function nameResource(
  kustomization: Kustomization,
  path: string,
  reader: RepositoryReader,
): Promise<KustomizationEdit> {
  return append(
    kustomization,
    'resources',
    scalar(posix.basename(path)),
    reader,
  );
}

/** Names a file of the kustomization's folder as a patch of one object. */
export function namePatch(
  kustomization: Kustomization,
  path: string,
  target: { readonly kind: string; readonly name: string },
  reader: RepositoryReader,
): Promise<KustomizationEdit> {
  return append(
    kustomization,
    'patches',
    {
      kind: 'map',
      entries: [
        ['path', scalar(posix.basename(path))],
        [
          'target',
          {
            kind: 'map',
            entries: [
              ['kind', scalar(target.kind)],
              ['name', scalar(target.name)],
            ],
          },
        ],
      ],
    },
    reader,
  );
}

async function append(
  { path }: Kustomization,
  key: string,
  item: WantedMap | WantedScalar,
  reader: RepositoryReader,
): Promise<KustomizationEdit> {
  const file = await reader.manifest(path);
  if (file?.kind !== 'manifest') {
    return refuseFile(path, file);
  }
  const merged = mergeEdits({
    text: file.source.text,
    document: file.documents[0],
    pointer: '',
    wanted: { kind: 'map', entries: [[key, { kind: 'last', item }]] },
  });
  return merged.kind === 'refused'
    ? { ...merged, reason: `${path}: ${merged.reason}` }
    : {
        kind: 'named',
        file: { kind: 'edited', file, edits: merged.edits },
        changes: merged.changes.map(change => ({
          path,
          documentIndex: 0,
          object: kustomizationRef(path),
          ...change,
        })),
      };
}

function scalar(value: string): WantedScalar {
  return { kind: 'scalar', value };
}
