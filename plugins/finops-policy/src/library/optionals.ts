import { EvaluationError, Optional } from '@marcbachmann/cel-js';
import { Context, Macro, Node } from '../celNodes';
import { entriesOf, isMap, UnsignedIntClass } from '../celOperations';
import { registerAll, Registration } from './register';

/** What of cel-go's optional types the CEL library lacks: `ofNonZeroValue`, `unwrap`, `optMap`, `optFlatMap`. */
export function registerOptionals({ environment }: Registration) {
  registerAll(environment, {
    'OptionalNamespace.ofNonZeroValue(A): optional<A>': (
      _namespace: unknown,
      value: unknown,
    ) => (isZero(value) ? Optional.none() : Optional.of(value)),
    'OptionalNamespace.unwrap(list): list': (
      _namespace: unknown,
      list: readonly unknown[],
    ) => unwrap(list),
    'list.unwrapOpt(): list': unwrap,
    'optional.optMap(ast, ast): optional<dyn>': mapper(false),
    'optional.optFlatMap(ast, ast): optional<dyn>': mapper(true),
  });
}

function unwrap(list: readonly unknown[]): readonly unknown[] {
  return list.flatMap(item => {
    if (!(item instanceof Optional)) {
      return [item];
    }
    return item.hasValue() ? [item.value()] : [];
  });
}

/** `x.optMap(v, f(v))`: the optional of `f` of the value, if there is one. */
function mapper(isFlat: boolean) {
  return ({ args, receiver }: { args: readonly Node[]; receiver: Node }) => {
    const [variable, expression] = args;
    let inner: Context;
    const macro: Macro = {
      typeCheck(chk, _macro, ctx) {
        if (variable.op !== 'id') {
          throw chk.createError(
            'invalid_macro_argument',
            'optMap() and optFlatMap() name their variable first',
            variable,
          );
        }
        const type = chk.check(receiver, ctx);
        inner = ctx.forkWithVariable(
          variable.args,
          type.kind === 'optional' ? type.valueType : chk.getType('dyn'),
        );
        const result = chk.check(expression, inner);
        if (isFlat) {
          return result.kind === 'optional'
            ? result
            : chk.getType('optional<dyn>');
        }
        return chk.getType(
          result.hasPlaceholderType || result.hasDynType
            ? 'optional<dyn>'
            : `optional<${result.name}>`,
        );
      },
      evaluate(ev, _macro, ctx) {
        const optional = ev.run(receiver, ctx);
        if (!(optional instanceof Optional)) {
          throw new EvaluationError(
            'optMap() and optFlatMap() need an optional',
          );
        }
        if (!optional.hasValue()) {
          return optional;
        }
        const value = ev.run(
          expression,
          inner.reuse(ctx).setIterValue(optional.value(), ev),
        );
        if (!isFlat) {
          return Optional.of(value);
        }
        if (value instanceof Optional) {
          return value;
        }
        throw new EvaluationError('optFlatMap() needs an optional');
      },
    };
    return macro;
  };
}

function isZero(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return value === '';
    case 'bigint':
      return value === 0n;
    case 'number':
      return value === 0;
    case 'boolean':
      return !value;
    default:
  }
  if (value === null) {
    return true;
  }
  if (value instanceof UnsignedIntClass) {
    return value.valueOf() === 0n;
  }
  if (Array.isArray(value) || value instanceof Uint8Array) {
    return value.length === 0;
  }
  return isMap(value) && entriesOf(value).length === 0;
}
