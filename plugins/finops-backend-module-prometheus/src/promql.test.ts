import fc from 'fast-check';
import { oneOf, quote } from './promql';

/** What a PromQL parser makes of a double-quoted literal. */
function unquote(literal: string): string {
  return literal
    .slice(1, -1)
    .replace(/\\(n|.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
}

describe('promql', () => {
  it('quotes any text so that it reads back and cannot end the literal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const literal = quote(text);
        expect(unquote(literal)).toBe(text);
        expect(literal.slice(1, -1).replace(/\\./g, '')).not.toMatch(/["\n]/);
      }),
    );
  });

  it('matches exactly the listed values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string(), { minLength: 1 }),
        fc.string(),
        (values, other) => {
          const pattern = new RegExp(
            `^(?:${unquote(oneOf('name', values).slice('name=~'.length))})$`,
            's',
          );
          for (const value of values) {
            expect(pattern.test(value)).toBe(true);
          }
          expect(pattern.test(other)).toBe(values.includes(other));
        },
      ),
    );
    expect(oneOf('pod', ['a.b', 'a"b'])).toBe('pod=~"a\\\\.b|a\\"b"');
  });
});
