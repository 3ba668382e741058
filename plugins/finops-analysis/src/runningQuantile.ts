import { SortedWindow } from './sortedWindow';

/** A quantile of the newest values, of evenly many of them where they are many. */
export class RunningQuantile {
  readonly #q: number;
  readonly #stride: number;
  readonly #ring: Float64Array;
  readonly #ordered: SortedWindow;
  #seen = 0;
  #taken = 0;
  #value = 0;

  constructor(points: number, sampled: number, q: number) {
    this.#q = q;
    this.#stride = Math.ceil(points / sampled);
    const size = Math.ceil(points / this.#stride);
    this.#ring = new Float64Array(size);
    this.#ordered = new SortedWindow(size);
  }

  get size(): number {
    return this.#ordered.size;
  }

  /** 0 without values. */
  get value(): number {
    return this.#value;
  }

  add(value: number): void {
    this.#seen += 1;
    // Until the window is full every value counts, so that a start is not judged by a handful.
    const isFull = this.#taken >= this.#ring.length;
    if (isFull && this.#seen % this.#stride !== 0) {
      return;
    }
    const at = this.#taken % this.#ring.length;
    if (isFull) {
      this.#ordered.remove(this.#ring[at]);
    }
    this.#ring[at] = value;
    this.#ordered.add(value);
    this.#taken += 1;
    this.#value = this.#ordered.quantile(this.#q);
  }
}
