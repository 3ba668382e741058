/** Least squares on coordinates within -1..1. */
export class PolynomialFit {
  readonly #size: number;
  readonly #centre: number;
  readonly #scale: number;
  readonly #moments: Float64Array;
  readonly #products: Float64Array;

  constructor(degree: number, centre: number, scale: number) {
    this.#size = degree + 1;
    this.#centre = centre;
    this.#scale = scale;
    this.#moments = new Float64Array(2 * degree + 1);
    this.#products = new Float64Array(degree + 1);
  }

  add(values: Float64Array, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const value = values[i];
      if (!Number.isNaN(value)) {
        const x = (i - this.#centre) / this.#scale;
        let power = 1;
        for (let k = 0; k < this.#moments.length; k++) {
          this.#moments[k] += power;
          if (k < this.#size) {
            this.#products[k] += power * value;
          }
          power *= x;
        }
      }
    }
  }

  /** Of the distances of the finite values from the polynomial; 0 where there are none. */
  rootMeanSquare(values: Float64Array, from: number, to: number): number {
    const coefficients = this.#solve();
    let squares = 0;
    let count = 0;
    for (let i = from; i < to; i++) {
      if (!Number.isNaN(values[i])) {
        const x = (i - this.#centre) / this.#scale;
        let fitted = 0;
        for (let k = this.#size - 1; k >= 0; k--) {
          fitted = fitted * x + coefficients[k];
        }
        squares += (values[i] - fitted) ** 2;
        count += 1;
      }
    }
    return count > 0 ? Math.sqrt(squares / count) : 0;
  }

  /** Gauss-Jordan on the normal equations; directions that no value speaks for get 0. */
  #solve(): Float64Array {
    const size = this.#size;
    const width = size + 1;
    const rows = new Float64Array(size * width);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        rows[i * width + j] = this.#moments[i + j];
      }
      rows[i * width + size] = this.#products[i];
    }
    const least = 1e-9 * Math.max(1, this.#moments[0]);
    for (let column = 0; column < size; column++) {
      // The matrix is positive semi-definite, so the diagonal is a good pivot.
      const pivot = rows[column * width + column];
      for (let row = 0; row < size; row++) {
        if (row !== column && pivot > least) {
          const factor = rows[row * width + column] / pivot;
          for (let k = column; k < width; k++) {
            rows[row * width + k] -= factor * rows[column * width + k];
          }
        }
      }
    }
    return Float64Array.from({ length: size }, (_, i) => {
      const pivot = rows[i * width + i];
      return pivot > least ? rows[i * width + size] / pivot : 0;
    });
  }
}
