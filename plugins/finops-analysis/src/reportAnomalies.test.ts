import { detectAnomalies } from './detectAnomalies';
import { reportAnomalies } from './reportAnomalies';
import { Series } from './types';

const START = Date.parse('2026-01-05T00:00:00Z') / 1000;
const HOURS = 28 * 24;

function noise(index: number): number {
  const mixed = Math.sin(index * 12.9898 + 78.233) * 43_758.5453;
  return (mixed - Math.floor(mixed)) * 2 - 1;
}

/** Busy by day, with an outage, a doubling or nothing from an hour on. */
const metric = (of: (hour: number) => number): Series => ({
  start: START,
  step: 3600,
  values: Float64Array.from(
    { length: HOURS },
    (_, hour) =>
      (10 +
        6 * Math.sin(((hour % 24) / 24) * 2 * Math.PI) +
        0.3 * noise(hour)) *
      of(hour),
  ),
});

describe('reportAnomalies', () => {
  const options = { mode: 'batch' } as const;

  it('tells of a doubling and of an outage, with their intervals', () => {
    for (const factor of [2, 0]) {
      const [found, ...others] = reportAnomalies(
        metric(hour => (hour >= 500 && hour < 520 ? factor : 1)),
        options,
      );
      expect(others).toEqual([]);
      expect(found).toMatchObject({
        from: 500,
        direction: factor > 1 ? 'above' : 'below',
      });
      expect(found.to).toBeGreaterThanOrEqual(518);
    }
  });

  it('tells nothing of an ordinary metric, nor of a constant, empty or missing one', () => {
    const flat = (values: Float64Array): Series => ({
      start: START,
      step: 3600,
      values,
    });
    for (const calm of [
      metric(() => 1),
      flat(new Float64Array(HOURS).fill(3)),
      flat(new Float64Array(0)),
      flat(new Float64Array(HOURS).fill(NaN)),
    ]) {
      expect(reportAnomalies(calm, options)).toEqual([]);
    }
  });

  it('leaves out what is too small to act on, and says nothing that the band does not', () => {
    const small = metric(hour => (hour >= 500 && hour < 530 ? 1.15 : 1));
    expect(detectAnomalies(small, options)).not.toEqual([]);
    expect(reportAnomalies(small, options)).toEqual([]);
    for (let seed = 0; seed < 10; seed++) {
      const wild = metric(
        hour => 1 + (noise(hour * 31 + seed) > 0.98 ? 3 * noise(hour) : 0),
      );
      const band = detectAnomalies(wild, options);
      for (const anomaly of reportAnomalies(wild, options)) {
        expect(band).toContainEqual(anomaly);
      }
    }
  });
});
