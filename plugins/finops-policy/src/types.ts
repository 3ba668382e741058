import {
  FieldChange,
  Money,
  Verdict,
} from '@apexlogic/backstage-plugin-finops-common';

/** A file that may hold policies. @public */
export interface PolicyFile {
  readonly path: string;
  readonly text: string;
}

/** What a policy may know of a change: the `change` variable. Each field is documented in docs/policies.md. @public */
export interface ChangeContext {
  readonly action: string;
  readonly environment: string;
  readonly entityRef: string;
  readonly monthlySaving: Money;
  /** 0..1 */
  readonly confidence: number;
  readonly risk: string;
  /** Model and version that proposed it; absent where none did. */
  readonly model?: string;
  /** Who wrote it; absent where that was the loop itself. */
  readonly author?: 'human' | 'bot';
  readonly dataClass?: string;
  /** `low`, `medium` or `high`: how much it may do if it is wrong. */
  readonly impact?: string;
}

/**
 * What a policy may know of the team that owns the workload: the `team` variable. A figure that is not
 * known is left out, and a policy asks for it with `has()`.
 *
 * @public
 */
export interface TeamContext {
  readonly name?: string;
  readonly monthlyBudget?: Money;
  /** What the month will have cost by its end, as it looks now. */
  readonly monthlyForecast?: Money;
}

/** One object before and after the plan, parsed from the files. @public */
export interface ChangedObject {
  readonly path: string;
  readonly object: unknown;
  readonly oldObject: unknown;
  readonly changes: readonly FieldChange[];
}

/** @public */
export interface EvaluationInput {
  readonly objects: readonly ChangedObject[];
  readonly context: ChangeContext;
  /**
   * Namespace objects as far as known (parsed manifests or live ones). Where the namespace of a changed
   * object is not among them, `namespaceObject` is null and a `namespaceSelector` that needs its labels
   * denies: what cannot be decided is not let through.
   */
  readonly namespaces?: readonly unknown[];
  /** The `team` variable; empty unless given. */
  readonly team?: TeamContext;
  /** When exceptions are looked at; now unless given. */
  readonly now?: Date;
}

/** @public */
export interface LoadedPolicy {
  readonly name: string;
  readonly path: string;
  readonly kind: PolicyKind;
  readonly description?: string;
  /** The control of a law or a standard that it stands for, such as `GDPR Art. 5(1)(e)`. */
  readonly control?: string;
  /** What a rule that does not hold leads to, strictest first; several where bindings differ. */
  readonly outcomes: readonly PolicyOutcome[];
}

/** Languages a policy may be written in. @public */
export type PolicyKind =
  | 'ValidatingAdmissionPolicy'
  | 'ValidatingPolicy'
  | 'ClusterPolicy';

/** What a rule that does not hold leads to; `audit` lets the change through and is told. @public */
export type PolicyOutcome = 'deny' | 'require-approval' | 'warn' | 'audit';

/** A permission, for a while, not to keep a policy. @public */
export interface LoadedException {
  readonly name: string;
  readonly path: string;
  /** Names of policies, or of a Kyverno ClusterPolicy all of whose rules are meant. */
  readonly policies: readonly string[];
  readonly reason: string;
  /** The first moment it no longer holds. */
  readonly expires: Date;
}

/** A file that should hold a policy but could not be loaded: every plan is denied until it is mended. @public */
export interface FailedPolicy {
  readonly path: string;
  readonly name?: string;
  readonly error: string;
}

/** @public */
export interface PolicySet {
  readonly policies: readonly LoadedPolicy[];
  readonly failed: readonly FailedPolicy[];
  /** Those that have expired too. */
  readonly exceptions?: readonly LoadedException[];
  /** SHA-256 over the files: which version of the rules gave a verdict. */
  readonly version: string;
  /** One verdict at least per policy that matches; never throws. */
  evaluate(input: EvaluationInput): readonly Verdict[];
}
