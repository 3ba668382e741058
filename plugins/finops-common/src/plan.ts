import type { InfrastructureRef } from './action';

/** A repository on a forge. @public */
export interface RepositoryRef {
  /** Web URL without a trailing slash or `.git`, e.g. `https://github.com/org/repo`. */
  readonly url: string;
  /** Branch a change request targets. */
  readonly branch: string;
}

/** The object inside a file. @public */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** One intended difference. `undefined` means absent on that side. @public */
export interface FieldChange {
  readonly path: string;
  /** Index of the YAML document in the file; of an object that is removed, before the change. */
  readonly documentIndex: number;
  readonly object: ObjectRef;
  /** RFC 6901 pointer inside the object; in files that hold no object, inside the document. */
  readonly pointer: string;
  /** RFC 6901 pointer inside the YAML that stands as text at `pointer`. */
  readonly embedded?: string;
  readonly before?: string | number | boolean;
  readonly after?: string | number | boolean;
}

/** Replace bytes `[start, end)` of the file at the base commit by UTF-8 `text`. @public */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** @public */
export interface PlannedFile {
  readonly path: string;
  /** The base commit has no such file; its bytes before are none. */
  readonly created?: boolean;
  /** The file is deleted; its bytes afterwards are none. */
  readonly deleted?: boolean;
  /** SHA-256 (hex) of the bytes at the base commit. */
  readonly beforeSha256: string;
  readonly afterSha256: string;
  /** Sorted, not overlapping. */
  readonly splices: readonly Splice[];
  /** Unified diff as a person reads it and `git apply` takes it. */
  readonly diff: string;
}

/** An object that a plan changes, as it is deployed. @public */
export interface PlannedObject {
  readonly object: ObjectRef;
  /** Path of the kustomization that builds it; absent = its file is deployed as it is. */
  readonly kustomization?: string;
  /** Where it is declared, if in infrastructure code: what finds it there again. */
  readonly infrastructure?: {
    readonly resource: InfrastructureRef;
    /** Folder or file in which it was looked for, as it was told. */
    readonly path?: string;
    /** Folder or file that is deployed. */
    readonly root: string;
  };
  /** The plan brings it in or takes it out; absent = it is there before and afterwards. */
  readonly presence?: 'added' | 'removed';
  /** The release whose chart writes it. */
  readonly release?: ReleaseRef;
  /**
   * What is known for certain of an object that only a chart writes: its kind, names and labels,
   * replicas, and the resources of its containers. Not the whole object; where Helm is at hand the object
   * that it writes takes its place.
   */
  readonly synthesised?: { readonly before: unknown; readonly after: unknown };
}

/** A chart as one place of a repository deploys it. @public */
export interface ReleaseRef {
  /** Tells it from the other releases of the repository. */
  readonly id: string;
  readonly name: string;
  readonly namespace?: string;
  /** Folder of the chart; absent = it lies outside of the repository. */
  readonly chart?: string;
}

/** @public */
export interface ProofCheck {
  readonly name: 'reparse' | 'schema' | 're-extract' | 'render' | 'format';
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly detail: string;
}

/** @public */
export interface Proof {
  readonly proven: boolean;
  readonly checks: readonly ProofCheck[];
}

/**
 * Byte-exact edits of files in a repository plus their proof.
 *
 * @public
 */
export interface ChangePlan {
  /** SHA-256 over base commit and edits; an approval binds to it. */
  readonly hash: string;
  /**
   * SHA-256 over repository, branch, files, pointers and action kind: what makes two plans the same
   * change request, whatever their values.
   */
  readonly identity: string;
  readonly repository: RepositoryRef;
  readonly baseSha: string;
  readonly files: readonly PlannedFile[];
  readonly changes: readonly FieldChange[];
  /** What is deployed differently afterwards; plans of older versions do not say. */
  readonly objects?: readonly PlannedObject[];
  /** What a person should know before it goes live, in whole sentences: a restart, a new resource. */
  readonly notes?: readonly string[];
  readonly proof: Proof;
}

/** @public */
export type VerdictOutcome = 'allow' | 'warn' | 'require-approval' | 'deny';

/** What one policy said of a plan. @public */
export interface Verdict {
  readonly policy: string;
  readonly outcome: VerdictOutcome;
  /** In words, for people. */
  readonly message: string;
  /** `policy-error`: the policy itself failed, which denies. */
  readonly cause: 'evaluated' | 'policy-error';
  readonly path?: string;
}

/** @public */
export interface ChangeRequest {
  readonly url: string;
  readonly number: number;
  readonly branch: string;
  readonly headSha: string;
  readonly state: 'open' | 'merged' | 'closed';
  readonly draft: boolean;
}

/** What happened after a change went live. @public */
export interface Outcome {
  readonly recommendationId: string;
  readonly kept: boolean;
  readonly realisedMonthly?: {
    readonly amountMicros: number;
    readonly currency: string;
  };
}
