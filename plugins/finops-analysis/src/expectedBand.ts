import { Explained, explainSeries, usableValues } from './explainSeries';
import { SEASONAL_DETECTOR_PARAMETERS } from './seasonalModel';
import { Band, DetectOptions, Series } from './types';

/**
 * What was expected at every point, with the bounds beyond which {@link detectAnomalies} calls a point
 * anomalous. Also defined where values are missing or provisional; never below zero for a series that
 * never is.
 *
 * @public
 */
export function expectedBand(series: Series, options: DetectOptions): Band {
  const threshold = options.threshold ?? SEASONAL_DETECTOR_PARAMETERS.threshold;
  return bandOf(
    series,
    explainSeries(judgeable(series, options), options, threshold),
    threshold,
  );
}

/** The band around what was expected of a series. */
export function bandOf(
  series: Series,
  { expected, spread }: Explained,
  threshold: number,
): Band {
  const atLeast = series.values.some(value => value < 0) ? -Infinity : 0;
  return {
    mean: expected.map(value => Math.max(atLeast, value)),
    lower: expected.map((value, i) =>
      Math.max(atLeast, value - threshold * spread[i]),
    ),
    upper: expected.map((value, i) =>
      Math.max(atLeast, value + threshold * spread[i]),
    ),
  };
}

/** The series with everything that must not be judged taken for missing. */
export function judgeable(series: Series, options: DetectOptions): Series {
  const values = usableValues(series.values);
  values.fill(
    NaN,
    Math.max(0, values.length - (options.provisionalPoints ?? 0)),
  );
  for (const { start, end } of options.maintenance ?? []) {
    values.fill(NaN, indexAt(series, start), indexAt(series, end));
  }
  return { ...series, values };
}

/** First index at or after a moment, within the series. */
function indexAt({ start, step, values }: Series, time: number): number {
  return Math.min(values.length, Math.max(0, Math.ceil((time - start) / step)));
}
