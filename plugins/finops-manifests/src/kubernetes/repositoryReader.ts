import type { RepositorySnapshot } from '../types';
import { decodeSource } from '../yaml/sourceText';
import { Kustomization, readKustomization } from './kustomization';
import { ManifestFile, parseManifestFile } from './manifestFile';

/** Files read from a forge at a time. */
const READ_CONCURRENCY = 12;
/** Larger YAML files are custom resource definitions or data, not workloads. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** Reads each file of a snapshot at most once and keeps what was parsed. Lives as long as one plan. */
export interface RepositoryReader {
  readonly paths: ReadonlySet<string>;
  bytes(path: string): Promise<Uint8Array | undefined>;
  text(path: string): Promise<string | undefined>;
  manifest(path: string): Promise<ManifestFile | undefined>;
  manifests(paths: readonly string[]): Promise<ManifestFile[]>;
  kustomization(directory: string): Promise<Kustomization | undefined>;
}

/** A reader over a snapshot. */
export function createRepositoryReader(
  snapshot: RepositorySnapshot,
): RepositoryReader {
  const paths = new Set(snapshot.paths);
  const files = new Map<string, Promise<Uint8Array>>();
  const manifests = new Map<string, Promise<ManifestFile | undefined>>();
  const kustomizations = new Map<string, Promise<Kustomization | undefined>>();

  const reader: RepositoryReader = {
    paths,
    async bytes(path) {
      return paths.has(path)
        ? remember(files, path, () => snapshot.read(path))
        : undefined;
    },
    async text(path) {
      const bytes = await reader.bytes(path);
      return bytes && decodeSource(bytes)?.text;
    },
    manifest(path) {
      return remember(manifests, path, async () => {
        const bytes = await reader.bytes(path);
        return bytes && bytes.length <= MAX_FILE_BYTES
          ? parseManifestFile(path, bytes)
          : undefined;
      });
    },
    async manifests(wanted) {
      const found: ManifestFile[] = [];
      for (let start = 0; start < wanted.length; start += READ_CONCURRENCY) {
        const batch = await Promise.all(
          wanted
            .slice(start, start + READ_CONCURRENCY)
            .map(path => reader.manifest(path)),
        );
        found.push(...batch.filter(file => file !== undefined));
      }
      return found;
    },
    kustomization(directory) {
      return remember(kustomizations, directory, () =>
        readKustomization(directory, reader),
      );
    },
  };
  return reader;
}

function remember<T>(
  cache: Map<string, Promise<T>>,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  let value = cache.get(key);
  if (!value) {
    value = make();
    cache.set(key, value);
  }
  return value;
}
