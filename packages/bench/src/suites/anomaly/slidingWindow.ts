const SEARCHED = 20_000;
const LONGEST_LAG = 400;
const SKIPPED = 3;
const LONGEST = 300;
const FALLBACK = 125;

/**
 * Window length of the TSB-AD protocol (its `find_length_rank`): the lag at the highest local maximum
 * of the biased autocorrelation.
 */
export function slidingWindowOf(values: Float64Array): number {
  const searched = values.subarray(0, SEARCHED);
  const n = searched.length;
  const mean = searched.reduce((a, b) => a + b, 0) / n;
  const centred = searched.map(value => value - mean);
  const lags = Math.min(LONGEST_LAG, n - 1);
  const correlation = new Float64Array(Math.max(0, lags - SKIPPED + 1));
  const variance = centred.reduce((a, b) => a + b * b, 0);
  for (let lag = SKIPPED; lag <= lags; lag++) {
    let sum = 0;
    for (let i = lag; i < n; i++) {
      sum += centred[i] * centred[i - lag];
    }
    correlation[lag - SKIPPED] = variance > 0 ? sum / variance : 0;
  }
  let best = -1;
  for (let i = 1; i + 1 < correlation.length; i++) {
    const isPeak =
      correlation[i] > correlation[i - 1] &&
      correlation[i] > correlation[i + 1];
    if (isPeak && (best < 0 || correlation[i] > correlation[best])) {
      best = i;
    }
  }
  return best < SKIPPED || best > LONGEST ? FALLBACK : best + SKIPPED;
}
