import { PolynomialFit } from './polynomialFit';
import { median, quantileOfSorted, sortedFinite } from './robust';
import { everyNth } from './season';

/**
 * Chosen on public labelled series and frozen. Nothing depends on the step or on the unit.
 */
const PARAMETERS = {
  /** Rows of the blocks that are compared with their surroundings. */
  blocks: [10, 30, 100, 300],
  /** Blocks of surroundings on each side, in lengths of a block. */
  surroundings: 4.5,
  /** Of the polynomial through the surroundings. */
  degree: 4,
  /** Where the surroundings lie on one side only, a straight line: a bent one runs away. */
  edgeDegree: 1,
  /** No residual counts for more than this multiple of the quantile of all: it need not, to stand out. */
  clipOfQuantile: 100,
  clipQuantile: 0.9,
} as const;

/**
 * The score of each point in view of the whole series: how far the block it lies in is from a
 * polynomial through its surroundings, over several block lengths.
 *
 * @remarks
 *
 * After Li, Ma & Yu (2007), the POLY of TSB-AD, with three differences: the season is taken out first
 * (the median of each phase); blocks of 10 to 300 points are looked at instead of one length guessed
 * from the autocorrelation; and each length is measured by the 4th-power mean of its own residuals, so
 * that no length drowns the others. The score is the 4th-power mean over the lengths: 1 is usual.
 *
 * @param values - NaN = missing, which scores 0. Magnitudes beyond 1e50 must have been taken out.
 * @param period - Points of a season; 1 = none.
 */
export function scoreBatch(values: Float64Array, period: number): Float64Array {
  const n = values.length;
  const residuals = clipped(withoutPhases(values, period));
  const scores = new Float64Array(n);
  let lengths = 0;
  for (const block of PARAMETERS.blocks) {
    // Half of the series must be left to say what is usual.
    if (lengths > 0 && 2 * block > n) {
      break;
    }
    lengths += 1;
    const distances = blockDistances(residuals, block);
    let powers = 0;
    for (const distance of distances) {
      powers += fourth(distance);
    }
    if (powers > 0) {
      for (let i = 0; i < n; i++) {
        scores[i] += (fourth(distances[i]) / powers) * n;
      }
    }
  }
  for (let i = 0; i < n; i++) {
    scores[i] = Number.isNaN(values[i])
      ? 0
      : Math.sqrt(Math.sqrt(scores[i] / Math.max(1, lengths)));
  }
  return scores;
}

function fourth(value: number): number {
  const square = value * value;
  return square * square;
}

function withoutPhases(values: Float64Array, period: number): Float64Array {
  const residuals = new Float64Array(values.length);
  for (let phase = 0; phase < Math.min(period, values.length); phase++) {
    const usual = median(everyNth(values, phase, period));
    for (let i = phase; i < values.length; i += period) {
      residuals[i] = values[i] - usual;
    }
  }
  return residuals;
}

/** Pulls wild values in, so that a minority of them moves the scores of others by a bounded amount. */
function clipped(residuals: Float64Array): Float64Array {
  const sizes = sortedFinite(residuals.map(Math.abs));
  const most =
    PARAMETERS.clipOfQuantile *
    quantileOfSorted(sizes, PARAMETERS.clipQuantile);
  // Where nine of ten points are exactly as expected, nothing says how far out is wild.
  return most > 0
    ? residuals.map(residual => Math.max(-most, Math.min(most, residual)))
    : residuals;
}

/** For each point the root mean square of its block's distance from the polynomial around it. */
function blockDistances(values: Float64Array, block: number): Float64Array {
  const n = values.length;
  const distances = new Float64Array(n);
  const around = Math.round(PARAMETERS.surroundings * block);
  const missing = missingBefore(values);
  const basis =
    n >= 2 * around + block ? orthonormalBasis(block, around) : undefined;
  for (let from = 0; from < n; from += block) {
    const to = Math.min(from + block, n);
    const first = Math.max(0, from - around);
    const end = Math.min(n, to + around);
    const isWhole = end - first === 2 * around + block;
    let distance: number;
    if (basis && isWhole && missing[end] === missing[first]) {
      distance = distanceByBasis(values, first, block, around, basis);
    } else {
      const isEdge = from < around || to + around > n;
      const fit = new PolynomialFit(
        isEdge ? PARAMETERS.edgeDegree : PARAMETERS.degree,
        (from + to) / 2,
        around + block / 2,
      );
      fit.add(values, first, from);
      fit.add(values, to, end);
      distance = fit.rootMeanSquare(values, from, to);
    }
    distances.fill(distance, from, to);
  }
  return distances;
}

/** How many values are missing before each index. */
function missingBefore(values: Float64Array): Uint32Array {
  const counts = new Uint32Array(values.length + 1);
  for (let i = 0; i < values.length; i++) {
    counts[i + 1] = counts[i] + (Number.isNaN(values[i]) ? 1 : 0);
  }
  return counts;
}

/**
 * Polynomials that are orthonormal on the surroundings of a block, one row each over surroundings and
 * block: with them a fit is a sum of products, and the same for all blocks without missing values.
 */
function orthonormalBasis(block: number, around: number): Float64Array[] {
  const width = 2 * around + block;
  const isAround = (j: number) => j < around || j >= around + block;
  const basis: Float64Array[] = [];
  for (let degree = 0; degree <= PARAMETERS.degree; degree++) {
    const row = Float64Array.from(
      { length: width },
      (_, j) => ((2 * j + 1) / width - 1) ** degree,
    );
    for (const before of basis) {
      let product = 0;
      row.forEach((value, j) => {
        product += isAround(j) ? value * before[j] : 0;
      });
      row.forEach((value, j) => {
        row[j] = value - product * before[j];
      });
    }
    let squares = 0;
    row.forEach((value, j) => {
      squares += isAround(j) ? value * value : 0;
    });
    basis.push(row.map(value => value / Math.sqrt(squares)));
  }
  return basis;
}

function distanceByBasis(
  values: Float64Array,
  first: number,
  block: number,
  around: number,
  basis: readonly Float64Array[],
): number {
  const after = around + block;
  const fitted = new Float64Array(block);
  for (const row of basis) {
    let product = 0;
    for (let j = 0; j < around; j++) {
      product += values[first + j] * row[j];
      product += values[first + after + j] * row[after + j];
    }
    for (let j = 0; j < block; j++) {
      fitted[j] += product * row[around + j];
    }
  }
  let squares = 0;
  for (let j = 0; j < block; j++) {
    squares += (values[first + around + j] - fitted[j]) ** 2;
  }
  return Math.sqrt(squares / block);
}
