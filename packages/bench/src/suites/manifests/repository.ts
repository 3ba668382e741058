import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { RepositorySnapshot } from '@apexlogic/backstage-plugin-finops-manifests';
import { loadAll } from 'js-yaml';

/** A repository of the data, read whole. */
export interface Repository {
  readonly name: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly snapshot: RepositorySnapshot;
}

/** Reads every file below a folder. */
export async function readRepository(
  root: string,
  name: string,
): Promise<Repository> {
  const entries = await readdir(join(root, name), {
    recursive: true,
    withFileTypes: true,
  });
  const files = new Map<string, Uint8Array>();
  for (const entry of entries.filter(item => item.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const relative = path
      .slice(join(root, name).length + 1)
      .split('\\')
      .join('/');
    files.set(relative, new Uint8Array(await readFile(path)));
  }
  return {
    name,
    files,
    snapshot: {
      repository: { url: `https://git.example.com/${name}`, branch: 'main' },
      baseSha: '0'.repeat(40),
      paths: [...files.keys()].sort(),
      read: async path => files.get(path)!,
    },
  };
}

/** The documents of a YAML file by another parser than the product's; undefined when it is none. */
export function documentsOf(bytes: Uint8Array): unknown[] | undefined {
  try {
    return loadAll(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** Whether a path names a kustomization. */
export function isKustomization(path: string): boolean {
  return ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].includes(
    posix.basename(path),
  );
}
