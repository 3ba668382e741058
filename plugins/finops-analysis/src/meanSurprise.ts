/** How far the means of the newest residuals are out, over several lengths at once. */
export class MeanSurprise {
  readonly #lengths: readonly number[];
  /** 6th power of what makes lengths comparable. */
  readonly #weights: Float64Array;
  readonly #lengthsCubed: Float64Array;
  readonly #memory: number;
  readonly #clip6: number;
  /** The newest residuals, as many as the longest mean has. */
  readonly #ring: Float64Array;
  readonly #sums: Float64Array;
  /** Decayed sum of the 6th powers of each mean, and of the weights. */
  readonly #powers: Float64Array;
  #weight = 0;
  #count = 0;

  constructor(
    lengths: readonly number[],
    exponent: number,
    memory: number,
    clip: number,
  ) {
    this.#lengths = lengths;
    this.#weights = Float64Array.from(
      lengths,
      length => length ** (6 * exponent),
    );
    this.#lengthsCubed = Float64Array.from(lengths, length => length ** 3);
    this.#memory = memory;
    this.#clip6 = clip ** 6;
    this.#ring = new Float64Array(lengths[lengths.length - 1]);
    this.#sums = new Float64Array(lengths.length);
    this.#powers = new Float64Array(lengths.length);
  }

  /** A missing point is taken for one as expected. */
  miss(): void {
    this.#push(0);
  }

  /**
   * @param least - What is usual is at least this much for a single point.
   * @param most - Nothing counts in what is usual with more than this; 0 = no such bound.
   * @param noise - Size that a single point may have by chance; the mean of n has a square root of n less.
   */
  next(residual: number, least: number, most: number, noise: number): number {
    this.#push(residual);
    const least6 = sixth(least);
    const noise6 = sixth(noise);
    const most6 = most > 0 ? sixth(most) : Infinity;
    let joined = 0;
    for (let k = 0; k < this.#lengths.length; k++) {
      const mean6 = sixth(
        this.#sums[k] / Math.min(this.#lengths[k], this.#count),
      );
      const known = this.#weight > 0 ? this.#powers[k] / this.#weight : 0;
      const usual6 = Math.max(known, least6 / this.#weights[k]);
      if (mean6 * this.#lengthsCubed[k] < noise6) {
        // Within the noise.
      } else if (usual6 > 0) {
        joined += (mean6 / usual6) * this.#weights[k];
      } else if (mean6 > 0) {
        joined += this.#clip6 * this.#weights[k];
      }
      const counted = known > 0 ? Math.min(mean6, this.#clip6 * usual6) : mean6;
      this.#powers[k] =
        this.#powers[k] * this.#memory + Math.min(counted, most6);
    }
    this.#weight = this.#weight * this.#memory + 1;
    return (joined / this.#lengths.length) ** (1 / 6);
  }

  #push(residual: number): void {
    const size = this.#ring.length;
    for (let k = 0; k < this.#lengths.length; k++) {
      const leaving = this.#count - this.#lengths[k];
      this.#sums[k] +=
        residual - (leaving >= 0 ? this.#ring[leaving % size] : 0);
    }
    this.#ring[this.#count % size] = residual;
    this.#count += 1;
  }
}

function sixth(value: number): number {
  const square = value * value;
  return square * square * square;
}
