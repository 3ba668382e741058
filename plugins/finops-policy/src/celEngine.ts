import { Environment } from '@marcbachmann/cel-js';
import { CONVERSION_FUNCTIONS, registerConversions } from './celConversions';
import { Node, nodesOf } from './celNodes';
import { giveMeaning } from './celSemantics';
import { readableSource } from './celSource';
import { registerTime, TIME_FUNCTIONS, TIME_METHODS } from './celTime';
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
import { findMatches } from './findMatches';
import { LIBRARY_METHODS, registerLibrary } from './library';
import { RegularExpressions, stepsOfMatch } from './regularExpressions';

const MAX_ENVIRONMENTS = 100;
const MAX_EXPRESSION_LENGTH = 10_000;
const PARSE_LIMITS = {
  maxAstNodes: 5_000,
  maxDepth: 64,
  maxListElements: 500,
  maxMapEntries: 500,
  maxCallArguments: 16,
};

/** Names every expression may use besides `variables`. */
const DECLARED_NAMES = [
  'object',
  'oldObject',
  'request',
  'namespaceObject',
  'change',
  'plan',
  'team',
] as const;

/**
 * What stands before the name of a function of ours that takes the place of one of the library's: it will
 * not let its built-ins be replaced, so calls are renamed in the syntax tree.
 */
const OWN = 'own_';
/** Their argument is a regular expression. */
const PATTERN_FUNCTIONS = new Set(['matches', 'find', 'findAll']);
const OWN_METHODS = new Set(['matches', ...TIME_METHODS, ...LIBRARY_METHODS]);
const OWN_FUNCTIONS = new Set([
  'matches',
  ...CONVERSION_FUNCTIONS,
  ...TIME_FUNCTIONS,
]);

/**
 * CEL by `@marcbachmann/cel-js`, with its meaning brought to the specification's: regular expressions run on
 * RE2 in linear time, numbers stay within their types, equality is the language's own, `has()` takes any
 * selection; and every turn of a macro costs a step.
 *
 * @public
 */
export class CelJsEngine implements PolicyEngine {
  readonly #environment: Environment;
  readonly #environments = new Map<string, Environment>();
  readonly #expressions = new RegularExpressions();
  // Evaluation is synchronous, so the one that runs now is the only one.
  #budget: StepBudget = new StepBudget(0);

  constructor() {
    this.#environment = new Environment({
      enableOptionalTypes: true,
      homogeneousAggregateLiterals: false,
      limits: PARSE_LIMITS,
    });
    this.#registerFunctions(this.#environment);
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
    const environment = this.#environmentOf(options);
    const program = this.#parse(environment, expression, options);
    const checked = program.check();
    if (!checked.valid) {
      throw new PolicyCompileError(messageOf(checked.error));
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

  /** Declaring names makes the library index its functions anew, so those of a policy are declared once. */
  #environmentOf({ variables, names = [] }: CompileOptions): Environment {
    const key = JSON.stringify([variables, names]);
    const known = this.#environments.get(key);
    if (known) {
      return known;
    }
    const environment = this.#environment
      .clone()
      .registerVariable('variables', {
        schema: Object.fromEntries(variables.map(name => [name, 'dyn'])),
      } as never);
    for (const name of names) {
      environment.registerVariable(name, 'dyn');
    }
    if (this.#environments.size >= MAX_ENVIRONMENTS) {
      this.#environments.clear();
    }
    this.#environments.set(key, environment);
    return environment;
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

  #registerFunctions(environment: Environment) {
    const matches = (text: string, pattern: string) => {
      this.#budget.spend(stepsOfMatch(text, pattern));
      return this.#expressions.test(text, pattern);
    };
    const synchronous = { async: false };
    environment
      .registerFunction(
        `string.${OWN}matches(string): bool`,
        matches,
        synchronous,
      )
      .registerFunction(
        `${OWN}matches(string, string): bool`,
        matches,
        synchronous,
      );
    const findAll = (text: string, pattern: string, limit: number) =>
      findMatches(this.#expressions.compile(pattern), text, limit, steps =>
        this.#budget.spend(steps),
      );
    environment
      .registerFunction(
        'string.find(string): string',
        (text: string, pattern: string) => findAll(text, pattern, 1)[0] ?? '',
        synchronous,
      )
      .registerFunction(
        'string.findAll(string): list<string>',
        (text: string, pattern: string) => findAll(text, pattern, Infinity),
        synchronous,
      )
      .registerFunction(
        'string.findAll(string, int): list<string>',
        (text: string, pattern: string, limit: bigint) =>
          findAll(text, pattern, limit < 0n ? Infinity : Number(limit)),
        synchronous,
      );
    registerLibrary({
      environment,
      prefix: OWN,
      spend: steps => this.#budget.spend(steps),
    });
    registerConversions(environment, OWN);
    registerTime(environment, OWN);
  }

  #parse(
    environment: Environment,
    expression: string,
    { checked = true }: CompileOptions,
  ) {
    try {
      const { text, quotedFields } = readableSource(expression);
      const program = environment.parse(text);
      for (const node of nodesOf(program.ast)) {
        unquote(node, quotedFields);
        if (node.op === 'rcall') {
          this.#compileLiteralPattern(node.args[0], node.args[2][0]);
          rename(node, OWN_METHODS);
        } else if (node.op === 'call') {
          this.#compileLiteralPattern(node.args[0], node.args[1][1]);
          rename(node, OWN_FUNCTIONS);
        } else if (node.op === 'comprehension') {
          this.#countTurns(node);
        }
        giveMeaning(node, checked);
      }
      return program;
    } catch (error) {
      throw new PolicyCompileError(messageOf(error));
    }
  }

  /** A pattern that stands in the policy is tried at load, not first on somebody's change. */
  #compileLiteralPattern(name: string, pattern: Node | undefined) {
    if (
      PATTERN_FUNCTIONS.has(name) &&
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

  /** What `all`, `map`, … are expanded to asks before each turn whether to go on. */
  #countTurns(loop: Node) {
    const original = loop.args.condition;
    loop.args.condition = (accumulated: unknown) => {
      this.#budget.spend(1);
      return original ? original(accumulated) : true;
    };
  }
}

function unquote(node: Node, quotedFields: ReadonlyMap<string, string>) {
  if (node.op === '.' || node.op === '.?') {
    node.args[1] = quotedFields.get(node.args[1]) ?? node.args[1];
  }
}

/**
 * In place: printing the tree and parsing it again would lose the brackets of `a - (b - c)`, which the
 * library's printer drops, and with them the meaning.
 */
function rename({ args }: Node, names: ReadonlySet<string>) {
  if (names.has(args[0])) {
    args[0] = `${OWN}${args[0]}`;
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

/** Without our own prefix of names: the author of the policy has not written it. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(OWN, '');
}
