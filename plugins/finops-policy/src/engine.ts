/** What an expression must yield; checked when it is compiled where the type is known, else when it runs. @public */
export type ExpectedResult = 'bool' | 'string' | 'any';

/** @public */
export interface CompileOptions {
  /** Names an expression may reach as `variables.<name>`; others are a compile error. */
  readonly variables: readonly string[];
  /** Further names an expression may use besides those every policy has, such as `params`. */
  readonly names?: readonly string[];
  readonly expected: ExpectedResult;
  /**
   * `false`: mistakes of types and unknown names fail when they are reached instead of at compilation, as
   * some tests of the specification ask. Policies are always checked.
   */
  readonly checked?: boolean;
}

/**
 * What one run of an expression may use.
 *
 * @public
 */
export interface Activation {
  readonly values: Readonly<Record<string, unknown>>;
  readonly budget: StepBudget;
}

/** @public */
export interface CompiledExpression {
  /**
   * Runs the expression. Throws {@link PolicyEvaluationError} on a CEL error, on a result that is not of
   * the expected type and when the budget is spent.
   */
  evaluate(activation: Activation): unknown;
}

/**
 * Compiles and runs CEL. Behind an interface so that the engine can move into a worker or be replaced
 * without the rest knowing.
 *
 * @public
 */
export interface PolicyEngine {
  /** Throws {@link PolicyCompileError} with the place of the mistake. */
  compile(expression: string, options: CompileOptions): CompiledExpression;
}

/** @public */
export class PolicyCompileError extends Error {
  readonly name = 'PolicyCompileError';
}

/** @public */
export class PolicyEvaluationError extends Error {
  readonly name = 'PolicyEvaluationError';
}

/**
 * Steps left to the expressions of one policy on one object. A step is one turn of a macro (`all`,
 * `exists`, `map`, …) or a thousand comparisons of a regular expression. Deterministic where a clock is
 * not: the same policy on the same object always ends the same way.
 *
 * @public
 */
export class StepBudget {
  readonly #limit: number;
  #spent = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Throws {@link PolicyEvaluationError} once more than the limit is spent. */
  spend(steps: number): void {
    this.#spent += steps;
    this.check();
  }

  /** CEL's `||` and `exists` swallow errors of their operands; this says it again at the end. */
  check(): void {
    if (this.#spent > this.#limit) {
      throw new PolicyEvaluationError(
        `the policy needs more than ${this.#limit} evaluation steps`,
      );
    }
  }
}
