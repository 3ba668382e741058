import {
  ForgeError,
  ForgeErrorCode,
} from '@apexlogic/backstage-plugin-finops-node';
import { z } from 'zod';

/** Characters of GitHub's own words kept in a message. */
const DETAIL_CHARACTERS = 300;
const TOKEN_PATTERN = /\b(gh[a-z]_\w+|github_pat_\w+)\b/g;

const EXPLANATIONS: Record<ForgeErrorCode, string> = {
  unauthorized:
    'GitHub refused the credentials; check the app or token and its permissions under integrations.github',
  'not-found': 'GitHub knows no such thing, or the credentials may not see it',
  conflict: 'The repository changed meanwhile; read it again and plan anew',
  rejected: 'GitHub refused the content',
  'rate-limited': 'GitHub limits the rate of requests; try again later',
  unavailable: 'GitHub is not available',
};

/** The parts of an octokit error that are read; anything else is a network failure. */
const httpErrorSchema = z.object({
  status: z.number(),
  response: z.object({
    headers: z.record(z.string(), z.unknown()).catch({}),
    data: z
      .object({
        message: z.string().catch(''),
        errors: z
          .array(
            z
              .union([
                z.string(),
                z
                  .object({ message: z.string() })
                  .transform(error => error.message),
              ])
              .catch(''),
          )
          .catch([]),
      })
      .catch({ message: '', errors: [] }),
  }),
});

/** A {@link ForgeError} that remembers GitHub's answer, so that a lost race can be told from a refusal. */
export class GithubRequestError extends ForgeError {
  constructor(
    code: ForgeErrorCode,
    message: string,
    readonly status: number | undefined,
    /** GitHub's own words. */
    readonly detail: string,
    retryAfterSeconds?: number,
  ) {
    super(code, message, retryAfterSeconds);
  }

  /** `subject` says what was asked, e.g. `branch 'main' of https://github.com/org/repo`. */
  static from(error: unknown, subject: string): ForgeError {
    if (error instanceof ForgeError) {
      return error;
    }
    const parsed = httpErrorSchema.safeParse(error);
    if (!parsed.success) {
      return new GithubRequestError(
        'unavailable',
        `GitHub could not be reached for ${subject}: ${describeNetworkError(
          error,
        )}`,
        undefined,
        '',
      );
    }
    const { status, response } = parsed.data;
    const detail = redact(
      [response.data.message, ...response.data.errors]
        .filter(Boolean)
        .join('; ')
        .slice(0, DETAIL_CHARACTERS),
    );
    const retryAfterSeconds = readRetryAfter(response.headers);
    const code = toCode(status, response.headers, detail);
    return new GithubRequestError(
      code,
      `${EXPLANATIONS[code]} (${subject}, HTTP ${status}${
        detail ? `: ${detail}` : ''
      })`,
      status,
      detail,
      code === 'rate-limited' ? retryAfterSeconds : undefined,
    );
  }
}

function toCode(
  status: number,
  headers: Record<string, unknown>,
  detail: string,
): ForgeErrorCode {
  if (status === 429) {
    return 'rate-limited';
  }
  if (status === 403) {
    const isLimited =
      headers['retry-after'] !== undefined ||
      String(headers['x-ratelimit-remaining']) === '0' ||
      /rate limit/i.test(detail);
    return isLimited ? 'rate-limited' : 'unauthorized';
  }
  if (status === 401) {
    return 'unauthorized';
  }
  if (status === 404 || status === 410) {
    return 'not-found';
  }
  if (status === 409) {
    return 'conflict';
  }
  return status >= 500 ? 'unavailable' : 'rejected';
}

function readRetryAfter(headers: Record<string, unknown>): number | undefined {
  const retryAfter = Number(headers['retry-after'] ?? NaN);
  if (Number.isFinite(retryAfter)) {
    return retryAfter;
  }
  const resetEpochSeconds = Number(headers['x-ratelimit-reset'] ?? NaN);
  return Number.isFinite(resetEpochSeconds)
    ? Math.max(0, Math.ceil(resetEpochSeconds - Date.now() / 1000))
    : undefined;
}

function describeNetworkError(error: unknown): string {
  if (!(error instanceof Error)) {
    return 'unknown failure';
  }
  if (error.name === 'AbortError') {
    return 'the request was cancelled';
  }
  return redact(error.message).slice(0, DETAIL_CHARACTERS);
}

function redact(text: string): string {
  return text.replace(TOKEN_PATTERN, '[redacted]');
}
