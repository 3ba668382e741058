import { detectAnomalies } from './detectAnomalies';
import { scoreAnomalies } from './scoreAnomalies';
import { SEASONAL_DETECTOR_THRESHOLD } from './seasonalModel';
import { Anomaly, DetectOptions, Series } from './types';

/** Frozen with the rest of the detector; docs/benchmarks.md tells what they reach. */
const P = {
  /** A tenth more latency for an hour is nothing anybody would act on: relative distance from the expected. */
  deviation: 0.25,
  confidence: 0.75,
  /** On an occasion that is known, less certainty is enough: it explains, it does not hide. */
  occasionFactor: 0.5,
} as const;

/**
 * The anomalies of an operations metric that a person should hear of: far enough from the expected
 * band, sure enough, and raised by the online detector as well.
 *
 * @remarks
 *
 * The two detectors look from different sides: the band knows what came after and so says how long and
 * how much, the online score knows how surprising the metric is at its usual times. What only one of them
 * sees is mostly noise.
 *
 * @param series - Hourly; the band is made for it.
 *
 * @public
 */
export function reportAnomalies(
  series: Series,
  options: DetectOptions,
): Anomaly[] {
  const anomalies = detectAnomalies(series, options).filter(
    ({ observed, expected, confidence, occasion }) =>
      confidence >=
        P.confidence * (occasion === undefined ? 1 : P.occasionFactor) &&
      Math.abs(observed - expected) >= P.deviation * Math.abs(expected),
  );
  if (anomalies.length === 0) {
    return [];
  }
  const scores = scoreAnomalies(series, { mode: 'online' });
  return anomalies.filter(({ from, to }) =>
    scores
      // The online detector may be a step earlier: the band judges with hindsight.
      .subarray(Math.max(0, from - 1), to)
      .some(score => score >= SEASONAL_DETECTOR_THRESHOLD),
  );
}
