import fc from 'fast-check';
import { scoreAnomalies } from './scoreAnomalies';
import { SEASONAL_DETECTOR_THRESHOLD } from './seasonalModel';
import { Series } from './types';

const STEP_S = 300;
const DAY = 288;
const START = Date.parse('2026-01-05T00:00:00Z') / 1000;
const OUTAGE = 20 * DAY + 100;

/** The same noise every time, uniform in (-1, 1). */
function noise(index: number, seed = 1): number {
  const mixed = Math.sin(index * 12.9898 + seed * 78.233) * 43_758.5453;
  return (mixed - Math.floor(mixed)) * 2 - 1;
}

/** Requests by day and night, with noise. */
const load = (i: number) =>
  100 + 60 * Math.sin((i / DAY) * 2 * Math.PI) + 8 * noise(i);
const series = (days: number, value: (i: number) => number): Series => ({
  start: START,
  step: STEP_S,
  values: Float64Array.from({ length: days * DAY }, (_, i) => value(i)),
});
/** Alarms once two days are known: until then a season can look like an event. */
const alarms = (one: Series) =>
  [...scoreAnomalies(one, { mode: 'online' }).entries()]
    .filter(
      ([index, score]) =>
        index >= 2 * DAY && score >= SEASONAL_DETECTOR_THRESHOLD,
    )
    .map(([index]) => index);

describe('scoreAnomalies online', () => {
  it('raises one alarm for one event, at its start, and none on calm days', () => {
    expect(alarms(series(28, load))).toEqual([]);
    expect(alarms(series(28, noise))).toEqual([]);
    expect(alarms(series(5, () => 7))).toEqual([]);
    const down = series(28, i =>
      i >= OUTAGE && i < OUTAGE + 24 ? 0 : load(i),
    );
    const [first, ...others] = alarms(down);
    expect(first).toBeGreaterThanOrEqual(OUTAGE);
    expect(first).toBeLessThan(OUTAGE + 6);
    expect(others).toEqual([]);
  });

  it('misses a morning that does not come, although its values are those of every night', () => {
    const morning = 20 * DAY;
    const asleep = series(24, i =>
      i >= morning && i < morning + DAY / 2 ? 45 + 8 * noise(i) : load(i),
    );
    const [first] = alarms(asleep);
    expect(first).toBeGreaterThanOrEqual(morning);
    expect(first).toBeLessThan(morning + DAY / 2);
  });

  it('asks for more from a series that keeps alarming', () => {
    const spikes = (days: readonly number[]) =>
      series(28, i => (days.some(day => i === day * DAY + 50) ? 900 : load(i)));
    const once = scoreAnomalies(spikes([25]), { mode: 'online' });
    const often = scoreAnomalies(spikes([5, 8, 11, 14, 17, 20, 22, 25]), {
      mode: 'online',
    });
    const at = 25 * DAY + 50;
    expect(once[at]).toBeGreaterThan(SEASONAL_DETECTOR_THRESHOLD);
    expect(often[at]).toBeLessThan(once[at] / 1.5);
  });

  it('scores gaps 0 and does not take them for outages', () => {
    const gaps = series(28, i =>
      i >= OUTAGE && i < OUTAGE + 60 ? NaN : load(i),
    );
    expect(alarms(gaps)).toEqual([]);
    expect(
      scoreAnomalies(gaps, { mode: 'online' }).subarray(OUTAGE, OUTAGE + 60),
    ).toEqual(new Float64Array(60));
  });

  it('still sees an outage after 5 % of hostile points of any size', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e40, max: 1e40, noNaN: true }),
        fc.integer({ min: 1, max: 1000 }),
        (size, seed) => {
          const hostile = series(28, i => {
            if (i >= OUTAGE && i < OUTAGE + 24) {
              return 100_000;
            }
            return i < OUTAGE - DAY / 2 && noise(i, seed) > 0.9
              ? size
              : load(i);
          });
          // One raised by the last hostile points may be the alarm that is still resting.
          expect(
            alarms(hostile).some(
              at => at >= OUTAGE - DAY / 2 && at < OUTAGE + 24,
            ),
          ).toBe(true);
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('scoreAnomalies in batch', () => {
  const BATCH = { mode: 'batch' } as const;

  it('ranks the points of an outage above all others', () => {
    const down = series(28, i =>
      i >= OUTAGE && i < OUTAGE + 24 ? 20 : load(i),
    );
    const scores = scoreAnomalies(down, BATCH);
    const near = (i: number) => i >= OUTAGE - 300 && i < OUTAGE + 324;
    const highest = scores.indexOf(Math.max(...scores));
    expect(near(highest)).toBe(true);
    const elsewhere = scores.filter((_, i) => !near(i));
    expect(Math.max(...elsewhere)).toBeLessThan(scores[highest] / 2);
  });

  it('gives the same scores whatever the step and with missing points left out', () => {
    const down = series(10, i => (i >= 1000 && i < 1020 ? 20 : load(i)));
    const scores = scoreAnomalies(down, BATCH);
    expect(scoreAnomalies({ ...down, step: 7 }, BATCH)).toEqual(scores);
    const gaps = { ...down, values: down.values.slice() };
    gaps.values.fill(NaN, 300, 340);
    const withGaps = scoreAnomalies(gaps, BATCH);
    expect(withGaps.subarray(300, 340)).toEqual(new Float64Array(40));
    expect(withGaps.indexOf(Math.max(...withGaps))).toBeGreaterThanOrEqual(990);
  });

  it('is moved by a hostile point as by one a hundred times further out than nine of ten, not more', () => {
    const wild = (size: number) =>
      scoreAnomalies(
        series(14, i => (i === 1000 ? size : load(i))),
        { ...BATCH, period: DAY },
      );
    const bounded = wild(1e6);
    const unbounded = wild(1e40);
    unbounded.forEach((score, i) => expect(score).toBeCloseTo(bounded[i], 6));
  });

  it('takes a million points', () => {
    const long = series(3473, load);
    expect(long.values.length).toBeGreaterThan(1e6);
    const scores = scoreAnomalies(long, BATCH);
    expect(scores.every(Number.isFinite)).toBe(true);
    expect(
      scoreAnomalies(long, { mode: 'online' }).every(Number.isFinite),
    ).toBe(true);
  });
});
