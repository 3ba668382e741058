import { createHash } from 'node:crypto';
import type {
  PlannedFile,
  Splice,
} from '@apexlogic/backstage-plugin-finops-common';

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
