import { findPeriod } from './season';
import { toHourly } from './toHourly';

const series = (n: number, value: (i: number) => number) =>
  Float64Array.from({ length: n }, (_, i) => value(i));
const ripple = (i: number) => {
  const mixed = Math.sin(i * 12.9898 + 3) * 43_758.5453;
  return (mixed - Math.floor(mixed)) * 0.5;
};

describe('findPeriod', () => {
  it('finds weeks in days, days in hours, and weeks in hours where they differ from days', () => {
    expect(findPeriod(series(35, i => (i % 7 >= 5 ? 4 : 10) + ripple(i)))).toBe(
      7,
    );
    expect(
      findPeriod(
        series(14 * 24, i => 5 * Math.sin((i / 24) * 2 * Math.PI) + ripple(i)),
      ),
    ).toBe(24);
    const weekly = (i: number) =>
      (Math.floor(i / 24) % 7 >= 5 ? 0.2 : 1) *
      (6 + 5 * Math.sin((i / 24) * 2 * Math.PI));
    expect(findPeriod(series(28 * 24, weekly))).toBe(168);
  });

  it('is not fooled by noise, trends, steps, constants, gaps or wild points', () => {
    expect(findPeriod(series(90, ripple))).toBe(1);
    expect(findPeriod(series(90, i => i * 3))).toBe(1);
    expect(findPeriod(series(90, i => (i > 40 ? 9 : 1)))).toBe(1);
    expect(findPeriod(series(90, () => 7))).toBe(1);
    expect(findPeriod(series(0, () => 7))).toBe(1);
    expect(findPeriod(series(90, () => NaN))).toBe(1);
    const dirty = (i: number) =>
      i % 11 === 4 ? NaN : (i % 7 >= 5 ? 4 : 10) + ripple(i);
    expect(findPeriod(series(70, i => (i === 30 ? 1e9 : dirty(i))))).toBe(7);
  });
});

describe('toHourly', () => {
  it('takes maximum or mean per UTC hour and keeps hours without data missing', () => {
    const fine = {
      start: 3600 * 10 + 1800,
      step: 900,
      values: Float64Array.of(1, 3, 2, NaN, 6, 4, NaN, NaN, NaN, NaN, 5),
    };
    expect(toHourly(fine, 'max')).toEqual({
      start: 36_000,
      step: 3600,
      values: Float64Array.of(3, 6, NaN, 5),
    });
    expect(toHourly(fine, 'mean').values).toEqual(
      Float64Array.of(2, 4, NaN, 5),
    );
  });

  it('leaves coarser series alone and refuses impossible ones', () => {
    const daily = { start: 0, step: 86_400, values: Float64Array.of(1, 2) };
    expect(toHourly(daily, 'max')).toBe(daily);
    expect(() =>
      toHourly({ start: 0, step: 0, values: Float64Array.of(1) }, 'max'),
    ).toThrow(RangeError);
  });
});
