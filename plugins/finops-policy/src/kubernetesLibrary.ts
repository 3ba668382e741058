import { Quantity } from '@apexlogic/backstage-plugin-finops-common';
import { Environment } from '@marcbachmann/cel-js';

const SYNCHRONOUS = { async: false };

/**
 * Adds the part of the Kubernetes CEL library that policies on manifests use: quantities, list helpers
 * and the string functions the engine lacks. A function that is not here is a compile error, so a policy
 * that needs one fails to load instead of passing.
 */
export function registerKubernetesLibrary(
  environment: Environment,
): Environment {
  registerQuantities(environment);
  registerLists(environment);
  registerStrings(environment);
  return environment;
}

function registerQuantities(environment: Environment) {
  environment
    .registerType('Quantity', Quantity)
    .registerFunction(
      'quantity(string): Quantity',
      (text: string) => Quantity.parse(text),
      SYNCHRONOUS,
    )
    // A manifest may say `cpu: 1`; the API server would have made a string of it before a policy sees it.
    .registerFunction(
      'quantity(int): Quantity',
      (units: bigint) => Quantity.ofUnits(units),
      SYNCHRONOUS,
    )
    .registerFunction(
      'quantity(double): Quantity',
      (value: number) => Quantity.ofNumber(value),
      SYNCHRONOUS,
    )
    .registerFunction(
      'isQuantity(string): bool',
      (text: string) => isQuantity(text),
      SYNCHRONOUS,
    )
    .registerFunction('isQuantity(int): bool', () => true, SYNCHRONOUS)
    .registerFunction(
      'isQuantity(double): bool',
      (value: number) => Number.isFinite(value),
      SYNCHRONOUS,
    )
    .registerFunction(
      'Quantity.isInteger(): bool',
      (q: Quantity) => q.isInteger(),
      SYNCHRONOUS,
    )
    .registerFunction(
      'Quantity.asInteger(): int',
      (q: Quantity) => q.asInteger(),
      SYNCHRONOUS,
    )
    .registerFunction(
      'Quantity.asApproximateFloat(): double',
      (q: Quantity) => q.asApproximateFloat(),
      SYNCHRONOUS,
    )
    .registerFunction(
      'Quantity.sign(): int',
      (q: Quantity) => BigInt(q.sign()),
      SYNCHRONOUS,
    )
    .registerFunction(
      'Quantity.add(Quantity): Quantity',
      (a: Quantity, b: Quantity) => a.add(b),
      SYNCHRONOUS,
    )
    .registerFunction(
      'Quantity.add(int): Quantity',
      (a: Quantity, b: bigint) => a.add(Quantity.ofUnits(b)),
      SYNCHRONOUS,
    )
    .registerFunction(
      'Quantity.sub(Quantity): Quantity',
      (a: Quantity, b: Quantity) => a.subtract(b),
      SYNCHRONOUS,
    )
    .registerFunction(
      'Quantity.sub(int): Quantity',
      (a: Quantity, b: bigint) => a.subtract(Quantity.ofUnits(b)),
      SYNCHRONOUS,
    )
    .registerFunction(
      'Quantity.isLessThan(Quantity): bool',
      (a: Quantity, b: Quantity) => a.compare(b) < 0,
      SYNCHRONOUS,
    )
    .registerFunction(
      'Quantity.isGreaterThan(Quantity): bool',
      (a: Quantity, b: Quantity) => a.compare(b) > 0,
      SYNCHRONOUS,
    )
    .registerFunction(
      'Quantity.compareTo(Quantity): int',
      (a: Quantity, b: Quantity) => BigInt(a.compare(b)),
      SYNCHRONOUS,
    )
    .registerOperator(
      'Quantity == Quantity',
      (a: Quantity, b: Quantity) => a.compare(b) === 0,
    );
}

function registerLists(environment: Environment) {
  environment
    .registerFunction(
      'list.sum(): dyn',
      (list: Iterable<unknown>) => sum([...list]),
      SYNCHRONOUS,
    )
    .registerFunction(
      'list.min(): dyn',
      (list: Iterable<unknown>) => extreme([...list], -1),
      SYNCHRONOUS,
    )
    .registerFunction(
      'list.max(): dyn',
      (list: Iterable<unknown>) => extreme([...list], 1),
      SYNCHRONOUS,
    )
    .registerFunction(
      'list.isSorted(): bool',
      (list: Iterable<unknown>) => isSorted([...list]),
      SYNCHRONOUS,
    );
}

function registerStrings(environment: Environment) {
  environment
    .registerFunction(
      'string.charAt(int): string',
      (text: string, index: bigint) => charAt(text, index),
      SYNCHRONOUS,
    )
    .registerFunction(
      'string.replace(string, string): string',
      (text: string, search: string, replacement: string) =>
        text.split(search).join(replacement),
      SYNCHRONOUS,
    )
    .registerFunction(
      'string.reverse(): string',
      (text: string) => [...text].reverse().join(''),
      SYNCHRONOUS,
    );
}

function isQuantity(text: string): boolean {
  try {
    Quantity.parse(text);
    return true;
  } catch {
    return false;
  }
}

type Comparable = bigint | number | string;

function comparable(
  list: readonly unknown[],
  operation: string,
): readonly Comparable[] {
  const kinds = new Set(list.map(item => typeof item));
  const [kind] = kinds;
  if (
    kinds.size > 1 ||
    (kind !== undefined && !['bigint', 'number', 'string'].includes(kind))
  ) {
    throw new Error(
      `${operation}() needs a list of numbers or strings of one type`,
    );
  }
  return list as readonly Comparable[];
}

function sum(list: readonly unknown[]): bigint | number {
  const [first] = comparable(list, 'sum');
  if (typeof first === 'string') {
    throw new Error('sum() needs a list of numbers');
  }
  if (typeof first === 'number') {
    return (list as number[]).reduce((total, value) => total + value, 0);
  }
  return (list as bigint[]).reduce(addWithinInt64, 0n);
}

function addWithinInt64(a: bigint, b: bigint): bigint {
  const total = a + b;
  if (BigInt.asIntN(64, total) !== total) {
    throw new Error('integer overflow');
  }
  return total;
}

function extreme(list: readonly unknown[], direction: -1 | 1): Comparable {
  const values = comparable(list, direction < 0 ? 'min' : 'max');
  if (values.length === 0) {
    throw new Error('min() and max() need a list that is not empty');
  }
  return values.reduce((best, value) =>
    (direction < 0 ? value < best : value > best) ? value : best,
  );
}

function isSorted(list: readonly unknown[]): boolean {
  const values = comparable(list, 'isSorted');
  return values.every(
    (value, index) => index === 0 || values[index - 1] <= value,
  );
}

function charAt(text: string, index: bigint): string {
  if (index < 0n || index > BigInt(text.length)) {
    throw new Error('charAt(): index out of range');
  }
  return text.charAt(Number(index));
}
