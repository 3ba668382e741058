import { posix } from 'node:path';
import { isKustomizationPath, Kustomization } from './kustomization';
import type { RepositoryReader } from './repositoryReader';

/** How the kustomizations of a repository build on each other. */
export interface KustomizeGraph {
  /** Kustomizations that nothing else builds on: what is deployed. */
  readonly leaves: readonly string[];
  /** Leaves that build on a folder, itself included when it is one. */
  leavesOver(directory: string): ReadonlySet<string>;
  /** Folders whose kustomization lists a file as resource or patch. */
  ownersOf(path: string): ReadonlySet<string>;
}

/** Reads every kustomization of the repository. */
export async function buildKustomizeGraph(
  reader: RepositoryReader,
): Promise<KustomizeGraph> {
  const directories = [...reader.paths]
    .filter(isKustomizationPath)
    .map(path => posix.dirname(path));
  const kustomizations = (
    await Promise.all(
      directories.map(directory => reader.kustomization(directory)),
    )
  ).filter(kustomization => kustomization !== undefined);
  const parents = new Map<string, Set<string>>();
  const owners = new Map<string, Set<string>>();
  for (const kustomization of kustomizations) {
    for (const base of [...kustomization.bases, ...kustomization.components]) {
      addTo(parents, base, kustomization.directory);
    }
    for (const file of ownFiles(kustomization)) {
      addTo(owners, file, kustomization.directory);
    }
  }
  const leaves = kustomizations
    .filter(
      ({ directory, isComponent }) => !isComponent && !parents.has(directory),
    )
    .map(({ directory }) => directory);

  return {
    leaves,
    leavesOver: directory => {
      const reached = new Set<string>();
      const pending = [directory];
      for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
        if (!reached.has(next)) {
          reached.add(next);
          pending.push(...(parents.get(next) ?? []));
        }
      }
      return new Set([...reached].filter(item => leaves.includes(item)));
    },
    ownersOf: path => owners.get(path) ?? new Set(),
  };
}

function ownFiles(kustomization: Kustomization): string[] {
  return [
    ...kustomization.resourceFiles,
    ...kustomization.patches.flatMap(({ path }) => path ?? []),
  ];
}

function addTo(
  map: Map<string, Set<string>>,
  key: string,
  value: string,
): void {
  map.set(key, (map.get(key) ?? new Set()).add(value));
}
