import { EvaluationError } from '@marcbachmann/cel-js';
import {
  celCompare,
  UnsignedInt,
  UnsignedIntClass,
  withinRange,
} from '../celOperations';
import { registerNamespace, Registration } from './register';

const MAX_ARGUMENTS = 8;
const MAX_UINT64 = 2n ** 64n - 1n;

/**
 * cel-go's `ext.Math`.
 *
 * https://pkg.go.dev/github.com/google/cel-go/ext#Math
 */
export function registerMathematics({ environment }: Registration) {
  registerNamespace(environment, 'math', {
    ...extremes('greatest', 1),
    ...extremes('least', -1),
    'ceil(dyn): double': ofDouble(Math.ceil),
    'floor(dyn): double': ofDouble(Math.floor),
    'trunc(dyn): double': ofDouble(Math.trunc),
    // Halves away from zero; Math.round takes them up.
    'round(dyn): double': ofDouble(
      value => Math.sign(value) * Math.round(Math.abs(value)),
    ),
    'sqrt(dyn): double': (value: unknown) => {
      const number = numberOf(value);
      return Math.sqrt(Number(number));
    },
    'isNaN(dyn): bool': ofDouble(Number.isNaN),
    'isFinite(dyn): bool': ofDouble(Number.isFinite),
    'isInf(dyn): bool': ofDouble(
      value => !Number.isFinite(value) && !Number.isNaN(value),
    ),
    'abs(dyn): dyn': abs,
    'sign(dyn): dyn': sign,
    'bitAnd(dyn, dyn): dyn': bitwise((a, b) => a & b),
    'bitOr(dyn, dyn): dyn': bitwise((a, b) => a | b),
    'bitXor(dyn, dyn): dyn': bitwise((a, b) => a ^ b),
    'bitNot(dyn): dyn': (value: unknown) => {
      const integer = integerOf(value);
      return sameKind(value, BigInt.asUintN(64, ~integer));
    },
    'bitShiftLeft(dyn, dyn): dyn': shift((value, by) => value << by),
    'bitShiftRight(dyn, dyn): dyn': shift((value, by) => value >> by),
  });
}

function extremes(name: string, wanted: 1 | -1) {
  const pick = (...values: readonly unknown[]) => {
    if (values.length === 0) {
      throw new EvaluationError(`math.${name}() needs at least one number`);
    }
    values.forEach(numberOf);
    return values.reduce((best, value) =>
      celCompare(value, best) * wanted > 0 ? value : best,
    );
  };
  return Object.fromEntries(
    Array.from({ length: MAX_ARGUMENTS }, (_, index) => [
      `${name}(${Array(index + 1)
        .fill('dyn')
        .join(', ')}): dyn`,
      index === 0
        ? (value: unknown) =>
            Array.isArray(value) ? pick(...value) : pick(value)
        : pick,
    ]),
  );
}

function ofDouble<Result>(compute: (value: number) => Result) {
  return (value: unknown) => {
    if (typeof value !== 'number') {
      throw new EvaluationError(
        'no such overload: the number must be a double',
      );
    }
    return compute(value);
  };
}

function abs(value: unknown): unknown {
  const number = numberOf(value);
  if (value instanceof UnsignedIntClass) {
    return value;
  }
  return typeof number === 'bigint'
    ? withinRange(number < 0n ? -number : number)
    : Math.abs(number);
}

function sign(value: unknown): unknown {
  const number = numberOf(value);
  if (typeof number === 'number') {
    return Math.sign(number);
  }
  const result = number > 0n ? 1n : -BigInt(number < 0n);
  return sameKind(value, BigInt.asUintN(64, result));
}

function bitwise(compute: (a: bigint, b: bigint) => bigint) {
  return (a: unknown, b: unknown) => {
    if (a instanceof UnsignedIntClass !== b instanceof UnsignedIntClass) {
      throw new EvaluationError('no such overload: int and uint do not mix');
    }
    const bits = compute(bitsOf(a), bitsOf(b));
    return sameKind(a, bits);
  };
}

/** A right shift takes the sign along as zeros, as in cel-go. */
function shift(compute: (value: bigint, by: bigint) => bigint) {
  return (value: unknown, by: unknown) => {
    const bits = bitsOf(value);
    if (typeof by !== 'bigint') {
      throw new EvaluationError('no such overload: the shift must be an int');
    }
    if (by < 0n) {
      throw new EvaluationError(`negative offset: ${by}`);
    }
    return sameKind(value, by > 63n ? 0n : compute(bits, by) & MAX_UINT64);
  };
}

function numberOf(value: unknown): bigint | number {
  return typeof value === 'number' ? value : integerOf(value);
}

function integerOf(value: unknown): bigint {
  if (typeof value === 'bigint') {
    return value;
  }
  if (value instanceof UnsignedIntClass) {
    return value.valueOf();
  }
  throw new EvaluationError('no such overload: not a number');
}

function bitsOf(value: unknown): bigint {
  return BigInt.asUintN(64, integerOf(value));
}

/** 64 bits as an int or a uint, whichever the operand was. */
function sameKind(operand: unknown, bits: bigint): bigint | UnsignedInt {
  return operand instanceof UnsignedIntClass
    ? new UnsignedIntClass(bits)
    : BigInt.asIntN(64, bits);
}
