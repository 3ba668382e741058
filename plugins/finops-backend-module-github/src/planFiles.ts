import { createHash } from 'node:crypto';
import {
  ChangeRequestInput,
  ForgeError,
} from '@apexlogic/backstage-plugin-finops-node';
import { isRegularFile, TreeEntry } from './readTree';

const NEW_FILE_MODE = '100644';

/** A file as it is to be, or that it is to be gone. */
export type PlannedBlob = WrittenBlob | DeletedBlob;

interface WrittenBlob {
  readonly path: string;
  readonly content: Uint8Array;
  /** Git blob id of `content`. */
  readonly sha: string;
  /** As in the base, so that an executable file stays one. */
  readonly mode: string;
}

interface DeletedBlob {
  readonly path: string;
  readonly content: undefined;
  /** What GitHub takes for "not in the tree any more". */
  readonly sha: null;
  readonly mode: string;
}

/** The files that differ from the base. Throws `rejected` when there is nothing to write or it cannot be. */
export function planFiles(
  input: ChangeRequestInput,
  base: readonly TreeEntry[],
): readonly PlannedBlob[] {
  const { files, deletions = [] } = input;
  const entries = new Map(base.map(entry => [entry.path, entry]));
  const paths = new Set([...files.map(file => file.path), ...deletions]);
  if (paths.size !== files.length + deletions.length) {
    throw new ForgeError(
      'rejected',
      `The change to ${input.repository.url} names a file twice`,
    );
  }
  const irregular = [...paths].find(path => {
    const entry = entries.get(path);
    return entry !== undefined && !isRegularFile(entry);
  });
  if (irregular !== undefined) {
    throw new ForgeError(
      'rejected',
      `'${irregular}' is a symbolic link or submodule in ${input.repository.url}`,
    );
  }
  const written = files.flatMap((file): PlannedBlob[] => {
    const entry = entries.get(file.path);
    const sha = blobSha(file.content);
    return entry?.sha === sha
      ? []
      : [
          {
            path: file.path,
            content: file.content,
            sha,
            mode: entry?.mode ?? NEW_FILE_MODE,
          },
        ];
  });
  const deleted = deletions.flatMap((path): PlannedBlob[] => {
    const entry = entries.get(path);
    return entry
      ? [{ path, content: undefined, sha: null, mode: entry.mode }]
      : [];
  });
  const blobs = [...written, ...deleted];
  if (blobs.length === 0) {
    throw new ForgeError(
      'rejected',
      `The change to ${input.repository.url} changes nothing at ${input.baseSha}`,
    );
  }
  return blobs;
}

function blobSha(content: Uint8Array): string {
  return createHash('sha1')
    .update(`blob ${content.byteLength}\0`)
    .update(content)
    .digest('hex');
}
