import fc from 'fast-check';
import { NOW } from '../__testUtils__/fixtures';
import { history } from '../__testUtils__/history';
import { priceSaving } from './priceSaving';

const two = { replicas: 2, containers: new Map() };

describe('priceSaving', () => {
  it('prices one of three replicas at a third of the bill, with the span of the days', () => {
    const result = priceSaving(
      history({ cpuMicros: [3e6, 3e6, 3e6, 3e6, 6e6] }),
      two,
      NOW,
    );
    const month = 730 / 24;
    expect(result).toMatchObject({
      kind: 'priced',
      share: expect.closeTo(1 / 3, 6),
    });
    if (result.kind === 'priced') {
      expect(result.saving.expected.amountMicros).toBeCloseTo(
        1.2e6 * month,
        -1,
      );
      expect(result.saving.lower.amountMicros).toBeCloseTo(1e6 * month, -1);
      expect(result.saving.upper.amountMicros).toBeCloseTo(1.6e6 * month, -1);
    }
  });

  it('saves only down to what is used', () => {
    const result = priceSaving(
      history({ cpuMicros: Array(5).fill(3e6), usedCores: 2.5 }),
      two,
      NOW,
    );
    expect(result).toMatchObject({
      kind: 'priced',
      share: expect.closeTo(0.5 / 3, 6),
    });
  });

  it.each([
    ['too few days', { cpuMicros: [3e6, 3e6] }],
    [
      'only provisional days',
      { cpuMicros: Array(9).fill(3e6), provisional: true },
    ],
    [
      'days before the spec changed',
      { cpuMicros: Array(9).fill(3e6), specChangedAt: '2026-11-18T00:00:00Z' },
    ],
    [
      'two currencies',
      { cpuMicros: Array(9).fill(3e6), currencies: ['USD', 'EUR'] },
    ],
    ['no cost', { cpuMicros: Array(9).fill(0) }],
  ])('invents no price from %s', (_, options) => {
    expect(priceSaving(history(options), two, NOW)).toMatchObject({
      kind: 'no-price',
      reason: expect.any(String),
    });
  });

  it('never saves more than was spent, and its interval holds the expectation', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1e12 }), {
          minLength: 3,
          maxLength: 14,
        }),
        fc.integer({ min: 1, max: 9 }),
        fc.double({ min: 0, max: 20, noNaN: true }),
        fc.double({ min: 0.01, max: 5, noNaN: true }),
        (cpuMicros, after, usedCores, cpu) => {
          const result = priceSaving(
            history({ cpuMicros, replicas: 9, usedCores }),
            { replicas: after, containers: new Map([['web', { cpu }]]) },
            NOW,
          );
          if (result.kind === 'priced') {
            const { expected, lower, upper } = result.saving;
            expect(result.share).toBeLessThanOrEqual(1 + 1e-9);
            expect(lower.amountMicros).toBeLessThanOrEqual(
              expected.amountMicros,
            );
            expect(upper.amountMicros).toBeGreaterThanOrEqual(
              expected.amountMicros,
            );
            const spent =
              (cpuMicros.reduce((sum, micros) => sum + micros, 0) /
                cpuMicros.length /
                24) *
              730;
            expect(expected.amountMicros).toBeLessThanOrEqual(spent + 1);
          } else {
            expect(cpuMicros.every(micros => micros === 0)).toBe(true);
          }
        },
      ),
    );
  });
});
