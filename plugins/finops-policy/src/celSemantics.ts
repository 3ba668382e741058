import { EvaluationError, Optional } from '@marcbachmann/cel-js';
import { Check, Checker, Evaluate, Macro, Node, Type } from './celNodes';
import {
  celCompare,
  celContains,
  celElement,
  celEquals,
  celMap,
  withinRange,
} from './celOperations';
import { OPTIONAL_ENTRY } from './celSource';

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '<': order => order < 0,
  '<=': order => order <= 0,
  '>': order => order > 0,
  '>=': order => order >= 0,
};
const ARITHMETIC = new Set(['+', '-', '*', '/', '%', '-_']);
const NUMBERS = new Set(['int', 'uint', 'double']);
const ORDERED = new Set([
  'string',
  'bytes',
  'bool',
  'google.protobuf.Timestamp',
  'google.protobuf.Duration',
]);
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Gives a node of the syntax tree the meaning the specification has for it where the library's differs:
 * equality across numbers and deep in lists, overflow, keys of maps with their types, `has()` of any
 * selection, `orValue()` of what is no optional. Throws on a number that fits no int64.
 *
 * With `checked` false a mistake of types is an error when it is reached, not one of the expression.
 */
export function giveMeaning(node: Node, checked: boolean) {
  node.setMeta('async', false);
  if (node.op in COMPARISONS) {
    override(node, checkOrder(checked), compare(COMPARISONS[node.op]));
    return;
  }
  switch (node.op) {
    case '==':
    case '!=':
      override(node, checkEquality(checked), equal(node.op === '=='));
      break;
    case 'in':
      override(node, node.meta.check, (ev, { args }, ctx) =>
        celContains(ev.run(args[0], ctx), ev.run(args[1], ctx)),
      );
      break;
    case 'list':
      if ((node.args as Node[]).some(isOptionalEntry)) {
        override(node, node.meta.check, items);
      }
      break;
    case 'map':
      override(node, checkMap(node.meta.check), (ev, { args }, ctx) =>
        celMap(
          (args as Node[][]).flatMap(([key, value]) =>
            entry(ev, key, value, ctx),
          ),
        ),
      );
      break;
    case 'call':
      if (isOptionalEntry(node)) {
        override(node, checkOptionalEntry, (ev, { args }, ctx) =>
          ev.run(args[1][0], ctx),
        );
      }
      break;
    case '.':
      override(node, checkAccess(node.meta.check), field(node.meta.evaluate));
      break;
    case '.?':
      override(node, checkAccess(node.meta.check), node.meta.evaluate);
      break;
    case '[]':
      override(node, checkAccess(node.meta.check), element);
      break;
    case '[?]':
      override(node, checkAccess(node.meta.check), optionalElement);
      break;
    case 'value':
      if (
        typeof node.args === 'bigint' &&
        node.args > MAX_INT64 &&
        !node.meta.isNegated
      ) {
        throw new EvaluationError(`${node.args} does not fit into 64 bits`);
      }
      break;
    case '-_':
      allowSmallestInteger(node.args);
      break;
    default:
  }
  giveMacroMeaning(node);
  if (ARITHMETIC.has(node.op)) {
    const { check, evaluate } = node.meta;
    override(node, checkArithmetic(check), (ev, ast, ctx) =>
      withinRange(evaluate(ev, ast, ctx)),
    );
  }
  if (!checked) {
    postponeMistakes(node);
  }
}

/** The library's check may put its own evaluation in place, so ours is set again after it. */
function override(node: Node, check: Check, evaluate: Evaluate) {
  node.setMeta('evaluate', evaluate).setMeta('check', ((chk, ast, ctx) => {
    const type = check(chk, ast, ctx);
    ast.setMeta('evaluate', evaluate);
    return type;
  }) satisfies Check);
}

function equal(wanted: boolean): Evaluate {
  return (ev, { args }, ctx) =>
    celEquals(ev.run(args[0], ctx), ev.run(args[1], ctx)) === wanted;
}

function compare(holds: (order: number) => boolean): Evaluate {
  return (ev, { args }, ctx) =>
    holds(celCompare(ev.run(args[0], ctx), ev.run(args[1], ctx)));
}

function checkEquality(checked: boolean): Check {
  return (chk, ast, ctx) => {
    const [left, right] = sidesOf(chk, ast, ctx);
    if (
      checked &&
      !isOpen(left) &&
      !isOpen(right) &&
      !left.unify(chk.registry, right)
    ) {
      throw noOverload(chk, ast, left, right);
    }
    return chk.getType('bool');
  };
}

function checkOrder(checked: boolean): Check {
  return (chk, ast, ctx) => {
    const [left, right] = sidesOf(chk, ast, ctx);
    const areOrdered =
      (isOpen(left) && (isOpen(right) || hasOrder(right))) ||
      (isOpen(right) && hasOrder(left)) ||
      (NUMBERS.has(left.name) && NUMBERS.has(right.name)) ||
      (ORDERED.has(left.name) && left.name === right.name);
    if (checked && !areOrdered) {
      throw noOverload(chk, ast, left, right);
    }
    return chk.getType('bool');
  };
}

