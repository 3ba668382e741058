import fc from 'fast-check';
import { detectAnomalies } from './detectAnomalies';
import { expectedBand } from './expectedBand';
import { scoreAnomalies } from './scoreAnomalies';
import { DetectOptions, Series } from './types';

const BATCH: DetectOptions = { mode: 'batch' };
const ONLINE: DetectOptions = { mode: 'online' };
/** A season of weeks in hours takes three weeks to find online; whoever knows it says so. */
const WEEK_OF_HOURS = 168;
const DAY_S = 86_400;
/** A Monday at midnight. */
const START = Date.parse('2026-01-05T00:00:00Z') / 1000;

/** The same noise every time, uniform in (-1, 1). */
function noise(index: number, seed = 1): number {
  const mixed = Math.sin(index * 12.9898 + seed * 78.233) * 43_758.5453;
  return (mixed - Math.floor(mixed)) * 2 - 1;
}

const daily = (n: number, value: (day: number) => number): Series => ({
  start: START,
  step: DAY_S,
  values: Float64Array.from({ length: n }, (_, day) => value(day)),
});
const hourly = (days: number, value: (hour: number) => number): Series => ({
  start: START,
  step: 3600,
  values: Float64Array.from({ length: days * 24 }, (_, hour) => value(hour)),
});

/** About 100 a day, less on weekends. */
const weeklyCost = (day: number, seed = 1) =>
  (day % 7 >= 5 ? 60 : 100) + 2 * noise(day, seed);
/** Busy by day, quieter on weekends. */
const dailyLoad = (hour: number) =>
  (10 + 6 * Math.sin(((hour % 24) / 24) * 2 * Math.PI)) *
    (Math.floor(hour / 24) % 7 >= 5 ? 0.6 : 1) +
  0.3 * noise(hour);

describe.each([BATCH, ONLINE])('detectAnomalies in %j', options => {
  it('is quiet on daily and weekly seasons, slow growth, constants and zeros', () => {
    const calm = [
      daily(60, weeklyCost),
      daily(90, day => weeklyCost(day) * (1 + day * 0.003)),
      hourly(28, dailyLoad),
      daily(40, () => 12.5),
      hourly(20, () => 0),
      daily(60, day => 1000 + 5 * noise(day)),
    ];
    const found = calm.map(series =>
      detectAnomalies(series, {
        ...options,
        ...(series.step === 3600 ? { period: WEEK_OF_HOURS } : {}),
      }),
    );
    expect(found).toEqual(calm.map(() => []));
  });

  it('finds a doubled weekday as a spike, although a busy day is as high', () => {
    const series = daily(60, day => (day === 47 ? 100 : weeklyCost(day)));
    expect(47 % 7).toBe(5);
    expect(detectAnomalies(series, options)).toEqual([
      {
        from: 47,
        to: 48,
        shape: 'spike',
        direction: 'above',
        observed: 100,
        expected: expect.closeTo(60, -0.7),
        lower: expect.any(Number),
        upper: expect.any(Number),
        impact: expect.closeTo(40, -0.7),
        ongoing: false,
        score: expect.any(Number),
        confidence: expect.any(Number),
        model: { name: 'SeasonalDetector', version: '1.2.0' },
      },
    ]);
  });

  it('finds a step that lasts as one ongoing level shift', () => {
    const series = daily(60, day => weeklyCost(day) * (day >= 52 ? 1.5 : 1));
    expect(detectAnomalies(series, options)).toMatchObject([
      {
        from: 52,
        to: 60,
        shape: 'level-shift',
        direction: 'above',
        ongoing: true,
      },
    ]);
    const load = hourly(
      30,
      hour => dailyLoad(hour) + (hour >= 27 * 24 + 5 ? 9 : 0),
    );
    expect(
      detectAnomalies(load, { ...options, period: WEEK_OF_HOURS }),
    ).toMatchObject([
      { from: 27 * 24 + 5, to: 30 * 24, shape: 'level-shift', ongoing: true },
    ]);
  });

  it('takes a new level for normal after two weeks', () => {
    const series = daily(
      90,
      day => 100 + 2 * noise(day) + (day >= 40 ? 80 : 0),
    );
    const anomalies = detectAnomalies(series, options);
    expect(anomalies).toMatchObject([
      { from: 40, to: 54, shape: 'level-shift', ongoing: false },
    ]);
    expect(expectedBand(series, options).mean[80]).toBeCloseTo(180, -1);
  });

  it('sees missing spend, and does not judge provisional days', () => {
    const series = daily(50, day => (day >= 48 ? 20 : weeklyCost(day)));
    expect(detectAnomalies(series, options)).toMatchObject([
      { from: 48, to: 50, direction: 'below', ongoing: true },
    ]);
    expect(
      detectAnomalies(series, { ...options, provisionalPoints: 2 }),
    ).toEqual([]);
    expect(
      expectedBand(series, { ...options, provisionalPoints: 2 }).mean[49],
    ).toBeCloseTo(100, -1.3);
  });

  it('keeps its judgement with a tenth of the points missing and a few poisoned', () => {
    const series = daily(80, day => {
      if (day % 10 === 3) {
        return NaN;
      }
      return day === 34 || day === 41
        ? 1e9
        : weeklyCost(day) + (day === 65 ? 50 : 0);
    });
    expect(detectAnomalies(series, options)).toMatchObject([
      { from: 34, to: 35 },
      { from: 41, to: 42 },
      { from: 65, to: 66, shape: 'spike', direction: 'above' },
    ]);
  });

  it('says nothing of series too short or empty', () => {
    expect(
      detectAnomalies(
        daily(0, () => 0),
        options,
      ),
    ).toEqual([]);
    expect(
      detectAnomalies(
        daily(9, day => day ** 4),
        options,
      ),
    ).toEqual([]);
    expect(
      detectAnomalies(
        daily(60, () => NaN),
        options,
      ),
    ).toEqual([]);
  });
});

