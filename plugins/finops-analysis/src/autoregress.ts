/** How an autoregression looks at a series. */
export interface AutoregressionOptions {
  /** Ascending, in points. */
  readonly lags: readonly number[];
  /** Works on the change over this many points; 0 = on the values themselves. */
  readonly difference: number;
  /** Newest points it is fitted to. */
  readonly points: number;
  /** Penalty on each coefficient, as a share of its column's square sum. */
  readonly ridge: number;
}

/** A known influence, aligned with the series and reaching as far as the forecast does. */
export type Regressor = Float64Array;

/** Points left per coefficient below which a fit says nothing. */
const POINTS_PER_COEFFICIENT = 3;
const SPARE_POINTS = 10;
/** A continuation further out than this many standard deviations has run away. */
const FURTHEST_DEVIATIONS = 8;

/** A fitted autoregression that continues its series from any moment. */
export interface Autoregression {
  /**
   * Continues the series from `end` (exclusive): `horizon` values after the ones before `end`, each
   * from its predecessors, with the coefficients fitted to the whole series.
   */
  continue(end: number, horizon: number): Float64Array;
  /** First `end` from which it can be continued. */
  readonly earliest: number;
}

/**
 * Ridge regression of a series on its own past (and on known influences), by the normal equations.
 *
 * @param values - Complete, without missing values.
 * @param regressors - Each at least as long as the values; for a forecast longer by its horizon.
 * @returns undefined where there are too few points for so many lags.
 */
export function fitAutoregression(
  values: Float64Array,
  options: AutoregressionOptions,
  regressors: readonly Regressor[] = [],
): Autoregression | undefined {
  const { lags, difference: d } = options;
  const n = values.length;
  const longest = lags[lags.length - 1];
  const earliest = longest + d;
  const start = Math.max(earliest, n - options.points);
  const points = n - start;
  const columns = lags.length + regressors.length + 1;
  if (points < POINTS_PER_COEFFICIENT * columns + SPARE_POINTS) {
    return undefined;
  }
  const changes = differenced(values, d);
  const { centre, scale } = standard(changes, start, n);
  for (let i = 0; i < n; i++) {
    changes[i] = i < d ? 0 : (changes[i] - centre) / scale;
  }
  const influences = regressors.map(regressor => {
    const moved = differenced(regressor, d);
    const usual = standard(moved, start, n);
    return moved.map(value => (value - usual.centre) / usual.scale);
  });
  const weights = solveRidge(
    [
      ...lags.map(lag => changes.subarray(start - lag, n - lag)),
      ...influences.map(influence => influence.subarray(start, n)),
      new Float64Array(points).fill(1),
    ],
    changes.subarray(start, n),
    options.ridge,
  );

  return {
    earliest,
    continue(end, horizon) {
      const known = longest;
      const extended = new Float64Array(known + horizon);
      extended.set(changes.subarray(end - known, end));
      for (let k = 0; k < horizon; k++) {
        let sum = weights[columns - 1];
        for (let j = 0; j < lags.length; j++) {
          sum += weights[j] * extended[known + k - lags[j]];
        }
        for (let j = 0; j < influences.length; j++) {
          sum += weights[lags.length + j] * influences[j][end + k];
        }
        extended[known + k] = Math.max(
          -FURTHEST_DEVIATIONS,
          Math.min(FURTHEST_DEVIATIONS, sum),
        );
      }
      const continued = new Float64Array(horizon);
      for (let k = 0; k < horizon; k++) {
        let before = 0;
        if (d > 0) {
          before = k < d ? values[end + k - d] : continued[k - d];
        }
        continued[k] = before + extended[known + k] * scale + centre;
      }
      return continued;
    },
  };
}

function differenced(values: Float64Array, d: number): Float64Array {
  return d === 0
    ? values.slice()
    : values.map((value, i) => (i < d ? 0 : value - values[i - d]));
}

function standard(values: Float64Array, from: number, to: number) {
  let sum = 0;
  for (let i = from; i < to; i++) {
    sum += values[i];
  }
  const centre = sum / (to - from);
  let squares = 0;
  for (let i = from; i < to; i++) {
    squares += (values[i] - centre) ** 2;
  }
  return { centre, scale: Math.sqrt(squares / (to - from)) || 1 };
}

/** Gauss-Jordan on the normal equations; a column without any variation gets no weight. */
function solveRidge(
  columns: readonly Float64Array[],
  target: Float64Array,
  ridge: number,
): Float64Array {
  const size = columns.length;
  const width = size + 1;
  const rows = new Float64Array(size * width);
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      const sum = product(columns[i], columns[j]);
      rows[i * width + j] = sum;
      rows[j * width + i] = sum;
    }
    rows[i * width + size] = product(columns[i], target);
  }
  for (let i = 0; i < size; i++) {
    rows[i * width + i] = rows[i * width + i] * (1 + ridge) + 1e-9;
  }
  for (let column = 0; column < size; column++) {
    const pivot = rows[column * width + column];
    for (let row = 0; row < size; row++) {
      const factor = rows[row * width + column] / pivot;
      if (row !== column && factor !== 0) {
        for (let k = column; k < width; k++) {
          rows[row * width + k] -= factor * rows[column * width + k];
        }
      }
    }
  }
  return Float64Array.from(
    { length: size },
    (_, i) => rows[i * width + size] / rows[i * width + i],
  );
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    sum += a[i] * b[i];
  }
  return sum;
}