function hasOrder({ name }: Type): boolean {
  return NUMBERS.has(name) || ORDERED.has(name);
}

/** The library gives a sum the type of its first summand, also where a duration comes before a timestamp. */
function checkArithmetic(check: Check): Check {
  return (chk, ast, ctx) => {
    const operands: readonly Node[] = ast.op === '-_' ? [ast.args] : ast.args;
    if (operands.some(each => chk.check(each, ctx).kind === 'param')) {
      // What an empty literal would hold: there is nothing to compute, and no type to refuse.
      return chk.getType('dyn');
    }
    const type = check(chk, ast, ctx);
    if (ast.op !== '+') {
      return type;
    }
    const right = chk.check(ast.args[1], ctx);
    return right.name === 'google.protobuf.Timestamp' &&
      type.name === 'google.protobuf.Duration'
      ? right
      : type;
  };
}

function sidesOf(
  chk: Checker,
  { args }: Node,
  ctx: Parameters<Check>[2],
): readonly [Type, Type] {
  return [chk.check(args[0], ctx), chk.check(args[1], ctx)];
}

/** Whether only the run will tell what type it is. */
function isOpen(type: Type): boolean {
  return type.hasDynType || type.hasPlaceholderType;
}

function noOverload(chk: Checker, ast: Node, left: Type, right: Type): Error {
  return chk.createError(
    'no_such_overload',
    `no such overload: ${chk.formatType(left)} ${ast.op} ${chk.formatType(
      right,
    )}`,
    ast,
  );
}

/** What an empty literal or `optional.none()` holds has a type nobody knows yet; the library refuses it. */
function checkAccess(check: Check): Check {
  return (chk, ast, ctx) => {
    const left = chk.check(ast.args[0], ctx);
    const isOptional = left.kind === 'optional';
    const held = isOptional ? left.valueType : left;
    if (held.kind !== 'param') {
      return check(chk, ast, ctx);
    }
    try {
      check(chk, ast, ctx);
    } catch {
      // It has prepared the node; its complaint is about the type alone.
    }
    return chk.getType(
      isOptional || ast.op.endsWith('?') || ast.op === '[?]'
        ? 'optional<dyn>'
        : 'dyn',
    );
  };
}

/** A field of an optional is an optional; one of a value that has no fields is an error and not absent. */
function field(evaluate: Evaluate): Evaluate {
  return (ev, ast, ctx) => {
    if (ast.args[0].checkedType?.kind !== 'optional') {
      return evaluate(ev, ast, ctx);
    }
    const left = ev.run(ast.args[0], ctx);
    return left instanceof Optional
      ? optionalOf(left, ast.args[1])
      : evaluate(ev, ast, ctx);
  };
}

function isOptionalEntry({ op, args }: Node): boolean {
  return op === 'call' && args[0] === OPTIONAL_ENTRY;
}

function checkOptionalEntry(...[chk, { args }, ctx]: Parameters<Check>): Type {
  const type = chk.check(args[1][0], ctx);
  return type.kind === 'optional' ? type.valueType : type;
}

function checkMap(check: Check): Check {
  return (chk, ast, ctx) => {
    const type = check(chk, ast, ctx);
    return (ast.args as Node[][]).some(([key]) => isOptionalEntry(key))
      ? chk.getType('map')
      : type;
  };
}

function items(...[ev, { args }, ctx]: Parameters<Evaluate>): unknown[] {
  return (args as Node[]).flatMap(each => {
    const value = ev.run(each, ctx);
    return isOptionalEntry(each) ? presentValues(value) : [value];
  });
}

function entry(
  ev: Parameters<Evaluate>[0],
  key: Node,
  value: Node,
  ctx: Parameters<Evaluate>[2],
): readonly (readonly [unknown, unknown])[] {
  const name = ev.run(key, ctx);
  const member = ev.run(value, ctx);
  return isOptionalEntry(key)
    ? presentValues(member).map(each => [name, each] as const)
    : [[name, member]];
}

function presentValues(value: unknown): readonly unknown[] {
  if (!(value instanceof Optional)) {
    throw new EvaluationError('an entry with a question mark must be optional');
  }
  return value.hasValue() ? [value.value()] : [];
}

function element(...[ev, { args }, ctx]: Parameters<Evaluate>): unknown {
  const container = ev.run(args[0], ctx);
  const key = ev.run(args[1], ctx);
  if (container instanceof Optional) {
    return optionalOf(container, key);
  }
  const found = celElement(container, key);
  if (found === undefined) {
    throw new EvaluationError(`No such key: ${String(key)}`);
  }
  return found;
}

function optionalElement(
  ...[ev, { args }, ctx]: Parameters<Evaluate>
): Optional {
  return optionalOf(ev.run(args[0], ctx), ev.run(args[1], ctx));
}

function optionalOf(container: unknown, key: unknown): Optional {
  if (!(container instanceof Optional)) {
    return Optional.of(celElement(container, key));
  }
  return container.hasValue()
    ? Optional.of(celElement(container.value(), key))
    : container;
}

