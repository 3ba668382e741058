import { createHash } from 'node:crypto';
import {
  Anomaly,
  Band,
  detectAnomalies,
  DetectOptions,
  expectedBand,
  reportAnomalies,
  Series,
} from '@apexlogic/backstage-plugin-finops-analysis';
import {
  Evidence,
  EvidenceSeries,
  Money,
  moneyFromUnits,
} from '@apexlogic/backstage-plugin-finops-common';
import { StoredFinding } from '../database/FindingStore';
import { resample, sumOfContainers, toEvidenceSeries } from './series';
import { costSeries, DayAmount } from './costSeries';
import { WorkloadHistory } from './types';

/** How values are written in sentences; the currency of money stands in the title. */
const UNIT_WORDS: Partial<Record<EvidenceSeries['unit'], string>> = {
  cores: ' cores',
  seconds: ' s',
  bytes: ' bytes',
  'requests/s': ' a second',
};

/** Points needed before a series is judged: two weeks of days, one week of hours. */
const MINIMUM_DAYS = 14;
const MINIMUM_HOURS = 7 * 24;

const HOUR_SECONDS = 3600;

/**
 * What a person should hear of in a bill: relative distance from what was expected, and confidence. A
 * tenth of it matters, where a metric must move by more.
 */
const WORTH_SAYING = { deviation: 0.1, confidence: 0.6 } as const;

/** What is known to be unusual: of the calendar, and planned. */
export type Occasions = Pick<DetectOptions, 'calendar' | 'maintenance'>;

interface Watched {
  readonly signal: string;
  /** What it is called in a sentence. */
  readonly noun: string;
  readonly unit: EvidenceSeries['unit'];
  readonly metrics: readonly Parameters<typeof sumOfContainers>[1][];
}

/** Hourly signals looked at, and the metrics they come from, first that exists. */
const WATCHED: readonly Watched[] = [
  { signal: 'cpu', noun: 'CPU use', unit: 'cores', metrics: ['cpu-usage-sum'] },
  {
    signal: 'latency',
    noun: 'Latency (95th percentile)',
    unit: 'seconds',
    metrics: ['latency-p95'],
  },
  {
    signal: 'requests',
    noun: 'Requests',
    unit: 'requests/s',
    metrics: ['request-rate', 'log-request-rate'],
  },
  {
    signal: 'errors',
    noun: 'Errors',
    unit: 'requests/s',
    metrics: ['error-rate', 'log-error-rate'],
  },
];

/** Anomalies of an entity's daily cost in one currency. */
export function findCostAnomalies(options: {
  entityRef: string;
  sourceId: string;
  currency: string;
  amounts: readonly DayAmount[];
  coverage: ReadonlyMap<string, number>;
  occasions?: Occasions;
}): StoredFinding[] {
  const { entityRef, sourceId, currency, amounts, coverage } = options;
  const built = costSeries(amounts, coverage);
  if (
    !built ||
    built.series.values.filter(Number.isFinite).length < MINIMUM_DAYS
  ) {
    return [];
  }
  const detect: DetectOptions = {
    ...options.occasions,
    mode: 'batch',
    period: 7,
    provisionalPoints: built.provisionalPoints,
  };
  return withBand(
    built.series,
    detect,
    detectAnomalies(built.series, detect).filter(isWorthSaying),
  ).map(({ anomaly, band }) =>
    findingOf({
      entityRef,
      signal: 'cost',
      noun: `Cost (${currency})`,
      unit: 'money',
      series: built.series,
      anomaly,
      band,
      sourceId,
      monthlyImpact:
        anomaly.impactPerMonth === undefined
          ? undefined
          : moneyFromUnits(anomaly.impactPerMonth, currency),
      identity: currency,
    }),
  );
}

/** Anomalies of one workload's CPU, latency, requests and errors. */
export function findMetricAnomalies(
  entityRef: string,
  history: WorkloadHistory,
  from: number,
  occasions: Occasions = {},
): StoredFinding[] {
  return WATCHED.flatMap(watched => {
    const metric = watched.metrics.find(name =>
      history.series.some(series => series.metric === name),
    );
    const series = metric && sumOfContainers(history.series, metric);
    if (
      !series ||
      series.values.filter(Number.isFinite).length < MINIMUM_HOURS
    ) {
      return [];
    }
    const origin = history.origins.find(
      candidate => candidate.metric === metric,
    );
    const hourly = resample(series, HOUR_SECONDS, 'mean');
    const detect: DetectOptions = { ...occasions, mode: 'batch' };
    return withBand(hourly, detect, reportAnomalies(hourly, detect))
      .filter(({ anomaly }) => hourly.start + anomaly.to * hourly.step > from)
      .map(({ anomaly, band }) =>
        findingOf({
          entityRef,
          workload: history.stored.workload,
          signal: watched.signal,
          noun: `${watched.noun} of ${history.stored.state.workload.name}`,
          unit: watched.unit,
          series: hourly,
          anomaly,
          band,
          sourceId: origin?.sourceId ?? 'unknown',
          query: origin?.query,
          identity: history.stored.workload,
        }),
      );
  });
}

