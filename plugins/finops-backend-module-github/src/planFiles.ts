import { createHash } from 'node:crypto';
import {
  ChangeRequestInput,
  ForgeError,
} from '@apexlogic/backstage-plugin-finops-node';
import { isRegularFile, TreeEntry } from './readTree';

const NEW_FILE_MODE = '100644';

export interface PlannedBlob {
  readonly path: string;
  readonly content: Uint8Array;
  /** Git blob id of `content`. */
  readonly sha: string;
  /** As in the base, so that an executable file stays one. */
  readonly mode: string;
}

/** The files whose content differs from the base. Throws `rejected` when there is nothing to write or it cannot be. */
export function planFiles(
  input: ChangeRequestInput,
  base: readonly TreeEntry[],
): readonly PlannedBlob[] {
  const entries = new Map(base.map(entry => [entry.path, entry]));
  const paths = new Set(input.files.map(file => file.path));
  if (paths.size !== input.files.length) {
    throw new ForgeError(
      'rejected',
      `The change to ${input.repository.url} names a file twice`,
    );
  }
  const blobs = input.files.flatMap((file): PlannedBlob[] => {
    const entry = entries.get(file.path);
    if (entry && !isRegularFile(entry)) {
      throw new ForgeError(
        'rejected',
        `'${file.path}' is a symbolic link or submodule in ${input.repository.url}`,
      );
    }
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
