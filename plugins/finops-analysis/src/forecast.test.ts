import fc from 'fast-check';
import { forecast } from './forecast';
import { Forecast, ForecastOptions, Series } from './types';

const DAY_S = 86_400;
const START = Date.parse('2026-01-05T00:00:00Z') / 1000;
const OPTIONS: ForecastOptions = { horizon: 14, levels: [0.8, 0.95] };

const daily = (values: Iterable<number>): Series => ({
  start: START,
  step: DAY_S,
  values: Float64Array.from(values),
});
const days = (n: number, value: (day: number) => number) =>
  daily(Array.from({ length: n }, (_, day) => value(day)));

function forecastOf(
  series: Series,
  options: ForecastOptions = OPTIONS,
): Forecast {
  const result = forecast(series, options);
  if (result.kind !== 'forecast') {
    throw new Error(result.reason);
  }
  return result;
}

/** Deterministic standard normal numbers. */
function normals(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  const uniform = () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
  return () =>
    Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

describe('forecast', () => {
  it('continues season and level', () => {
    const { mean, total, model } = forecastOf(
      days(56, day => (day % 7 >= 5 ? 60 : 100)),
    );
    expect(mean).toHaveLength(14);
    mean.forEach((value, i) =>
      expect(value).toBeCloseTo(i % 7 >= 5 ? 60 : 100, 1),
    );
    expect(total.mean).toBeCloseTo(2 * (5 * 100 + 2 * 60), 0);
    expect(model).toEqual({ name: 'MedianForecaster', version: '2.0.0' });
  });

  it('follows a trend part of the way and a new level all of it', () => {
    const trend = forecastOf(days(60, day => 100 + day)).mean;
    expect(trend[0]).toBeGreaterThan(157);
    expect(trend[13]).toBeGreaterThan(160);
    expect(trend[13]).toBeLessThan(175);
    const shifted = forecastOf(
      days(60, day => (day >= 45 ? 200 : 100) + (day % 3)),
    ).mean;
    expect(shifted[0]).toBeGreaterThan(185);
  });

  it('is hardly moved by a poisoned point or by gaps', () => {
    const plain = (day: number) => (day % 7 >= 5 ? 60 : 100) + (day % 5);
    const clean = forecastOf(days(60, plain)).mean;
    const dirty = forecastOf(
      days(60, day => {
        if (day % 9 === 4) {
          return NaN;
        }
        return day === 52 ? 1e7 : plain(day);
      }),
    ).mean;
    dirty.forEach((value, i) =>
      expect(Math.abs(value - clean[i])).toBeLessThan(8),
    );
  });

  it('covers what it promises, per day and for the sum', () => {
    // Weekly season, noise with memory and, in every other series, growth.
    const inside = { 0.8: 0, 0.95: 0 };
    const insideTotal = { 0.8: 0, 0.95: 0 };
    const series = 150;
    const horizon = 14;
    for (let seed = 1; seed <= series; seed++) {
      const normal = normals(seed);
      let carried = 0;
      const values = Array.from({ length: 60 + horizon }, (_, day) => {
        carried = 0.5 * carried + normal();
        return (day % 7 >= 5 ? 70 : 100) + (seed % 2) * 0.2 * day + 4 * carried;
      });
      const { intervals, total } = forecastOf(daily(values.slice(0, 60)), {
        horizon,
        levels: [0.8, 0.95],
      });
      const future = values.slice(60);
      const sum = future.reduce((a, b) => a + b, 0);
      for (const { level, lower, upper } of intervals) {
        inside[level as 0.8] += future.filter(
          (value, i) => lower[i] <= value && value <= upper[i],
        ).length;
      }
      for (const { level, lower, upper } of total.intervals) {
        insideTotal[level as 0.8] += lower <= sum && sum <= upper ? 1 : 0;
      }
    }
    const share = (count: number) => count / series;
    expect(share(inside[0.8] / horizon)).toBeGreaterThan(0.75);
    expect(share(inside[0.8] / horizon)).toBeLessThan(0.9);
    expect(share(inside[0.95] / horizon)).toBeGreaterThan(0.9);
    expect(share(insideTotal[0.8])).toBeGreaterThan(0.7);
    expect(share(insideTotal[0.8])).toBeLessThan(0.95);
    expect(share(insideTotal[0.95])).toBeGreaterThan(0.87);
  });

  it('gives nested, finite intervals that never go below zero for series that never do', () => {
    const values = fc.array(
      fc.oneof(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.constantFrom(NaN, 0, Infinity),
      ),
      {
        minLength: 20,
        maxLength: 70,
      },
    );
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: 1, max: 45 }),
        (history, horizon) => {
          const result = forecast(daily(history), {
            horizon,
            levels: [0.8, 0.95],
          });
          if (result.kind === 'abstention') {
            expect(result.code).toBe('not-enough-history');
            return;
          }
          const [narrow, wide] = result.intervals;
          for (let i = 0; i < horizon; i++) {
            const ordered = [
              0,
              wide.lower[i],
              narrow.lower[i],
              result.mean[i],
              narrow.upper[i],
              wide.upper[i],
              1e12,
            ];
            expect(ordered).toEqual([...ordered].sort((a, b) => a - b));
          }
          expect(result.total.mean).toBeCloseTo(
            result.mean.reduce((a, b) => a + b, 0),
            3,
          );
          result.total.intervals.forEach(({ lower, upper }) => {
            expect(lower).toBeGreaterThanOrEqual(0);
            expect(upper).toBeGreaterThanOrEqual(result.total.mean);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('continues hourly series with a daily season', () => {
    const series: Series = {
      start: START,
      step: 3600,
      values: Float64Array.from(
        { length: 21 * 24 },
        (_, hour) => 5 + 3 * Math.sin((hour / 24) * 2 * Math.PI),
      ),
    };
    forecastOf(series, { horizon: 24, levels: [0.9] }).mean.forEach(
      (value, hour) =>
        expect(value).toBeCloseTo(
          5 + 3 * Math.sin((hour / 24) * 2 * Math.PI),
          1,
        ),
    );
  });

  it('abstains on a cold start and refuses impossible questions', () => {
    expect(
      forecast(
        days(13, () => 5),
        OPTIONS,
      ),
    ).toMatchObject({ kind: 'abstention', code: 'not-enough-history' });
    expect(
      forecast(
        days(60, () => NaN),
        OPTIONS,
      ),
    ).toMatchObject({ kind: 'abstention' });
    expect(
      forecast(
        days(20, () => 5),
        { horizon: 100, levels: [0.8] },
      ),
    ).toMatchObject({ kind: 'abstention' });
    expect(() =>
      forecast(
        days(60, () => 5),
        { horizon: 0, levels: [0.8] },
      ),
    ).toThrow(RangeError);
    expect(() =>
      forecast(
        days(60, () => 5),
        { horizon: 3, levels: [80] },
      ),
    ).toThrow(RangeError);
  });

  it('says which seasons it continues, and that it knows none yet', () => {
    const hourly = (n: number): Series => ({
      start: START,
      step: 3600,
      values: Float64Array.from({ length: n }, (_, hour) => 5 + (hour % 24)),
    });
    const options = { horizon: 10, levels: [0.8] };
    expect(forecastOf(hourly(400), options)).toMatchObject({
      seasons: [24, 168],
      coldStart: false,
    });
    expect(forecastOf(hourly(40), options)).toMatchObject({
      seasons: [],
      coldStart: true,
    });
  });

  it('follows a known influence into the future, and is not misled by one without', () => {
    const normal = normals(7);
    const orders = Float64Array.from(
      { length: 104 },
      () => 100 + 30 * normal(),
    );
    const noise = Float64Array.from({ length: 104 }, normal);
    const costs = days(90, day => 50 + 2 * orders[day]);
    const actual = orders.subarray(90).map(value => 50 + 2 * value);
    const error = (values?: Float64Array) => {
      const { mean } = forecastOf(costs, {
        ...OPTIONS,
        ...(values ? { regressors: [{ name: 'x', values }] } : {}),
      });
      return mean.reduce(
        (sum, value, i) => sum + Math.abs(value - actual[i]),
        0,
      );
    };
    expect(error(orders)).toBeLessThan(error() / 4);
    expect(error(noise)).toBeLessThan(error() * 1.25);
    expect(() =>
      forecast(costs, {
        ...OPTIONS,
        regressors: [{ name: 'short', values: orders.subarray(1) }],
      }),
    ).toThrow(RangeError);
  });

  it('is moved by 5 % of hostile points of any size by less than the width of the middle 80 %', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e45, noNaN: true }),
        fc.integer({ min: 0, max: 18 }),
        (size, offset) => {
          const plain = (day: number) => (day % 7 >= 5 ? 60 : 100) + (day % 5);
          const clean = forecastOf(days(100, plain)).mean;
          const dirty = forecastOf(
            days(100, day => (day % 20 === offset ? size : plain(day))),
          ).mean;
          // The middle 80 % of the values lie between 60 and 104.
          dirty.forEach((value, i) =>
            expect(Math.abs(value - clean[i])).toBeLessThan(44),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('takes a million points, and constants', () => {
    const long = forecastOf(days(1_000_000, day => 10 + (day % 7)));
    long.mean.forEach((value, i) =>
      expect(value).toBeCloseTo(10 + ((1_000_000 + i) % 7), 0),
    );
    const flat = forecastOf(days(60, () => 0));
    expect([...flat.mean]).toEqual(Array(14).fill(0));
    expect(flat.total.intervals[1]).toMatchObject({ lower: 0, upper: 0 });
  });
});