/** The largest integer's negative has no positive counterpart, so it is written as a minus before what is too large. */
function allowSmallestInteger(operand: Node) {
  if (operand.op === 'value' && operand.args === MAX_INT64 + 1n) {
    operand.setMeta('isNegated', true);
  }
}

function giveMacroMeaning(node: Node) {
  if (!node.meta.macro) {
    return;
  }
  if (node.op === 'call' && node.args[0] === 'has') {
    node.setMeta('macro', presence(node.args[1][0]));
  } else if (node.op === 'rcall' && node.args[0] === 'orValue') {
    node.setMeta('macro', alternative(node, 'value'));
  } else if (node.op === 'rcall' && node.args[0] === 'or') {
    node.setMeta('macro', alternative(node, 'optional'));
  }
}

/** `has(a.b)`: any expression may stand before the last point. */
function presence(selection: Node): Macro {
  return {
    typeCheck(chk, _macro, ctx) {
      if (selection.op !== '.' && selection.op !== '.?') {
        throw chk.createError(
          'invalid_macro_argument',
          'has() invalid argument: it asks for a field, as in has(a.b)',
          selection,
        );
      }
      const type = chk.check(selection.args[0], ctx);
      const held = type.kind === 'optional' ? type.valueType : type;
      if (held.kind !== 'param') {
        chk.checkAccessOnType(selection, ctx, held);
      }
      return chk.getType('bool');
    },
    evaluate(ev, _macro, ctx) {
      const found = ev.run(selection.args[0], ctx);
      if (!(found instanceof Optional)) {
        return celElement(found, selection.args[1]) !== undefined;
      }
      return (
        found.hasValue() &&
        celElement(found.value(), selection.args[1]) !== undefined
      );
    },
  };
}

/**
 * `orValue` and `or`. What is no optional is its own value, as in cel-go: policies ask a field that is there
 * for its alternative.
 */
function alternative(
  { args: [, receiver, [other]] }: Node,
  wanted: 'value' | 'optional',
): Macro {
  return {
    typeCheck(chk, _macro, ctx) {
      const type = chk.check(receiver, ctx);
      const otherType = chk.check(other, ctx);
      if (isOpen(type) && type.kind !== 'optional') {
        return chk.getType('dyn');
      }
      if (type.kind !== 'optional') {
        throw chk.createError(
          'optional_expected',
          `or() and orValue() need an optional, not ${chk.formatType(type)}`,
          receiver,
        );
      }
      const unified =
        wanted === 'value'
          ? type.valueType.unify(chk.registry, otherType)
          : type.unify(chk.registry, otherType);
      if (unified) {
        return unified;
      }
      throw chk.createError(
        'incompatible_argument_type',
        `the alternative is a ${chk.formatType(
          otherType,
        )}, not a ${chk.formatType(
          wanted === 'value' ? type.valueType : type,
        )}`,
        other,
      );
    },
    evaluate(ev, _macro, ctx) {
      const value = ev.run(receiver, ctx);
      if (!(value instanceof Optional)) {
        return value;
      }
      if (!value.hasValue()) {
        return ev.run(other, ctx);
      }
      return wanted === 'value' ? value.value() : value;
    },
  };
}

/** What would be refused when it is checked fails when it is run, so that `true || mistake` is true. */
function postponeMistakes(node: Node) {
  const { check } = node.meta;
  node.setMeta('check', ((chk, ast, ctx) => {
    switch (ast.op) {
      case '&&':
      case '||':
        override(ast, checkNothing, connect(ast.op === '||'));
        return ast.meta.check(chk, ast, ctx);
      case '?:':
        override(ast, checkNothing, choose);
        return ast.meta.check(chk, ast, ctx);
      default:
    }
    try {
      return check(chk, ast, ctx);
    } catch (error) {
      ast.setMeta('evaluate', () => {
        throw error;
      });
      return chk.getType('dyn');
    }
  }) satisfies Check);
}

function checkNothing(...[chk, { args }, ctx]: Parameters<Check>): Type {
  (args as Node[]).forEach(each => chk.check(each, ctx));
  return chk.getType('dyn');
}

function choose(...[ev, { args }, ctx]: Parameters<Evaluate>): unknown {
  const condition = ev.run(args[0], ctx);
  if (typeof condition !== 'boolean') {
    throw new EvaluationError('a condition must be bool');
  }
  return ev.run(args[condition ? 1 : 2], ctx);
}

/** One side that decides outweighs another that fails. */
function connect(decisive: boolean): Evaluate {
  return (ev, { args }, ctx) => {
    let mistake: unknown;
    for (const side of args as Node[]) {
      try {
        const value = ev.run(side, ctx);
        if (value === decisive) {
          return decisive;
        }
        if (typeof value !== 'boolean') {
          mistake ??= new EvaluationError('&& and || need bool');
        }
      } catch (error) {
        mistake ??= error;
      }
    }
    if (mistake) {
      throw mistake;
    }
    return !decisive;
  };
}
