const POWER = 4;
const INITIAL_SHARE = 0.1;
const INITIAL_ROWS = 500;

/**
 * POLY of TSB-AD (Li et al. 2007) with power 4: each block of `window` rows is compared with a
 * polynomial fitted to its surroundings of ten windows without the block itself; the score of all its
 * rows is the root mean square of the residuals. The first tenth of the series is not scored.
 */
export function poly(values: Float64Array, window: number): Float64Array {
  const n = values.length;
  const scores = new Float64Array(n);
  const neighbourhood = Math.min(n, Math.max(10 * window, 100));
  const half = neighbourhood >> 1;
  const initial = Math.min(INITIAL_ROWS, Math.trunc(INITIAL_SHARE * n));
  const blocks = Math.floor(n / window);
  for (let block = Math.ceil(initial / window); block <= blocks; block++) {
    const from = block * window;
    const to = Math.min(from + window, n);
    if (from >= n) {
      break;
    }
    let left = from - half;
    let right = from + half;
    if (right >= n) {
      left = n - neighbourhood;
      right = n;
    } else if (left <= 0) {
      left = 0;
      right = neighbourhood;
    }
    const fitted = fitPolynomial(values, left, right, from, to);
    // The reference evaluates a whole block with its end included, the rest row by row.
    const stretch =
      to - from === window && window > 1 ? window / (window - 1) : 1;
    let squares = 0;
    for (let i = from; i < to; i++) {
      const residual = values[i] - fitted(from + (i - from) * stretch);
      squares += residual * residual;
    }
    scores.fill(Math.sqrt(squares / (to - from)), from, to);
  }
  return scores;
}

/** Least squares over `[left, right)` without `[from, to)`, on coordinates scaled to -1..1. */
function fitPolynomial(
  values: Float64Array,
  left: number,
  right: number,
  from: number,
  to: number,
): (x: number) => number {
  const centre = (left + right - 1) / 2;
  const scale = Math.max(1, (right - left) / 2);
  const size = POWER + 1;
  const sums = new Float64Array(2 * POWER + 1);
  const rows = Array.from({ length: size }, () => new Float64Array(size + 1));
  for (let i = left; i < right; i++) {
    if (i >= from && i < to) {
      continue;
    }
    const x = (i - centre) / scale;
    let power = 1;
    for (let k = 0; k <= 2 * POWER; k++) {
      sums[k] += power;
      if (k < size) {
        rows[k][size] += power * values[i];
      }
      power *= x;
    }
  }
  rows.forEach((row, i) => {
    for (let j = 0; j < size; j++) {
      row[j] = sums[i + j];
    }
  });
  const coefficients = solve(rows);
  return x =>
    coefficients.reduceRight(
      (sum, coefficient) => sum * ((x - centre) / scale) + coefficient,
      0,
    );
}

/** Gaussian elimination with pivoting; directions without data get 0. */
function solve(rows: Float64Array[]): Float64Array {
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(rows[row][column]) > Math.abs(rows[pivot][column])) {
        pivot = row;
      }
    }
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    for (let row = column + 1; row < size; row++) {
      const factor =
        Math.abs(rows[column][column]) > 1e-12
          ? rows[row][column] / rows[column][column]
          : 0;
      for (let k = column; k <= size; k++) {
        rows[row][k] -= factor * rows[column][k];
      }
    }
  }
  const solution = new Float64Array(size);
  for (let row = size - 1; row >= 0; row--) {
    let rest = rows[row][size];
    for (let k = row + 1; k < size; k++) {
      rest -= rows[row][k] * solution[k];
    }
    solution[row] =
      Math.abs(rows[row][row]) > 1e-12 ? rest / rows[row][row] : 0;
  }
  return solution;
}
