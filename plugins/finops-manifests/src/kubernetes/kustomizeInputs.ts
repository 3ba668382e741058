import { posix } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { kustomizationPath } from './kustomization';
import type { RepositoryReader } from './repositoryReader';

/** @internal */
export type KustomizeInputs =
  | { readonly kind: 'inputs'; readonly files: ReadonlyMap<string, Uint8Array> }
  /** Building needs something the repository does not hold. */
  | { readonly kind: 'incomplete'; readonly reason: string };

/** Every file that building a kustomization reads: whatever its kustomization files name, followed through. */
export async function collectKustomizeInputs(
  directory: string,
  reader: RepositoryReader,
): Promise<KustomizeInputs> {
  const files = new Map<string, Uint8Array>();
  const pending = [directory];
  const visited = new Set<string>();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (visited.has(next)) {
      continue;
    }
    visited.add(next);
    const path = kustomizationPath(next, reader.paths);
    const text = path && (await reader.text(path));
    const kustomization = await reader.kustomization(next);
    if (!path || text === undefined || !kustomization) {
      return { kind: 'incomplete', reason: `${path ?? next} cannot be read` };
    }
    if (kustomization.unresolved.length > 0) {
      return {
        kind: 'incomplete',
        reason: `${path} builds on ${kustomization.unresolved[0]}, outside of the repository`,
      };
    }
    const strings = new Set<string>();
    for (const document of parseAllDocuments(text, { logLevel: 'silent' })) {
      collectStrings(document.toJS(), strings);
    }
    if (
      text.includes('helmCharts:') ||
      text.includes('helmChartInflationGenerator:')
    ) {
      return { kind: 'incomplete', reason: `${path} inflates a Helm chart` };
    }
    files.set(path, (await reader.bytes(path))!);
    for (const entry of strings) {
      // Generators name files as `path` or `key=path`.
      for (const name of [entry, entry.slice(entry.indexOf('=') + 1)]) {
        const target = posix.join(next, name).replace(/\/$/, '');
        const bytes = await reader.bytes(target);
        if (bytes) {
          files.set(target, bytes);
        } else if (kustomizationPath(target, reader.paths)) {
          pending.push(target);
        }
      }
    }
  }
  return { kind: 'inputs', files };
}

function collectStrings(value: unknown, strings: Set<string>): void {
  if (typeof value === 'string') {
    strings.add(value);
  } else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) {
      collectStrings(item, strings);
    }
  }
}
