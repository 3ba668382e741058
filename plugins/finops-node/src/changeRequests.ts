import { ForgeOptions } from './forge';

/** A change request as it is now, whoever opened it. @public */
export interface ReviewedChangeRequest {
  readonly number: number;
  readonly url: string;
  readonly state: 'open' | 'merged' | 'closed';
  readonly author: { readonly login: string; readonly isBot: boolean };
  readonly base: { readonly branch: string; readonly sha: string };
  readonly head: {
    readonly branch: string;
    readonly sha: string;
    /** The branch lies in another repository. */
    readonly isFork: boolean;
  };
  /** Commit from which both sides parted: what the change is compared with. */
  readonly mergeBaseSha: string;
}

/** @public */
export interface CommentInput {
  /** Text that is in this comment and in no other; it finds the comment again. */
  readonly marker: string;
  /** Holds the marker. At most 65,536 characters. */
  readonly body: string;
  /** The comment, where it was written before. */
  readonly id?: number;
}

/** @public */
export interface CommentOutcome {
  readonly id: number;
  readonly url: string;
  readonly result: 'created' | 'updated' | 'unchanged';
}

/** A run of a workflow of the forge. @public */
export interface WorkflowRun {
  readonly id: number;
  readonly url: string;
  readonly headSha: string;
  /** ISO instant. */
  readonly createdAt: string;
  /** Absent while it runs; whatever is not a success has failed. */
  readonly outcome?: 'success' | 'failure';
}

/**
 * What checking people's change requests needs of a forge beside {@link Forge}. Throws `ForgeError` only.
 *
 * @public
 */
export interface ForgeReview {
  readChangeRequest(
    repositoryUrl: string,
    number: number,
    options?: ForgeOptions,
  ): Promise<ReviewedChangeRequest>;
  /** Idempotent by `marker`: any number of calls leave one comment with the last body. */
  upsertComment(
    repositoryUrl: string,
    number: number,
    comment: CommentInput,
    options?: ForgeOptions,
  ): Promise<CommentOutcome>;
  /** Starts a workflow on the present head of a branch. Not idempotent. */
  startWorkflow(
    repositoryUrl: string,
    start: {
      /** File name such as `load-test.yaml`. */
      readonly workflow: string;
      readonly branch: string;
      readonly inputs: Readonly<Record<string, string>>;
    },
    options?: ForgeOptions,
  ): Promise<void>;
  /** Runs that {@link ForgeReview.startWorkflow} started on this commit, newest first. */
  listWorkflowRuns(
    repositoryUrl: string,
    which: { readonly workflow: string; readonly headSha: string },
    options?: ForgeOptions,
  ): Promise<readonly WorkflowRun[]>;
}

/** What every event says of itself. @public */
export interface EventOrigin {
  /** The source's own id of this delivery; a delivery that is repeated keeps it. */
  readonly deliveryId: string;
  /** SHA-256 of the content, hexadecimal: a replay under another id shows. */
  readonly digest: string;
  /** Web URL without a trailing slash. */
  readonly repositoryUrl: string;
}

/**
 * Something that happened on a forge. A hint only: what counts is what the forge says when it is asked.
 *
 * @public
 */
export type ChangeRequestEvent =
  | (EventOrigin & {
      readonly kind: 'change-request';
      readonly number: number;
      readonly headSha: string;
      /** ISO instant of the state that it tells of. */
      readonly updatedAt: string;
    })
  | (EventOrigin & {
      readonly kind: 'tests-finished';
      readonly headSha: string;
    });

/** Tells of change requests as they change. @public */
export interface ChangeRequestEventSource {
  readonly id: string;
  /** Called once, at the start; throws when events could not be trusted. */
  subscribe(
    onEvent: (event: ChangeRequestEvent) => Promise<void>,
  ): Promise<void>;
}
