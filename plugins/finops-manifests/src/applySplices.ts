import { createHash } from 'node:crypto';
import type {
  ChangePlan,
  PlannedFile,
  Splice,
} from '@apexlogic/backstage-plugin-finops-common';
import type { RepositorySnapshot } from './types';

/** Why splices were not applied. @public */
export type SpliceErrorCode =
  /** The file is not the one the plan was made for. */
  | 'file-changed'
  /** The splices do not lead to the planned bytes: the plan itself was altered. */
  | 'plan-altered';

/** @public */
export class SpliceError extends Error {
  readonly name = 'SpliceError';
  constructor(
    readonly code: SpliceErrorCode,
    readonly path: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The bytes of a file after a plan. Throws {@link SpliceError} when the file or the plan changed since.
 *
 * @public
 */
export function applySplices(bytes: Uint8Array, file: PlannedFile): Uint8Array {
  if (sha256(bytes) !== file.beforeSha256) {
    throw new SpliceError(
      'file-changed',
      file.path,
      `${file.path} changed since the plan was made; plan again`,
    );
  }
  const after = spliceBytes(bytes, file.splices);
  if (!after || sha256(after) !== file.afterSha256) {
    throw new SpliceError(
      'plan-altered',
      file.path,
      `The edits of ${file.path} are not the ones that were planned`,
    );
  }
  return after;
}

/**
 * The bytes of every file of a plan, before and after. Throws {@link SpliceError} when a file or the plan
 * changed since, or a file that was to be created is there.
 *
 * @public
 */
export async function applyPlan(
  { files }: Pick<ChangePlan, 'files'>,
  snapshot: RepositorySnapshot,
): Promise<
  {
    readonly path: string;
    readonly before: Uint8Array;
    /** Nothing where the file is deleted. */
    readonly after: Uint8Array;
    readonly deleted: boolean;
  }[]
> {
  const applied = [];
  for (const file of files) {
    if (file.created && snapshot.paths.includes(file.path)) {
      throw new SpliceError(
        'file-changed',
        file.path,
        `${file.path} was created since the plan was made; plan again`,
      );
    }
    const before = file.created
      ? new Uint8Array()
      : await snapshot.read(file.path);
    applied.push({
      path: file.path,
      before,
      after: applySplices(before, file),
      deleted: file.deleted === true,
    });
  }
  return applied;
}

/** Applies sorted, disjoint splices; undefined when they are neither. */
export function spliceBytes(
  bytes: Uint8Array,
  splices: readonly Splice[],
): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  let position = 0;
  for (const { start, end, text } of splices) {
    if (!(start >= position && end >= start && end <= bytes.length)) {
      return undefined;
    }
    parts.push(bytes.subarray(position, start), new TextEncoder().encode(text));
    position = end;
  }
  parts.push(bytes.subarray(position));
  return new Uint8Array(Buffer.concat(parts));
}

/** SHA-256 of bytes or UTF-8 text, in hex. */
export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
