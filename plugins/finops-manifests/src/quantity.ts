import {
  Quantity,
  QuantityError,
} from '@apexlogic/backstage-plugin-finops-common';

const BINARY_SUFFIXES = ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki'] as const;
const DECIMAL_SUFFIXES = ['E', 'P', 'T', 'G', 'M', 'k'] as const;
const NANOS = 10n ** 9n;
const NANOS_PER_MILLI = 10n ** 6n;
const MEBIBYTE = 2 ** 20;

/** A Kubernetes quantity as a file has it. @public */
export interface WrittenQuantity {
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
export function parseQuantity(
  text: string | number,
): WrittenQuantity | undefined {
  const written = String(text);
  try {
    const quantity = Quantity.parse(written);
    return {
      amount: quantity.asApproximateFloat(),
      nanos: quantity.asNanos(),
      suffix: /[A-Za-z]*$/.exec(written)![0],
    };
  } catch (error) {
    if (error instanceof QuantityError) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Writes cores, rounded up to a millicore, in the unit family of `like`: `500m` stays millicores,
 * `0.5` and `1` stay cores. Without `like`, whole cores are written bare and the rest as millicores.
 *
 * @public
 */
export function formatCpu(cores: number, like?: string | number): string {
  assertAmount(cores);
  // 0.07 * 1000 is a hair above 70; without this it would round up to 71m.
  const millis = Math.ceil(Number((cores * 1000).toPrecision(15)));
  return formatMillis(BigInt(millis), like);
}

/**
 * Writes bytes, rounded up to a byte, in the unit of `like` where that is exact, else in the largest
 * exact unit of its family. Without `like` it rounds up to whole `Mi` (from one `Mi` on) and takes the
 * largest exact unit.
 *
 * @public
 */
export function formatMemory(bytes: number, like?: string | number): string {
  assertAmount(bytes);
  const whole = Math.ceil(bytes);
  if (like === undefined && whole > MEBIBYTE) {
    return formatBytes(
      BigInt(Math.ceil(whole / MEBIBYTE)) * BigInt(MEBIBYTE),
      undefined,
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
    const size = Quantity.parse(`1${unit}`).asNanos() / NANOS;
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
