import fc from 'fast-check';
import { budgetOverrun, normalQuantile, normalShare } from './budgetOverrun';
import { forecast, MEDIAN_FORECASTER } from './forecast';
import { reconcileForecasts } from './reconcileForecasts';
import { Forecast } from './types';

const LEVELS = [0.8, 0.95];

/** Ten a day, give or take, for so many days. */
function flat(days: number, each = 10, width = 2): Forecast {
  const sum = days * each;
  const band = (z: number) => ({
    lower: new Float64Array(days).fill(Math.max(0, each - z * width)),
    upper: new Float64Array(days).fill(each + z * width),
  });
  return {
    kind: 'forecast',
    mean: new Float64Array(days).fill(each),
    intervals: [
      { level: 0.8, ...band(1.28) },
      { level: 0.95, ...band(1.96) },
    ],
    total: {
      mean: sum,
      intervals: [
        { level: 0.8, lower: sum - 12.8, upper: sum + 12.8 },
        { level: 0.95, lower: sum - 19.6, upper: sum + 19.6 },
      ],
    },
    seasons: [7],
    coldStart: false,
    model: MEDIAN_FORECASTER,
  };
}

describe('budgetOverrun', () => {
  it('says how likely a budget is passed, and when', () => {
    const outlook = (budget: number) =>
      budgetOverrun({ spent: 100, budget, forecast: flat(20) });
    expect(outlook(300).probability).toBeCloseTo(0.5, 6);
    expect(outlook(310).probability).toBeCloseTo(0.159, 2);
    expect(outlook(310)).toMatchObject({ earliestDay: 19 });
    expect(outlook(310)).not.toHaveProperty('likelyDay');
    expect(outlook(205)).toMatchObject({ likelyDay: 10 });
    expect(outlook(205).earliestDay).toBeLessThan(10);
    expect(outlook(205).probability).toBeGreaterThan(0.999);
    expect(outlook(90)).toMatchObject({
      probability: 1,
      likelyDay: -1,
      earliestDay: -1,
    });
    expect(outlook(500).end).toMatchObject({
      mean: 300,
      intervals: [
        { level: 0.8, lower: 287.2, upper: 312.8 },
        { level: 0.95, lower: 280.4, upper: 319.6 },
      ],
    });
    expect(() => outlook(NaN)).toThrow(RangeError);
  });

  it('is right as often as it says', () => {
    // A month of noise around a weekly season: 20 days known, the budget where one in three ends above.
    let seed = 1;
    const uniform = () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
      return ((seed >>> 0) + 0.5) / 2 ** 32;
    };
    const normal = () =>
      Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    let foretold = 0;
    let passed = 0;
    const months = 120;
    for (let month = 0; month < months; month++) {
      const values = Float64Array.from(
        { length: 70 },
        (_, day) => (day % 7 >= 5 ? 60 : 100) + 10 * normal(),
      );
      const rest = values.subarray(60).reduce((a, b) => a + b, 0);
      const ahead = forecast(
        { start: 0, step: 86_400, values: values.slice(0, 60) },
        { horizon: 10, levels: LEVELS },
      ) as Forecast;
      const budget = 850;
      foretold += budgetOverrun({
        spent: 0,
        budget,
        forecast: ahead,
      }).probability;
      passed += rest > budget ? 1 : 0;
    }
    expect(passed).toBeGreaterThan(10);
    expect(Math.abs(foretold - passed) / months).toBeLessThan(0.1);
  });

  it('knows the normal distribution', () => {
    expect(normalShare(0)).toBeCloseTo(0.5, 6);
    expect(normalShare(-1.959964)).toBeCloseTo(0.025, 6);
    expect(normalQuantile(0.95)).toBeCloseTo(1.959964, 4);
  });
});

describe('reconcileForecasts', () => {
  it('lets services sum to the team, and the less certain give way', () => {
    const sure = flat(5, 10, 1);
    const unsure = flat(5, 20, 4);
    const { parts, whole } = reconcileForecasts([sure, unsure], flat(5, 40, 2));
    parts[0].mean.forEach((value, i) =>
      expect(value + parts[1].mean[i]).toBeCloseTo(whole.mean[i], 9),
    );
    expect(whole.mean[0]).toBeGreaterThan(30);
    expect(whole.mean[0]).toBeLessThan(40);
    expect(parts[1].mean[0] - 20).toBeGreaterThan(5 * (parts[0].mean[0] - 10));
  });

  it('keeps sums exact, nobody negative and nobody less certain, whatever comes in', () => {
    const one = fc
      .tuple(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e5, noNaN: true }),
      )
      .map(([each, width]) => flat(4, each, width));
    fc.assert(
      fc.property(
        fc.array(one, { minLength: 1, maxLength: 8 }),
        one,
        (services, team) => {
          const { parts, whole } = reconcileForecasts(services, team);
          for (let i = 0; i < 4; i++) {
            const sum = parts.reduce((total, part) => total + part.mean[i], 0);
            expect(sum).toBe(whole.mean[i]);
          }
          parts.forEach((part, k) => {
            expect(part.mean.every(value => value >= 0)).toBe(true);
            part.intervals.forEach(({ lower, upper }, level) => {
              const before = services[k].intervals[level];
              expect(lower.every((value, i) => value <= part.mean[i])).toBe(
                true,
              );
              expect(upper[0] - part.mean[0]).toBeLessThanOrEqual(
                before.upper[0] - services[k].mean[0] + 1e-6,
              );
            });
          });
        },
      ),
    );
  });

  it('refuses what cannot be compared', () => {
    expect(() => reconcileForecasts([], flat(3))).toThrow(RangeError);
    expect(() => reconcileForecasts([flat(4)], flat(3))).toThrow(RangeError);
  });
});
