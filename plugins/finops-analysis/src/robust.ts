/**
 * Order statistics that a few wild points cannot move. None of them takes NaN.
 */

/** Scales a median absolute deviation to the standard deviation of a normal distribution. */
const MAD_TO_DEVIATION = 1.4826;

/** The linear-interpolated quantile `q` (0..1) of values sorted ascending; 0 when there are none. */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) {
    return 0;
  }
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/** The finite values, sorted ascending. */
export function sortedFinite(values: Iterable<number>): Float64Array {
  const all =
    values instanceof Float64Array ? values : Float64Array.from(values);
  const finite = new Float64Array(all.length);
  let count = 0;
  for (let i = 0; i < all.length; i++) {
    if (Number.isFinite(all[i])) {
      finite[count] = all[i];
      count += 1;
    }
  }
  return finite.subarray(0, count).sort();
}

/** The median of the finite values; 0 when there are none. */
export function median(values: Iterable<number>): number {
  return quantileOfSorted(sortedFinite(values), 0.5);
}

/**
 * A robust standard deviation around `center`: the scaled median absolute deviation, or, where more
 * than half of the values are equal, the scaled mean absolute deviation of the inner 90 %.
 */
export function robustDeviation(
  values: Iterable<number>,
  center: number,
): number {
  const deviations = sortedFinite(values)
    .map(value => Math.abs(value - center))
    .sort();
  const mad = quantileOfSorted(deviations, 0.5) * MAD_TO_DEVIATION;
  if (mad > 0 || deviations.length === 0) {
    return mad;
  }
  const inner = deviations.subarray(
    0,
    Math.max(1, Math.floor(deviations.length * 0.9)),
  );
  // 1.2533 makes a mean absolute deviation comparable to a standard deviation.
  return (1.2533 * inner.reduce((a, b) => a + b, 0)) / inner.length;
}

/** Median slope per step over all pairs of values (Theil-Sen) with its concordance, -1..1 (Kendall). */
export function robustSlope(values: ArrayLike<number>): {
  slope: number;
  concordance: number;
} {
  const slopes: number[] = [];
  let concordant = 0;
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) {
      const rise = values[j] - values[i];
      if (Number.isFinite(rise)) {
        slopes.push(rise / (j - i));
        concordant += Math.sign(rise);
      }
    }
  }
  return slopes.length === 0
    ? { slope: 0, concordance: 0 }
    : { slope: median(slopes), concordance: concordant / slopes.length };
}
