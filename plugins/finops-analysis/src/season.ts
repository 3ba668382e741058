import {
  median,
  quantileOfSorted,
  robustDeviation,
  sortedFinite,
} from './robust';

/** A season must have been seen this often to count. */
const MINIMUM_CYCLES = 3;
/** The strongest correlations that are looked at closer. */
const CANDIDATES = 8;
const MINIMUM_CORRELATION = 0.25;
/** A season must explain at least this share of the spread, a longer one so much of what a shorter left. */
const MINIMUM_GAIN = 0.15;
const MINIMUM_FURTHER_GAIN = 0.3;
/** Longest history searched, points; more of it adds time but no clarity. */
const SEARCHED_POINTS = 4096;
/** Values further out than this many deviations are pulled in before correlating. */
const WINSOR_DEVIATIONS = 4;

/**
 * The season length of a series in points, or 1 when it has none.
 *
 * @remarks
 *
 * Candidates are the local maxima of the autocorrelation of the de-trended, winsorised values. The one
 * kept predicts left-out points best by the median of the other cycles, so that neither a slow drift
 * nor a few wild points pass for a season.
 *
 * @public
 */
export function findPeriod(values: Float64Array): number {
  const searched =
    values.length > SEARCHED_POINTS
      ? values.subarray(values.length - SEARCHED_POINTS)
      : values;
  const flat = flatten(searched);
  const longest = Math.floor(flat.length / MINIMUM_CYCLES);
  if (longest < 2) {
    return 1;
  }
  const correlation = autocorrelation(flat, longest + 1);
  const candidates: number[] = [];
  for (let lag = 2; lag <= longest; lag++) {
    const isPeak =
      correlation[lag] > correlation[lag - 1] &&
      correlation[lag] >= correlation[lag + 1];
    if (isPeak && correlation[lag] >= MINIMUM_CORRELATION) {
      candidates.push(lag);
    }
  }
  candidates.sort((a, b) => correlation[b] - correlation[a]);

  let best = 1;
  let bestSpread = spreadAround(flat, 1);
  if (bestSpread === 0) {
    return 1;
  }
  for (const lag of candidates.slice(0, CANDIDATES).sort((a, b) => a - b)) {
    const spread = spreadAround(flat, lag);
    const gain = best === 1 ? MINIMUM_GAIN : MINIMUM_FURTHER_GAIN;
    if (spread < bestSpread * (1 - gain)) {
      best = lag;
      bestSpread = spread;
    }
  }
  return best;
}

/**
 * The seasonal part per phase: the median of (value - level) of each phase, centred so that a cycle
 * adds up to no change of level. Phase of index i is `i % period`; a phase without values gets 0.
 */
export function seasonOf(
  values: ArrayLike<number>,
  level: ArrayLike<number>,
  period: number,
): Float64Array {
  const season = new Float64Array(period);
  if (period > 1) {
    for (let phase = 0; phase < period; phase++) {
      const differences: number[] = [];
      for (let i = phase; i < values.length; i += period) {
        differences.push(values[i] - level[i]);
      }
      season[phase] = median(differences);
    }
    const center = season.reduce((a, b) => a + b, 0) / period;
    season.forEach((value, phase) => {
      season[phase] = value - center;
    });
  }
  return season;
}

/** Median of the finite values within `halfWidth` points of each index; the nearest one where there are none. */
export function runningMedian(
  values: ArrayLike<number>,
  halfWidth: number,
): Float64Array {
  const medians = new Float64Array(values.length);
  let previous = NaN;
  for (let i = 0; i < values.length; i++) {
    const around = sortedFinite(
      Array.prototype.slice.call(
        values,
        Math.max(0, i - halfWidth),
        Math.min(values.length, i + halfWidth + 1),
      ),
    );
    previous = around.length > 0 ? quantileOfSorted(around, 0.5) : previous;
    medians[i] = previous;
  }
  const first = medians.find(Number.isFinite) ?? 0;
  return medians.map(value => (Number.isNaN(value) ? first : value));
}

function flatten(values: Float64Array): Float64Array {
  const center = median(values);
  const deviation = robustDeviation(values, center);
  const reach = WINSOR_DEVIATIONS * deviation;
  const clipped = values.map(value =>
    Number.isFinite(value)
      ? Math.min(Math.max(value, center - reach), center + reach)
      : NaN,
  );
  let n = 0;
  let sumX = 0;
  let sumY = 0;
  let sumXX = 0;
  let sumXY = 0;
  clipped.forEach((y, x) => {
    if (!Number.isNaN(y)) {
      n += 1;
      sumX += x;
      sumY += y;
      sumXX += x * x;
      sumXY += x * y;
    }
  });
  const denominator = n * sumXX - sumX * sumX;
  const slope = denominator > 0 ? (n * sumXY - sumX * sumY) / denominator : 0;
  const intercept = n > 0 ? (sumY - slope * sumX) / n : 0;
  return clipped.map((y, x) => y - intercept - slope * x);
}

/** Autocorrelation at lags 0..longest over the pairs in which both values are there. */
function autocorrelation(values: Float64Array, longest: number): Float64Array {
  const correlation = new Float64Array(longest + 1);
  for (let lag = 0; lag <= longest; lag++) {
    let sum = 0;
    let left = 0;
    let right = 0;
    for (let i = lag; i < values.length; i++) {
      const product = values[i] * values[i - lag];
      if (!Number.isNaN(product)) {
        sum += product;
        left += values[i] * values[i];
        right += values[i - lag] * values[i - lag];
      }
    }
    const norm = Math.sqrt(left * right);
    correlation[lag] = norm > 0 ? sum / norm : 0;
  }
  return correlation;
}

/** Mean absolute distance of each value to the median of the other values of its phase. */
function spreadAround(values: Float64Array, period: number): number {
  let sum = 0;
  let count = 0;
  for (let phase = 0; phase < period; phase++) {
    const cycle: number[] = [];
    for (let i = phase; i < values.length; i += period) {
      if (!Number.isNaN(values[i])) {
        cycle.push(values[i]);
      }
    }
    cycle.sort((a, b) => a - b);
    for (let i = 0; i < cycle.length; i++) {
      sum += Math.abs(cycle[i] - medianWithout(cycle, i));
      count += 1;
    }
  }
  return count > 0 ? sum / count : 0;
}

function medianWithout(sorted: readonly number[], left: number): number {
  const rest = sorted.length - 1;
  const at = (index: number) => sorted[index < left ? index : index + 1];
  if (rest === 0) {
    return sorted[0];
  }
  return rest % 2 === 1
    ? at((rest - 1) / 2)
    : (at(rest / 2 - 1) + at(rest / 2)) / 2;
}
