/** Continues a series by `horizon` values; `season` in points, 1 = none. */
export type Baseline = (
  values: Float64Array,
  horizon: number,
  season: number,
) => Float64Array;

/** Two-sided 90 % quantile of the normal distribution, as the M4 rules test for a season with. */
const SEASONAL_Z = 1.645;
const MINIMUM_SEASONS = 3;
/** Weights of the newest value that exponential smoothing tries. */
const ALPHAS = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);

/** The last season again. */
export const seasonalNaive: Baseline = (values, horizon, season) =>
  Float64Array.from(
    { length: horizon },
    (_, k) => values[values.length - season + (k % season)],
  );

/** Naive2 of the M competitions: the last value without its season, with the season to come. */
export const naive2: Baseline = (values, horizon, season) => {
  const { plain, indices } = deseasonalised(values, season);
  const last = plain[plain.length - 1];
  return Float64Array.from(
    { length: horizon },
    (_, k) => last * indices[(values.length + k) % season],
  );
};

/** The classical Theta method (Assimakopoulos & Nikolopoulos 2000) on the deseasonalised series. */
export const theta: Baseline = (values, horizon, season) => {
  const { plain, indices } = deseasonalised(values, season);
  const { level, alpha } = smoothed(plain);
  const drift = slope(plain) / 2;
  const n = plain.length;
  return Float64Array.from({ length: horizon }, (_, k) => {
    const trend = drift * (k + (1 - (1 - alpha) ** n) / alpha);
    return (level + trend) * indices[(n + k) % season];
  });
};

/** Divided by multiplicative seasonal indices where the autocorrelation at the season says so. */
function deseasonalised(
  values: Float64Array,
  season: number,
): { plain: Float64Array; indices: Float64Array } {
  const indices = isSeasonal(values, season)
    ? seasonalIndices(values, season)
    : new Float64Array(season).fill(1);
  return {
    plain: values.map((value, i) => value / indices[i % season]),
    indices,
  };
}

function isSeasonal(values: Float64Array, season: number): boolean {
  const n = values.length;
  if (season < 2 || n < MINIMUM_SEASONS * season) {
    return false;
  }
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const centred = values.map(value => value - mean);
  const variance = centred.reduce((sum, value) => sum + value * value, 0);
  const correlation = (lag: number) => {
    let sum = 0;
    for (let i = lag; i < n; i++) {
      sum += centred[i] * centred[i - lag];
    }
    return variance > 0 ? sum / variance : 0;
  };
  let squares = 0;
  for (let lag = 1; lag < season; lag++) {
    squares += correlation(lag) ** 2;
  }
  return (
    Math.abs(correlation(season)) >
    SEASONAL_Z * Math.sqrt((1 + 2 * squares) / n)
  );
}

/** Mean ratio of each phase to the centred moving average over one season, scaled to mean 1. */
function seasonalIndices(values: Float64Array, season: number): Float64Array {
  const half = season >> 1;
  const sums = new Float64Array(season);
  const counts = new Float64Array(season);
  for (let i = half; i < values.length - half; i++) {
    let average = 0;
    for (let k = -half; k <= half; k++) {
      const isEnd = season % 2 === 0 && Math.abs(k) === half;
      average += (isEnd ? 0.5 : 1) * values[i + k];
    }
    sums[i % season] += (values[i] * season) / average;
    counts[i % season] += 1;
  }
  const indices = sums.map((sum, phase) => sum / counts[phase]);
  const mean = indices.reduce((a, b) => a + b, 0) / season;
  return indices.map(index => index / mean);
}

/** Simple exponential smoothing with the weight that would have predicted best. */
function smoothed(values: Float64Array): { level: number; alpha: number } {
  let best = { level: values[0], alpha: 1, error: Infinity };
  for (const alpha of ALPHAS) {
    let level = values[0];
    let error = 0;
    for (let i = 1; i < values.length; i++) {
      const miss = values[i] - level;
      error += miss * miss;
      level += alpha * miss;
    }
    if (error < best.error) {
      best = { level, alpha, error };
    }
  }
  return best;
}

function slope(values: Float64Array): number {
  const middle = (values.length - 1) / 2;
  let above = 0;
  let below = 0;
  values.forEach((value, i) => {
    above += (i - middle) * value;
    below += (i - middle) ** 2;
  });
  return below > 0 ? above / below : 0;
}
