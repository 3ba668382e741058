/**
 * The part of the CEL library's syntax tree that its types do not show, and that our own meaning of
 * operators hangs on. The version of the library is pinned; the conformance suite notices if it changes.
 */

export interface Type {
  readonly kind: string;
  readonly type: string;
  readonly name: string;
  readonly hasDynType: boolean;
  readonly hasPlaceholderType: boolean;
  readonly keyType: Type;
  readonly valueType: Type;
  unify(registry: unknown, other: Type): Type | null;
}

export interface Checker {
  readonly registry: unknown;
  check(node: Node, context: Context): Type;
  checkAccessOnType(node: Node, context: Context, type: Type): Type;
  getType(name: string): Type;
  formatType(type: Type): string;
  createError(code: string, message: string, node: Node): Error;
}

export interface Evaluator {
  run(node: Node, context: Context): unknown;
}

/** The variables in reach. */
export interface Context {
  forkWithVariable(name: string, type: Type): Context;
  reuse(parent: Context): Context;
  setIterValue(value: unknown, evaluator: Evaluator): Context;
}

export type Check = (checker: Checker, node: Node, context: Context) => Type;
export type Evaluate = (
  evaluator: Evaluator,
  node: Node,
  context: Context,
) => unknown;

/** A macro that runs itself, such as `has`. */
export interface Macro {
  typeCheck(checker: Checker, macro: Macro, context: Context): Type;
  evaluate(evaluator: Evaluator, macro: Macro, context: Context): unknown;
}

export interface Node {
  readonly op: string;
  readonly args: any;
  readonly checkedType?: Type;
  readonly meta: {
    readonly check: Check;
    readonly evaluate: Evaluate;
    /** What a macro is expanded to. */
    readonly alternate?: Node;
    readonly macro?: Macro;
    /** Ours: a minus stands before it. */
    readonly isNegated?: boolean;
  };
  setMeta(key: string, value: unknown): Node;
}

/** Every node once, those that macros are expanded to included. */
export function* nodesOf(root: unknown): Generator<Node> {
  const seen = new Set<object>();
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next !== 'object' || next === null || seen.has(next)) {
      continue;
    }
    seen.add(next);
    if (Array.isArray(next)) {
      pending.push(...next);
    } else if (isNode(next)) {
      pending.push(next.args, next.meta.alternate);
      yield next;
    } else {
      pending.push(...Object.values(next));
    }
  }
}

function isNode(value: object): value is Node {
  return 'op' in value && 'args' in value && 'range' in value;
}
