import { ASTNode, Environment } from '@marcbachmann/cel-js';
import {
  Activation,
  CompiledExpression,
  CompileOptions,
  ExpectedResult,
  PolicyCompileError,
  PolicyEngine,
  PolicyEvaluationError,
  StepBudget,
} from './engine';
import { registerKubernetesLibrary } from './kubernetesLibrary';
import { RegularExpressions, stepsOfMatch } from './regularExpressions';

const MAX_EXPRESSION_LENGTH = 10_000;
const PARSE_LIMITS = {
  maxAstNodes: 5_000,
  maxDepth: 64,
  maxListElements: 500,
  maxMapEntries: 500,
  maxCallArguments: 16,
};

const MAX_INT64 = 2 ** 63;

/** Names every expression may use besides `variables`. */
const DECLARED_NAMES = [
  'object',
  'oldObject',
  'request',
  'namespaceObject',
  'change',
] as const;

/** The engine's own function, renamed in the syntax tree: it will not let its built-ins be replaced. */
const GUARDED_METHODS = new Map([['matches', 'matchesInLinearTime']]);
const GUARDED_FUNCTIONS = new Map([['int', 'intWithin64Bits']]);

/**
 * CEL by `@marcbachmann/cel-js`, with three of its defaults replaced: regular expressions run on RE2 in
 * linear time, `int()` refuses what 64 bits cannot hold, and every turn of a macro costs a step.
 *
 * @public
 */
export class CelJsEngine implements PolicyEngine {
  readonly #environment: Environment;
  readonly #expressions = new RegularExpressions();
  // Evaluation is synchronous, so the one that runs now is the only one.
  #budget: StepBudget = new StepBudget(0);

  constructor() {
    this.#environment = registerKubernetesLibrary(
      new Environment({
        enableOptionalTypes: true,
        homogeneousAggregateLiterals: false,
        limits: PARSE_LIMITS,
      }),
    );
    this.#registerGuards(this.#environment);
    for (const name of DECLARED_NAMES) {
      this.#environment.registerVariable(name, 'dyn');
    }
  }

  compile(expression: string, options: CompileOptions): CompiledExpression {
    if (expression.length > MAX_EXPRESSION_LENGTH) {
      throw new PolicyCompileError(
        `an expression may have ${MAX_EXPRESSION_LENGTH} characters, not ${expression.length}`,
      );
    }
    const environment = this.#environment
      .clone()
      .registerVariable('variables', {
        schema: Object.fromEntries(
          options.variables.map(name => [name, 'dyn']),
        ),
      } as never);
    for (const name of options.names ?? []) {
      environment.registerVariable(name, 'dyn');
    }
    const program = parse(environment, expression);
    this.#guard(program.ast);
    const checked = program.check();
    if (!checked.valid) {
      throw new PolicyCompileError(
        checked.error?.message ?? 'the expression does not check',
      );
    }
    if (!mayYield(checked.type, options.expected)) {
      throw new PolicyCompileError(
        `the expression yields ${checked.type}, not ${options.expected}: ${expression}`,
      );
    }
    return {
      evaluate: activation =>
        this.#evaluate(program, activation, options.expected),
    };
  }

  #evaluate(
    program: (context: object) => unknown,
    activation: Activation,
    expected: ExpectedResult,
  ): unknown {
    this.#budget = activation.budget;
    let result: unknown;
    try {
      result = program({ ...activation.values });
    } catch (error) {
      activation.budget.check();
      throw error instanceof PolicyEvaluationError
        ? error
        : new PolicyEvaluationError(messageOf(error));
    }
    activation.budget.check();
    if (
      (expected === 'bool' && typeof result !== 'boolean') ||
      (expected === 'string' && typeof result !== 'string')
    ) {
      throw new PolicyEvaluationError(
        `the expression must yield ${expected}, but yielded ${typeof result}`,
      );
    }
    return result;
  }

  #registerGuards(environment: Environment) {
    const matches = (text: string, pattern: string) => {
      this.#budget.spend(stepsOfMatch(text, pattern));
      return this.#expressions.test(text, pattern);
    };
    const synchronous = { async: false };
    environment
      .registerFunction(
        'string.matchesInLinearTime(string): bool',
        matches,
        synchronous,
      )
      .registerFunction('matches(string, string): bool', matches, synchronous)
      .registerFunction(
        'intWithin64Bits(int): int',
        (value: bigint) => value,
        synchronous,
      )
      .registerFunction('intWithin64Bits(uint): int', uintToInt, synchronous)
      .registerFunction(
        'intWithin64Bits(double): int',
        doubleToInt,
        synchronous,
      )
      .registerFunction(
        'intWithin64Bits(string): int',
        stringToInt,
        synchronous,
      )
      .registerFunction(
        'intWithin64Bits(google.protobuf.Timestamp): int',
        (instant: Date) => BigInt(Math.floor(instant.getTime() / 1000)),
        synchronous,
      );
  }

  #guard(root: ASTNode) {
    for (const node of nodesOf(root)) {
      if (node.op === 'rcall') {
        this.#compileLiteralPattern(node.args[0], node.args[2][0]);
        rename(node.args, GUARDED_METHODS);
      } else if (node.op === 'call') {
        this.#compileLiteralPattern(node.args[0], node.args[1][1]);
        rename(node.args, GUARDED_FUNCTIONS);
      } else if (isLoop(node)) {
        this.#countTurns(node);
      }
    }
  }

  /** A pattern that stands in the policy is tried at load, not first on somebody's change. */
  #compileLiteralPattern(name: string, pattern: ASTNode | undefined) {
    if (
      name === 'matches' &&
      pattern?.op === 'value' &&
      typeof pattern.args === 'string'
    ) {
      try {
        this.#expressions.compile(pattern.args);
      } catch (error) {
        throw new PolicyCompileError(
          `invalid regular expression '${pattern.args}': ${messageOf(error)}`,
        );
      }
    }
  }

  #countTurns(loop: Loop) {
    const original = loop.args.condition;
    loop.args.condition = accumulated => {
      this.#budget.spend(1);
      return original ? original(accumulated) : true;
    };
  }
}

