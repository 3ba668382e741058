import { median, sortedFinite } from './robust';
import { slide } from './sortedWindow';

/** A season must have been seen this often to count. */
const MINIMUM_CYCLES = 3;
/** The strongest correlations that are looked at closer. */
const CANDIDATES = 8;
const MINIMUM_CORRELATION = 0.25;
/** A season must explain at least this share of the spread, a longer one so much of what a shorter left. */
const MINIMUM_GAIN = 0.15;
const MINIMUM_FURTHER_GAIN = 0.1;
/** Two cycles are little evidence. */
const MINIMUM_GAIN_OF_TWO = 0.2;
/** Longest history searched, points; more of it adds time but no clarity. */
const SEARCHED_POINTS = 20_000;
/** Longer histories are looked at in as many bins, and the season found is then measured exactly. */
const COARSE_POINTS = 512;
/** A season known to be likely is taken where it resembles itself this nearly as well as the best lag. */
const NEARLY_BEST = 0.95;
/** A shorter season this close to the strongest correlation is looked at too: the strongest may be a multiple. */
const NEARLY_STRONGEST = 0.8;
/** Flattening looks at least this many points to each side. */
const MINIMUM_HALF_WIDTH = 7;
/** Values further out than this many spreads of their window are pulled in. */
const WINSOR_SPREADS = 3;

/**
 * The season length of a series in points, or 1 when it has none.
 *
 * @remarks
 *
 * The series is first flattened: every value becomes its distance from the median of the window around
 * it, in spreads of that window. A window as long as the season looked for leaves the season as it is,
 * while trends and shifts of the level disappear, however large, and with them the larger swings of a
 * higher level. Candidates are the local maxima of the autocorrelation. The one kept predicts left-out
 * points best by the median of the other cycles, so that a few wild points do not pass for a season.
 *
 * @param likely - A season length that is to be expected, say a week: it is always looked at, and it is
 *   enough to have seen it twice.
 *
 * @public
 */
export function findPeriod(values: Float64Array, likely?: number): number {
  const searched = values.subarray(
    Math.max(0, values.length - SEARCHED_POINTS),
  );
  const points = Math.ceil(searched.length / COARSE_POINTS);
  if (points === 1) {
    return searchPeriod(searched, likely);
  }
  const coarse = searchPeriod(
    meansOf(searched, points),
    likely === undefined ? undefined : Math.round(likely / points),
  );
  // A season of a few points is lost in the bins; the newest points still show it.
  return coarse > 1
    ? refinePeriod(searched, coarse, points, likely)
    : searchPeriod(searched.subarray(searched.length - COARSE_POINTS));
}

function searchPeriod(searched: Float64Array, likely?: number): number {
  const longest = Math.floor(searched.length / MINIMUM_CYCLES);
  let best = 1;
  const lags = candidateLags(searched, longest);
  if (likely !== undefined && likely > 1 && 2 * likely <= searched.length) {
    lags.push(likely);
  }
  for (const lag of [...new Set(lags)].sort((a, b) => a - b)) {
    const flat = flatten(searched, lag);
    const bestSpread = spreadAround(flat, best);
    let gain = best === 1 ? MINIMUM_GAIN : MINIMUM_FURTHER_GAIN;
    if (lag > longest) {
      gain = MINIMUM_GAIN_OF_TWO;
    }
    if (spreadAround(flat, lag) < bestSpread * (1 - gain)) {
      best = lag;
    }
  }
  return best;
}

/** Means of so many points each; NaN where none of them is known. */
function meansOf(values: Float64Array, points: number): Float64Array {
  return Float64Array.from(
    { length: Math.floor(values.length / points) },
    (_, bin) => {
      let sum = 0;
      let count = 0;
      for (let i = bin * points; i < (bin + 1) * points; i++) {
        if (Number.isFinite(values[i])) {
          sum += values[i];
          count += 1;
        }
      }
      return count > 0 ? sum / count : NaN;
    },
  );
}

/** The lag in points that a lag in bins stands for: the one at which the series resembles itself most. */
function refinePeriod(
  values: Float64Array,
  bins: number,
  points: number,
  likely: number | undefined,
): number {
  const from = Math.max(2, (bins - 1) * points);
  const to = Math.min((bins + 1) * points, values.length - 1);
  const flat = flatten(values, bins * points);
  const correlation = autocorrelation(flat, from, to);
  let best = 0;
  for (let at = 1; at < correlation.length; at++) {
    if (correlation[at] > correlation[best]) {
      best = at;
    }
  }
  const isLikely =
    likely !== undefined &&
    likely >= from &&
    likely <= to &&
    correlation[likely - from] >= NEARLY_BEST * correlation[best];
  return isLikely ? likely : from + best;
}

