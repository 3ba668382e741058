import { isMap, isScalar, isSeq, Scalar } from 'yaml';
import { z } from 'zod';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import type { ManifestFile } from '../kubernetes/manifestFile';
import type { SitePlace } from '../types';

/** Fields that a setter comment may name. */
export const SETTER_FIELDS = [
  'cpu-request',
  'memory-request',
  'cpu-limit',
  'memory-limit',
  'replicas',
  'min-replicas',
  'max-replicas',
] as const;

export type SetterField = (typeof SETTER_FIELDS)[number];

/** A value that a comment beside it names for an action: `# {"$finops": "cpu-request"}`. */
export interface Setter {
  readonly field: SetterField;
  readonly container?: string;
  /** Name of the workload it is for. */
  readonly workload?: string;
  readonly place: SitePlace;
  readonly value: unknown;
}

const setterSchema = z.strictObject({
  $finops: z.enum(SETTER_FIELDS),
  container: z.string().optional(),
  workload: z.string().optional(),
});

const WORKLOAD_KINDS = [
  'CronJob',
  'DaemonSet',
  'Deployment',
  'Job',
  'ReplicaSet',
  'StatefulSet',
];

/** Every value below a folder (or in one file) that has a setter comment. */
export async function findSetters(
  scope: string,
  reader: RepositoryReader,
): Promise<Setter[]> {
  const setters: Setter[] = [];
  for (const path of reader.paths) {
    const isInScope =
      scope === '.' || path === scope || path.startsWith(`${scope}/`);
    if (isInScope && /\.ya?ml$/.test(path)) {
      const text = (await reader.text(path)) ?? '';
      if (text.includes('"$finops"')) {
        const file = await reader.manifest(path);
        if (file?.kind === 'manifest') {
          setters.push(...settersOf(file));
        }
      }
    }
  }
  return setters;
}

function settersOf(
  file: Extract<ManifestFile, { kind: 'manifest' }>,
): Setter[] {
  const found: Setter[] = [];
  for (const [documentIndex, document] of file.documents.entries()) {
    walk(document.contents, [], documentIndex);
  }
  return found;

  function walk(
    node: unknown,
    keys: readonly (string | number)[],
    documentIndex: number,
  ): void {
    if (isMap(node)) {
      for (const pair of node.items) {
        if (isScalar(pair.key)) {
          walk(pair.value, [...keys, String(pair.key.value)], documentIndex);
        }
      }
    } else if (isSeq(node)) {
      node.items.forEach((item, index) =>
        walk(item, [...keys, index], documentIndex),
      );
    } else if (isScalar(node)) {
      const said = saidBy(node);
      if (said) {
        found.push(setterOf(node, said, keys, documentIndex));
      }
    }
  }

  function setterOf(
    node: Scalar,
    { $finops: field, container, workload }: z.output<typeof setterSchema>,
    keys: readonly (string | number)[],
    documentIndex: number,
  ): Setter {
    const object = file.objects.find(
      item =>
        item.documentIndex === documentIndex &&
        `/${keys.join('/')}`.startsWith(`${item.pointer}/`),
    );
    const isWorkload = object && WORKLOAD_KINDS.includes(object.kind);
    return {
      field,
      container: container ?? (object && containerAt(object.plain, keys)),
      workload: workload ?? (isWorkload ? object.name : undefined),
      value: node.value,
      place: {
        path: file.path,
        documentIndex,
        keys,
        holder: object && {
          object: {
            apiVersion: object.apiVersion,
            kind: object.kind,
            namespace: object.namespace,
            name: object.name,
          },
          keys: object.pointer
            .split('/')
            .slice(1)
            .map(step => (/^\d+$/.test(step) ? Number(step) : step)),
        },
      },
    };
  }
}

function saidBy(node: Scalar): z.output<typeof setterSchema> | undefined {
  const comment = node.comment?.trim();
  if (!comment?.startsWith('{') || !comment.includes('"$finops"')) {
    return undefined;
  }
  try {
    const parsed = setterSchema.safeParse(JSON.parse(comment));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** The container in whose resources a value stands. */
function containerAt(
  plain: unknown,
  keys: readonly (string | number)[],
): string | undefined {
  const at = keys.findIndex(
    (key, index) =>
      (key === 'containers' || key === 'initContainers') &&
      typeof keys[index + 1] === 'number',
  );
  if (at === -1) {
    return undefined;
  }
  const item = keys
    .slice(0, at + 2)
    .reduce<unknown>(
      (node, key) =>
        typeof node === 'object' && node !== null
          ? (node as Record<string | number, unknown>)[key]
          : undefined,
      plain,
    );
  const name = (item as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' ? name : undefined;
}
