import { cutSeries, Series } from '@apexlogic/backstage-plugin-finops-analysis';
import {
  Day,
  DAY_MS,
  EvidenceSeries,
} from '@apexlogic/backstage-plugin-finops-common';
import { StoredMetric, StoredSeries } from '../database/UsageStore';

/** Most points of a series that goes to a screen. */
export const MAX_EVIDENCE_POINTS = 300;

/** Adds series point by point; a point is missing only where all of them are. */
export function addSeries(list: readonly Series[]): Series | undefined {
  if (list.length === 0) {
    return undefined;
  }
  const step = Math.max(...list.map(series => series.step));
  const grids = list.map(series => resample(series, step, 'mean'));
  const start = Math.min(...grids.map(series => series.start));
  const end = Math.max(
    ...grids.map(series => series.start + step * series.values.length),
  );
  const values = new Float64Array(Math.round((end - start) / step)).fill(NaN);
  for (const grid of grids) {
    const offset = Math.round((grid.start - start) / step);
    grid.values.forEach((value, index) => {
      if (Number.isFinite(value)) {
        const before = values[offset + index];
        values[offset + index] = Number.isFinite(before)
          ? before + value
          : value;
      }
    });
  }
  return { start, step, values };
}

/** Coarser grid: each bucket's highest value or mean; missing where nothing was measured. */
export function resample(
  series: Series,
  step: number,
  how: 'max' | 'mean',
): Series {
  if (step <= series.step) {
    return series;
  }
  const start = Math.floor(series.start / step) * step;
  const end = series.start + series.step * series.values.length;
  const size = Math.ceil((end - start) / step);
  const values = new Float64Array(size).fill(NaN);
  const counts = new Int32Array(size);
  series.values.forEach((value, index) => {
    if (!Number.isFinite(value)) {
      return;
    }
    const bucket = Math.floor(
      (series.start + index * series.step - start) / step,
    );
    if (counts[bucket] === 0) {
      values[bucket] = value;
    } else {
      values[bucket] =
        how === 'max'
          ? Math.max(values[bucket], value)
          : values[bucket] + value;
    }
    counts[bucket]++;
  });
  if (how === 'mean') {
    counts.forEach((count, bucket) => {
      if (count > 1) {
        values[bucket] /= count;
      }
    });
  }
  return { start, step, values };
}

/** Value of a series at an instant, NaN outside. */
export function valueAt(series: Series, epochSeconds: number): number {
  const index = Math.floor((epochSeconds - series.start) / series.step);
  return index >= 0 && index < series.values.length
    ? series.values[index]
    : NaN;
}

/** Mean of what was measured, `undefined` when nothing was. */
export function meanOf(values: Iterable<number>): number | undefined {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (Number.isFinite(value)) {
      sum += value;
      count++;
    }
  }
  return count > 0 ? sum / count : undefined;
}

/** Mean over one UTC day, `undefined` when nothing was measured. */
export function dailyMean(series: Series, day: Day): number | undefined {
  const from = Date.parse(`${day}T00:00:00Z`) / 1000;
  return meanOf(cutSeries(series, from, from + DAY_MS / 1000).values);
}

/** Sum over a workload's containers of one metric. */
export function sumOfContainers(
  all: readonly StoredSeries[],
  metric: StoredMetric,
): Series | undefined {
  return addSeries(all.filter(series => series.metric === metric));
}

/** A series thinned to what a chart can show, missing points as `null`. */
export function toEvidenceSeries(
  series: Series,
  look: Pick<EvidenceSeries, 'label' | 'unit' | 'role'>,
  how: 'max' | 'mean' = 'mean',
): EvidenceSeries {
  const factor = Math.ceil(series.values.length / MAX_EVIDENCE_POINTS);
  let thin = resample(series, series.step * factor, how);
  if (thin.values.length > MAX_EVIDENCE_POINTS) {
    // A start off the coarser grid adds a bucket.
    thin = resample(series, series.step * (factor + 1), how);
  }
  return {
    ...look,
    start: thin.start,
    step: thin.step,
    values: Array.from(thin.values, value =>
      Number.isFinite(value) ? Number(value.toPrecision(6)) : null,
    ),
  };
}

/** A flat line beside another series, e.g. a request beside its usage. */
export function flatLine(
  beside: EvidenceSeries,
  look: Pick<EvidenceSeries, 'label' | 'unit' | 'role'>,
  value: number,
): EvidenceSeries {
  return {
    ...look,
    start: beside.start,
    step: beside.step,
    values: beside.values.map(() => Number(value.toPrecision(6))),
  };
}
