/**
 * A request the FinOps backend refused or could not answer, with what a person needs to go on.
 *
 * @public
 */
export class FinopsRequestError extends Error {
  readonly name = 'FinopsRequestError';
  /** HTTP status; undefined when no answer came at all. */
  readonly status?: number;
  /** Machine-readable cause, e.g. `plan-changed` or `self-approval`. */
  readonly code?: string;
  /** What to quote when asking for help. */
  readonly reference: string;

  constructor(options: {
    message: string;
    status?: number;
    code?: string;
    reference: string;
  }) {
    super(options.message);
    this.status = options.status;
    this.code = options.code;
    this.reference = options.reference;
  }
}
