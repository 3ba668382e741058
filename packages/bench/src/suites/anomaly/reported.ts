import {
  Anomaly,
  detectAnomalies,
  reportAnomalies,
  Series,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { BenchResult } from '../../types';
import { countAlarms } from './alarms';
import { NabSeries, probationRows } from './nabScore';

const HOUR_S = 3600;
const DAY_S = 86_400;

interface Metric {
  readonly values: Float64Array;
  /** Seconds. */
  readonly step: number;
  readonly windows: NabSeries['windows'];
}

/** What a screen says of an operations metric with hindsight, and the band alone beside it. */
const RULES: Readonly<Record<string, (hourly: Series) => Anomaly[]>> = {
  ours: hourly => reportAnomalies(hourly, { mode: 'batch' }),
  band: hourly => detectAnomalies(hourly, { mode: 'batch' }),
};

/** Recall, F1 and false alarms of whole anomalies, made of hourly means as the product makes them. */
export function judgeReported(series: readonly Metric[]): BenchResult[] {
  const windows = series.reduce((sum, one) => sum + one.windows.length, 0);
  const days = series.reduce(
    (sum, { values, step }) =>
      sum + ((values.length - probationRows(values.length)) * step) / DAY_S,
    0,
  );
  if (windows === 0) {
    return [];
  }
  const counts = Object.entries(RULES).map(
    ([name, rule]) =>
      [
        name,
        countAlarms(
          series.map(one => marked(one, rule)),
          1,
        ),
      ] as const,
  );
  const row = (
    metric: string,
    n: number,
    figure: (count: ReturnType<typeof countAlarms>) => number,
  ): BenchResult => {
    const { ours, ...baselines } = Object.fromEntries(
      counts.map(([name, count]) => [name, figure(count)]),
    );
    return { set: 'nab', group: 'reported', metric, value: ours, n, baselines };
  };
  return [
    row('recall', windows, ({ found }) => found / windows),
    row(
      'F1',
      windows,
      ({ found, falseAlarms }) => (2 * found) / (found + falseAlarms + windows),
    ),
    row(
      'false-alarms-per-day',
      series.length,
      ({ falseAlarms }) => falseAlarms / days,
    ),
  ];
}

/** The rows within an anomaly are 1. */
function marked(
  { values, step, windows }: Metric,
  rule: (hourly: Series) => Anomaly[],
): NabSeries {
  const rows = Math.max(1, Math.round(HOUR_S / step));
  const hourly = Float64Array.from(
    { length: Math.floor(values.length / rows) },
    (_, hour) => meanOf(values.subarray(hour * rows, (hour + 1) * rows)),
  );
  const scores = new Float64Array(values.length);
  for (const { from, to } of rule({
    start: 0,
    step: step * rows,
    values: hourly,
  })) {
    scores.fill(1, from * rows, to * rows);
  }
  return { windows, scores };
}

function meanOf(values: Float64Array): number {
  const measured = values.filter(Number.isFinite);
  return measured.length === 0
    ? NaN
    : measured.reduce((sum, value) => sum + value, 0) / measured.length;
}
