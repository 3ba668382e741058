import { dayOf, DAY_MS } from '@apexlogic/backstage-plugin-finops-common';
import fc from 'fast-check';
import { WorkloadHistory } from '../analysis/types';
import { NOW, WORKLOAD } from '../__testUtils__/fixtures';
import { priceSaving } from './priceSaving';

const GIB = 1024 ** 3;

function history(options: {
  cpuMicros: number[];
  replicas?: number;
  usedCores?: number;
  provisional?: boolean;
  currencies?: string[];
  specChangedAt?: string;
}): WorkloadHistory {
  const {
    cpuMicros,
    replicas = 3,
    usedCores = 0,
    provisional = false,
    currencies = ['USD'],
    specChangedAt,
  } = options;
  const days = cpuMicros.map((_, index) =>
    dayOf(Date.parse(NOW) - (cpuMicros.length - index) * DAY_MS),
  );
  return {
    stored: {
      workload: WORKLOAD,
      environment: 'production',
      sourceId: 'cluster',
      observedAt: NOW,
      state: {
        workload: {
          cluster: 'c1',
          namespace: 'production',
          kind: 'Deployment',
          name: 'web',
        },
        replicas,
        containers: [{ name: 'web', cpuRequest: 1, memoryRequest: GIB }],
        labels: {},
        annotations: {},
        specChangedAt,
      },
    },
    series: [
      {
        workload: WORKLOAD,
        container: 'web',
        metric: 'cpu-usage-sum',
        start: Date.parse(`${days[0]}T00:00:00Z`) / 1000,
        step: 3600,
        values: new Float64Array(24 * days.length).fill(usedCores),
      },
    ],
    origins: [],
    costs: days.flatMap((day, index) =>
      currencies.map(currency => ({
        entityRef: 'component:default/web',
        sourceId: 'bill',
        workload: WORKLOAD,
        day,
        category: 'cpu' as const,
        currency,
        micros: cpuMicros[index],
        provisional,
        environment: 'production',
      })),
    ),
  };
}

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
