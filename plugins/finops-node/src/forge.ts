import {
  ChangeRequest,
  RepositoryRef,
} from '@apexlogic/backstage-plugin-finops-common';
import type { ForgeReview } from './changeRequests';

/** Why a forge call failed. @public */
export type ForgeErrorCode =
  /** 401, 403 without a rate limit: credentials or scopes. */
  | 'unauthorized'
  | 'not-found'
  /** 409, or the base or head moved: read again and plan anew. */
  | 'conflict'
  /** 422: the forge refuses the content. */
  | 'rejected'
  | 'rate-limited'
  /** 5xx, time-out, connection refused. */
  | 'unavailable';

/**
 * Every failure of a forge, with a code to act on. The message is for people and holds no secret.
 *
 * @public
 */
export class ForgeError extends Error {
  readonly name = 'ForgeError';
  constructor(
    readonly code: ForgeErrorCode,
    message: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

/** @public */
export interface TreeFile {
  readonly path: string;
  /** Git blob id. */
  readonly blobSha: string;
  readonly sizeBytes: number;
}

/** @public */
export interface ChangeRequestInput {
  readonly repository: RepositoryRef;
  /** Commit the contents were made from; the head branch starts there. */
  readonly baseSha: string;
  /** Head branch, derived from the plan identity: the same change always has the same branch. */
  readonly branch: string;
  readonly title: string;
  readonly body: string;
  readonly commitMessage: string;
  readonly draft: boolean;
  readonly labels: readonly string[];
  /** Whole new contents of every changed file. */
  readonly files: readonly {
    readonly path: string;
    readonly content: Uint8Array;
  }[];
  /** Paths of files to delete; none of them is also among `files`. */
  readonly deletions?: readonly string[];
}

/** @public */
export type DeliverOutcome =
  | { readonly result: 'opened'; readonly changeRequest: ChangeRequest }
  /** The same identity was open: its branch now holds the new plan. */
  | { readonly result: 'updated'; readonly changeRequest: ChangeRequest }
  /** Open with exactly these contents already. */
  | { readonly result: 'unchanged'; readonly changeRequest: ChangeRequest }
  /** A person closed it: closed means no. */
  | { readonly result: 'declined'; readonly changeRequest: ChangeRequest }
  /** Somebody else committed to the branch; their work is never overwritten. */
  | { readonly result: 'taken-over'; readonly changeRequest: ChangeRequest };

/** @public */
export interface ForgeOptions {
  readonly signal?: AbortSignal;
}

/**
 * A forge that holds repositories and change requests. Reads go through trees and blobs; writes are
 * one commit of several files on a known base. Throws {@link ForgeError} only.
 *
 * @public
 */
export interface Forge {
  readonly id: string;
  /** Whether repositories at this URL are its own. */
  handles(repositoryUrl: string): boolean;
  /** Name of the branch that changes go to where nothing else is said. */
  defaultBranch(repositoryUrl: string, options?: ForgeOptions): Promise<string>;
  headSha(repository: RepositoryRef, options?: ForgeOptions): Promise<string>;
  listFiles(
    repository: RepositoryRef,
    commitSha: string,
    options?: ForgeOptions,
  ): Promise<readonly TreeFile[]>;
  readBlob(
    repository: RepositoryRef,
    blobSha: string,
    options?: ForgeOptions,
  ): Promise<Uint8Array>;
  /** Idempotent by `branch`: any number of calls leave at most one open change request. */
  deliver(
    input: ChangeRequestInput,
    options?: ForgeOptions,
  ): Promise<DeliverOutcome>;
  getChangeRequest(
    repository: RepositoryRef,
    number: number,
    options?: ForgeOptions,
  ): Promise<ChangeRequest>;
  setStatus(
    repository: RepositoryRef,
    sha: string,
    status: {
      readonly context: string;
      readonly state: 'pending' | 'success' | 'failure';
      readonly description: string;
      readonly targetUrl?: string;
    },
    options?: ForgeOptions,
  ): Promise<void>;
  /** For checking change requests of people; absent where the module cannot. */
  readonly review?: ForgeReview;
}