/** An occasion explains, it does not hide: only the certainty is less. */
function isWorthSaying({
  observed,
  expected,
  confidence,
  occasion,
}: Anomaly): boolean {
  return (
    confidence >=
      WORTH_SAYING.confidence * (occasion === undefined ? 1 : 0.5) &&
    Math.abs(observed - expected) >= WORTH_SAYING.deviation * Math.abs(expected)
  );
}

function withBand(
  series: Series,
  options: DetectOptions,
  anomalies: readonly Anomaly[],
): { anomaly: Anomaly; band: Band }[] {
  if (anomalies.length === 0) {
    return [];
  }
  const band = expectedBand(series, options);
  return anomalies.map(anomaly => ({ anomaly, band }));
}

function findingOf(options: {
  entityRef: string;
  workload?: string;
  signal: string;
  noun: string;
  unit: EvidenceSeries['unit'];
  series: Series;
  anomaly: Anomaly;
  band: Band;
  sourceId: string;
  query?: string;
  monthlyImpact?: Money;
  identity: string;
}): StoredFinding {
  const {
    entityRef,
    workload,
    signal,
    noun,
    unit,
    series,
    anomaly,
    band,
    sourceId,
    query,
    monthlyImpact,
    identity,
  } = options;
  const instant = (index: number) =>
    new Date((series.start + index * series.step) * 1000).toISOString();
  const period = { start: instant(anomaly.from), end: instant(anomaly.to) };
  const title = titleOf(noun, anomaly);
  const around = windowAround(series, anomaly);
  const line = (
    values: Float64Array,
    label: string,
    role: EvidenceSeries['role'],
  ) => toEvidenceSeries(around({ ...series, values }), { label, unit, role });
  const evidence: Evidence = {
    id: `${signal}-band`,
    kind: 'series',
    sourceId,
    summary: `${title}: ${rounded(anomaly.observed)}${
      UNIT_WORDS[unit] ?? ''
    } where ${rounded(anomaly.lower)} to ${rounded(
      anomaly.upper,
    )} was expected.`,
    window: period,
    query,
    series: [
      line(series.values, noun, 'observed'),
      line(band.mean, 'Expected', 'expected'),
      line(band.lower, 'Expected, lower bound', 'expected-lower'),
      line(band.upper, 'Expected, upper bound', 'expected-upper'),
    ],
  };
  return {
    id: createHash('sha256')
      .update([entityRef, signal, identity, period.start].join('\n'))
      .digest('hex')
      .slice(0, 32),
    kind: 'anomaly',
    entityRef,
    workload,
    signal,
    title,
    period,
    ongoing: anomaly.ongoing,
    direction: anomaly.direction,
    shape: anomaly.shape,
    occasion: anomaly.occasion,
    observed: anomaly.observed,
    expected: {
      mean: anomaly.expected,
      lower: anomaly.lower,
      upper: anomaly.upper,
    },
    monthlyImpact,
    confidence: anomaly.confidence,
    model: anomaly.model,
    evidence: [evidence],
  };
}

function titleOf(
  noun: string,
  { observed, expected, direction }: Anomaly,
): string {
  const ratio = Math.abs(observed - expected) / Math.abs(expected);
  if (!Number.isFinite(ratio) || ratio > 10) {
    return `${noun} far ${direction} what was expected`;
  }
  const percent = ratio * 100;
  return `${noun} ${
    percent >= 10 ? Math.round(percent) : percent.toFixed(1)
  } % ${direction} what was expected`;
}

/** The anomaly with as much before it as a chart needs to show what was usual. */
function windowAround(
  series: Series,
  anomaly: Anomaly,
): (whole: Series) => Series {
  const usual = 4 * (series.step >= 86_400 ? 7 : 48);
  const first = Math.max(0, anomaly.from - usual);
  const last = Math.min(
    series.values.length,
    anomaly.to + Math.ceil(usual / 4),
  );
  return whole => ({
    start: whole.start + first * whole.step,
    step: whole.step,
    values: whole.values.slice(first, last),
  });
}

function rounded(value: number): string {
  return Number(value.toPrecision(3)).toString();
}
