/** What a sketch counts: cores or bytes. @public */
export type SketchKind = 'cpu' | 'memory';

/** Neighbouring bucket bounds differ by this factor; the middle of a bucket is at most 1.5 % off. */
const GROWTH = 1.03;
const LOG_GROWTH = Math.log(GROWTH);
/** Bucket 0 holds everything below the first bound; the last one everything above the range. */
const BUCKETS = 470;
/** Lower bound of bucket 1, in cores or bytes. The range ends about 1e6 times higher. */
const FIRST_BOUND: Record<SketchKind, number> = { cpu: 1e-3, memory: 2 ** 20 };

const FORMAT_VERSION = 1;
const KIND_CODES: readonly SketchKind[] = ['cpu', 'memory'];
/** version, kind, four float64 (count, sum, min, max), one float64 scale of the bucket weights */
const HEADER_BYTES = 2 + 5 * 8;
/** Weights above this are stored relative to it, so that each takes at most three bytes. */
const MAX_STORED_WEIGHT = 2 ** 20;

/** Thrown by {@link UsageSketch.decode} when the bytes are not a sketch. @public */
export class SketchDecodeError extends Error {
  readonly name = 'SketchDecodeError';
}

/**
 * A distribution of usage in fixed memory: a histogram with logarithmic buckets.
 *
 * @remarks
 *
 * Quantiles are within 1.5 % of a value that was really added (for CPU between 1 millicore and
 * 1,000 cores, for memory between 1 MiB and 1 TiB); count, sum, minimum and maximum are exact.
 * Sketches of days, pods or containers merge without further loss. `add`, `addSeries` and `merge`
 * change the sketch and return it.
 *
 * @public
 */
export class UsageSketch {
  readonly kind: SketchKind;
  readonly #weights: Float64Array;
  #count = 0;
  #sum = 0;
  #min = 0;
  #max = 0;

  private constructor(kind: SketchKind) {
    this.kind = kind;
    this.#weights = new Float64Array(BUCKETS);
  }

  /** A sketch without values. */
  static empty(kind: SketchKind): UsageSketch {
    return new UsageSketch(kind);
  }

  /** Total weight; 0 when empty. */
  get count(): number {
    return this.#count;
  }

  /** Weighted sum; 0 when empty. */
  get sum(): number {
    return this.#sum;
  }

  /** Weighted mean; 0 when empty. */
  get mean(): number {
    return this.#count > 0 ? this.#sum / this.#count : 0;
  }

  /** Smallest value; 0 when empty. */
  get min(): number {
    return this.#min;
  }

  /** Largest value; 0 when empty. */
  get max(): number {
    return this.#max;
  }

  /**
   * Adds one value in cores or bytes.
   *
   * @throws RangeError when the value is negative or not finite, or the weight not a positive number.
   */
  add(value: number, weight: number = 1): this {
    if (!(value >= 0 && Number.isFinite(value))) {
      throw new RangeError(
        `usage ${value} is not a finite, non-negative number`,
      );
    }
    if (!(weight > 0 && Number.isFinite(weight))) {
      throw new RangeError(`weight ${weight} is not a finite, positive number`);
    }
    this.#min = this.#count > 0 ? Math.min(this.#min, value) : value;
    this.#max = Math.max(this.#max, value);
    this.#weights[this.#bucketOf(value)] += weight;
    this.#count += weight;
    this.#sum += value * weight;
    return this;
  }

  /** Adds each value with weight 1; NaN, a missing measurement, is skipped. */
  addSeries(values: Iterable<number>): this {
    for (const value of values) {
      if (!Number.isNaN(value)) {
        this.add(value);
      }
    }
    return this;
  }

  /**
   * Adds what another sketch holds, its weights multiplied by `weight`.
   *
   * @throws RangeError when the other one counts another resource, or the weight is not positive.
   */
  merge(other: UsageSketch, weight: number = 1): this {
    if (other.kind !== this.kind) {
      throw new RangeError(`cannot merge ${other.kind} into ${this.kind}`);
    }
    if (!(weight > 0 && Number.isFinite(weight))) {
      throw new RangeError(`weight ${weight} is not a finite, positive number`);
    }
    if (other.#count === 0) {
      return this;
    }
    this.#min = this.#count > 0 ? Math.min(this.#min, other.#min) : other.#min;
    this.#max = Math.max(this.#max, other.#max);
    // Read before writing, so that a sketch can be merged into itself.
    const count = other.#count;
    const sum = other.#sum;
    for (let i = 0; i < BUCKETS; i++) {
      this.#weights[i] += other.#weights[i] * weight;
    }
    this.#count += count * weight;
    this.#sum += sum * weight;
    return this;
  }

