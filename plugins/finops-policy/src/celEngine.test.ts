import { CelJsEngine } from './celEngine';
import { toCelValue } from './celValue';
import {
  PolicyCompileError,
  PolicyEvaluationError,
  StepBudget,
} from './engine';

const AMPLE_STEPS = 50_000;

function run(
  expression: string,
  object: unknown = {},
  steps = AMPLE_STEPS,
): unknown {
  return new CelJsEngine()
    .compile(expression, { variables: [], expected: 'any' })
    .evaluate({
      values: { object: toCelValue(object), oldObject: null },
      budget: new StepBudget(steps),
    });
}

const workload = {
  metadata: {
    name: 'shop',
    labels: { tier: 'web', constructor: 'kept', 'a/b': 'c' },
    annotations: null,
  },
  spec: {
    replicas: 3,
    ratio: 0.5,
    containers: [
      {
        name: 'app',
        resources: {
          requests: { cpu: '250m', memory: '1Gi' },
          limits: { memory: '1024Mi' },
        },
      },
      { name: 'sidecar', resources: { requests: { cpu: 1 } } },
    ],
  },
};

describe('CelJsEngine', () => {
  it.each([
    ['object.spec.replicas == 3 && type(object.spec.replicas) == int', true],
    ['object.spec.ratio < 1', true],
    ['double(object.spec.replicas) * 0.5 == 1.5', true],
    ['object.metadata.?labels[?"a/b"].orValue("") == "c"', true],
    ['object.spec.?missing.orValue(1) == 1', true],
    ['has(object.metadata.annotations)', false],
    [
      '"constructor" in object.metadata.labels && !("toString" in object.metadata.labels)',
      true,
    ],
    ['object.metadata.labels.exists(key, key == "tier")', true],
    ['oldObject == null', true],
    ['object.spec.replicas == "3"', false],
    ['object.spec.containers.map(c, c.name) == ["app", "sidecar"]', true],
    ['object.spec.replicas - (object.spec.replicas - 1) == 1', true],
    ['int("42") + int(2.9) + int(1u) == 45', true],
    [
      '[3, 1, 2].max() - [3, 1, 2].min() + [1, 2].sum() == 5 && [1, 2, 3].isSorted()',
      true,
    ],
    [
      '"a-b-c".replace("-", "+") + "abc".reverse() + "abc".charAt(1) == "a+b+ccbab"',
      true,
    ],
  ])('computes %s', (expression, expected) => {
    expect(run(expression, workload)).toBe(expected);
  });

  it.each([
    ['quantity("1024Mi") == quantity("1Gi")', true],
    ['quantity("1024Mi") != quantity("1Gi")', false],
    ['quantity("250m").isLessThan(quantity("1"))', true],
    ['quantity("2").isGreaterThan(quantity("1500m"))', true],
    ['quantity("1").compareTo(quantity("1000m")) == 0', true],
    [
      'quantity("1").add(quantity("500m")).sub(1).asApproximateFloat() == 0.5',
      true,
    ],
    [
      'quantity("50k").isInteger() && quantity("50k").asInteger() == 50000',
      true,
    ],
    ['quantity("-1").sign() == -1', true],
    ['isQuantity("1.3Gi") && !isQuantity("1,3Gi")', true],
    [
      'object.spec.containers.all(c, quantity(c.resources.requests.cpu).compareTo(quantity("2")) < 0)',
      true,
    ],
    [
      'quantity(object.spec.containers[0].resources.limits.memory) == quantity("1Gi")',
      true,
    ],
  ])('knows quantities: %s', (expression, expected) => {
    expect(run(expression, workload)).toBe(expected);
  });

  it.each([
    ['quantity("x") == quantity("1")', 'not a Kubernetes quantity'],
    ['quantity("1500m").asInteger() == 1', 'not a whole number'],
    ['object.spec.nothing == 1', 'No such key'],
    ['object.spec.replicas * 0.5 > 1.0', 'no such overload'],
    ['int(1e99) > 0', 'overflow'],
    ['int("9223372036854775808") > 0', 'overflow'],
    ['9223372036854775807 + object.spec.replicas > 0', 'overflow'],
    ['["a", 1].max() == 1', 'one type'],
    ['"x".matches(object.metadata.name + "(")', 'missing closing'],
  ])('fails rather than guesses: %s', (expression, reason) => {
    expect(() => run(expression, workload)).toThrow(new RegExp(reason));
    expect(() => run(expression, workload)).toThrow(PolicyEvaluationError);
  });

  it.each([
    ['object.spec.replicas >', 'Unexpected'],
    ['objct.spec.replicas > 1', 'Unknown variable: objct'],
    ['params.limit > 1', 'Unknown variable: params'],
    ['variables.limit > 1', 'No such key: limit'],
    ['object.name.findLast("a") == "a"', 'no matching overload'],
    ['object.name.find("(") == "a"', 'invalid regular expression'],
    ['object.name.matches("(")', 'invalid regular expression'],
    ['has(object.list[0])', 'has\\(\\) invalid argument'],
    [`${'('.repeat(100)}true${')'.repeat(100)}`, 'Exceeded'],
    [`[${'1,'.repeat(600)}1].size() > 0`, 'Exceeded'],
    [`"${'x'.repeat(10_001)}" == ""`, '10000 characters'],
  ])('finds the mistake when it compiles: %s', (expression, reason) => {
    const compile = () =>
      new CelJsEngine().compile(expression, {
        variables: ['other'],
        expected: 'bool',
      });
    expect(compile).toThrow(PolicyCompileError);
    expect(compile).toThrow(new RegExp(reason));
  });

  it('holds an expression to the type that is expected', () => {
    const engine = new CelJsEngine();
    expect(() =>
      engine.compile('1 + 1', { variables: [], expected: 'bool' }),
    ).toThrow('yields int, not bool');
    const unknownType = engine.compile('object.spec.replicas', {
      variables: [],
      expected: 'bool',
    });
    expect(() =>
      unknownType.evaluate({
        values: { object: toCelValue(workload) },
        budget: new StepBudget(10),
      }),
    ).toThrow('must yield bool');
  });

  // JavaScript's own engine needs minutes for these; a test that hangs is the failure.
  it.each([
    'object.text.matches("^(a+)+$")',
    'matches(object.text, "^(a+)+$")',
    '[object.text].exists(t, t.matches("^(a+)+$"))',
    '[[object.text]].all(l, l.map(t, t.matches("^(a|a)*$")) == [true])',
    '[object.text].map(t, t.matches("^(a+)+$"), t) != []',
    'cel.bind(t, object.text, {"k": t.matches("^(a+)+$")}.k)',
    'object.?text.orValue("").matches("(x+x+)+y")',
    '(object.text == "" ? "" : object.text).matches("^(a+)+$") ? true : !object.text.matches("^(a+)+$")',
  ])('matches regular expressions in linear time: %s', expression => {
    expect(typeof run(expression, { text: `${'a'.repeat(40)}!` })).toBe(
      'boolean',
    );
  });

  it('stops regular expressions that would compare too much', () => {
    expect(() =>
      run(
        `object.text.matches("(a?){500}b")`,
        { text: 'a'.repeat(1_000_000) },
        1_000,
      ),
    ).toThrow('more than 1000 evaluation steps');
  });

  describe('stops loops that would never end', () => {
    const list = Array.from({ length: 1_000 }, (_, index) => index);
    it.each([
      'object.l.all(a, object.l.all(b, object.l.all(c, a + b + c >= 0)))',
      'object.l.exists(a, object.l.exists(b, object.l.exists(c, a + b + c < 0)))',
      'object.l.map(a, object.l.map(b, object.l.map(c, a))).size() > 0',
      'object.l.filter(a, object.l.filter(b, object.l.exists_one(c, c == a)).size() > 0).size() > 0',
      // The first operand runs out of steps and `||` takes the second: still no answer.
      'object.l.all(a, object.l.all(b, object.l.all(c, true))) || true',
      'object.l.exists(a, object.l.all(b, object.l.all(c, true)) || a == 999)',
    ])('%s', expression => {
      expect(() => run(expression, { l: list })).toThrow(
        'more than 50000 evaluation steps',
      );
    });
  });

  it('starts each run with the budget it is given', () => {
    const expression = new CelJsEngine().compile('[1, 2, 3].all(n, n > 0)', {
      variables: [],
      expected: 'bool',
    });
    for (let round = 0; round < 3; round++) {
      expect(
        expression.evaluate({ values: {}, budget: new StepBudget(3) }),
      ).toBe(true);
      expect(() =>
        expression.evaluate({ values: {}, budget: new StepBudget(2) }),
      ).toThrow('steps');
    }
  });
});
