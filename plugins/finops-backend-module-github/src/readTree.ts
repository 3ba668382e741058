import { ForgeError } from '@apexlogic/backstage-plugin-finops-node';
import { GithubRepository } from './GithubRepository';
import { Tree } from './schemas';

/** Requests a walk through a tree too large for one answer may cost. */
const MAX_SUBTREES = 2_000;
const CONCURRENT_SUBTREES = 8;

export type TreeEntry = Tree['tree'][number];

/** Every entry below a commit or tree, with its full path; directories are left out. */
export async function readTree(
  repository: GithubRepository,
  sha: string,
): Promise<TreeEntry[]> {
  const whole = await repository.tree(sha, { recursive: true });
  if (!whole.truncated) {
    return whole.tree.filter(entry => entry.type !== 'tree');
  }

  // GitHub cuts a recursive listing at 100,000 entries or 7 MB: list directory by directory instead.
  const entries: TreeEntry[] = [];
  let pending = [{ sha, prefix: '' }];
  let visited = 0;
  while (pending.length > 0) {
    const batch = pending.slice(0, CONCURRENT_SUBTREES);
    pending = pending.slice(CONCURRENT_SUBTREES);
    visited += batch.length;
    if (visited > MAX_SUBTREES) {
      throw new ForgeError(
        'rejected',
        `${repository.location.url} has more than ${MAX_SUBTREES} directories: too large to read through the API`,
      );
    }
    const listings = await Promise.all(
      batch.map(async directory => ({
        prefix: directory.prefix,
        listing: await repository.tree(directory.sha, { recursive: false }),
      })),
    );
    for (const { prefix, listing } of listings) {
      if (listing.truncated) {
        throw new ForgeError(
          'rejected',
          `Directory '${prefix}' of ${repository.location.url} is too large to read through the API`,
        );
      }
      for (const entry of listing.tree) {
        const path = `${prefix}${entry.path}`;
        if (entry.type === 'tree') {
          pending.push({ sha: entry.sha, prefix: `${path}/` });
        } else {
          entries.push({ ...entry, path });
        }
      }
    }
  }
  return entries;
}

/** False for symbolic links and submodules, whose bytes are not a file's content. */
export function isRegularFile(entry: TreeEntry): boolean {
  return (
    entry.type === 'blob' &&
    (entry.mode === '100644' || entry.mode === '100755')
  );
}
