import {
  addDays,
  Day,
  DAY_MS,
  dayOf,
  Period,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  CostBatch,
  CostSource,
  HttpOutcome,
  ReadOptions,
  requestText,
  sharedNamespace,
  SourceCapabilities,
  SourceResult,
  WorkloadRead,
} from '@apexlogic/backstage-plugin-finops-node';
import pLimit, { LimitFunction } from 'p-limit';
import { parseAllocationAnswer } from './allocation';
import { OpenCostInstance } from './config';
import { AskedCosts, toCostBatch } from './toCostBatch';

/** Longer windows time out on clusters of a few hundred nodes. */
const DAYS_PER_REQUEST = 7;
const BATCH_SIZE = 1_000;
/** Servers recompute the present day about hourly. */
const FRESHNESS_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
const MAX_REASON_CHARACTERS = 300;
/** How servers word a window that is too much work. */
const TOO_HEAVY =
  /time.?out|timed out|deadline|too many|too large|exceed|out of memory/i;

/** Half-open. */
interface Days {
  readonly from: Day;
  readonly to: Day;
}

/** @public */
export interface OpenCostSourceOptions {
  /** The present instant; the system's unless told. */
  readonly now?: () => Date;
}

/**
 * Costs of workloads from the allocation API of OpenCost or Kubecost.
 *
 * A read costs one request per namespace and week, however many workloads there are; where the server
 * gives up on a week the days are asked for in smaller parts. Every UTC day that the period touches
 * is read whole, today so far included. Idle cost is not asked for: it is cost of nodes, has no namespace,
 * and is never a workload's.
 *
 * @public
 */
export class OpenCostSource implements CostSource {
  readonly id: string;
  readonly clusters?: readonly string[];
  readonly capabilities: SourceCapabilities;
  readonly #instance: OpenCostInstance;
  readonly #limit: LimitFunction;
  readonly #now: () => Date;
  #path: string;

  static create(
    instance: OpenCostInstance,
    options: OpenCostSourceOptions = {},
  ): OpenCostSource {
    return new OpenCostSource(instance, options);
  }

  private constructor(
    instance: OpenCostInstance,
    options: OpenCostSourceOptions,
  ) {
    this.id = instance.id;
    this.clusters = instance.clusters;
    this.capabilities = {
      kind: 'cost',
      historyDays: instance.historyDays,
      resolutionSeconds: DAY_SECONDS,
      batchSize: BATCH_SIZE,
      freshnessSeconds: FRESHNESS_SECONDS,
    };
    this.#instance = instance;
    this.#limit = pLimit(instance.concurrency);
    this.#now = options.now ?? (() => new Date());
    this.#path =
      instance.flavour === 'kubecost' ? '/model/allocation' : '/allocation';
  }

  /** {@inheritDoc @apexlogic/backstage-plugin-finops-node#CostSource.readCosts} */
  async *readCosts(
    read: WorkloadRead,
    options: ReadOptions,
  ): AsyncGenerator<SourceResult<CostBatch>, void, undefined> {
    options.signal.throwIfAborted();
    const shared = sharedNamespace(read);
    if (!shared) {
      return;
    }
    const { cluster } = shared;
    if (this.clusters && !this.clusters.includes(cluster)) {
      yield {
        status: 'not-configured',
        fix: `cost source '${this.id}' does not serve cluster '${cluster}'; add it to finops.opencost[].clusters, or configure a source that does`,
      };
      return;
    }
    const today = dayOf(this.#now());
    const asked = {
      workloads: read.workloads,
      cluster: this.#serverCluster(cluster),
      currency: this.#instance.currency,
      provisionalFrom: addDays(today, -this.#instance.provisionalDays),
    };

    let answered = false;
    // A stack: a window that is too much is replaced by its halves.
    const windows = weeks(read.period, today).reverse();
    for (let days = windows.pop(); days; days = windows.pop()) {
      const { from, to } = days;
      const outcome = await this.#limit(() =>
        this.#ask({ ...asked, from, to }, options.signal),
      );
      if (outcome.kind === 'too-heavy' && addDays(from, 1) < to) {
        windows.push(...halves(days).reverse());
        continue;
      }
      const result: SourceResult<CostBatch> =
        outcome.kind === 'too-heavy'
          ? { status: 'down', reason: outcome.reason }
          : outcome.result;
      if (result.status !== 'no-data') {
        answered = true;
        yield result;
      }
      if (outcome.kind === 'result' && outcome.stop) {
        return;
      }
    }
    if (!answered) {
      yield { status: 'no-data' };
    }
  }

  /** A server with one cluster calls it what it likes, unless the configuration says. */
  #serverCluster(cluster: string): string | undefined {
    const { clusters, clusterId } = this.#instance;
    return clusterId ?? (clusters?.length === 1 ? undefined : cluster);
  }

