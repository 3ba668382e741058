/** Suffixes of Kubernetes quantities and what they multiply by, in billionths. */
const NANOS_PER_UNIT: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 10n ** 3n,
  m: 10n ** 6n,
  '': 10n ** 9n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: 2n ** 10n * 10n ** 9n,
  Mi: 2n ** 20n * 10n ** 9n,
  Gi: 2n ** 30n * 10n ** 9n,
  Ti: 2n ** 40n * 10n ** 9n,
  Pi: 2n ** 50n * 10n ** 9n,
  Ei: 2n ** 60n * 10n ** 9n,
};

const BINARY_SUFFIXES = ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki'] as const;
const DECIMAL_SUFFIXES = ['E', 'P', 'T', 'G', 'M', 'k'] as const;
const NANOS = 10n ** 9n;
const NANOS_PER_MILLI = 10n ** 6n;
const MEBIBYTE = 2 ** 20;
/** Longer numbers are no quantities of this world and would only cost time. */
const MAX_QUANTITY_LENGTH = 40;
const MAX_EXPONENT = 18;

const QUANTITY =
  /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:(n|u|m|k|[MGTPE]i?|Ki)|[eE]([+-]?\d{1,2}))?$/;

/** A Kubernetes quantity. @public */
export interface Quantity {
  /** Cores or bytes, as near as a number comes. */
  readonly amount: number;
  /** The exact amount in billionths of a core or byte (finer parts are rounded up, as Kubernetes does). */
  readonly nanos: bigint;
  /** As written: `m`, `Mi`, `k` … or empty. */
  readonly suffix: string;
}

/**
 * Reads a Kubernetes quantity (`250m`, `0.5`, `512Mi`, `1e3`); undefined when it is none.
 *
 * @public
 */
export function parseQuantity(text: string | number): Quantity | undefined {
  const written = String(text).trim();
  if (written.length > MAX_QUANTITY_LENGTH) {
    return undefined;
  }
  const match = QUANTITY.exec(written);
  if (!match) {
    return undefined;
  }
  const [, sign, digits, suffix = '', exponent = '0'] = match;
  const power = Number(exponent);
  if (Math.abs(power) > MAX_EXPONENT) {
    return undefined;
  }
  const [whole, fraction = ''] = digits.split('.');
  let numerator = BigInt(`${whole}${fraction}` || '0') * NANOS_PER_UNIT[suffix];
  let denominator = 10n ** BigInt(fraction.length);
  if (power >= 0) {
    numerator *= 10n ** BigInt(power);
  } else {
    denominator *= 10n ** BigInt(-power);
  }
  const magnitude = (numerator + denominator - 1n) / denominator;
  const nanos = sign === '-' ? -magnitude : magnitude;
  return { amount: Number(nanos) / 1e9, nanos, suffix };
}

/**
 * Writes cores, rounded up to a millicore, in the unit family of `like`: `500m` stays millicores,
 * `0.5` and `1` stay cores. Without `like`, whole cores are written bare and the rest as millicores.
 *
 * @public
 */
export function formatCpu(cores: number, like?: string | number): string {
  assertAmount(cores);
  return formatMillis(
    BigInt(Math.ceil(Number((cores * 1000).toPrecision(15)))),
    like,
  );
}

/**
 * Writes bytes, rounded up to a byte, in the unit of `like` where that is exact, else in the largest
 * exact unit of its family. Without `like` it rounds up to whole `Mi` (bytes below one `Mi`).
 *
 * @public
 */
export function formatMemory(bytes: number, like?: string | number): string {
  assertAmount(bytes);
  const whole = Math.ceil(bytes);
  if (like === undefined && whole > MEBIBYTE) {
    return formatBytes(
      BigInt(Math.ceil(whole / MEBIBYTE)) * BigInt(MEBIBYTE),
      'Mi',
    );
  }
  return formatBytes(
    BigInt(whole),
    like === undefined ? undefined : parseQuantity(like)?.suffix,
  );
}

/**
 * The wanted quantity in the style of the one it replaces, when both say the same amount exactly;
 * otherwise as wanted.
 */
export function restyleQuantity(
  wanted: string,
  existing: string | number,
  resource: 'cpu' | 'memory',
): string {
  const amount = parseQuantity(wanted);
  const present = parseQuantity(existing);
  if (!amount || !present || amount.nanos < 0n) {
    return wanted;
  }
  let styled = wanted;
  if (resource === 'cpu' && amount.nanos % NANOS_PER_MILLI === 0n) {
    styled = formatMillis(amount.nanos / NANOS_PER_MILLI, existing);
  } else if (resource === 'memory' && amount.nanos % NANOS === 0n) {
    styled = formatBytes(amount.nanos / NANOS, present.suffix);
  }
  return parseQuantity(styled)?.nanos === amount.nanos ? styled : wanted;
}

function formatMillis(
  millis: bigint,
  like: string | number | undefined,
): string {
  const suffix = like === undefined ? undefined : parseQuantity(like)?.suffix;
  if (suffix === '' || (suffix === undefined && millis % 1000n === 0n)) {
    const fraction = (millis % 1000n)
      .toString()
      .padStart(3, '0')
      .replace(/0+$/, '');
    return `${millis / 1000n}${fraction === '' ? '' : `.${fraction}`}`;
  }
  return `${millis}m`;
}

function formatBytes(bytes: bigint, suffix: string | undefined): string {
  if (suffix === '') {
    return bytes.toString();
  }
  const isDecimal = (DECIMAL_SUFFIXES as readonly string[]).includes(
    suffix ?? '',
  );
  const families = isDecimal
    ? [...DECIMAL_SUFFIXES, ...BINARY_SUFFIXES]
    : BINARY_SUFFIXES;
  for (const unit of suffix === undefined ? families : [suffix, ...families]) {
    const size = NANOS_PER_UNIT[unit] / NANOS;
    if (size > 0n && bytes > 0n && bytes % size === 0n) {
      return `${bytes / size}${unit}`;
    }
  }
  return bytes.toString();
}

function assertAmount(amount: number): void {
  if (
    !Number.isFinite(amount) ||
    amount < 0 ||
    amount > Number.MAX_SAFE_INTEGER
  ) {
    throw new RangeError(`${amount} is not an amount of cores or bytes`);
  }
}
