/** Errors of one forecast. */
export interface Accuracy {
  /** Percent, 0..200. */
  readonly sMAPE: number;
  /** In mean absolute errors of the seasonal naive method within the history. */
  readonly MASE: number;
}

/** sMAPE and MASE as the M4 competition defines them; a forecast and a value of 0 do not differ. */
export function accuracyOf(
  actual: Float64Array,
  forecast: Float64Array,
  history: Float64Array,
  season: number,
): Accuracy {
  const scale = naiveError(history, season);
  let relative = 0;
  let absolute = 0;
  for (let i = 0; i < actual.length; i++) {
    const error = Math.abs(actual[i] - forecast[i]);
    const size = Math.abs(actual[i]) + Math.abs(forecast[i]);
    relative += size > 0 ? (200 * error) / size : 0;
    absolute += error;
  }
  return {
    sMAPE: relative / actual.length,
    MASE: absolute / actual.length / scale,
  };
}

/** Share of the values within an interval, and its mean scaled interval score (Gneiting & Raftery 2007). */
export function intervalQuality(
  actual: Float64Array,
  interval: { level: number; lower: Float64Array; upper: Float64Array },
  history: Float64Array,
  season: number,
): { coverage: number; MSIS: number } {
  const penalty = 2 / (1 - interval.level);
  let inside = 0;
  let score = 0;
  for (let i = 0; i < actual.length; i++) {
    const below = Math.max(0, interval.lower[i] - actual[i]);
    const above = Math.max(0, actual[i] - interval.upper[i]);
    inside += below === 0 && above === 0 ? 1 : 0;
    score += interval.upper[i] - interval.lower[i] + penalty * (below + above);
  }
  return {
    coverage: inside / actual.length,
    MSIS: score / actual.length / naiveError(history, season),
  };
}

/** Mean absolute error of repeating the value one season ago; 1 for a history that never changes. */
export function naiveError(history: Float64Array, season: number): number {
  let sum = 0;
  for (let i = season; i < history.length; i++) {
    sum += Math.abs(history[i] - history[i - season]);
  }
  return sum / Math.max(1, history.length - season) || 1;
}
