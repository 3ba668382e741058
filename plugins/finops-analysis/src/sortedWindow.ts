/**
 * The values of a sliding window kept in order, so that its quantiles cost no sorting.
 * Never takes NaN.
 */
export class SortedWindow {
  readonly #values: Float64Array;
  #size = 0;

  /** @param capacity - Most values it holds at a time. */
  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  add(value: number): void {
    const at = this.#firstNotBelow(value);
    this.#values.copyWithin(at + 1, at, this.#size);
    this.#values[at] = value;
    this.#size += 1;
  }

  /** Takes out a value that was added before. */
  remove(value: number): void {
    const at = this.#firstNotBelow(value);
    this.#values.copyWithin(at, at + 1, this.#size);
    this.#size -= 1;
  }

  /** The linear-interpolated quantile `q` (0..1); 0 when there is no value. */
  quantile(q: number): number {
    if (this.#size === 0) {
      return 0;
    }
    const at = q * (this.#size - 1);
    const below = Math.floor(at);
    const above = Math.min(below + 1, this.#size - 1);
    const lower = this.#values[below];
    return lower + (this.#values[above] - lower) * (at - below);
  }

  #firstNotBelow(value: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#values[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}

/** Calls `visit` at every index with the finite values within `halfWidth` points of it. */
export function slide(
  values: ArrayLike<number>,
  halfWidth: number,
  visit: (window: SortedWindow, index: number) => void,
): void {
  const window = new SortedWindow(2 * halfWidth + 1);
  for (let entering = 0; entering < values.length + halfWidth; entering++) {
    const leaving = entering - 2 * halfWidth - 1;
    if (leaving >= 0 && Number.isFinite(values[leaving])) {
      window.remove(values[leaving]);
    }
    if (entering < values.length && Number.isFinite(values[entering])) {
      window.add(values[entering]);
    }
    if (entering >= halfWidth) {
      visit(window, entering - halfWidth);
    }
  }
}
