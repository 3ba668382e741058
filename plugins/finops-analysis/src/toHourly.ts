import { Series } from './types';

const HOUR_S = 3600;

/**
 * Resamples to whole UTC hours: each value is the maximum or mean of what was measured in its hour,
 * NaN where nothing was. Series of an hour or coarser come back as they are.
 *
 * @throws RangeError when the step is not a positive number of seconds.
 *
 * @public
 */
export function toHourly(series: Series, aggregate: 'max' | 'mean'): Series {
  if (
    !(
      series.step > 0 &&
      Number.isFinite(series.step) &&
      Number.isFinite(series.start)
    )
  ) {
    throw new RangeError(
      `a series cannot start at ${series.start} with a step of ${series.step} s`,
    );
  }
  if (series.step >= HOUR_S || series.values.length === 0) {
    return series;
  }
  const start = Math.floor(series.start / HOUR_S) * HOUR_S;
  const end = series.start + (series.values.length - 1) * series.step;
  const hours = Math.floor((end - start) / HOUR_S) + 1;
  const counts = new Uint32Array(hours);
  const values = new Float64Array(hours).fill(NaN);
  series.values.forEach((value, i) => {
    if (Number.isNaN(value)) {
      return;
    }
    const hour = Math.floor((series.start + i * series.step - start) / HOUR_S);
    counts[hour] += 1;
    if (counts[hour] === 1) {
      values[hour] = value;
    } else {
      values[hour] =
        aggregate === 'max'
          ? Math.max(values[hour], value)
          : values[hour] + value;
    }
  });
  if (aggregate === 'mean') {
    values.forEach((value, hour) => {
      values[hour] = value / Math.max(1, counts[hour]);
    });
  }
  return { start, step: HOUR_S, values };
}
