import {
  MetricSeries,
  MetricSource,
  ReadOptions,
  sharedNamespace,
  SourceCapabilities,
  SourceResult,
  WorkloadRead,
} from '@apexlogic/backstage-plugin-finops-node';
import pLimit, { LimitFunction } from 'p-limit';
import { asTheyFinish } from './asTheyFinish';
import { PrometheusInstance } from './config';
import { MetricQuery, metricQueries } from './metricQueries';
import { ChunkOutcome, RangeEndpoint, readChunk } from './readChunk';
import { TimeChunk, timeChunks } from './timeChunks';

/** Shortest window in which `rate()` is steady on clusters that scrape every minute. */
const MIN_RATE_WINDOW_SECONDS = 300;
/** A rate needs two scrapes; four survive one that failed. */
const SCRAPES_PER_RATE_WINDOW = 4;
const BATCH_SIZE = 200;
/** About 15 MB of JSON: reading one answer must not hold up this process for long. */
const MAX_VALUES_PER_ANSWER = 500_000;
/** Containers a workload is taken to have when answers are sized. */
const ASSUMED_CONTAINERS = 2;

/**
 * Metrics of workloads from Prometheus, Thanos, Mimir or VictoriaMetrics.
 *
 * A read costs nine range queries per namespace and stretch of time, however many workloads,
 * containers and pods there are. Long periods come in several pieces, cut at UTC midnights where
 * possible: there is one {@link MetricSeries} per workload, container, metric and piece. The points are the
 * multiples of the step in the half-open period. `rate()` looks back over the longest of 5 minutes, the
 * step (so that nothing between two points goes unseen) and four scrape intervals.
 *
 * @public
 */
export class PrometheusMetricSource implements MetricSource {
  readonly id: string;
  readonly clusters?: readonly string[];
  readonly capabilities: SourceCapabilities;
  readonly #instance: PrometheusInstance;
  readonly #endpoint: RangeEndpoint;
  readonly #limit: LimitFunction;

  static create(instance: PrometheusInstance): PrometheusMetricSource {
    return new PrometheusMetricSource(instance);
  }

  private constructor(instance: PrometheusInstance) {
    this.id = instance.id;
    this.clusters = instance.clusters;
    this.capabilities = {
      kind: 'metric',
      historyDays: instance.historyDays,
      resolutionSeconds: instance.stepSeconds,
      batchSize: BATCH_SIZE,
      freshnessSeconds: Math.max(
        instance.stepSeconds,
        2 * instance.scrapeIntervalSeconds,
      ),
    };
    this.#instance = instance;
    this.#endpoint = {
      url: instance.url,
      headers: instance.headers,
      timeoutSeconds: instance.timeoutSeconds,
      method: 'POST',
    };
    this.#limit = pLimit(instance.concurrency);
  }

  /** {@inheritDoc @apexlogic/backstage-plugin-finops-node#MetricSource.readMetrics} */
  async *readMetrics(
    read: WorkloadRead,
    options: ReadOptions,
  ): AsyncGenerator<SourceResult<readonly MetricSeries[]>, void, undefined> {
    options.signal.throwIfAborted();
    const shared = sharedNamespace(read);
    if (!shared) {
      return;
    }
    const { cluster } = shared;
    if (this.clusters && !this.clusters.includes(cluster)) {
      yield {
        status: 'not-configured',
        fix: `metrics source '${this.id}' does not serve cluster '${cluster}'; add it to finops.prometheus[].clusters, or configure a source that does`,
      };
      return;
    }

    const finished = new AbortController();
    const signal = AbortSignal.any([options.signal, finished.signal]);
    let answered = false;
    let stopped = false;
    const tasks = this.#parts(read).map(
      part => (): Promise<ChunkOutcome> =>
        this.#limit(async () => {
          if (stopped) {
            return { results: [], stop: true };
          }
          signal.throwIfAborted();
          return readChunk(
            this.#endpoint,
            { workloads: read.workloads, ...part },
            signal,
          );
        }),
    );
    try {
      for await (const { results, stop } of asTheyFinish(
        tasks,
        this.#instance.concurrency,
      )) {
        for (const result of results) {
          answered = true;
          yield result;
        }
        stopped ||= stop;
        if (stopped) {
          return;
        }
      }
    } finally {
      finished.abort();
    }
    if (!answered) {
      yield { status: 'no-data' };
    }
  }

  #parts(
    read: WorkloadRead,
  ): { readonly query: MetricQuery; readonly chunk: TimeChunk }[] {
    const { stepSeconds, scrapeIntervalSeconds, maxPointsPerSeries } =
      this.#instance;
    const queries = metricQueries({
      workloads: read.workloads,
      clusterLabel: this.#instance.clusterLabel,
      stepSeconds,
      windowSeconds: Math.max(
        MIN_RATE_WINDOW_SECONDS,
        stepSeconds,
        SCRAPES_PER_RATE_WINDOW * scrapeIntervalSeconds,
      ),
      containerMatchers: this.#instance.containerMatchers,
      requestMetrics: this.#instance.requestMetrics,
      connectionMetrics: this.#instance.connectionMetrics,
    });
    return queries.flatMap(query => {
      const seriesExpected =
        read.workloads.length * query.metrics.length * ASSUMED_CONTAINERS;
      return timeChunks(read.period, {
        step: stepSeconds,
        maxPoints: maxPointsPerSeries,
        preferredPoints: Math.floor(MAX_VALUES_PER_ANSWER / seriesExpected),
      }).map(chunk => ({ query, chunk }));
    });
  }
}
