const MAX_DEPTH = 100;
const MAX_NODES = 50_000;
const MAX_CHARACTERS = 2_000_000;
const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);

/** Thrown for what no manifest can hold, and for objects past the size limits. */
export class CelValueError extends Error {
  readonly name = 'CelValueError';
}

/**
 * Turns a parsed manifest into values CEL computes with: objects become Maps (no key of a manifest can
 * meet a JavaScript prototype), whole numbers become int64, null members are left out as the Kubernetes
 * API server does.
 *
 * Throws {@link CelValueError} on NaN, infinities, dates, functions and the like, beyond 100 levels,
 * 50,000 nodes or 2,000,000 characters (YAML aliases count each time they are used).
 */
export function toCelValue(value: unknown): unknown {
  return convert(value, 0, { nodes: 0, characters: 0 });
}

interface Size {
  nodes: number;
  characters: number;
}

function convert(value: unknown, depth: number, size: Size): unknown {
  size.nodes += 1;
  if (size.nodes > MAX_NODES || depth > MAX_DEPTH) {
    throw new CelValueError(
      `the object is larger than ${MAX_NODES} nodes or deeper than ${MAX_DEPTH} levels`,
    );
  }
  switch (typeof value) {
    case 'string':
      countCharacters(value, size);
      return value;
    case 'boolean':
      return value;
    case 'number':
      return convertNumber(value);
    case 'bigint':
      if (value > MAX_INT64 || value < MIN_INT64) {
        throw new CelValueError(`${value} does not fit into 64 bits`);
      }
      return value;
    case 'object':
      if (value === null) {
        return null;
      }
      if (Array.isArray(value)) {
        return value.map(item => convert(item, depth + 1, size));
      }
      if (isPlainObject(value)) {
        return convertMembers(value, depth, size);
      }
      break;
    default:
      break;
  }
  throw new CelValueError(
    `a value of type ${describeType(value)} cannot stand in a manifest`,
  );
}

function convertMembers(
  value: object,
  depth: number,
  size: Size,
): Map<string, unknown> {
  const members = new Map<string, unknown>();
  for (const [key, member] of Object.entries(value)) {
    countCharacters(key, size);
    if (member !== null && member !== undefined) {
      members.set(key, convert(member, depth + 1, size));
    }
  }
  return members;
}

function convertNumber(value: number): number | bigint {
  if (!Number.isFinite(value)) {
    throw new CelValueError(`${value} is not a number JSON knows`);
  }
  if (!Number.isInteger(value)) {
    return value;
  }
  const integer = BigInt(value);
  return integer > MAX_INT64 || integer < MIN_INT64 ? value : integer;
}

function countCharacters(text: string, size: Size) {
  size.characters += text.length;
  if (size.characters > MAX_CHARACTERS) {
    throw new CelValueError(
      `the object holds more than ${MAX_CHARACTERS} characters`,
    );
  }
}

function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  // Not compared with Object.prototype: a value may come from another realm (worker, test runner).
  return (
    Object.prototype.toString.call(value) === '[object Object]' &&
    (prototype === null || Object.getPrototypeOf(prototype) === null)
  );
}

function describeType(value: unknown): string {
  return typeof value === 'object'
    ? Object.prototype.toString.call(value).slice(8, -1)
    : typeof value;
}
