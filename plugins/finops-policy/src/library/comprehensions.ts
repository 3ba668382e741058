import { EvaluationError } from '@marcbachmann/cel-js';
import { Checker, Context, Evaluator, Macro, Node, Type } from '../celNodes';
import { celMap, entriesOf, isMap } from '../celOperations';
import { registerAll, Registration } from './register';

/** What one turn of a loop saw, and what comes of all turns. */
interface Loop {
  /** `undefined` goes on; anything else is the result. Throws where an error ends the loop. */
  turn(run: Turn): unknown;
  end(): unknown;
}

interface Turn {
  readonly key: unknown;
  /** The value of an argument after the two variables. */
  value(argument: number): unknown;
  /** The same, which must be true or false. */
  holds(argument: number): boolean;
}

/**
 * cel-go's comprehensions over position and item of a list, or key and value of a map: `all`, `exists`,
 * `existsOne`, `transformList` and `transformMap`.
 *
 * https://pkg.go.dev/github.com/google/cel-go/ext#TwoVarComprehensions
 */
export function registerComprehensions({ environment, spend }: Registration) {
  const macro = (start: () => Loop, type: (chk: Checker, last: Type) => Type) =>
    macroOf(start, type, spend);
  const bool = (chk: Checker) => chk.getType('bool');
  const listOf = (chk: Checker) => chk.getType('list');
  const mapOf = (chk: Checker) => chk.getType('map');
  registerAll(environment, {
    'list.all(ast, ast, ast): bool': macro(() => quantifier(false), bool),
    'list.exists(ast, ast, ast): bool': macro(() => quantifier(true), bool),
    'list.existsOne(ast, ast, ast): bool': macro(onlyOne, bool),
    'list.exists_one(ast, ast, ast): bool': macro(onlyOne, bool),
    'list.transformList(ast, ast, ast): list': macro(
      () => toList(false),
      listOf,
    ),
    'list.transformList(ast, ast, ast, ast): list': macro(
      () => toList(true),
      listOf,
    ),
    'list.transformMap(ast, ast, ast): map': macro(() => toMap(false), mapOf),
    'list.transformMap(ast, ast, ast, ast): map': macro(
      () => toMap(true),
      mapOf,
    ),
  });
}

/** Ends at the first turn that decides; an error counts only where none does. */
function quantifier(decisive: boolean): Loop {
  let mistake: unknown;
  return {
    turn: ({ holds }) => {
      try {
        return holds(0) === decisive ? decisive : undefined;
      } catch (error) {
        mistake ??= error;
        return undefined;
      }
    },
    end: () => {
      if (mistake) {
        throw mistake;
      }
      return !decisive;
    },
  };
}

function onlyOne(): Loop {
  let count = 0;
  return {
    turn: ({ holds }) => {
      count += holds(0) ? 1 : 0;
      return undefined;
    },
    end: () => count === 1,
  };
}

function toList(isFiltered: boolean): Loop {
  const items: unknown[] = [];
  return {
    turn: ({ holds, value }) => {
      if (!isFiltered || holds(0)) {
        items.push(value(isFiltered ? 1 : 0));
      }
      return undefined;
    },
    end: () => items,
  };
}

function toMap(isFiltered: boolean): Loop {
  const entries: (readonly [unknown, unknown])[] = [];
  return {
    turn: ({ key, holds, value }) => {
      if (!isFiltered || holds(0)) {
        entries.push([key, value(isFiltered ? 1 : 0)]);
      }
      return undefined;
    },
    end: () => celMap(entries),
  };
}

function macroOf(
  start: () => Loop,
  typeOf: (chk: Checker, last: Type) => Type,
  spend: (steps: number) => void,
) {
  return ({ args, receiver }: { args: readonly Node[]; receiver: Node }) => {
    const [first, second, ...expressions] = args;
    let outer: Context;
    let inner: Context;
    const macro: Macro = {
      typeCheck(chk, _macro, ctx) {
        for (const variable of [first, second]) {
          if (variable.op !== 'id') {
            throw chk.createError(
              'invalid_macro_argument',
              'a comprehension names its two variables first',
              variable,
            );
          }
        }
        const [keyType, valueType] = elementTypes(
          chk,
          chk.check(receiver, ctx),
          receiver,
        );
        outer = ctx.forkWithVariable(first.args, keyType);
        inner = outer.forkWithVariable(second.args, valueType);
        const types = expressions.map(each => chk.check(each, inner));
        return typeOf(chk, types[types.length - 1]);
      },
      evaluate(ev, _macro, ctx) {
        const loop = start();
        for (const [key, value] of pairsOf(ev.run(receiver, ctx))) {
          spend(1);
          const variables = inner
            .reuse(outer.reuse(ctx).setIterValue(key, ev))
            .setIterValue(value, ev);
          const result = loop.turn(turnOf(key, expressions, ev, variables));
          if (result !== undefined) {
            return result;
          }
        }
        return loop.end();
      },
    };
    return macro;
  };
}

function turnOf(
  key: unknown,
  expressions: readonly Node[],
  ev: Evaluator,
  variables: Context,
): Turn {
  const value = (argument: number) => ev.run(expressions[argument], variables);
  return {
    key,
    value,
    holds(argument) {
      const result = value(argument);
      if (typeof result !== 'boolean') {
        throw new EvaluationError('a condition must be bool');
      }
      return result;
    },
  };
}

function elementTypes(
  chk: Checker,
  type: Type,
  receiver: Node,
): readonly [Type, Type] {
  // An empty literal does not say what it would hold.
  const known = (each: Type) =>
    each.hasPlaceholderType ? chk.getType('dyn') : each;
  switch (type.kind) {
    case 'list':
      return [chk.getType('int'), known(type.valueType)];
    case 'map':
      return [known(type.keyType), known(type.valueType)];
    case 'dyn':
    case 'param':
      return [chk.getType('dyn'), chk.getType('dyn')];
    default:
      throw chk.createError(
        'invalid_comprehension_range',
        `a comprehension goes over lists and maps, not ${chk.formatType(type)}`,
        receiver,
      );
  }
}

function pairsOf(value: unknown): readonly (readonly [unknown, unknown])[] {
  if (Array.isArray(value)) {
    return value.map((item, index) => [BigInt(index), item] as const);
  }
  if (isMap(value)) {
    return entriesOf(value);
  }
  throw new EvaluationError('a comprehension goes over lists and maps');
}
