import type { EnforceTagsAction } from '@apexlogic/backstage-plugin-finops-common';
import { objectAt } from './kubernetes/manifestFile';
import type { RepositoryReader } from './kubernetes/repositoryReader';
import { resolveWorkload, yamlPaths } from './kubernetes/resolveWorkload';
import { neighboursOf } from './objects/neighbours';
import { selectedKeys } from './objects/selectors';
import type { FieldTarget, PlanRefusal } from './types';

/** What outside of the edited object forbids an action, if anything. */
export async function findBarrier(
  target: FieldTarget,
  reader: RepositoryReader,
): Promise<PlanRefusal | undefined> {
  switch (target.action.kind) {
    case 'enforce-tags':
      return selectedLabel(target, target.action, reader);
    case 'change-storage-tier':
      return fixedClass(target, reader);
    default:
      return undefined;
  }
}

/** A label that something selects by may be added, but neither its value changed nor a match made. */
async function selectedLabel(
  { workload, path }: FieldTarget,
  { labels, podTemplate = false }: EnforceTagsAction,
  reader: RepositoryReader,
): Promise<PlanRefusal | undefined> {
  const resolved = await resolveWorkload({ workload, path }, reader);
  if (resolved.kind !== 'resolved') {
    return undefined;
  }
  const { desired } = resolved;
  const { kind, name, layers } = resolved.workload;
  const used = new Map(
    selectedKeys(
      await neighboursOf(resolved, workload.namespace, path, reader),
    ),
  );
  const [{ path: file, documentIndex, pointer }] = layers;
  const manifest = await reader.manifest(file);
  const own =
    manifest?.kind === 'manifest'
      ? objectAt(manifest, documentIndex, pointer)
      : undefined;
  for (const key of ownSelectorKeys(own?.plain)) {
    used.set(key, `${kind} ${name}`);
  }
  const barred = Object.entries(labels).find(
    ([key, value]) =>
      used.has(key) &&
      (desired.labels?.[key] !== value ||
        (podTemplate && desired.podLabels?.[key] !== value)),
  );
  return barred
    ? {
        kind: 'refused',
        code: 'not-supported',
        reason: `${used.get(barred[0])} selects by the label '${
          barred[0]
        }'; another value of it would change what is selected`,
      }
    : undefined;
}

function ownSelectorKeys(object: unknown): string[] {
  const { spec } = (object ?? {}) as {
    spec?: {
      selector?: {
        matchLabels?: object;
        matchExpressions?: readonly { key?: unknown }[];
      };
    };
  };
  const { matchLabels, matchExpressions } = spec?.selector ?? {};
  return [
    ...Object.keys(matchLabels ?? {}),
    ...(Array.isArray(matchExpressions) ? matchExpressions : []).map(
      ({ key }) => String(key),
    ),
  ];
}

/** A class of the repository that says no volume of it grows. */
async function fixedClass(
  { workload, path }: FieldTarget,
  reader: RepositoryReader,
): Promise<PlanRefusal | undefined> {
  const resolved = await resolveWorkload({ workload, path }, reader);
  const name =
    resolved.kind === 'resolved'
      ? resolved.desired.claim?.storageClass
      : undefined;
  if (name === undefined) {
    return undefined;
  }
  for (const file of yamlPaths(reader.paths, '.')) {
    const text = await reader.text(file);
    const manifest = text?.includes('StorageClass')
      ? await reader.manifest(file)
      : undefined;
    const found =
      manifest?.kind === 'manifest'
        ? manifest.objects.find(
            object => object.kind === 'StorageClass' && object.name === name,
          )
        : undefined;
    // Absent means no: https://kubernetes.io/docs/concepts/storage/storage-classes/#allow-volume-expansion
    if (found && found.plain.allowVolumeExpansion !== true) {
      return {
        kind: 'refused',
        code: 'not-supported',
        reason: `${file} does not let volumes of the class ${name} grow (allowVolumeExpansion)`,
      };
    }
  }
  return undefined;
}
