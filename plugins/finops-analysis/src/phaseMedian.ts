/** The median of the newest cycles at each phase; 0 before two of them are known. */
export class PhaseMedian {
  readonly #period: number;
  readonly #cycles: number;
  /** The newest cycles phase by phase, NaN where missing. */
  readonly #ring: Float64Array;
  readonly #sorted: Float64Array;

  constructor(period: number, cycles: number) {
    this.#period = period;
    this.#cycles = cycles;
    this.#ring = new Float64Array(period * cycles).fill(NaN);
    this.#sorted = new Float64Array(cycles);
  }

  /** What the phase of point `i` adds to the level; remembers `value` for the cycles to come. */
  expected(i: number, value: number): number {
    const first = (i % this.#period) * this.#cycles;
    const sorted = this.#sorted;
    let size = 0;
    for (let k = 0; k < this.#cycles; k++) {
      const known = this.#ring[first + k];
      if (!Number.isNaN(known)) {
        let at = size;
        for (; at > 0 && sorted[at - 1] > known; at--) {
          sorted[at] = sorted[at - 1];
        }
        sorted[at] = known;
        size += 1;
      }
    }
    this.#remember(i, value);
    return size < 2 ? 0 : (sorted[(size - 1) >> 1] + sorted[size >> 1]) / 2;
  }

  miss(i: number): void {
    this.#remember(i, NaN);
  }

  #remember(i: number, value: number): void {
    const cycle = Math.floor(i / this.#period) % this.#cycles;
    this.#ring[(i % this.#period) * this.#cycles + cycle] = value;
  }
}