/** Lags at which the series resembles itself most, ascending. */
function candidateLags(values: Float64Array, longest: number): number[] {
  const peaks: { lag: number; strength: number }[] = [];
  for (let from = 2, to; from <= longest; from = to + 1) {
    // Windows of about the season's length: one flattening serves lags up to twice its shortest.
    to = Math.min(longest, Math.max(2 * MINIMUM_HALF_WIDTH + 1, 2 * from - 1));
    const flat = flatten(values, to);
    const correlation = autocorrelation(flat, from - 1, to + 1);
    for (let lag = from; lag <= to; lag++) {
      const [before, strength, after] = [lag - 1, lag, lag + 1].map(
        at => correlation[at - from + 1],
      );
      if (
        strength > before &&
        strength >= after &&
        strength >= MINIMUM_CORRELATION
      ) {
        peaks.push({ lag, strength });
      }
    }
  }
  const strongest = [...peaks]
    .sort((a, b) => b.strength - a.strength)
    .slice(0, CANDIDATES);
  const shortest = peaks.find(
    ({ strength }) => strength >= NEARLY_STRONGEST * strongest[0].strength,
  );
  return [
    ...new Set([shortest, ...strongest].flatMap(peak => peak?.lag ?? [])),
  ].sort((a, b) => a - b);
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
  slide(values, halfWidth, (window, i) => {
    previous = window.size > 0 ? window.quantile(0.5) : previous;
    medians[i] = previous;
  });
  const first = medians.find(Number.isFinite) ?? 0;
  return medians.map(value => (Number.isNaN(value) ? first : value));
}

/** Distance of each value from its surroundings of `width` points, in their spreads. */
function flatten(values: Float64Array, width: number): Float64Array {
  const flat = new Float64Array(values.length);
  const halfWidth = Math.max(MINIMUM_HALF_WIDTH, width >> 1);
  slide(values, halfWidth, (window, i) => {
    const distance = values[i] - window.quantile(0.5);
    // Where almost all values are equal only the rare others tell a spread.
    const spread =
      window.quantile(0.8) - window.quantile(0.2) ||
      window.quantile(0.9) - window.quantile(0.1) ||
      window.quantile(1) - window.quantile(0);
    flat[i] =
      spread > 0
        ? Math.min(Math.max(distance / spread, -WINSOR_SPREADS), WINSOR_SPREADS)
        : distance;
  });
  return flat;
}

/** Autocorrelation at lags shortest..longest over the pairs in which both values are there. */
function autocorrelation(
  values: Float64Array,
  shortest: number,
  longest: number,
): Float64Array {
  return Float64Array.from({ length: longest - shortest + 1 }, (_, at) => {
    const lag = shortest + at;
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
    return norm > 0 ? sum / norm : 0;
  });
}

/** The values of one phase of a season. */
export function everyNth(
  values: Float64Array,
  first: number,
  period: number,
): Float64Array {
  const count = Math.max(0, Math.ceil((values.length - first) / period));
  return Float64Array.from(
    { length: count },
    (_, cycle) => values[first + cycle * period],
  );
}

/** For each value the median of the other values of its phase; of a single one itself. */
export function medianOfOtherCycles(
  values: Float64Array,
  period: number,
): Float64Array {
  const medians = new Float64Array(values.length).fill(NaN);
  for (let phase = 0; phase < Math.min(period, values.length); phase++) {
    const sorted = sortedFinite(everyNth(values, phase, period));
    for (let i = phase; i < values.length; i += period) {
      if (Number.isFinite(values[i])) {
        medians[i] = medianWithout(sorted, sorted.indexOf(values[i]));
      }
    }
  }
  return medians;
}

/** Mean absolute distance of each value to the median of the other values of its phase. */
function spreadAround(values: Float64Array, period: number): number {
  let sum = 0;
  let count = 0;
  medianOfOtherCycles(values, period).forEach((expected, i) => {
    if (!Number.isNaN(expected)) {
      sum += Math.abs(values[i] - expected);
      count += 1;
    }
  });
  return count > 0 ? sum / count : 0;
}

function medianWithout(sorted: ArrayLike<number>, left: number): number {
  const rest = sorted.length - 1;
  const at = (index: number) => sorted[index < left ? index : index + 1];
  if (rest === 0) {
    return sorted[0];
  }
  return rest % 2 === 1
    ? at((rest - 1) / 2)
    : (at(rest / 2 - 1) + at(rest / 2)) / 2;
}
