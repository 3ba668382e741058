import fc from 'fast-check';
import { CelJsEngine } from './celEngine';
import { celCompare, celEquals } from './celOperations';
import { readableSource } from './celSource';
import { toCelValue } from './celValue';
import { PolicyCompileError, StepBudget } from './engine';

const engine = new CelJsEngine();

function run(expression: string, object: unknown = {}): unknown {
  return engine
    .compile(expression, { variables: [], expected: 'any' })
    .evaluate({
      values: { object: toCelValue(object) },
      budget: new StepBudget(10_000),
    });
}

const INT64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

it('computes whole numbers exactly or not at all', () => {
  const edges = fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, -1n, 0n, 1n);
  const operand = fc.oneof(INT64, edges, fc.bigInt({ min: -9n, max: 9n }));
  const operations: Record<string, (a: bigint, b: bigint) => bigint> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
    '%': (a, b) => a % b,
  };
  fc.assert(
    fc.property(
      operand,
      operand,
      fc.constantFrom(...Object.keys(operations)),
      (a, b, operator) => {
        const compute = () => run(`object.a ${operator} object.b`, { a, b });
        let exact: bigint | undefined;
        try {
          exact = operations[operator](a, b);
        } catch {
          // Division by zero.
        }
        if (exact === undefined || BigInt.asIntN(64, exact) !== exact) {
          expect(compute).toThrow(/overflow|by zero/);
        } else {
          expect(compute()).toBe(exact);
        }
      },
    ),
  );
});

it('has an equality that is one, and an order that agrees with it', () => {
  const scalar = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom(0.5, 1.5),
    fc.constantFrom('', 'a', 'b'),
    fc.boolean(),
  );
  const value = fc
    .letrec(tie => ({
      value: fc.oneof(
        { maxDepth: 2 },
        scalar,
        fc.array(tie('value'), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom('a', 'b'), tie('value'), { maxKeys: 2 }),
      ),
    }))
    .value.map(toCelValue);
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(celEquals(a, a)).toBe(true);
      expect(celEquals(a, b)).toBe(celEquals(b, a));
    }),
  );
  fc.assert(
    fc.property(scalar.map(toCelValue), scalar.map(toCelValue), (a, b) => {
      let order: number;
      try {
        order = celCompare(a, b);
      } catch {
        expect(celEquals(a, b)).toBe(false);
        return;
      }
      expect(order === 0).toBe(celEquals(a, b));
      expect(Math.sign(celCompare(b, a))).toBe(-Math.sign(order) + 0);
    }),
  );
});

it('orders texts as their UTF-8 bytes', () => {
  const text = fc.string({ unit: 'binary', maxLength: 4 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(celCompare(a, b))).toBe(
        Buffer.compare(Buffer.from(a), Buffer.from(b)),
      );
    }),
  );
});

it('leaves what the parser reads as it is', () => {
  fc.assert(
    fc.property(fc.string(), text => {
      const literal = JSON.stringify(text);
      const source = `object.a[0].b != ${literal} && 1.5 > .5 // ${literal}`;
      expect(readableSource(source).text).toBe(source.replace(' .5', ' 0.5'));
      expect(run(`${literal}`)).toBe(text);
    }),
  );
});

it('does not lose its way in texts of three quotes', () => {
  const text = '"""a \\""" [?b] .5 \\\\"""';
  expect(readableSource(`${text} == .5`).text).toBe(`${text} == 0.5`);
});

it.each([
  ["object.labels.`app.kubernetes.io/name` == 'shop'", true],
  ['has(object.labels.`app.kubernetes.io/name`)', true],
  ['has(object.labels.`none/there`)', false],
  ["object.labels.?`none/there`.orValue('x') == 'x'", true],
  // A field that is there has no need of its alternative.
  ['object.list.orValue([]) == [1, 2, 3]', true],
  ['has(object.list.filter(n, n > 1)[0].x) || true', true],
  ['object.?list[0].orValue(5) == 1', true],
  ['object.list[?7].orValue(5) == 5', true],
  ['2.0 in object.list', true],
  ['object.list == [1.0, 2.0, 3.0]', true],
  ["{1: 'a', '1': 'b'}[1] == 'a'", true],
  ["{'__proto__': 1, 'constructor': 2}.size() == 2", true],
  ["b'\\xff' > b'a' && br'\\d' == b'\\\\d'", true],
  ['object.missing.x == 1 || object.list.size() == 3', true],
  [
    "string(timestamp('2024-03-31T01:30:00Z') + duration('90m'))",
    '2024-03-31T03:00:00Z',
  ],
  ["string(duration('-1.5s')) + string(duration('2h'))", '-1.5s7200s'],
  // An hour that Berlin's clock of that day does not have: the zone is not read by way of ours.
  ["timestamp('2024-03-31T01:30:00Z').getHours('Europe/Berlin')", 3n],
  ["timestamp('2024-12-31T23:30:00Z').getDayOfYear('Asia/Tokyo')", 0n],
  ["timestamp('2024-12-31T23:30:00Z').getDayOfYear()", 365n],
  ["timestamp('2024-07-01T22:30:00Z').getDayOfWeek('+02:00')", 2n],
  ["duration('90m').getHours()", 1n],
  ["duration('1.25s').getMilliseconds()", 250n],
])('computes %s', (expression, expected) => {
  const object = {
    labels: { 'app.kubernetes.io/name': 'shop' },
    list: [1, 2, 3],
  };
  expect(run(expression, object)).toBe(expected);
});

it.each([
  ['{1: 1, 1u: 2}', 'repeated key'],
  ['{1.5: 1}', 'unsupported key'],
  ['object[0]', 'No such key'],
  ['[?object]', 'must be optional'],
  ['optional.of(dyn(1)).a', 'no such overload'],
  ["timestamp('2024-01-01')", 'RFC 3339'],
  ["timestamp('2024-01-01T00:00:00Z').getHours('Nowhere/Town')", 'time zone'],
  ["duration('1 hour')", 'no duration'],
  ["duration('9223372037s')", 'duration overflow'],
  ["timestamp('9999-12-31T23:59:59Z') + duration('1s')", 'timestamp overflow'],
  ["string(b'\\xff')", 'UTF-8'],
  ['int(-9223372036854775808.0)', 'overflow'],
])('fails rather than guesses: %s', (expression, reason) => {
  expect(() => run(expression)).toThrow(reason);
});

it('counts the turns of loops over two variables', () => {
  const list = Array.from({ length: 200 }, (_, index) => index);
  expect(() =>
    run('object.l.all(i, a, object.l.all(j, b, i >= 0))', { l: list }),
  ).toThrow('more than 10000 evaluation steps');
});

it.each([
  ['9223372036854775808', '64 bits'],
  ['1 == "a"', 'no such overload'],
  ['1 < "a"', 'no such overload'],
  ['`a`.b', 'after a point'],
  ['has(object)', 'has\\(\\) invalid argument'],
  ['"a".orValue("b")', 'need an optional'],
  ['optional.of(1).orValue("b")', 'the alternative is a string, not a int'],
  ['timestamps("x")', "'timestamps\\(string\\)'"],
])('finds the mistake when it compiles: %s', (expression, reason) => {
  expect(() => run(expression)).toThrow(PolicyCompileError);
  expect(() => run(expression)).toThrow(new RegExp(reason));
});