  /**
   * The value that a share `q` (0..1) of the weight does not exceed; 0 when empty. 0 and 1 give the
   * exact minimum and maximum.
   */
  quantile(q: number): number {
    if (!(q >= 0 && q <= 1)) {
      throw new RangeError(`${q} is not a quantile`);
    }
    if (this.#count === 0) {
      return 0;
    }
    if (q === 0) {
      return this.#min;
    }
    if (q === 1) {
      return this.#max;
    }
    // Sums of decayed weights carry rounding errors; without slack a full bucket could be missed.
    const wanted = q * this.#count * (1 - 1e-12);
    let seen = 0;
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.#weights[i];
      if (seen >= wanted && this.#weights[i] > 0) {
        return this.#middleOf(i);
      }
    }
    return this.#max;
  }

  /** Share of the weight above `value`, 0..1; exact outside the seen range, interpolated inside. */
  shareAbove(value: number): number {
    if (Number.isNaN(value)) {
      throw new RangeError('NaN is not a usage');
    }
    if (this.#count === 0 || value >= this.#max) {
      return 0;
    }
    if (value < this.#min) {
      return 1;
    }
    const bucket = this.#bucketOf(value);
    let above = 0;
    for (let i = bucket + 1; i < BUCKETS; i++) {
      above += this.#weights[i];
    }
    const lower = Math.max(this.#lowerBound(bucket), this.#min);
    const upper = Math.min(this.#lowerBound(bucket + 1), this.#max);
    const insideShare = upper > lower ? (upper - value) / (upper - lower) : 0;
    return clamp(
      (above + this.#weights[bucket] * clamp(insideShare, 0, 1)) / this.#count,
      0,
      1,
    );
  }

  /** A copy that shares nothing with this sketch. */
  clone(): UsageSketch {
    return UsageSketch.empty(this.kind).merge(this);
  }

  /**
   * At most 2 KiB; {@link UsageSketch.decode} reads it back. Whole weights up to a million (all that
   * `add` without weights makes in a day) come back exactly, others within a millionth of the largest.
   */
  encode(): Uint8Array {
    const largest = this.#weights.reduce((a, b) => Math.max(a, b), 0);
    const whole =
      largest <= MAX_STORED_WEIGHT && this.#weights.every(Number.isInteger);
    const scale = whole ? 1 : largest / MAX_STORED_WEIGHT;
    const body: number[] = [];
    let previous = -1;
    for (let i = 0; i < BUCKETS; i++) {
      if (this.#weights[i] > 0) {
        pushVarint(body, i - previous - 1);
        // A bucket with a vanishing weight still marks where a value was seen.
        pushVarint(body, Math.max(1, Math.round(this.#weights[i] / scale)));
        previous = i;
      }
    }
    const bytes = new Uint8Array(HEADER_BYTES + body.length);
    const view = new DataView(bytes.buffer);
    bytes[0] = FORMAT_VERSION;
    bytes[1] = KIND_CODES.indexOf(this.kind);
    [this.#count, this.#sum, this.#min, this.#max, scale].forEach((number, i) =>
      view.setFloat64(2 + i * 8, number, true),
    );
    bytes.set(body, HEADER_BYTES);
    return bytes;
  }

  /**
   * Reads what {@link UsageSketch.encode} wrote.
   *
   * @throws {@link SketchDecodeError} when the bytes are truncated, of another version or inconsistent.
   */
  static decode(bytes: Uint8Array): UsageSketch {
    if (bytes.length < HEADER_BYTES) {
      throw new SketchDecodeError(
        `${bytes.length} bytes are too few for a sketch`,
      );
    }
    if (bytes[0] !== FORMAT_VERSION) {
      throw new SketchDecodeError(
        `version ${bytes[0]} of the sketch format is not known`,
      );
    }
    const kind = KIND_CODES[bytes[1]];
    if (kind === undefined) {
      throw new SketchDecodeError(`resource ${bytes[1]} is not known`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const [count, sum, min, max, scale] = [0, 1, 2, 3, 4].map(i =>
      view.getFloat64(2 + i * 8, true),
    );
    const sketch = new UsageSketch(kind);
    let at = HEADER_BYTES;
    let bucket = -1;
    let stored = 0;
    const readVarint = (): number => {
      let value = 0;
      for (let factor = 1; ; factor *= 128) {
        if (at >= bytes.length || factor > 2 ** 28) {
          throw new SketchDecodeError('the bucket list is truncated');
        }
        const byte = bytes[at++];
        value += (byte % 128) * factor;
        if (byte < 128) {
          return value;
        }
      }
    };
    while (at < bytes.length) {
      bucket += readVarint() + 1;
      const weight = readVarint();
      if (bucket >= BUCKETS || weight === 0) {
        throw new SketchDecodeError(
          `bucket ${bucket} of weight ${weight} cannot be`,
        );
      }
      sketch.#weights[bucket] = weight * scale;
      stored += weight * scale;
    }
    // Scaled weights are rounded by half a step each.
    const tolerance = scale === 1 ? 1e-9 * count : BUCKETS * scale;
    const consistent =
      [count, sum, min, max, scale].every(Number.isFinite) &&
      min >= 0 &&
      min <= max &&
      sum >= 0 &&
      count >= 0 &&
      Math.abs(stored - count) <= tolerance;
    if (!consistent) {
      throw new SketchDecodeError(
        'the totals of the sketch contradict its buckets',
      );
    }
    sketch.#count = count;
    sketch.#sum = sum;
    sketch.#min = min;
    sketch.#max = max;
    return sketch;
  }

  #bucketOf(value: number): number {
    const first = FIRST_BOUND[this.kind];
    return value < first
      ? 0
      : Math.min(
          BUCKETS - 1,
          1 + Math.floor(Math.log(value / first) / LOG_GROWTH),
        );
  }

  #lowerBound(bucket: number): number {
    return bucket === 0 ? 0 : FIRST_BOUND[this.kind] * GROWTH ** (bucket - 1);
  }

  #middleOf(bucket: number): number {
    const middle =
      bucket === 0
        ? FIRST_BOUND[this.kind] / 2
        : this.#lowerBound(bucket) * Math.sqrt(GROWTH);
    return clamp(
      bucket === BUCKETS - 1 ? this.#max : middle,
      this.#min,
      this.#max,
    );
  }
}

function clamp(value: number, lower: number, upper: number): number {
  return Math.min(Math.max(value, lower), upper);
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}
