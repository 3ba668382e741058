import fc from 'fast-check';
import { detectAnomalies } from './detectAnomalies';
import { expectedBand } from './expectedBand';
import { DetectOptions, Series } from './types';

const DAY_S = 86_400;
/** A Monday at midnight. */
const START = Date.parse('2026-01-05T00:00:00Z') / 1000;
const BATCH: DetectOptions = { mode: 'batch' };

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
/** About 100 a day, less on weekends. */
const cost = (day: number) => (day % 7 >= 5 ? 60 : 100) + 2 * noise(day);
const at = (day: number) => START + day * DAY_S;

describe('detectAnomalies', () => {
  const shapes = (value: (day: number) => number, options = BATCH) =>
    detectAnomalies(daily(70, value), options).map(({ shape }) => shape);

  it('tells what keeps growing from what jumped and from what passed', () => {
    expect(shapes(day => cost(day) + (day >= 60 ? 40 : 0))).toEqual([
      'level-shift',
    ]);
    expect(shapes(day => cost(day) + Math.max(0, day - 57) * 12)).toEqual([
      'trend-change',
    ]);
    expect(shapes(day => cost(day) - Math.max(0, day - 60) * 5)).toEqual([
      'trend-change',
    ]);
    expect(shapes(day => cost(day) + (day === 60 ? 90 : 0))).toEqual(['spike']);
    expect(shapes(day => cost(day) * (1 + day * 0.002))).toEqual([]);
  });

  it('says what a month costs if it stays, and nothing of what is over', () => {
    const [shift] = detectAnomalies(
      daily(70, day => cost(day) + (day >= 60 ? 40 : 0)),
      BATCH,
    );
    expect(shift).toMatchObject({ ongoing: true, direction: 'above' });
    expect(shift.impactPerMonth! / (40 * (730 / 24))).toBeCloseTo(1, 1);
    const [growing] = detectAnomalies(
      daily(70, day => cost(day) + Math.max(0, day - 57) * 12),
      BATCH,
    );
    // Now 12 days of growth away, not the mean of the past.
    expect(growing.impactPerMonth! / (730 / 24)).toBeGreaterThan(100);
    const [spike] = detectAnomalies(
      daily(70, day => cost(day) + (day === 60 ? 90 : 0)),
      BATCH,
    );
    expect(spike).not.toHaveProperty('impactPerMonth');
  });

  it('neither judges planned work nor learns from it', () => {
    const value = (day: number) => (day >= 40 && day < 44 ? 5 : cost(day));
    expect(shapes(value)).not.toEqual([]);
    const maintenance = [{ start: at(40), end: at(44) }];
    expect(shapes(value, { ...BATCH, maintenance })).toEqual([]);
    const { mean } = expectedBand(daily(70, value), { ...BATCH, maintenance });
    expect(mean[42]).toBeGreaterThan(90);
  });

  it('names the occasion and is less certain of it', () => {
    const series = daily(70, day => cost(day) + (day === 60 ? 90 : 0));
    const [plain] = detectAnomalies(series, BATCH);
    const calendar = [
      { start: at(20), end: at(21), label: 'Carnival' },
      { start: at(60), end: at(61), label: 'Spring sale' },
    ];
    const [sale] = detectAnomalies(series, { ...BATCH, calendar });
    expect(plain).not.toHaveProperty('occasion');
    expect(sale).toMatchObject({ from: plain.from, occasion: 'Spring sale' });
    expect(sale.confidence).toBeCloseTo(plain.confidence / 2, 9);
  });

  it('takes a day without data for unknown, not for zero', () => {
    expect(shapes(day => (day >= 50 && day < 53 ? NaN : cost(day)))).toEqual(
      [],
    );
  });

  it('expects of other days within a tenth the same with 5 % of hostile ones', () => {
    const clean = expectedBand(daily(80, cost), BATCH);
    fc.assert(
      fc.property(
        fc.double({ min: -1e40, max: 1e40, noNaN: true }),
        fc.integer({ min: 0, max: 18 }),
        (size, offset) => {
          const dirty = expectedBand(
            daily(80, day => (day % 20 === offset ? size : cost(day))),
            { ...BATCH, period: 7 },
          );
          dirty.mean.forEach((mean, day) =>
            expect(Math.abs(mean - clean.mean[day])).toBeLessThan(10),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});
