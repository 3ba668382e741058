import { GithubCredentialsProvider } from '@backstage/integration';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import { ForgeError } from '@apexlogic/backstage-plugin-finops-node';
import Bottleneck from 'bottleneck';

/** GitHub's advice to its clients: at least a second between two writes. */
const WRITE_INTERVAL_MILLISECONDS = 1_000;
/** Requests that notify people are spaced wider. */
const NOTIFICATION_INTERVAL_FACTOR = 3;
const RETRY_DELAY_MILLISECONDS = 1_000;
const RETRIES = 2;
const REQUEST_TIMEOUT_MILLISECONDS = 30_000;
/** Longer waits go back to the caller, whose queue can wait without holding a worker. */
const MAX_RATE_LIMIT_WAIT_SECONDS = 60;
const MAX_RATE_LIMIT_RETRIES = 1;

export type FinopsOctokit = Octokit;

export interface CreateOctokitOptions {
  readonly host: string;
  readonly apiBaseUrl: string;
  readonly credentials: GithubCredentialsProvider;
  readonly writeIntervalMilliseconds?: number;
  readonly retryDelayMilliseconds?: number;
  readonly requestTimeoutMilliseconds?: number;
}

/** A client that paces its writes, waits out short rate limits and fetches fresh credentials per request. */
export function createOctokit(options: CreateOctokitOptions): FinopsOctokit {
  const { host, apiBaseUrl, credentials } = options;
  const writeInterval =
    options.writeIntervalMilliseconds ?? WRITE_INTERVAL_MILLISECONDS;
  const timeout =
    options.requestTimeoutMilliseconds ?? REQUEST_TIMEOUT_MILLISECONDS;

  const ThrottledOctokit = Octokit.plugin(throttling, retry);
  const octokit = new ThrottledOctokit({
    baseUrl: apiBaseUrl,
    userAgent: 'apexlogic-finops',
    request: {
      fetch: (url: string, init: RequestInit) =>
        fetch(url, {
          ...init,
          signal: init.signal
            ? AbortSignal.any([init.signal, AbortSignal.timeout(timeout)])
            : AbortSignal.timeout(timeout),
        }),
    },
    // Failures come back as typed errors; the client's own console lines would only repeat them.
    log: { debug() {}, info() {}, warn() {}, error() {} },
    throttle: {
      id: host,
      write: new Bottleneck.Group({ maxConcurrent: 1, minTime: writeInterval }),
      notifications: new Bottleneck.Group({
        maxConcurrent: 1,
        minTime: writeInterval * NOTIFICATION_INTERVAL_FACTOR,
      }),
      onRateLimit: isWorthWaiting,
      onSecondaryRateLimit: isWorthWaiting,
    },
    retry: {
      retries: RETRIES,
      retryAfterBaseValue:
        options.retryDelayMilliseconds ?? RETRY_DELAY_MILLISECONDS,
      doNotRetry: [400, 401, 403, 404, 405, 409, 410, 422, 429, 451],
    },
  });

  octokit.hook.before('request', async request => {
    const url = `https://${host}/${request.owner}/${request.repo}`;
    const { token } = await credentials.getCredentials({ url }).catch(() => {
      throw new ForgeError(
        'unauthorized',
        `No credentials could be obtained for ${url}: check the app or token of '${host}' under integrations.github`,
      );
    });
    if (!token) {
      throw new ForgeError(
        'unauthorized',
        `No credentials are configured for ${url}: add an app or token for '${host}' under integrations.github`,
      );
    }
    request.headers.authorization = `token ${token}`;
  });
  return octokit;
}

function isWorthWaiting(
  retryAfterSeconds: number,
  _request: unknown,
  _octokit: unknown,
  retryCount: number,
): boolean {
  return (
    retryAfterSeconds <= MAX_RATE_LIMIT_WAIT_SECONDS &&
    retryCount < MAX_RATE_LIMIT_RETRIES
  );
}
