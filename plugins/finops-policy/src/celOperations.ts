import { Quantity } from '@apexlogic/backstage-plugin-finops-common';
import { evaluate, EvaluationError, Optional } from '@marcbachmann/cel-js';

/** The library's classes of values JavaScript has no type for; it does not export them. */
export interface UnsignedInt {
  valueOf(): bigint;
}
export interface Duration {
  readonly seconds: bigint;
  /** Of the same sign as the seconds, below 10⁹. */
  readonly nanos: number;
}

export const UnsignedIntClass = evaluate('1u').constructor as new (
  value: bigint,
) => UnsignedInt;
export const DurationClass = evaluate("duration('1s')").constructor as new (
  seconds: bigint,
  nanos: number,
) => Duration;

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);
const MIN_INSTANT = -62_135_596_800_000;
const MAX_INSTANT = 253_402_300_799_999;
const NANOS_PER_SECOND = 1_000_000_000n;

/** A value of a type of ours that knows when another is the same. */
export interface Comparable {
  equals(other: unknown): boolean;
}

/**
 * Equality as the specification has it: across the types of numbers, deep in lists and maps, and false
 * (never an error) for values of different types.
 */
export function celEquals(a: unknown, b: unknown): boolean {
  if (a === b) {
    return true;
  }
  const left = numeric(a);
  const right = numeric(b);
  if (left !== undefined || right !== undefined) {
    return (
      left !== undefined &&
      right !== undefined &&
      compareNumbers(left, right) === 0
    );
  }
  if (
    typeof a !== 'object' ||
    typeof b !== 'object' ||
    a === null ||
    b === null
  ) {
    return false;
  }
  if (a instanceof Optional && b instanceof Optional) {
    return a.hasValue() && b.hasValue()
      ? celEquals(a.value(), b.value())
      : a.hasValue() === b.hasValue();
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return Buffer.compare(a, b) === 0;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return (
      a.length === b.length &&
      a.every((item, index) => celEquals(item, b[index]))
    );
  }
  if (a instanceof Date && b instanceof Date) {
    return a.getTime() === b.getTime();
  }
  if (a instanceof DurationClass && b instanceof DurationClass) {
    return nanosOf(a) === nanosOf(b);
  }
  if (a instanceof Quantity && b instanceof Quantity) {
    return a.compare(b) === 0;
  }
  if (isMap(a) && isMap(b)) {
    const entries = entriesOf(a);
    return (
      entries.length === entriesOf(b).length &&
      entries.every(([key, value]) => {
        const other = lookUp(b, key);
        return other !== undefined && celEquals(value, other);
      })
    );
  }
  return 'equals' in a && (a as Comparable).equals(b) === true;
}

/**
 * Negative, zero or positive; NaN where a side is not a number. Throws on values that have no order or not
 * the same one.
 */
export function celCompare(a: unknown, b: unknown): number {
  const left = numeric(a);
  const right = numeric(b);
  if (left !== undefined && right !== undefined) {
    return compareNumbers(left, right);
  }
  if (typeof a === 'string' && typeof b === 'string') {
    return compareTexts(a, b);
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') {
    return Number(a) - Number(b);
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return Buffer.compare(a, b);
  }
  if (a instanceof Date && b instanceof Date) {
    return a.getTime() - b.getTime();
  }
  if (a instanceof DurationClass && b instanceof DurationClass) {
    return compareNumbers(nanosOf(a), nanosOf(b));
  }
  throw new EvaluationError(
    `no such overload: ${describe(a)} and ${describe(b)} have no order`,
  );
}

/** `value in container` of a list or of the keys of a map. */
export function celContains(value: unknown, container: unknown): boolean {
  if (Array.isArray(container)) {
    return container.some(item => celEquals(value, item));
  }
  if (container instanceof Set) {
    return [...container].some(item => celEquals(value, item));
  }
  if (isMap(container)) {
    return lookUp(container, value) !== undefined;
  }
  throw new EvaluationError(`no such overload: in ${describe(container)}`);
}

/** The item or member of a list or map; `undefined` where there is none. Throws where there cannot be one. */
export function celElement(container: unknown, key: unknown): unknown {
  if (Array.isArray(container)) {
    const index = numeric(key);
    if (index === undefined || !isWhole(index)) {
      throw new EvaluationError(`a list has no index ${describe(key)}`);
    }
    return container[Number(index)];
  }
  if (isMap(container)) {
    return lookUp(container, key);
  }
  throw new EvaluationError(
    `no such overload: index of ${describe(container)}`,
  );
}

