import { EvaluationError } from '@marcbachmann/cel-js';
import { bytesToString } from '../celConversions';
import {
  DurationClass,
  entriesOf,
  isMap,
  UnsignedIntClass,
} from '../celOperations';
import { formatDuration, formatTimestamp } from '../celTime';

const CLAUSE = /%(?:%|(?:\.(\d{1,3}))?(.?))/gsu;
const DEFAULT_DIGITS = 6;
const MAX_DIGITS = 60;

/** `'%s costs %.2f'.format([name, cost])`. Throws on clauses nobody knows and values a clause cannot show. */
export function formatText(
  template: string,
  values: readonly unknown[],
): string {
  let next = 0;
  return template.replace(CLAUSE, (clause, precision, kind) => {
    if (clause === '%%') {
      return '%';
    }
    if (next >= values.length) {
      throw new EvaluationError(`format(): index ${next} out of range`);
    }
    return formatValue(kind ?? '', precision, values[next++]);
  });
}

function formatValue(
  kind: string,
  precision: string | undefined,
  value: unknown,
): string {
  const digits = precision === undefined ? DEFAULT_DIGITS : Number(precision);
  if (digits > MAX_DIGITS) {
    throw new EvaluationError(`format(): at most ${MAX_DIGITS} digits`);
  }
  const integer = integerOf(value);
  switch (kind) {
    case 's':
      return textOf(value);
    case 'd':
      if (integer !== undefined) {
        return String(integer);
      }
      return typeof value === 'number' && !Number.isFinite(value)
        ? String(value)
        : mismatch(kind);
    case 'f':
      return typeof value === 'number' ? fixed(value, digits) : mismatch(kind);
    case 'e':
      return typeof value === 'number'
        ? value.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2')
        : mismatch(kind);
    case 'b':
      if (typeof value === 'boolean') {
        return value ? '1' : '0';
      }
      return integer === undefined ? mismatch(kind) : integer.toString(2);
    case 'o':
      return integer === undefined ? mismatch(kind) : integer.toString(8);
    case 'x':
      return hexOf(value, integer);
    case 'X':
      return hexOf(value, integer).toUpperCase();
    default:
      throw new EvaluationError(`format(): unrecognized clause %${kind}`);
  }
}

function mismatch(kind: string): never {
  throw new EvaluationError(`format(): %${kind} cannot show this value`);
}

function integerOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') {
    return value;
  }
  return value instanceof UnsignedIntClass ? value.valueOf() : undefined;
}

function hexOf(value: unknown, integer: bigint | undefined): string {
  if (integer !== undefined) {
    return integer.toString(16);
  }
  if (typeof value === 'string' || value instanceof Uint8Array) {
    return Buffer.from(value as string).toString('hex');
  }
  return mismatch('x');
}

/** Halves go to the even digit, as in Go; JavaScript's `toFixed` takes them up. */
function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e21) {
    return String(value);
  }
  const [whole, fraction = ''] = Math.abs(value)
    .toFixed(Math.min(100, digits + 40))
    .split('.');
  const kept = BigInt(whole + fraction.slice(0, digits));
  const rest = fraction.slice(digits);
  const isHalf = /^50*$/.test(rest);
  const isUp = isHalf ? kept % 2n === 1n : rest[0] >= '5';
  const text = String(isUp ? kept + 1n : kept).padStart(digits + 1, '0');
  const sign = value < 0 ? '-' : '';
  return digits === 0
    ? sign + text
    : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'bigint':
    case 'number':
    case 'boolean':
      return String(value);
    default:
  }
  if (value === null) {
    return 'null';
  }
  if (value instanceof UnsignedIntClass) {
    return String(value);
  }
  if (value instanceof Uint8Array) {
    return bytesToString(value);
  }
  if (value instanceof Date) {
    return formatTimestamp(value);
  }
  if (value instanceof DurationClass) {
    return formatDuration(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(textOf).join(', ')}]`;
  }
  if (isMap(value)) {
    const members = entriesOf(value).map(
      ([key, member]) => [textOf(key), textOf(member)] as const,
    );
    return `{${members
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${key}: ${member}`)
      .join(', ')}}`;
  }
  const type = /^Type<(.+)>$/.exec(String(value));
  return type ? type[1] : mismatch('s');
}
