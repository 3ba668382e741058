import {
  Workload,
  workloadKey,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  MetricName,
  MetricSeries,
} from '@apexlogic/backstage-plugin-finops-node';
import { METRIC_LABEL, MetricQuery } from './metricQueries';
import { RangeSeries } from './rangeAnswer';
import { TimeChunk } from './timeChunks';

export type SeriesOutcome =
  | {
      readonly kind: 'series';
      readonly series: readonly MetricSeries[];
      /** Epoch seconds of the newest value; absent without series. */
      readonly newest?: number;
    }
  | { readonly kind: 'malformed'; readonly problem: string };

/**
 * Turns the answer to one chunk of a query into series of the asked workloads; what belongs to other
 * workloads is left out, as are series without a single number.
 */
export function toMetricSeries(
  answer: readonly RangeSeries[],
  asked: {
    readonly workloads: readonly Workload[];
    readonly query: MetricQuery;
    readonly chunk: TimeChunk;
  },
): SeriesOutcome {
  const { chunk, query } = asked;
  const metrics = new Set<string>(query.metrics);
  const found = new Map<string, MetricSeries>();
  let newest: number | undefined;
  for (const { labels, values } of answer) {
    const metric = labels[METRIC_LABEL];
    if (!metrics.has(metric)) {
      return {
        kind: 'malformed',
        problem: `a series of query '${query.name}' has no known ${METRIC_LABEL} label`,
      };
    }
    if (!labels.owner_name) {
      return {
        kind: 'malformed',
        problem: `a series of '${metric}' has no owner_name label`,
      };
    }
    const candidates = asked.workloads.filter(
      workload =>
        workload.name === labels.owner_name &&
        (!labels.owner_kind || workload.kind === labels.owner_kind),
    );
    if (candidates.length > 1) {
      return {
        kind: 'malformed',
        problem: `a series of '${metric}' needs an owner_kind label: several kinds are named '${labels.owner_name}'`,
      };
    }
    const points = readPoints(values, chunk);
    if (points.kind === 'malformed') {
      return {
        kind: 'malformed',
        problem: `series of '${metric}': ${points.problem}`,
      };
    }
    if (candidates.length === 0 || points.newest === undefined) {
      continue;
    }
    const workload = workloadKey(candidates[0]);
    const container = labels.container || undefined;
    const identity = JSON.stringify([workload, container, metric]);
    if (found.has(identity)) {
      return {
        kind: 'malformed',
        problem: `'${metric}' has several series for ${workload}; aggregate them in the query`,
      };
    }
    found.set(identity, {
      workload,
      ...(container === undefined ? {} : { container }),
      metric: metric as MetricName,
      start: chunk.start,
      step: chunk.step,
      values: points.values,
      query: query.query,
    });
    newest = Math.max(newest ?? points.newest, points.newest);
  }
  return { kind: 'series', series: [...found.values()], newest };
}

type Points =
  | {
      readonly kind: 'points';
      readonly values: Float64Array;
      readonly newest?: number;
    }
  | { readonly kind: 'malformed'; readonly problem: string };

function readPoints(pairs: readonly unknown[], chunk: TimeChunk): Points {
  const values = new Float64Array(chunk.points).fill(Number.NaN);
  let newest: number | undefined;
  for (const pair of pairs) {
    if (
      !Array.isArray(pair) ||
      typeof pair[0] !== 'number' ||
      typeof pair[1] !== 'string'
    ) {
      return {
        kind: 'malformed',
        problem: 'a value is not a pair of time and text',
      };
    }
    const index = (pair[0] - chunk.start) / chunk.step;
    if (!Number.isInteger(index) || index < 0 || index >= chunk.points) {
      return {
        kind: 'malformed',
        problem: `time ${pair[0]} was not asked for`,
      };
    }
    const value = readNumber(pair[1]);
    if (value === undefined) {
      return {
        kind: 'malformed',
        problem: `'${pair[1].slice(0, 40)}' is not a number`,
      };
    }
    values[index] = value;
    if (!Number.isNaN(value)) {
      newest = Math.max(newest ?? pair[0], pair[0]);
    }
  }
  return { kind: 'points', values, newest };
}

/** Infinities (a division by an idle counter, an open histogram bucket) are no measurement: NaN. */
function readNumber(text: string): number | undefined {
  const value = Number(text);
  // Number() reads blanks as 0, and "Inf" and "NaN" (as the API writes them) both as NaN.
  if (Number.isFinite(value) && (value !== 0 || text.trim() !== '')) {
    return value;
  }
  return /^(NaN|[+-]?Inf(inity)?)$/i.test(text) || Math.abs(value) === Infinity
    ? Number.NaN
    : undefined;
}