describe('scoreAnomalies', () => {
  const hostile = fc.array(
    fc.oneof(
      fc.double({ min: -1e12, max: 1e12, noNaN: true }),
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.constantFrom(NaN, Infinity, -Infinity, 0, 5e-324, Number.MAX_VALUE),
    ),
    { maxLength: 120 },
  );

  it('gives one finite score per point and a finite, ordered band, whatever comes in', () => {
    fc.assert(
      fc.property(
        hostile,
        fc.constantFrom<DetectOptions>(BATCH, ONLINE),
        fc.nat(5),
        (values, options, provisionalPoints) => {
          const series = {
            start: START,
            step: DAY_S,
            values: Float64Array.from(values),
          };
          const scores = scoreAnomalies(series, options);
          expect(scores).toHaveLength(values.length);
          expect(scores.every(score => score >= 0 && score <= 1000)).toBe(true);
          const band = expectedBand(series, { ...options, provisionalPoints });
          expect(
            band.mean.every(
              (mean, i) => band.lower[i] <= mean && mean <= band.upper[i],
            ),
          ).toBe(true);
          let last = 0;
          for (const { from, to, confidence, impact } of detectAnomalies(
            series,
            { ...options, provisionalPoints },
          )) {
            expect(from).toBeGreaterThanOrEqual(last);
            expect(to).toBeGreaterThan(from);
            expect(to).toBeLessThanOrEqual(
              Math.max(0, values.length - provisionalPoints),
            );
            expect(confidence).toBeGreaterThan(0);
            expect(Number.isNaN(impact)).toBe(false);
            last = to;
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('online, never looks ahead', () => {
    fc.assert(
      fc.property(hostile, fc.nat(120), (values, at) => {
        const whole = scoreAnomalies(
          { start: START, step: DAY_S, values: Float64Array.from(values) },
          ONLINE,
        );
        const known = scoreAnomalies(
          {
            start: START,
            step: DAY_S,
            values: Float64Array.from(values.slice(0, at)),
          },
          ONLINE,
        );
        // Too short a history is not judged at all.
        const measured = values.slice(0, at).filter(Number.isFinite).length;
        if (measured >= 10) {
          expect(known).toEqual(whole.slice(0, at));
        }
      }),
    );
  });

  it('does not depend on the unit', () => {
    const series = daily(60, day => weeklyCost(day) + (day === 50 ? 60 : 0));
    const micros = {
      ...series,
      values: series.values.map(value => value * 1e6),
    };
    const scores = scoreAnomalies(series, BATCH);
    scoreAnomalies(micros, BATCH).forEach((score, i) =>
      expect(score).toBeCloseTo(scores[i], 6),
    );
  });
});
