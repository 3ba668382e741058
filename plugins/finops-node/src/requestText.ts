import pRetry from 'p-retry';

const RETRIES = 3;
const FIRST_RETRY_DELAY_MS = 500;
/** A server that asks for a longer pause is reported as down instead of waited for. */
const MAX_RETRY_AFTER_SECONDS = 60;

/** @public */
export interface HttpRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams;
  /** Of each attempt. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /** Tells which answers with a 5xx status are final although they look like an outage. */
  readonly isFinal?: (status: number, text: string) => boolean;
}

/** How a request ended. `reason` holds no secret: neither headers nor the query. @public */
export type HttpOutcome =
  /** Any answer but 429 and 5xx, and the 5xx that repeating did not cure. */
  | {
      readonly outcome: 'answered';
      readonly status: number;
      readonly text: string;
    }
  | { readonly outcome: 'timed-out' }
  /** No answer at all, or a longer pause asked for than is worth waiting. */
  | { readonly outcome: 'unreachable'; readonly reason: string };

class RetryableError extends Error {
  readonly name = 'RetryableError';
  constructor(
    readonly result: HttpOutcome,
    readonly retryAfterSeconds: number,
  ) {
    super(result.outcome);
  }
}

/**
 * Sends one request; repeats it on connection errors, 429 and 5xx, waiting as `Retry-After` asks.
 * Never follows redirects. Throws the signal's reason when aborted.
 *
 * @public
 */
export async function requestText(request: HttpRequest): Promise<HttpOutcome> {
  try {
    return await pRetry(() => attempt(request), {
      retries: RETRIES,
      minTimeout: FIRST_RETRY_DELAY_MS,
      signal: request.signal,
      shouldRetry: ({ error }) =>
        error instanceof RetryableError &&
        error.retryAfterSeconds <= MAX_RETRY_AFTER_SECONDS,
      onFailedAttempt: async ({ error, retriesLeft, retryDelay }) => {
        if (
          error instanceof RetryableError &&
          retriesLeft > 0 &&
          error.retryAfterSeconds <= MAX_RETRY_AFTER_SECONDS
        ) {
          await pause(
            error.retryAfterSeconds * 1000 - retryDelay,
            request.signal,
          );
        }
      },
    });
  } catch (error) {
    if (error instanceof RetryableError) {
      return error.result;
    }
    throw error;
  }
}

async function attempt(request: HttpRequest): Promise<HttpOutcome> {
  const timeout = AbortSignal.timeout(request.timeoutSeconds * 1000);
  let response: Response;
  let text: string;
  try {
    response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      body: request.body,
      // A redirect would turn POST into GET and could carry credentials to another host.
      redirect: 'manual',
      signal: AbortSignal.any([request.signal, timeout]),
    });
    text = await response.text();
  } catch (error) {
    request.signal.throwIfAborted();
    if (timeout.aborted) {
      return { outcome: 'timed-out' };
    }
    throw new RetryableError(
      { outcome: 'unreachable', reason: connectionReason(error) },
      0,
    );
  }
  const answered: HttpOutcome = {
    outcome: 'answered',
    status: response.status,
    text,
  };
  const retryable = response.status === 429 || response.status >= 500;
  if (!retryable || request.isFinal?.(response.status, text)) {
    return answered;
  }
  const retryAfterSeconds = parseRetryAfter(
    response.headers.get('retry-after'),
  );
  throw new RetryableError(
    retryAfterSeconds > MAX_RETRY_AFTER_SECONDS
      ? {
          outcome: 'unreachable',
          reason: `HTTP ${response.status}, asks to come back in ${retryAfterSeconds} s`,
        }
      : answered,
    retryAfterSeconds,
  );
}

function connectionReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) {
    const code = (cause as NodeJS.ErrnoException).code;
    return code
      ? `connection failed (${code})`
      : `connection failed (${cause.message})`;
  }
  return `connection failed (${
    error instanceof Error ? error.message : 'unknown error'
  })`;
}

function parseRetryAfter(header: string | null): number {
  if (!header) {
    return 0;
  }
  const seconds = Number(header);
  if (Number.isFinite(seconds)) {
    return Math.max(0, seconds);
  }
  const until = Date.parse(header);
  return Number.isNaN(until)
    ? 0
    : Math.max(0, Math.ceil((until - Date.now()) / 1000));
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0) {
    return;
  }
  await new Promise<void>(resolve => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
