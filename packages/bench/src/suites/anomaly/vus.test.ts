import fc from 'fast-check';
import { segmentsOf, volumesUnderSurface } from './vus';

describe('volumesUnderSurface', () => {
  const labels = (length: number, ...anomalies: [number, number][]) => {
    const rows = new Uint8Array(length);
    anomalies.forEach(([first, last]) => rows.fill(1, first, last + 1));
    return rows;
  };

  it('is the average precision where no row is near an anomaly', () => {
    // Ranked: hit, miss, hit, then the rest: precision 1 at half, 2/3 at all.
    const truth = labels(6, [0, 0], [3, 3]);
    const scores = Float64Array.of(9, 8, 1, 7, 2, 0);
    const { pr } = volumesUnderSurface(truth, scores, 0);
    // A recall is weighed by the share of anomalies seen: 1/4 after the first hit.
    expect(pr).toBeCloseTo(0.25 * 1 + 0.75 * (2 / 3), 9);
  });

  it('gives more to scores near an anomaly than to the same scores far away', () => {
    const truth = labels(400, [200, 209]);
    const peak = (at: number) =>
      Float64Array.from({ length: 400 }, (_, i) =>
        Math.max(0, 20 - Math.abs(i - at)),
      );
    const volumes = [205, 216, 300].map(
      at => volumesUnderSurface(truth, peak(at), 40).pr,
    );
    expect(volumes[0]).toBeGreaterThan(0.7);
    expect(volumes[0]).toBeGreaterThan(volumes[1]);
    expect(volumes[1]).toBeGreaterThan(volumes[2] + 0.2);
  });

  it('depends on the order of the scores only', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), {
          minLength: 60,
          maxLength: 120,
        }),
        fc.integer({ min: 0, max: 12 }),
        (values, window) => {
          const truth = labels(values.length, [10, 14], [40, 40]);
          const scores = Float64Array.from(values);
          const { pr, roc } = volumesUnderSurface(truth, scores, window);
          const other = volumesUnderSurface(
            truth,
            scores.map(score => Math.exp(score / 10) - 3),
            window,
          );
          expect(other).toEqual({ pr, roc });
          expect(pr).toBeGreaterThanOrEqual(0);
          expect(pr).toBeLessThanOrEqual(1 + 1e-9);
        },
      ),
    );
  });

  it('finds the runs of labelled rows', () => {
    expect(segmentsOf(Uint8Array.of(1, 1, 0, 1))).toEqual([
      [0, 1],
      [3, 3],
    ]);
  });
});
