import fc from 'fast-check';
import { detectAnomalies } from './detectAnomalies';
import { expectedBand } from './expectedBand';
import { forecast } from './forecast';
import { scoreAnomalies } from './scoreAnomalies';
import { Point, restatedPoints, toSeries } from './toSeries';

describe('toSeries', () => {
  it('puts points in order on a grid and says what it left out', () => {
    expect(
      toSeries([
        [180, 3],
        [0, 1],
        [61, 2],
        [60, 5],
        [240, Infinity],
        [NaN, 4],
      ]),
    ).toEqual({
      kind: 'series',
      series: {
        start: 0,
        step: 60,
        values: Float64Array.of(1, 2, NaN, 3),
      },
      unusable: 2,
      replaced: 1,
    });
  });

  it('says why points are no series', () => {
    expect(toSeries([])).toMatchObject({ kind: 'error', code: 'no-points' });
    expect(toSeries([[1, NaN]])).toMatchObject({ code: 'no-points' });
    expect(toSeries([[1, 5]])).toMatchObject({ code: 'unknown-step' });
    expect(toSeries([[1, 5]], 60)).toMatchObject({ kind: 'series' });
    expect(toSeries([[1, 5]], 0)).toMatchObject({ code: 'bad-step' });
    expect(
      toSeries(
        [
          [0, 1],
          [1e12, 2],
        ],
        1,
      ),
    ).toMatchObject({ code: 'too-long' });
  });

  it('takes a million points', () => {
    const points = Array.from(
      { length: 1_000_000 },
      (_, i): Point => [(i * 7919) % 1_000_000, i],
    );
    const parsed = toSeries(points);
    expect(parsed).toMatchObject({ kind: 'series', replaced: 0, unusable: 0 });
  });

  it('lets nothing through that breaks a model', () => {
    const time = fc.oneof(
      fc.integer({ min: 0, max: 100_000 }),
      fc.constantFrom(NaN, Infinity, -1),
    );
    const value = fc.oneof(
      fc.double(),
      fc.double({ min: 0, max: 100, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(time, value), { maxLength: 300 }),
        fc.constantFrom(60, 3600, 86_400),
        (points, step) => {
          const parsed = toSeries(points, step);
          if (parsed.kind === 'error') {
            return;
          }
          const { series } = parsed;
          for (const mode of ['online', 'batch'] as const) {
            const scores = scoreAnomalies(series, { mode });
            expect(scores.every(Number.isFinite)).toBe(true);
          }
          const band = expectedBand(series, { mode: 'batch' });
          expect(band.mean.every(Number.isFinite)).toBe(true);
          for (const anomaly of detectAnomalies(series, { mode: 'batch' })) {
            expect(Number.isFinite(anomaly.impact)).toBe(true);
            expect(Number.isFinite(anomaly.impactPerMonth ?? 0)).toBe(true);
          }
          const ahead = forecast(series, { horizon: 5, levels: [0.8] });
          if (ahead.kind === 'forecast') {
            expect(ahead.mean.every(Number.isFinite)).toBe(true);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('restatedPoints', () => {
  it('tells which days are not what they were', () => {
    const day = (...values: number[]) => ({
      start: 0,
      step: 86_400,
      values: Float64Array.from(values),
    });
    expect(
      restatedPoints(day(1, NaN, 3, NaN, 5), day(1, 2, 3, NaN, 6, 7)),
    ).toEqual([1, 4]);
  });
});
