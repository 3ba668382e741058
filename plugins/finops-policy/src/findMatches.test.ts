import { RE2JS } from '@bufbuild/re2';
import fc from 'fast-check';
import { CelJsEngine } from './celEngine';
import { StepBudget } from './engine';
import { findMatches } from './findMatches';

function find(pattern: string, text: string, limit = Infinity) {
  return findMatches(RE2JS.compile(pattern), text, limit, () => {});
}

// Go's own answers for regexp.FindAllString.
it.each([
  ['a*', 'baab', ['', 'aa', '']],
  ['', 'ab', ['', '', '']],
  ['a|ab', 'ab', ['a']],
  ['ab|a', 'ab', ['ab']],
  ['a+?', 'aaa', ['a', 'a', 'a']],
  ['\\bfoo\\b', 'foo food foo', ['foo', 'foo']],
  ['(?m)^.$', 'a\nb\nc', ['a', 'b', 'c']],
  ['^.$', 'a\nb', []],
  ['(?i)CPU', 'cpu Cpu', ['cpu', 'Cpu']],
  ['.', '😀é', ['😀', 'é']],
  ['[0-9]+', 'v1.22.333', ['1', '22', '333']],
  ['z', 'abc', []],
])('finds %j in %j', (pattern, text, expected) => {
  expect(find(pattern, text)).toEqual(expected);
});

it('finds what a backtracking engine finds', () => {
  const atom = fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]');
  const repeated = fc
    .tuple(atom, fc.constantFrom('', '+', '?', '*', '+?', '*?', '??', '{1,2}'))
    .map(parts => parts.join(''));
  // Every branch begins with a character: engines differ in how they repeat nothing.
  const branch = fc
    .tuple(atom, fc.array(repeated, { maxLength: 3 }))
    .map(([first, rest]) => first + rest.join(''));
  const group = fc
    .tuple(
      fc.array(branch, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('', '+', '?', '*', '+?'),
    )
    .map(([branches, quantifier]) => `(${branches.join('|')})${quantifier}`);
  const pattern = fc
    .array(fc.oneof(repeated, group, fc.constantFrom('\\b', '^', '$')), {
      minLength: 1,
      maxLength: 4,
    })
    .map(parts => parts.join(''));
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', 'c', ' '),
    maxLength: 12,
  });
  fc.assert(
    fc.property(pattern, text, (expression, value) => {
      const expected = value.match(new RegExp(expression, 'g')) ?? [];
      // Empty parts beside others are counted differently.
      expect(find(expression, value).filter(Boolean)).toEqual(
        expected.filter(Boolean),
      );
    }),
    { numRuns: 2_000 },
  );
});

function run(expression: string, text: string, steps: number) {
  return new CelJsEngine()
    .compile(expression, { variables: [], expected: 'any' })
    .evaluate({
      values: { object: new Map([['text', text]]) },
      budget: new StepBudget(steps),
    });
}

it('gives policies find and findAll', () => {
  expect(
    run("object.text.find('[0-9]+') + object.text.find('x')", 'a12b3', 100),
  ).toBe('12');
  expect(run("object.text.findAll('[0-9]')", 'a12b3', 100)).toEqual([
    '1',
    '2',
    '3',
  ]);
  expect(run("object.text.findAll('[0-9]', 2)", 'a12b3', 100)).toEqual([
    '1',
    '2',
  ]);
});

it.each([
  // Each of the parts looks at the whole rest of the text first.
  ["object.text.findAll('a.*b|a').size()", 'a'.repeat(20_000)],
  ["object.text.find('(a?){400}b')", 'a'.repeat(20_000)],
])('stops %s when it takes too long', (expression, text) => {
  const start = performance.now();
  expect(() => run(expression, text, 500)).toThrow(
    'more than 500 evaluation steps',
  );
  expect(performance.now() - start).toBeLessThan(5_000);
});
