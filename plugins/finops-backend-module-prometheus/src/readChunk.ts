import { Workload } from '@apexlogic/backstage-plugin-finops-common';
import {
  HttpOutcome,
  MetricSeries,
  requestText,
  SourceResult,
} from '@apexlogic/backstage-plugin-finops-node';
import { MetricQuery } from './metricQueries';
import { parseRangeAnswer } from './rangeAnswer';
import { halve, lastInstant, TimeChunk } from './timeChunks';
import { toMetricSeries } from './toMetricSeries';

/** A chunk refused as too heavy is halved at most this often: to 1/32. */
const MAX_HALVINGS = 5;
const MAX_REASON_CHARACTERS = 300;

/**
 * How the engines word a query that is too heavy: Prometheus "would load too many samples" and
 * "exceeded maximum resolution", Mimir "err-mimir-max-…" and "exceeds the limit", Thanos "exceeded … limit",
 * VictoriaMetrics "cannot select more than", and time-outs of any.
 */
const TOO_HEAVY =
  /too many|too long|exceed|limit|maximum|err-mimir-max|more than|timed? ?out|timeout|deadline/i;

/** Where and how to ask; `method` remembers that a server takes no POST. */
export interface RangeEndpoint {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  method: 'POST' | 'GET';
}

export interface ChunkOutcome {
  /** Empty when the source answered and had nothing. */
  readonly results: readonly SourceResult<readonly MetricSeries[]>[];
  /** Every other query would fail the same way. */
  readonly stop: boolean;
}

/**
 * Runs one query over one chunk of time, in smaller parts when the engine finds it too heavy. All
 * failures are results; throws only the signal's reason.
 */
export async function readChunk(
  endpoint: RangeEndpoint,
  asked: {
    readonly workloads: readonly Workload[];
    readonly query: MetricQuery;
    readonly chunk: TimeChunk;
  },
  signal: AbortSignal,
  halvings = 0,
): Promise<ChunkOutcome> {
  const { query, chunk } = asked;
  const outcome = await askRange(endpoint, query.query, chunk, signal);
  const about = `${query.name} from ${iso(chunk.start)} to ${iso(
    lastInstant(chunk),
  )}`;
  const failed = (
    status: 'down' | 'denied' | 'malformed',
    problem: string,
    stop = false,
  ): ChunkOutcome => ({
    results: [
      {
        status,
        reason: `${about}: ${problem}`.slice(0, MAX_REASON_CHARACTERS),
      },
    ],
    stop,
  });
  const tooHeavy = async (problem: string): Promise<ChunkOutcome> => {
    if (halvings >= MAX_HALVINGS || chunk.points < 2) {
      return failed(
        'down',
        `too heavy even for ${chunk.points} points: ${problem}`,
      );
    }
    const results: SourceResult<readonly MetricSeries[]>[] = [];
    for (const half of halve(chunk)) {
      const part = await readChunk(
        endpoint,
        { ...asked, chunk: half },
        signal,
        halvings + 1,
      );
      results.push(...part.results);
      if (part.stop) {
        return { results, stop: true };
      }
    }
    return { results, stop: false };
  };

  if (outcome.outcome === 'timed-out') {
    return tooHeavy(`no answer within ${endpoint.timeoutSeconds} s`);
  }
  if (outcome.outcome === 'unreachable') {
    return failed('down', outcome.reason, true);
  }
  const { status, text } = outcome;
  if (status === 401 || status === 403) {
    return failed(
      'denied',
      `HTTP ${status}; check the credentials and tenant header`,
      true,
    );
  }
  if (status >= 300 && status < 400) {
    return failed(
      'denied',
      `HTTP ${status} redirect, as a login page gives; configure the final url and credentials`,
      true,
    );
  }
  const answer = parseRangeAnswer(text);
  if (answer.kind === 'error' || status >= 400) {
    const message =
      answer.kind === 'error'
        ? `${answer.errorType}: ${answer.message}`
        : `HTTP ${status}`;
    if (status === 504 || isTooHeavy(status, text)) {
      return tooHeavy(message);
    }
    if (status >= 500 || status === 429) {
      return failed('down', `HTTP ${status} ${message}`);
    }
    return status === 404
      ? failed(
          'malformed',
          'HTTP 404; no Prometheus API at this url (Mimir and VictoriaMetrics need their path prefix)',
          true,
        )
      : failed('malformed', `refused the query, ${message}`);
  }
  if (answer.kind === 'malformed') {
    return failed('malformed', answer.problem);
  }
  const read = toMetricSeries(answer.series, asked);
  if (read.kind === 'malformed') {
    return failed('malformed', read.problem);
  }
  // Annotations on the style of a query say nothing about missing data.
  const warnings = answer.warnings.filter(
    warning => !warning.startsWith('PromQL info'),
  );
  if (read.newest === undefined) {
    return warnings.length > 0
      ? failed(
          'down',
          `answered nothing, with warnings: ${warnings.join('; ')}`,
        )
      : { results: [], stop: false };
  }
  return {
    results: [
      {
        status: 'ok',
        data: read.series,
        asOf: new Date(read.newest * 1000).toISOString(),
        ...(warnings.length > 0 ? { warnings } : {}),
      },
    ],
    stop: false,
  };
}

async function askRange(
  endpoint: RangeEndpoint,
  query: string,
  chunk: TimeChunk,
  signal: AbortSignal,
): Promise<HttpOutcome> {
  const { method } = endpoint;
  const parameters = new URLSearchParams({
    query,
    start: String(chunk.start),
    end: String(lastInstant(chunk)),
    step: String(chunk.step),
    timeout: `${Math.ceil(endpoint.timeoutSeconds)}s`,
    // Thanos only; the others ignore them. Replicas merged, and a store that is away gives a warning instead of an error.
    dedup: 'true',
    partial_response: 'true',
  });
  const address = `${endpoint.url}/api/v1/query_range`;
  const outcome = await requestText({
    url: method === 'POST' ? address : `${address}?${parameters}`,
    method,
    headers: { Accept: 'application/json', ...endpoint.headers },
    ...(method === 'POST' ? { body: parameters } : {}),
    timeoutSeconds: endpoint.timeoutSeconds,
    signal,
    isFinal: (status, text) => status === 504 || isTooHeavy(status, text),
  });
  if (
    outcome.outcome === 'answered' &&
    outcome.status === 405 &&
    method === 'POST'
  ) {
    endpoint.method = 'GET';
    return askRange(endpoint, query, chunk, signal);
  }
  return outcome;
}

/** Only errors in the API's own form count: a proxy's page may say "limit" for other reasons. */
function isTooHeavy(status: number, text: string): boolean {
  if (status !== 400 && status !== 413 && status !== 422 && status < 500) {
    return false;
  }
  const answer = parseRangeAnswer(text);
  return (
    answer.kind === 'error' &&
    TOO_HEAVY.test(`${answer.errorType} ${answer.message}`)
  );
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
