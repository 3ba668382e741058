import fc from 'fast-check';
import { orderWaves, WaveCandidate } from './orderWaves';

const candidate = (
  id: string,
  change: Partial<WaveCandidate> = {},
): WaveCandidate => ({
  id,
  environment: 'production',
  risk: 'low',
  confidence: 0.9,
  ...change,
});

describe('orderWaves', () => {
  it('sends one canary of least risk, then ever more', () => {
    const waves = orderWaves([
      candidate('sure', { confidence: 0.95 }),
      candidate('risky', { environment: 'development', risk: 'high' }),
      candidate('dev', { environment: 'development' }),
      candidate('nobody-knows', { environment: 'unknown' }),
      ...Array.from({ length: 16 }, (_, index) =>
        candidate(`more-${String(index).padStart(2, '0')}`),
      ),
    ]);
    expect(waves.map(({ length }) => length)).toEqual([1, 1, 6, 12]);
    expect(waves.flat().slice(0, 5)).toEqual([
      'dev',
      'risky',
      'nobody-knows',
      'sure',
      'more-00',
    ]);
  });

  it('sends each change once, whatever order it is given in, and the canary alone', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.record({
            id: fc.string({ minLength: 1 }),
            environment: fc.constantFrom(
              'development' as const,
              'staging' as const,
              'production' as const,
              'unknown' as const,
            ),
            risk: fc.constantFrom(
              'low' as const,
              'medium' as const,
              'high' as const,
            ),
            confidence: fc.double({ min: 0, max: 1, noNaN: true }),
          }),
          { selector: ({ id }) => id, maxLength: 60 },
        ),
        candidates => {
          const waves = orderWaves(candidates);
          expect([...waves.flat()].sort()).toEqual(
            candidates.map(({ id }) => id).sort(),
          );
          expect(waves.every(wave => wave.length > 0)).toBe(true);
          expect(waves[0]?.length ?? 1).toBe(1);
          expect(orderWaves([...candidates].reverse())).toEqual(waves);
        },
      ),
    );
  });
});
