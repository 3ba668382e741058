/**
 * Something that goes wrong with requests to the forge.
 *
 * @public
 */
export interface ForgeFault {
  /** Any method when absent. */
  readonly method?: string;
  /** Matched against the path after `/api/v3`, undecoded. */
  readonly path: RegExp;
  /** How many requests it hits; default 1. */
  readonly times?: number;
  /** `after`: the request takes effect and only its answer is lost. Default `before`. */
  readonly when?: 'before' | 'after';
  readonly delayMilliseconds?: number;
  /** Without an answer and without `disconnect` the request is only delayed. */
  readonly respond?: {
    readonly status: number;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** Closes the connection without an answer. */
  readonly disconnect?: boolean;
}

/**
 * Faults waiting for the requests they hit, in the order they were added.
 *
 * @public
 */
export class ForgeFaults {
  #waiting: { fault: ForgeFault; remaining: number }[] = [];

  add(fault: ForgeFault): void {
    this.#waiting.push({ fault, remaining: fault.times ?? 1 });
  }

  clear(): void {
    this.#waiting = [];
  }

  /** The first fault that hits this request, used up by one. */
  take(method: string, path: string): ForgeFault | undefined {
    const hit = this.#waiting.find(
      ({ fault }) =>
        (fault.method ?? method) === method && fault.path.test(path),
    );
    if (!hit) {
      return undefined;
    }
    hit.remaining -= 1;
    this.#waiting = this.#waiting.filter(waiting => waiting.remaining > 0);
    return hit.fault;
  }
}
