import {
  cutSeries,
  isCapacityRisk,
  Saturation,
  Series,
  timeToSaturation,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { StoredEvent } from '../database/EventStore';
import { StoredMetric } from '../database/UsageStore';
import { sumOfContainers } from './series';
import { WorkloadHistory } from './types';

/** Days of use the model looks at. */
const USE_DAYS = 28;

/**
 * What uses less of its limit is not asked about: growth that passes the rest of it sooner than a
 * day after this share was passed gives no day of notice to anybody.
 */
const ASKED_FROM = 1 / 3;

/** A limit of a workload that its use is expected to pass. */
export interface CapacityRisk {
  readonly signal:
    | 'memory'
    | 'volume'
    | 'autoscaler-maximum'
    | 'connections'
    | 'quota-cpu'
    | 'quota-memory'
    | 'quota-pods';
  /** Of a memory limit. */
  readonly container?: string;
  readonly use: Series;
  /** Same unit as the use: bytes, cores, connections, or 1 for the share of a quota. */
  readonly limit: number;
  readonly saturation: Saturation;
}

/** Nothing is said of what was not measured for this long. */
const STALE_SECONDS = 6 * 3600;

type Watched = Omit<CapacityRisk, 'saturation'>;

/** Quotas of its namespace, each as the share that is used. */
const QUOTAS = ['quota-cpu', 'quota-memory', 'quota-pods'] as const;

/**
 * Limits that are expected to be passed soon: memory limits of containers, volumes, what an
 * autoscaler's largest size requests, connections, and the quotas of its namespace.
 */
export function findCapacityRisks(
  history: WorkloadHistory,
  events: readonly StoredEvent[],
  now: string,
): CapacityRisk[] {
  const end = Date.parse(now) / 1000;
  const { workload } = history.stored;
  const changes = events
    .filter(
      event =>
        event.kind !== 'alert' &&
        (event.workload === undefined || event.workload === workload),
    )
    .map(({ at, id }) => ({ at: Date.parse(at) / 1000, label: id }));
  return limitsOf(history).flatMap(({ use, ...watched }) => {
    const known = untilMeasured(cutSeries(use, end - USE_DAYS * 86_400, end));
    if (!known || highestOfLastDay(known) < ASKED_FROM * watched.limit) {
      return [];
    }
    const saturation = timeToSaturation(known, watched.limit, { changes });
    return saturation.kind === 'saturation' && isCapacityRisk(saturation)
      ? [{ ...watched, use: known, saturation }]
      : [];
  });
}

function limitsOf({ stored, series }: WorkloadHistory): Watched[] {
  const { containers, autoscaler } = stored.state;
  const watched: Watched[] = containers.flatMap(({ name, memoryLimit }) => {
    const use = series.find(
      item => item.container === name && item.metric === 'memory-usage-max',
    );
    return use && memoryLimit
      ? [
          {
            signal: 'memory' as const,
            container: name,
            use,
            limit: memoryLimit,
          },
        ]
      : [];
  });
  const measured = (metric: StoredMetric) =>
    series.find(item => item.metric === metric);
  for (const [signal, used, most] of [
    ['volume', 'volume-used', 'volume-capacity'],
    ['connections', 'connections-used', 'connections-limit'],
  ] as const) {
    const use = measured(used);
    const limit = lastOf(measured(most));
    if (use && limit) {
      watched.push({ signal, use, limit });
    }
  }
  for (const signal of QUOTAS) {
    const use = measured(signal);
    if (use) {
      watched.push({ signal, use, limit: 1 });
    }
  }
  const load = sumOfContainers(series, 'cpu-usage-sum');
  const request = containers.reduce(
    (total, { cpuRequest }) => total + (cpuRequest ?? 0),
    0,
  );
  if (load && request > 0 && autoscaler?.resources.includes('cpu')) {
    watched.push({
      signal: 'autoscaler-maximum',
      use: load,
      limit: autoscaler.maxReplicas * request,
    });
  }
  return watched;
}

/** Up to the last measurement of the latest hours, since a day that is not over ends with nothing. */
function untilMeasured(series: Series): Series | undefined {
  let count = series.values.length;
  while (count > 0 && !Number.isFinite(series.values[count - 1])) {
    count -= 1;
  }
  const missing = (series.values.length - count) * series.step;
  return count === 0 || missing > STALE_SECONDS
    ? undefined
    : { ...series, values: series.values.subarray(0, count) };
}

function highestOfLastDay({ step, values }: Series): number {
  return values
    .subarray(Math.max(0, values.length - 86_400 / step))
    .reduce((most, value) => (value > most ? value : most), 0);
}

function lastOf(series: Series | undefined): number | undefined {
  return series?.values.findLast(Number.isFinite);
}