  async #ask(
    asked: AskedCosts,
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: 'too-heavy'; readonly reason: string }
    | {
        readonly kind: 'result';
        readonly result: SourceResult<CostBatch>;
        /** Every other window would fail the same way. */
        readonly stop: boolean;
      }
  > {
    const about = `${asked.from} to ${asked.to}`;
    const reasonFor = (problem: string) =>
      `${about}: ${problem}`.slice(0, MAX_REASON_CHARACTERS);
    const failed = (
      status: 'down' | 'denied' | 'malformed',
      problem: string,
      stop = false,
    ) => ({
      kind: 'result' as const,
      result: { status, reason: reasonFor(problem) },
      stop,
    });
    const outcome = await this.#request(asked, signal);
    if (outcome.outcome === 'timed-out') {
      return {
        kind: 'too-heavy',
        reason: reasonFor(
          `no answer within ${this.#instance.timeoutSeconds} s`,
        ),
      };
    }
    if (outcome.outcome === 'unreachable') {
      return failed('down', outcome.reason, true);
    }
    const answer = parseAllocationAnswer(outcome.text);
    const status =
      outcome.status === 200 && answer.kind === 'error'
        ? answer.code
        : outcome.status;
    const message =
      answer.kind === 'error'
        ? `${status} ${answer.message}`
        : `HTTP ${status}`;
    if (status === 401 || status === 403) {
      return failed('denied', `${message}; check the credentials`, true);
    }
    if (status >= 300 && status < 400) {
      return failed(
        'denied',
        `${message} redirect, as a login page gives; configure the final url and credentials`,
        true,
      );
    }
    if (status === 404) {
      return failed(
        'malformed',
        `${message}; no allocation API at this url (check the flavour)`,
        true,
      );
    }
    if (isTooHeavy(status, outcome.text)) {
      return { kind: 'too-heavy', reason: reasonFor(message) };
    }
    if (status >= 500 || status === 429) {
      return failed('down', message);
    }
    if (answer.kind === 'malformed') {
      return failed('malformed', answer.problem);
    }
    if (answer.kind === 'error' || status !== 200) {
      return failed('malformed', `refused the query, ${message}`);
    }
    const read = toCostBatch(answer.sets, asked);
    if (read.kind === 'malformed') {
      return failed('malformed', read.problem);
    }
    return {
      kind: 'result',
      result:
        read.asOf === undefined
          ? { status: 'no-data' }
          : { status: 'ok', data: read.batch, asOf: read.asOf },
      stop: false,
    };
  }

  async #request(asked: AskedCosts, signal: AbortSignal): Promise<HttpOutcome> {
    const path = this.#path;
    const parameters = new URLSearchParams({
      window: `${asked.from}T00:00:00Z,${asked.to}T00:00:00Z`,
      step: '1d',
      aggregate: 'cluster,namespace,controllerKind,controller',
      accumulate: 'false',
      includeIdle: 'false',
      shareIdle: 'false',
      filter: [
        `namespace:${JSON.stringify(asked.workloads[0].namespace)}`,
        ...(asked.cluster === undefined
          ? []
          : [`cluster:${JSON.stringify(asked.cluster)}`]),
      ].join('+'),
    });
    const outcome = await requestText({
      url: `${this.#instance.url}${path}?${parameters}`,
      method: 'GET',
      headers: { Accept: 'application/json', ...this.#instance.headers },
      timeoutSeconds: this.#instance.timeoutSeconds,
      signal,
      isFinal: isTooHeavy,
    });
    if (
      outcome.outcome === 'answered' &&
      outcome.status === 404 &&
      path === '/allocation'
    ) {
      // Old versions know the path by its first name only.
      this.#path = '/allocation/compute';
      return this.#request(asked, signal);
    }
    return outcome;
  }
}

/** The UTC days that a period touches, up to today, oldest first and at most a week at a time. */
function weeks(period: Period, today: Day): Days[] {
  const end = dayOf(Math.ceil(Date.parse(period.end) / DAY_MS) * DAY_MS);
  const tomorrow = addDays(today, 1);
  const to = end < tomorrow ? end : tomorrow;
  const windows: Days[] = [];
  for (
    let from = dayOf(period.start);
    from < to;
    from = addDays(from, DAYS_PER_REQUEST)
  ) {
    const next = addDays(from, DAYS_PER_REQUEST);
    windows.push({ from, to: next < to ? next : to });
  }
  return windows;
}

function halves({ from, to }: Days): Days[] {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  const middle = addDays(from, Math.floor(days / 2));
  return [
    { from, to: middle },
    { from: middle, to },
  ];
}

/** 504 is a gateway's patience; other failures count only when the server says so itself. */
function isTooHeavy(status: number, text: string): boolean {
  if (status === 504) {
    return true;
  }
  if (status < 400) {
    const inside = parseAllocationAnswer(text);
    return (
      inside.kind === 'error' &&
      (inside.code === 504 || TOO_HEAVY.test(inside.message))
    );
  }
  const answer = parseAllocationAnswer(text);
  return answer.kind === 'error' && TOO_HEAVY.test(answer.message);
}
