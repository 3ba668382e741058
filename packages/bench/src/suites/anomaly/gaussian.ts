const WINDOW = 6400;
const STEP = 100;
const FLAT_DEVIATION = 1e-6;

/**
 * NAB's windowed Gaussian: one minus the tail probability of a value among the last 6,400, which are
 * taken in by the hundred once that many are known.
 */
export function windowedGaussian(values: Float64Array): Float64Array {
  const scores = new Float64Array(values.length);
  let sum = 0;
  let squares = 0;
  let first = 0;
  let end = 0;
  const moments = () => {
    const count = end - first;
    const mean = sum / count;
    const variance = Math.max(0, squares / count - mean * mean);
    return { mean, deviation: Math.sqrt(variance) || FLAT_DEVIATION };
  };
  let { mean, deviation } = { mean: 0, deviation: 1 };
  for (let i = 0; i < values.length; i++) {
    if (end > first) {
      const z = Math.abs(values[i] - mean) / deviation;
      scores[i] = 1 - 0.5 * complementaryError(z / Math.SQRT2);
    }
    const take = end - first < WINDOW ? 1 : STEP;
    if (i + 1 - end >= take) {
      for (; end <= i; end++) {
        sum += values[end];
        squares += values[end] * values[end];
      }
      for (; end - first > WINDOW; first++) {
        sum -= values[first];
        squares -= values[first] * values[first];
      }
      ({ mean, deviation } = moments());
    }
  }
  return scores;
}

/** erfc by the Chebyshev fit of Numerical Recipes (§6.2), relative error below 1.2e-7. */
function complementaryError(x: number): number {
  const t = 1 / (1 + 0.5 * x);
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807,
    -1.13520398, 1.48851587, -0.82215223, 0.17087277,
  ];
  const polynomial = coefficients.reduceRight((sum, c) => sum * t + c, 0);
  return t * Math.exp(-x * x + polynomial);
}
