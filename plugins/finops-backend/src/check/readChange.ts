import {
  changedLines,
  compareTrees,
  readSource,
  RepositorySnapshot,
  SourceObject,
  TreeComparison,
} from '@apexlogic/backstage-plugin-finops-manifests';
import {
  Forge,
  ReviewedChangeRequest,
  TreeFile,
} from '@apexlogic/backstage-plugin-finops-node';
import { CheckContext } from './CheckContext';

/** Manifests of one change that are still read. */
const MOST_FILES = 1_000;

/** Larger ones are data, and their lines are not looked at. */
const MOST_FILE_BYTES = 4 * 1024 * 1024;

/** A manifest file of the head with the lines that the change adds or alters. */
export interface ChangedFile {
  readonly path: string;
  readonly objects: readonly SourceObject[];
  readonly lines: ReadonlySet<number>;
}

/** A change request taken apart. */
export interface ReadChange {
  readonly comparison: TreeComparison;
  /** All that differ, whatever they hold. */
  readonly changedPaths: readonly string[];
  /** YAML files that the head still has. */
  readonly files: readonly ChangedFile[];
}

/**
 * Reads both sides of a change request: the head and the commit it parted from. What changed is told from
 * the two trees themselves, not from a list, which forges cut.
 */
export async function readChange(
  { blobs, renderer }: Pick<CheckContext, 'blobs' | 'renderer'>,
  forge: Forge,
  repositoryUrl: string,
  change: ReviewedChangeRequest,
  signal: AbortSignal,
): Promise<ReadChange> {
  const repository = { url: repositoryUrl, branch: change.base.branch };
  const list = async (sha: string) =>
    new Map(
      (await forge.listFiles(repository, sha, { signal })).map(file => [
        file.path,
        file,
      ]),
    );
  const was = await list(change.mergeBaseSha);
  const is = await list(change.head.sha);
  const changedPaths = [...new Set([...was.keys(), ...is.keys()])]
    .filter(path => was.get(path)?.blobSha !== is.get(path)?.blobSha)
    .sort();
  const snapshot = (
    baseSha: string,
    files: ReadonlyMap<string, TreeFile>,
  ): RepositorySnapshot => ({
    repository,
    baseSha,
    paths: [...files.keys()],
    read: async path => {
      const blobSha = files.get(path)?.blobSha;
      if (!blobSha) {
        throw new Error(`${path} is not in ${repositoryUrl} at ${baseSha}`);
      }
      return await blobs.get(`${repositoryUrl}@${blobSha}`, () =>
        forge.readBlob(repository, blobSha, { signal }),
      );
    },
  });
  const before = snapshot(change.mergeBaseSha, was);
  const after = snapshot(change.head.sha, is);
  const manifests = changedPaths.filter(path => /\.ya?ml$/.test(path));
  if (manifests.length > MOST_FILES) {
    return {
      comparison: {
        objects: [],
        namespaces: [],
        problems: [
          {
            path: manifests[0],
            reason: `${manifests.length} manifests change at once; at most ${MOST_FILES} are judged`,
          },
        ],
        notes: [],
      },
      changedPaths,
      files: [],
    };
  }
  const files: ChangedFile[] = [];
  for (const path of manifests) {
    if ((is.get(path)?.sizeBytes ?? Infinity) <= MOST_FILE_BYTES) {
      const bytes = await after.read(path);
      files.push({
        path,
        objects: readSource(path, bytes),
        lines: changedLines(
          was.has(path) ? await before.read(path) : undefined,
          bytes,
        ),
      });
    }
  }
  return {
    comparison: await compareTrees(before, after, changedPaths, { renderer }),
    changedPaths,
    files,
  };
}