/**
 * What `all`, `map`, … are expanded to. It is not in the library's types, which is why the version is
 * pinned and a test holds that a nested loop over a long list is stopped.
 */
interface Loop {
  readonly op: 'comprehension';
  readonly args: { condition?: (accumulated: unknown) => boolean };
}

function isLoop(node: unknown): node is Loop {
  return (node as Loop).op === 'comprehension';
}

/** Every node once, those that macros are expanded to included. */
function* nodesOf(root: ASTNode): Generator<ASTNode> {
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
      pending.push(next.args, next.meta?.alternate);
      yield next;
    } else {
      pending.push(...Object.values(next));
    }
  }
}

function isNode(
  value: object,
): value is ASTNode & { meta?: { alternate?: unknown } } {
  return 'op' in value && 'args' in value && 'range' in value;
}

/**
 * In place: printing the tree and parsing it again would lose the brackets of `a - (b - c)`, which the
 * library's printer drops, and with them the meaning.
 */
function rename(args: readonly unknown[], names: ReadonlyMap<string, string>) {
  const guarded = names.get(args[0] as string);
  if (guarded) {
    (args as unknown[])[0] = guarded;
  }
}

function parse(environment: Environment, expression: string) {
  try {
    return environment.parse(expression);
  } catch (error) {
    throw new PolicyCompileError(messageOf(error));
  }
}

function mayYield(type: string | undefined, expected: ExpectedResult): boolean {
  return (
    expected === 'any' ||
    type === undefined ||
    type === expected ||
    type.startsWith('dyn')
  );
}

function doubleToInt(value: number): bigint {
  if (!Number.isFinite(value) || value >= MAX_INT64 || value < -MAX_INT64) {
    throw new PolicyEvaluationError(`int() of ${value}: integer overflow`);
  }
  return BigInt(Math.trunc(value));
}

function uintToInt(value: { valueOf(): bigint }): bigint {
  const integer = value.valueOf();
  if (BigInt.asIntN(64, integer) !== integer) {
    throw new PolicyEvaluationError(`int() of ${integer}: integer overflow`);
  }
  return integer;
}

function stringToInt(text: string): bigint {
  if (!/^[+-]?\d{1,19}$/.test(text)) {
    throw new PolicyEvaluationError(
      `int() of '${text.slice(0, 30)}': not an integer`,
    );
  }
  return uintToInt(BigInt(text));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
