import { quantileOfSorted, sortedFinite } from './robust';

/** Values beyond this many widths of the middle 80 % are pulled in to it. */
const FENCE_WIDTHS = 4;
const MIDDLE = [0.1, 0.9] as const;
/** A spike is this many times as far from its neighbours as nine of ten values are. */
const SPIKE = 6;
/** And at least this share of the width of the middle 80 %: smaller ones do no harm. */
const SPIKE_WIDTHS = 0.5;
/** Of the distances to neighbours at least so many must not be zero to say what is usual. */
const USUAL_QUANTILE = 0.9;

/**
 * The history as a model may learn from it: gaps filled from the season before, spikes of one or two
 * points replaced by what their neighbours in time and season let expect, everything else as it was.
 *
 * A minority of wild points, below a tenth, is pulled to at most four widths of the middle 80 % of
 * values, wherever they were.
 *
 * @param values - NaN = missing; at least one finite value.
 * @param period - Points of the longest season; 1 = none.
 */
export function cleanHistory(
  values: Float64Array,
  period: number,
): Float64Array {
  const sorted = sortedFinite(values);
  const low = quantileOfSorted(sorted, MIDDLE[0]);
  const high = quantileOfSorted(sorted, MIDDLE[1]);
  const fence = FENCE_WIDTHS * (high - low);
  const cleaned = filled(values, period);
  if (fence > 0) {
    for (let i = 0; i < cleaned.length; i++) {
      cleaned[i] = Math.max(low - fence, Math.min(high + fence, cleaned[i]));
    }
  }
  return withoutSpikes(cleaned, period, SPIKE_WIDTHS * (high - low));
}

function filled(values: Float64Array, period: number): Float64Array {
  const result = values.slice();
  let last = result.find(Number.isFinite) ?? 0;
  for (let i = 0; i < result.length; i++) {
    if (!Number.isFinite(result[i])) {
      result[i] = i >= period && period > 1 ? result[i - period] : last;
    }
    last = result[i];
  }
  return result;
}

function withoutSpikes(
  values: Float64Array,
  period: number,
  least: number,
): Float64Array {
  const n = values.length;
  const expected = new Float64Array(n);
  const distances = new Float64Array(n);
  const inTime = [-2, -1, 1, 2];
  const inSeason = [-2 * period, -period, period, 2 * period];
  for (let i = 0; i < n; i++) {
    const near = medianAround(values, i, inTime);
    const same = period > 2 ? medianAround(values, i, inSeason) : near;
    expected[i] = same;
    // Neither a season nor a new level is a spike: one of the two agrees with the value.
    distances[i] = Math.min(
      Math.abs(values[i] - near),
      Math.abs(values[i] - same),
    );
  }
  const usual = quantileOfSorted(sortedFinite(distances), USUAL_QUANTILE);
  const limit = Math.max(least, SPIKE * usual);
  // The newest point has no future yet that could contradict it: it may be a new level.
  return values.map((value, i) =>
    limit > 0 && i < n - 1 && distances[i] > limit ? expected[i] : value,
  );
}

/** Median of the values at offsets from an index, as far as they exist; the value itself where none does. */
function medianAround(
  values: Float64Array,
  index: number,
  offsets: readonly number[],
): number {
  const sorted = [0, 0, 0, 0];
  let count = 0;
  for (const offset of offsets) {
    const at = index + offset;
    if (at >= 0 && at < values.length) {
      let place = count;
      for (; place > 0 && sorted[place - 1] > values[at]; place--) {
        sorted[place] = sorted[place - 1];
      }
      sorted[place] = values[at];
      count += 1;
    }
  }
  if (count === 0) {
    return values[index];
  }
  // Of two middle ones the nearer: a wild neighbour must not condemn its neighbours.
  const lower = sorted[(count - 1) >> 1];
  const upper = sorted[count >> 1];
  return values[index] - lower < upper - values[index] ? lower : upper;
}
