import { explainSeries } from './explainSeries';
import { SEASONAL_DETECTOR_PARAMETERS } from './seasonalModel';
import { ScoreOptions, Series } from './types';

/**
 * How unusual each point is: its distance from what season and level let expect, in usual distances.
 *
 * @remarks
 *
 * From 0 to 1000; 5 is the threshold of {@link detectAnomalies}. Missing points and series too short
 * to judge score 0. With `online` a score depends on the points before it and its own value only.
 *
 * @public
 */
export function scoreAnomalies(
  series: Series,
  options: ScoreOptions,
): Float64Array {
  return explainSeries(
    series,
    options,
    SEASONAL_DETECTOR_PARAMETERS.threshold,
  ).deviations.map(Math.abs);
}
