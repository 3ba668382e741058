import { posix } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { RepositoryReader } from './repositoryReader';

const FILE_NAMES = [
  'kustomization.yaml',
  'kustomization.yml',
  'Kustomization',
] as const;

const nothingAsEmpty = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform(list => list ?? []);

const selectorSchema = z.looseObject({
  group: z.string().optional(),
  version: z.string().optional(),
  kind: z.string().optional(),
  name: z.string().optional(),
  namespace: z.string().optional(),
  labelSelector: z.string().optional(),
  annotationSelector: z.string().optional(),
});

const patchSchema = z.looseObject({
  path: z.string().nullish(),
  patch: z.string().nullish(),
  target: selectorSchema.nullish(),
});

/** The parts of a kustomization that decide where a field of an object is set. */
const kustomizationSchema = z.looseObject({
  kind: z.string().nullish(),
  metadata: z.looseObject({ name: z.string().nullish() }).nullish(),
  namespace: z.string().nullish(),
  namePrefix: z.string().nullish(),
  nameSuffix: z.string().nullish(),
  resources: nothingAsEmpty(z.string()),
  bases: nothingAsEmpty(z.string()),
  components: nothingAsEmpty(z.string()),
  patches: nothingAsEmpty(patchSchema),
  patchesStrategicMerge: nothingAsEmpty(z.string()),
  patchesJson6902: nothingAsEmpty(patchSchema),
  images: nothingAsEmpty(z.looseObject({ name: z.string() })),
  replicas: nothingAsEmpty(
    z.looseObject({ name: z.string(), count: z.unknown() }),
  ),
});

/** @internal */
export type KustomizeSelector = z.infer<typeof selectorSchema>;

/** @internal */
export interface KustomizePatch {
  /** File, relative to the repository; undefined when the patch is written inline. */
  readonly path?: string;
  readonly inline?: string;
  readonly target?: KustomizeSelector;
}

/** A kustomization with every reference resolved to a path of the repository. */
export interface Kustomization {
  readonly path: string;
  readonly directory: string;
  readonly name: string;
  readonly isComponent: boolean;
  readonly namespace?: string;
  readonly namePrefix: string;
  readonly nameSuffix: string;
  readonly resourceFiles: readonly string[];
  /** Folders of other kustomizations it builds on. */
  readonly bases: readonly string[];
  readonly components: readonly string[];
  /** In the order in which they are applied. */
  readonly patches: readonly KustomizePatch[];
  /** Names of images that it changes. */
  readonly images: readonly string[];
  readonly replicas: readonly {
    readonly name: string;
    readonly index: number;
    readonly count: unknown;
  }[];
  /** Entries that lie outside of the repository, e.g. remote bases. */
  readonly unresolved: readonly string[];
}

/** Path of the kustomization file of a folder, if it has one. */
export function kustomizationPath(
  directory: string,
  paths: ReadonlySet<string>,
): string | undefined {
  return FILE_NAMES.map(name => posix.join(directory, name)).find(path =>
    paths.has(path),
  );
}

/** Whether a path names a kustomization file. */
export function isKustomizationPath(path: string): boolean {
  return (FILE_NAMES as readonly string[]).includes(posix.basename(path));
}

/** Reads the kustomization of a folder; undefined when there is none or it is not one. */
export async function readKustomization(
  directory: string,
  reader: RepositoryReader,
): Promise<Kustomization | undefined> {
  const path = kustomizationPath(directory, reader.paths);
  const text = path === undefined ? undefined : await reader.text(path);
  if (path === undefined || text === undefined) {
    return undefined;
  }
  let content: unknown;
  try {
    content = parse(text, { logLevel: 'silent' });
  } catch {
    return undefined;
  }
  const parsed = kustomizationSchema.safeParse(content ?? {});
  // Flux and Argo CD files carry the same file name or kind but another API group.
  if (
    !parsed.success ||
    !['Kustomization', 'Component', undefined, null].includes(parsed.data.kind)
  ) {
    return undefined;
  }
  const data = parsed.data;
  const resolve = (entry: string) =>
    resolveReference(directory, entry, reader.paths);
  const resources = [...data.resources, ...data.bases].map(entry => ({
    entry,
    target: resolve(entry),
  }));
  const components = data.components.map(entry => ({
    entry,
    target: resolve(entry),
  }));
  const isPath = (text_: string) => !text_.includes('\n');
  return {
    path,
    directory,
    name: data.metadata?.name ?? (posix.basename(directory) || '.'),
    isComponent: data.kind === 'Component',
    namespace: data.namespace ?? undefined,
    namePrefix: data.namePrefix ?? '',
    nameSuffix: data.nameSuffix ?? '',
    resourceFiles: resources.flatMap(({ target }) =>
      target?.kind === 'file' ? [target.path] : [],
    ),
    bases: resources.flatMap(({ target }) =>
      target?.kind === 'directory' ? [target.path] : [],
    ),
    components: components.flatMap(({ target }) =>
      target?.kind === 'directory' ? [target.path] : [],
    ),
    patches: [
      ...data.patchesStrategicMerge.map(entry =>
        isPath(entry)
          ? { path: posix.join(directory, entry) }
          : { inline: entry },
      ),
      ...[...data.patches, ...data.patchesJson6902].map(patch => ({
        path: patch.path ? posix.join(directory, patch.path) : undefined,
        inline: patch.patch ?? undefined,
        target: patch.target ?? undefined,
      })),
    ],
    images: data.images.map(({ name }) => name),
    replicas: data.replicas.map(({ name, count }, index) => ({
      name,
      index,
      count,
    })),
    unresolved: [...resources, ...components]
      .filter(({ target }) => !target)
      .map(({ entry }) => entry),
  };
}

function resolveReference(
  directory: string,
  entry: string,
  paths: ReadonlySet<string>,
): { kind: 'file' | 'directory'; path: string } | undefined {
  const path = posix.join(directory, entry).replace(/\/$/, '');
  if (paths.has(path)) {
    return { kind: 'file', path };
  }
  return kustomizationPath(path, paths)
    ? { kind: 'directory', path }
    : undefined;
}
