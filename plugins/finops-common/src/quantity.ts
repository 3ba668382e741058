const NANOS_PER_UNIT = 1_000_000_000n;
const NANO_DIGITS = 9;
/** Kubernetes caps quantities here. */
const MAX_NANOS = (2n ** 63n - 1n) * NANOS_PER_UNIT;
const MAX_TEXT_LENGTH = 64;

const BINARY_UNITS: Readonly<Record<string, bigint>> = {
  Ki: 2n ** 10n,
  Mi: 2n ** 20n,
  Gi: 2n ** 30n,
  Ti: 2n ** 40n,
  Pi: 2n ** 50n,
  Ei: 2n ** 60n,
};

const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

const QUANTITY_PATTERN =
  /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3}|)$/;

/** Thrown for text that is no Kubernetes quantity and for operations a quantity does not have. @public */
export class QuantityError extends Error {
  readonly name = 'QuantityError';
}

/**
 * A Kubernetes resource quantity, exact to a billionth of a unit as in Kubernetes; finer fractions are
 * rounded away from zero and amounts past 2^63-1 units are capped there.
 *
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 *
 * @public
 */
export class Quantity {
  readonly #nanos: bigint;

  private constructor(nanos: bigint) {
    this.#nanos = nanos > MAX_NANOS ? MAX_NANOS : nanos;
    if (this.#nanos < -MAX_NANOS) {
      this.#nanos = -MAX_NANOS;
    }
  }

  /** Reads "250m", "1.5Gi", "1e3"; throws {@link QuantityError} on anything else. */
  static parse(text: string): Quantity {
    const match =
      text.length <= MAX_TEXT_LENGTH ? QUANTITY_PATTERN.exec(text) : null;
    if (!match || !(match[2] || match[3])) {
      throw new QuantityError(
        `'${text.slice(0, MAX_TEXT_LENGTH)}' is not a Kubernetes quantity`,
      );
    }
    const [, sign, whole, fraction = '', suffix] = match;
    const digits = BigInt(`${whole}${fraction}`);
    const binary = BINARY_UNITS[suffix];
    const exponent = binary
      ? 0
      : DECIMAL_EXPONENTS[suffix] ?? Number(suffix.slice(1));
    const shift = NANO_DIGITS + exponent - fraction.length;
    const scaled = digits * (binary ?? 1n);
    const nanos =
      shift >= 0
        ? scaled * 10n ** BigInt(shift)
        : divideRoundingUp(scaled, 10n ** BigInt(-shift));
    return new Quantity(sign === '-' ? -nanos : nanos);
  }

  /** Whole units. */
  static ofUnits(units: bigint): Quantity {
    return new Quantity(units * NANOS_PER_UNIT);
  }

  /** A YAML number such as `cpu: 0.5`, by the decimal digits it is written with. */
  static ofNumber(value: number): Quantity {
    if (!Number.isFinite(value)) {
      throw new QuantityError(`${value} is not a Kubernetes quantity`);
    }
    return Quantity.parse(String(value));
  }

  compare(other: Quantity): -1 | 0 | 1 {
    if (this.#nanos === other.#nanos) {
      return 0;
    }
    return this.#nanos < other.#nanos ? -1 : 1;
  }

  add(other: Quantity): Quantity {
    return new Quantity(this.#nanos + other.#nanos);
  }

  subtract(other: Quantity): Quantity {
    return new Quantity(this.#nanos - other.#nanos);
  }

  sign(): -1 | 0 | 1 {
    if (this.#nanos === 0n) {
      return 0;
    }
    return this.#nanos < 0n ? -1 : 1;
  }

  isInteger(): boolean {
    return this.#nanos % NANOS_PER_UNIT === 0n;
  }

  /** Throws {@link QuantityError} where {@link Quantity.isInteger} is false. */
  asInteger(): bigint {
    if (!this.isInteger()) {
      throw new QuantityError('the quantity is not a whole number');
    }
    return this.#nanos / NANOS_PER_UNIT;
  }

  /** The exact amount in billionths of a unit. */
  asNanos(): bigint {
    return this.#nanos;
  }

  asApproximateFloat(): number {
    return Number(this.#nanos) / Number(NANOS_PER_UNIT);
  }
}

function divideRoundingUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
