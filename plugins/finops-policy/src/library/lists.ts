import { EvaluationError, Optional } from '@marcbachmann/cel-js';
import {
  celCompare,
  celEquals,
  Duration,
  durationOf,
  nanosOf,
  withinRange,
} from '../celOperations';
import { registerAll, registerNamespace, Registration } from './register';

type List = readonly unknown[];

const COMPARISONS_PER_STEP = 1_000;
const MAX_RANGE = 10_000;

/** Names of {@link registerLists} that are also strings' and stand in for the library's own. */
export const LIST_METHODS = ['indexOf', 'lastIndexOf'];

/**
 * Kubernetes' list library and that of cel-go's `ext.Lists`, and `sets`.
 *
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-list-library
 */
export function registerLists({ environment, prefix, spend }: Registration) {
  const spendOn = (comparisons: number) =>
    spend(1 + Math.floor(comparisons / COMPARISONS_PER_STEP));
  const containsAll = (list: List, wanted: List) => {
    spendOn(list.length * wanted.length);
    return wanted.every(item => contains(list, item));
  };
  registerAll(environment, {
    'list.sum(): dyn': sum,
    'list.min(): dyn': (list: List) => extreme(list, 'min'),
    'list.max(): dyn': (list: List) => extreme(list, 'max'),
    'list.isSorted(): bool': isSorted,
    [`list.${prefix}indexOf(dyn): int`]: (list: List, wanted: unknown) =>
      BigInt(list.findIndex(item => celEquals(item, wanted))),
    [`list.${prefix}lastIndexOf(dyn): int`]: (list: List, wanted: unknown) =>
      BigInt(
        list.reduce<number>(
          (last, item, index) => (celEquals(item, wanted) ? index : last),
          -1,
        ),
      ),
    'list.slice(int, int): list': slice,
    'list.sort(): list': (list: List) =>
      [...comparable(list, 'sort')].sort(celCompare),
    'list.distinct(): list': (list: List) => {
      spendOn(list.length * list.length);
      return list.reduce<List>(
        (found, item) => (contains(found, item) ? found : [...found, item]),
        [],
      );
    },
    'list.flatten(): list': (list: List) => list.flat(1),
    'list.flatten(int): list': (list: List, depth: bigint) => {
      if (depth < 0n) {
        throw new EvaluationError('flatten(): the depth must not be negative');
      }
      return (list as unknown[]).flat(Math.min(Number(depth), 100));
    },
    'list.reverse(): list': (list: List) => [...list].reverse(),
    'list.first(): optional<dyn>': (list: List) => Optional.of(list[0]),
    'list.last(): optional<dyn>': (list: List) => Optional.of(list.at(-1)),
  });
  registerNamespace(environment, 'lists', {
    'range(int): list<int>': (count: bigint) => {
      if (count > MAX_RANGE) {
        throw new EvaluationError(`lists.range() goes to ${MAX_RANGE}`);
      }
      return Array.from({ length: Number(count) }, (_, index) => BigInt(index));
    },
  });
  registerNamespace(environment, 'sets', {
    'contains(list, list): bool': containsAll,
    'equivalent(list, list): bool': (a: List, b: List) =>
      containsAll(a, b) && containsAll(b, a),
    'intersects(list, list): bool': (a: List, b: List) => {
      spendOn(a.length * b.length);
      return a.some(item => contains(b, item));
    },
  });
}

function contains(list: List, wanted: unknown): boolean {
  return list.some(item => celEquals(item, wanted));
}

/** Throws unless every item is of the same ordered type. */
function comparable(list: List, operation: string): List {
  const kinds = new Set(list.map(kindOf));
  if (kinds.size > 1 || kinds.has(undefined)) {
    throw new EvaluationError(
      `${operation}() needs a list of values of one type that has an order`,
    );
  }
  return list;
}

function kindOf(value: unknown): string | undefined {
  try {
    celCompare(value, value);
  } catch {
    return undefined;
  }
  return typeof value === 'object'
    ? (value as object).constructor.name
    : typeof value;
}

function sum(list: List): unknown {
  const [first] = comparable(list, 'sum');
  switch (typeof first) {
    case 'undefined':
    case 'bigint':
      return (list as bigint[]).reduce(
        (total, value) => withinRange(total + value) as bigint,
        0n,
      );
    case 'number':
      return (list as number[]).reduce((total, value) => total + value, 0);
    default:
      if (kindOf(first) === 'Duration') {
        return withinRange(
          durationOf(
            (list as Duration[]).reduce(
              (total, value) => total + nanosOf(value),
              0n,
            ),
          ),
        );
      }
      throw new EvaluationError('sum() needs a list of numbers or durations');
  }
}

function extreme(list: List, operation: 'min' | 'max'): unknown {
  if (list.length === 0) {
    throw new EvaluationError('min() and max() need a list that is not empty');
  }
  const sign = operation === 'min' ? -1 : 1;
  return comparable(list, operation).reduce((best, value) =>
    sign * celCompare(value, best) > 0 ? value : best,
  );
}

function isSorted(list: List): boolean {
  return comparable(list, 'isSorted').every(
    (value, index) => index === 0 || celCompare(list[index - 1], value) <= 0,
  );
}

function slice(list: List, start: bigint, end: bigint): List {
  if (start < 0n || end < start || end > list.length) {
    throw new EvaluationError(
      `slice(): ${start} to ${end} is not within a list of ${list.length}`,
    );
  }
  return list.slice(Number(start), Number(end));
}
