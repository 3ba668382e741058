import fc from 'fast-check';
import { Series } from '../types';
import { isCapacityRisk, timeToSaturation } from './timeToSaturation';
import { Saturation } from './types';

const DAY_S = 86_400;
const STEP_S = 900;
const A_DAY = DAY_S / STEP_S;
const START = Date.UTC(2026, 2, 2) / 1000;

/** The same small noise every time. */
const noise = (i: number) => Math.sin(i * 12.9898) * Math.cos(i * 78.233);

function series(days: number, at: (day: number) => number): Series {
  return {
    start: START,
    step: STEP_S,
    values: Float64Array.from(
      { length: days * A_DAY },
      (_, i) => at(i / A_DAY) + noise(i),
    ),
  };
}

function judged(...args: Parameters<typeof timeToSaturation>): Saturation {
  const said = timeToSaturation(...args);
  if (said.kind !== 'saturation') {
    throw new Error(said.reason);
  }
  return said;
}

describe('timeToSaturation', () => {
  it('tells when a leak reaches the limit, and after which change it began', () => {
    const change = { at: START + 10 * DAY_S, label: 'deploy 42' };
    const said = judged(
      series(14, day => 300 + Math.max(0, day - 10) * 50),
      700,
      { changes: [{ at: START + 3 * DAY_S, label: 'deploy 41' }, change] },
    );
    expect(said.growth).toBe('leak');
    expect(said.cause).toEqual(change);
    expect(said.growthPerDay).toBeCloseTo(50, -1);
    expect(said.expected! / DAY_S).toBeCloseTo(4, 0);
    const [, eighty] = said.intervals;
    expect(eighty.earliest!).toBeLessThanOrEqual(said.expected!);
    expect(eighty.latest!).toBeGreaterThanOrEqual(said.expected!);
    expect(isCapacityRisk(said)).toBe(true);
    const { mean, lower, upper } = said.outlook;
    expect(mean.start).toBe(START + 14 * DAY_S);
    // A leak of 50 a day from 500, as long as it lasts; its peaks stand a little above.
    const inFiveDays = mean.values[(5 * DAY_S) / mean.step];
    expect(inFiveDays).toBeGreaterThan(500 + 5 * 50);
    expect(inFiveDays).toBeLessThan(500 + 5 * 55);
    expect(
      mean.values.every(
        (value, i) => lower.values[i] <= value && value <= upper.values[i],
      ),
    ).toBe(true);
  });

  it('finds the release behind a restart that hid what it leaks', () => {
    const release = { at: START + 12 * DAY_S, label: 'release' };
    const restart = START + 20 * DAY_S;
    const said = judged(
      series(28, day =>
        day < 20 ? 300 + 50 * Math.max(0, day - 12) : 300 + 50 * (day - 20),
      ),
      900,
      { restarts: [restart], changes: [release] },
    );
    expect(said.cause).toEqual(release);
    expect(said.growth).toBe('leak');
  });

  it('is not fooled by a restart that resets a leak', () => {
    const said = judged(
      series(11, day => 300 + (day < 10 ? day : day - 10) * 60),
      800,
    );
    expect(said.growth).toBe('leak');
    expect(said.expected! / DAY_S).toBeGreaterThan(5.5);
    expect(said.expected! / DAY_S).toBeLessThan(9);
  });

  it.each<[string, (day: number) => number]>([
    [
      'a cache that fills after a restart',
      day => 300 + 350 * (1 - Math.exp(-(day % 7) / 0.5)),
    ],
    ['logs that are rotated', day => 200 + 150 * (day % 3)],
    ['a day and a week', day => 400 + 200 * Math.sin(2 * Math.PI * day)],
    ['a shift to a level that holds', day => (day < 12 ? 400 : 700)],
    ['slow growth far from the limit', day => 300 + 2 * day],
  ])('does not raise %s', (_, at) => {
    for (let day = 15; day <= 27; day++) {
      const said = timeToSaturation(series(day, at), 1000);
      expect(said.kind === 'saturation' && isCapacityRisk(said)).toBe(false);
    }
  });

  it('is moved by 5 % hostile points by less than a quarter', () => {
    const clean = series(14, day => 200 + 30 * day);
    const before = judged(clean, 800).expected!;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 19 }),
        fc.constantFrom(0, 1e12, -1e12),
        (offset, hostile) => {
          const values = clean.values.map((value, i) =>
            (i * 7919) % 20 === offset ? hostile : value,
          );
          const after = judged({ ...clean, values }, 800).expected!;
          expect(Math.abs(after - before)).toBeLessThan(before / 4);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('says why it says nothing', () => {
    const short = series(1, () => 5);
    const stale = series(10, day => (day > 9 ? NaN : 5));
    expect(timeToSaturation(short, 10)).toMatchObject({
      kind: 'abstention',
      code: 'not-enough-history',
    });
    expect(timeToSaturation(stale, 10)).toMatchObject({ code: 'stale-data' });
    expect(() => timeToSaturation(short, 0)).toThrow(RangeError);
  });

  it('gives ordered bounds and no NaN, whatever is measured', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.double(),
            fc.constant(NaN),
            fc.double({ min: 0, max: 100 }),
          ),
          {
            minLength: 60,
            maxLength: 400,
          },
        ),
        values => {
          const said = timeToSaturation(
            { start: START, step: 3600, values: Float64Array.from(values) },
            100,
          );
          if (said.kind === 'saturation') {
            const figures = [
              said.upperUse,
              said.growthPerDay,
              ...Object.values(said.probability),
              ...said.outlook.mean.values,
              ...said.outlook.upper.values,
            ];
            expect(figures.every(figure => !Number.isNaN(figure))).toBe(true);
            for (const {
              earliest = Infinity,
              latest = Infinity,
            } of said.intervals) {
              expect(earliest).toBeLessThanOrEqual(latest);
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
