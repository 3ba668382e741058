import fc from 'fast-check';
import { halve, lastInstant, timeChunks } from './timeChunks';

const DAY_S = 86_400;
const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

describe('timeChunks', () => {
  it('covers each aligned instant of the half-open period once, within the limits', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2_000_000_000 }),
        fc.integer({ min: 0, max: 10 * DAY_S }),
        fc.constantFrom(15, 60, 300, 420, 3_600, 100_000),
        fc.integer({ min: 50, max: 11_000 }),
        fc.integer({ min: 0, max: 20_000 }),
        (start, length, step, maxPoints, preferredPoints) => {
          const chunks = timeChunks(
            { start: iso(start), end: iso(start + length) },
            { step, maxPoints, preferredPoints },
          );
          let next = Math.ceil(start / step) * step;
          for (const chunk of chunks) {
            expect(chunk.start).toBe(next);
            expect(chunk.points).toBeGreaterThanOrEqual(1);
            expect(chunk.points).toBeLessThanOrEqual(maxPoints);
            expect(chunk.points).toBeLessThanOrEqual(
              Math.max(preferredPoints, Math.ceil(DAY_S / step)),
            );
            next = lastInstant(chunk) + step;
          }
          expect(next).toBe(
            Math.max(
              Math.ceil((start + length) / step),
              Math.ceil(start / step),
            ) * step,
          );
        },
      ),
    );
  });

  it('cuts at midnight where a chunk holds one', () => {
    const chunks = timeChunks(
      { start: '2026-03-01T10:00:00Z', end: '2026-03-05T00:00:00Z' },
      { step: 300, maxPoints: 11_000, preferredPoints: 500 },
    );
    expect(chunks.map(chunk => iso(chunk.start))).toEqual([
      '2026-03-01T10:00:00.000Z',
      '2026-03-03T00:00:00.000Z',
      '2026-03-04T00:00:00.000Z',
    ]);
  });

  it('halves without losing a point', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 11_000 }), points => {
        const [first, second] = halve({ start: 600, step: 300, points });
        expect(first.start).toBe(600);
        expect(second.start).toBe(lastInstant(first) + 300);
        expect(first.points + second.points).toBe(points);
        expect(Math.min(first.points, second.points)).toBeGreaterThan(0);
      }),
    );
  });
});
