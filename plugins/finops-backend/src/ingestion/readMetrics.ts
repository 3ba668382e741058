import { toHourly } from '@apexlogic/backstage-plugin-finops-analysis';
import {
  MetricName,
  MetricSeries,
  MetricSource,
} from '@apexlogic/backstage-plugin-finops-node';
import { StoredSeries } from '../database/UsageStore';
import {
  entityRefsOf,
  groupWorkloads,
  IngestionContext,
  keysOf,
  WorkloadGroup,
  WorkloadSubject,
} from './context';
import { readSafely } from './sources';

const HOUR_MS = 3_600_000;
const DAY_SECONDS = 86_400;

/** Longest span asked for at once: bounds what is in memory and what a failure repeats. */
const SLICE_MS = 7 * 24 * HOUR_MS;

/** Finest grid kept, seconds. */
const FINEST_STEP_SECONDS = 300;

/** Metrics whose peaks inside an hour decide; kept on the source's grid, the others hourly. */
const FINE_METRICS: readonly MetricName[] = [
  'cpu-usage-max',
  'cpu-usage-sum',
  'memory-usage-max',
];

/** Metrics of which an hour's highest value matters; of the others its mean. */
const PEAK_METRICS: readonly MetricName[] = [
  ...FINE_METRICS,
  'memory-usage-sum',
  'cpu-request',
  'cpu-limit',
  'memory-request',
  'memory-limit',
  'oom-kills',
  'volume-used',
  'volume-capacity',
  'quota-cpu',
  'quota-memory',
  'quota-pods',
  'connections-used',
];

/** Reads what is new of every workload's metrics, a namespace at a time, and stores it. */
export async function readMetrics(
  context: IngestionContext,
  subjects: readonly WorkloadSubject[],
): Promise<void> {
  // Two metric sources on one workload would sketch the same usage twice: one is asked.
  for (const group of await groupWorkloads(
    context,
    context.sources.metric,
    subjects,
    { all: false },
  )) {
    await readGroup(context, group);
  }
}

async function readGroup(
  context: IngestionContext,
  group: WorkloadGroup<MetricSource>,
): Promise<void> {
  const { stores, statuses, now, signal, historyDays } = context;
  const { source, subjects } = group;
  const refs = entityRefsOf(subjects);
  const keys = new Set(keysOf(subjects));
  const days = Math.min(historyDays, source.capabilities.historyDays);
  // Whole hours only, so that an hour's value never changes once read.
  const end = floorToHour(
    now.getTime() - source.capabilities.freshnessSeconds * 1000,
  );
  const first = group.through
    ? Date.parse(group.through)
    : floorToDay(end - days * 24 * HOUR_MS);
  for (let start = first; start < end; start += SLICE_MS) {
    const sliceEnd = Math.min(start + SLICE_MS, end);
    const period = {
      start: new Date(start).toISOString(),
      end: new Date(sliceEnd).toISOString(),
    };
    const workloads = subjects.map(subject => subject.workload);
    let complete = true;
    for await (const result of readSafely(
      () => source.readMetrics({ workloads, period }, { signal }),
      signal,
    )) {
      statuses.record(refs, source, result);
      if (result.status === 'ok') {
        const series = result.data
          .filter(item => keys.has(item.workload))
          .flatMap(storedForm);
        await stores.usage.saveSeries(
          series.map(item => ({ ...item, sourceId: source.id })),
        );
      } else if (result.status === 'down') {
        complete = false;
      }
    }
    if (!complete) {
      // Read again next time; what arrived is stored and will be overwritten by the same.
      return;
    }
    await stores.watermarks.set(source.id, 'metric', [...keys], period.end);
  }
}

function storedForm(
  series: MetricSeries,
): (StoredSeries & { query: string })[] {
  const { workload, container = '', metric, query } = series;
  if (!fitsGrid(series)) {
    return [];
  }
  const fine =
    FINE_METRICS.includes(metric) &&
    series.step >= FINEST_STEP_SECONDS &&
    series.step <= 3600;
  const { start, step, values } = fine
    ? series
    : toHourly(series, PEAK_METRICS.includes(metric) ? 'max' : 'mean');
  return [{ workload, container, metric, query, start, step, values }];
}

/** The contract asks for a start on the step's grid, and storage for a step that divides a day. */
function fitsGrid({ start, step, values }: MetricSeries): boolean {
  return (
    step > 0 &&
    DAY_SECONDS % step === 0 &&
    start % step === 0 &&
    values.length > 0
  );
}

function floorToHour(instantMs: number): number {
  return Math.floor(instantMs / HOUR_MS) * HOUR_MS;
}

function floorToDay(instantMs: number): number {
  return Math.floor(instantMs / (24 * HOUR_MS)) * 24 * HOUR_MS;
}