/** Map literals keep the types of their keys. Throws on keys CEL does not have and on repeated ones. */
export function celMap(
  entries: readonly (readonly [unknown, unknown])[],
): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (const [key, value] of entries) {
    if (
      typeof key !== 'string' &&
      typeof key !== 'boolean' &&
      typeof key !== 'bigint' &&
      !(key instanceof UnsignedIntClass)
    ) {
      throw new EvaluationError(`unsupported key type: ${describe(key)}`);
    }
    if (lookUp(map, key) !== undefined) {
      throw new EvaluationError(`repeated key: ${String(key)}`);
    }
    map.set(key, value);
  }
  return map;
}

/** Throws where a result does not fit its type: int64, timestamps of four-digit years, durations of int64 nanoseconds. */
export function withinRange(value: unknown): unknown {
  if (typeof value === 'bigint') {
    if (value > MAX_INT64 || value < MIN_INT64) {
      throw new EvaluationError(`integer overflow: ${value}`);
    }
  } else if (value instanceof Date) {
    const time = value.getTime();
    if (!(time >= MIN_INSTANT && time <= MAX_INSTANT)) {
      throw new EvaluationError('timestamp overflow');
    }
  } else if (value instanceof DurationClass) {
    const nanos = nanosOf(value);
    if (nanos > MAX_INT64 || nanos < MIN_INT64) {
      throw new EvaluationError('duration overflow');
    }
  }
  return value;
}

export function nanosOf(duration: Duration): bigint {
  return duration.seconds * NANOS_PER_SECOND + BigInt(duration.nanos);
}

export function durationOf(nanos: bigint): Duration {
  return new DurationClass(
    nanos / NANOS_PER_SECOND,
    Number(nanos % NANOS_PER_SECOND),
  );
}

type CelMap = ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is CelMap {
  return (
    value instanceof Map ||
    (typeof value === 'object' &&
      value !== null &&
      (value.constructor === Object || value.constructor === undefined))
  );
}

export function entriesOf(map: CelMap): readonly [unknown, unknown][] {
  return map instanceof Map ? [...map] : Object.entries(map);
}

function lookUp(map: CelMap, key: unknown): unknown {
  if (!(map instanceof Map)) {
    return typeof key === 'string' && Object.hasOwn(map, key)
      ? (map as Readonly<Record<string, unknown>>)[key]
      : undefined;
  }
  const direct = map.get(key);
  if (direct !== undefined || typeof key === 'string') {
    return direct;
  }
  if (numeric(key) === undefined) {
    return undefined;
  }
  for (const [own, value] of map) {
    if (celEquals(own, key)) {
      return value;
    }
  }
  return undefined;
}

/** A number as it can be computed with; `undefined` for everything else. */
function numeric(value: unknown): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') {
    return value;
  }
  return value instanceof UnsignedIntClass ? value.valueOf() : undefined;
}

/** A whole number meets a fraction as a double, as cel-go does it: near 2^63 that loses the last digits. */
function compareNumbers(a: bigint | number, b: bigint | number): number {
  const [left, right] = typeof a === typeof b ? [a, b] : [Number(a), Number(b)];
  if (left < right) {
    return -1;
  }
  if (left > right) {
    return 1;
  }
  return left === right ? 0 : NaN;
}

/** By code points: JavaScript's own order puts emoji before the last letters of the basic plane. */
function compareTexts(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  let index = 0;
  while (index < a.length && a[index] === b[index]) {
    index++;
  }
  const low = /[\uDC00-\uDFFF]/;
  const start =
    index > 0 && (low.test(a[index] ?? '') || low.test(b[index] ?? ''))
      ? index - 1
      : index;
  return (a.codePointAt(start) ?? -1) - (b.codePointAt(start) ?? -1);
}

function isWhole(value: bigint | number): boolean {
  return typeof value === 'bigint' || Number.isInteger(value);
}

function describe(value: unknown): string {
  if (value === null) {
    return 'null';
  }
  switch (typeof value) {
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'boolean':
      return 'bool';
    case 'object':
      if (Array.isArray(value)) {
        return 'list';
      }
      return isMap(value) ? 'map' : value.constructor.name;
    default:
      return typeof value;
  }
}
