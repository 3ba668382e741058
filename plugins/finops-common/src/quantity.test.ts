import fc from 'fast-check';
import { Quantity, QuantityError } from './quantity';

describe('Quantity', () => {
  it.each([
    ['250m', 0.25],
    ['1', 1],
    ['0.5', 0.5],
    ['.5', 0.5],
    ['1.', 1],
    ['+3', 3],
    ['-2k', -2000],
    ['1e3', 1000],
    ['1E3', 1000],
    ['1E', 1e18],
    ['5e-3', 0.005],
    ['1Ki', 1024],
    ['1.5Gi', 1.5 * 1024 ** 3],
    ['128Mi', 128 * 1024 ** 2],
    ['128M', 128e6],
    ['100n', 1e-7],
  ])('reads %s', (text, units) => {
    expect(Quantity.parse(text).asApproximateFloat()).toBe(units);
  });

  it.each([
    '',
    '1 Gi',
    'Gi',
    '1KI',
    '1.2.3',
    'abc',
    '1e',
    '--1',
    '0x10',
    '.',
    '1'.repeat(65),
    '١',
  ])('refuses %j', text => {
    expect(() => Quantity.parse(text)).toThrow(QuantityError);
  });

  it('compares across suffixes exactly, where doubles cannot', () => {
    expect(Quantity.parse('1024Mi').compare(Quantity.parse('1Gi'))).toBe(0);
    expect(
      Quantity.parse('9007199254740993').compare(
        Quantity.parse('9007199254740992'),
      ),
    ).toBe(1);
    expect(Quantity.parse('1000m').compare(Quantity.parse('1'))).toBe(0);
  });

  it('rounds fractions below a billionth away from zero and caps at 2^63-1', () => {
    expect(Quantity.parse('0.1n').compare(Quantity.parse('1n'))).toBe(0);
    expect(Quantity.parse('-0.1n').compare(Quantity.parse('-1n'))).toBe(0);
    expect(Quantity.parse('100E').asInteger()).toBe(2n ** 63n - 1n);
    expect(Quantity.parse('1e999').asInteger()).toBe(2n ** 63n - 1n);
  });

  it('keeps order, and undoes an addition by a subtraction', () => {
    const text = fc
      .tuple(
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        fc.constantFrom('m', '', 'k', 'Mi', 'G'),
      )
      .map(([digits, suffix]) => `${digits}${suffix}`);
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [left, right] = [Quantity.parse(a), Quantity.parse(b)];
        expect(left.add(right).subtract(right).compare(left)).toBe(0);
        expect(left.compare(right)).toBe(
          Math.sign(left.asApproximateFloat() - right.asApproximateFloat()),
        );
        expect(left.subtract(right).sign()).toBe(left.compare(right));
      }),
    );
  });
});
