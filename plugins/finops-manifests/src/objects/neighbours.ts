import { posix } from 'node:path';
import {
  BuiltWorkload,
  buildWorkloads,
  plainWorkloads,
} from '../kubernetes/buildWorkloads';
import { isKustomizationPath } from '../kubernetes/kustomization';
import { objectAt } from '../kubernetes/manifestFile';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import {
  isBelow,
  isChartTemplate,
  scopeOf,
  ResolvedWorkload,
  yamlPaths,
} from '../kubernetes/resolveWorkload';

/** An object that is deployed beside another one. */
export interface Neighbour {
  readonly built: BuiltWorkload;
  /** What its resource and the patches over it say, as far as they are files of objects. */
  readonly says: readonly Readonly<Record<string, unknown>>[];
}

/**
 * The objects that may have to do with a resolved one: those built with it, those of its folder, and those
 * that name the same namespace. Where another kustomization or folder deploys an object of the same name
 * too, its objects mean that one.
 */
export async function neighboursOf(
  resolved: ResolvedWorkload,
  namespace: string,
  path: string | undefined,
  reader: RepositoryReader,
): Promise<Neighbour[]> {
  const { workload, graph } = resolved;
  const groups: BuiltWorkload[][] = [];
  for (const leaf of graph.leaves) {
    const built = await buildWorkloads(leaf, undefined, reader);
    groups.push(
      leaf === workload.root?.directory
        ? built.filter(other => !isSame(other, workload))
        : elsewhere(built),
    );
  }
  const folders = new Map<string, BuiltWorkload[]>();
  const scope = workload.root ? undefined : scopeOf(path);
  for (const file of yamlPaths(reader.paths, '.')) {
    if (
      graph.ownersOf(file).size === 0 &&
      !isKustomizationPath(file) &&
      !isChartTemplate(file, reader.paths)
    ) {
      const manifest = await reader.manifest(file);
      const own = scope !== undefined && isBelow(file, scope);
      const folder = own ? '' : posix.dirname(file);
      folders.set(folder, [
        ...(folders.get(folder) ?? []),
        ...(manifest ? plainWorkloads(manifest) : []),
      ]);
    }
  }
  for (const [folder, objects] of folders) {
    groups.push(
      folder === ''
        ? objects.filter(
            other =>
              !isSame(other, workload) &&
              (other.namespace === undefined || other.namespace === namespace),
          )
        : elsewhere(objects),
    );
  }
  return Promise.all(
    groups.flat().map(async built => ({
      built,
      says: await statementsOf(built, reader),
    })),
  );

  function elsewhere(objects: readonly BuiltWorkload[]): BuiltWorkload[] {
    return objects.some(
      ({ kind, name }) => kind === workload.kind && name === workload.name,
    )
      ? []
      : objects.filter(other => other.namespace === namespace);
  }
}

function isSame(one: BuiltWorkload, other: BuiltWorkload): boolean {
  const [first, second] = [one, other].map(
    ({ layers: [resource] }) => resource,
  );
  return (
    first.path === second.path &&
    first.documentIndex === second.documentIndex &&
    first.pointer === second.pointer
  );
}

/** What the files of objects say of one, the resource first. */
export async function statementsOf(
  built: BuiltWorkload,
  reader: RepositoryReader,
): Promise<Readonly<Record<string, unknown>>[]> {
  const found: Readonly<Record<string, unknown>>[] = [];
  for (const { path, documentIndex, pointer, role } of built.layers) {
    const file =
      role === 'replicas-entry' ? undefined : await reader.manifest(path);
    const object =
      file?.kind === 'manifest'
        ? objectAt(file, documentIndex, pointer)
        : undefined;
    // An inline patch lies in a kustomization, which is no object.
    if (object && !isKustomizationPath(path)) {
      found.push(object.plain);
    }
  }
  return found;
}
