import { usableValues } from './explainSeries';
import { scoreBatch } from './scoreBatch';
import { naturalSeason, scoreOnline } from './scoreOnline';
import { findPeriod } from './season';
import { SEASONAL_DETECTOR_PARAMETERS as P } from './seasonalModel';
import { ScoreOptions, Series } from './types';

/**
 * How unusual each point is, from 0 to 1000. Missing points and series of fewer than ten measured
 * points score 0.
 *
 * @remarks
 *
 * `online` is for alarms: each score depends on the points before it and its own value only, and from
 * {@link SEASONAL_DETECTOR_THRESHOLD} on it is worth an alarm, at most about one per event and series.
 * `batch` is for looking back: it ranks the points of one series in view of all of them; 1 is usual.
 *
 * Of a minority of wild points each is bounded in what it does to the scores of others: see
 * `docs/benchmarks.md`.
 *
 * @public
 */
export function scoreAnomalies(
  series: Series,
  options: ScoreOptions,
): Float64Array {
  const values = usableValues(series.values);
  const measured = values.reduce(
    (count, value) => count + (Number.isNaN(value) ? 0 : 1),
    0,
  );
  if (measured < P.minimumPoints) {
    return new Float64Array(values.length);
  }
  const scores =
    options.mode === 'batch'
      ? scoreBatch(values, options.period ?? findPeriod(values))
      : scoreOnline(values, options.period ?? naturalSeason(series.step));
  return scores.map(score => Math.min(score, P.maximumScore));
}
