import fc from 'fast-check';
import { addDays, Workload } from '@apexlogic/backstage-plugin-finops-common';
import { Allocation } from './allocation';
import { toCostBatch } from './toCostBatch';

const FIRST = '2026-03-01';
const DAYS = 3;
const workloads: Workload[] = ['a', 'b'].map(name => ({
  cluster: 'c',
  namespace: 'shop',
  kind: 'Deployment',
  name,
}));
const PARTS = [
  'cpuCost',
  'cpuCostAdjustment',
  'ramCost',
  'pvCost',
  'networkCost',
  'sharedCost',
] as const;

/** Micro-units, as whole numbers so that the truth is exact; the server writes them with six decimals. */
const micros = fc.integer({ min: -5_000_000, max: 50_000_000 });
const oneAllocation = fc.record({
  day: fc.integer({ min: 0, max: DAYS - 1 }),
  controller: fc.constantFrom('a', 'b', 'foreign', '__unallocated__'),
  parts: fc.array(fc.option(micros, { freq: 8 }), {
    minLength: PARTS.length,
    maxLength: PARTS.length,
  }),
  /** How far the server's own rounding puts the total off the sum of its parts. */
  rounding: fc.integer({ min: -3, max: 3 }),
});

describe('toCostBatch', () => {
  it('gives rows that sum to the priced allocations, to the micro-unit', () => {
    fc.assert(
      fc.property(fc.array(oneAllocation, { maxLength: 20 }), entries => {
        const sets = Array.from(
          { length: DAYS },
          () => new Map<string, Allocation>(),
        );
        let expected = 0;
        entries.forEach(({ day, controller, parts, rounding }, index) => {
          const complete = parts.every(part => part !== null);
          const sum = parts.reduce<number>(
            (total, part) => total + (part ?? 0),
            0,
          );
          const priced = parts.some(part => part !== null && part !== 0);
          const total = sum + (priced ? rounding : 0);
          const cpuUnpriced = parts[0] === null || parts[1] === null;
          if (controller === 'a' || controller === 'b') {
            // A category with an unpriced part has no row at all.
            expected += complete
              ? total
              : sum - (cpuUnpriced ? (parts[0] ?? 0) + (parts[1] ?? 0) : 0);
          }
          sets[day].set(`${index}`, {
            name: `c/shop/deployment/${controller}`,
            window: {
              start: `${addDays(FIRST, day)}T00:00:00Z`,
              end: `${addDays(FIRST, day + 1)}T00:00:00Z`,
            },
            ...Object.fromEntries(
              PARTS.map((name, at) => [
                name,
                parts[at] === null ? null : parts[at] / 1e6,
              ]),
            ),
            totalCost: complete ? total / 1e6 : null,
          });
        });

        const outcome = toCostBatch(sets, {
          workloads,
          currency: 'USD',
          from: FIRST,
          to: addDays(FIRST, DAYS),
          provisionalFrom: addDays(FIRST, DAYS),
        });

        if (outcome.kind !== 'batch') {
          throw new Error(outcome.problem);
        }
        const { rows, coverage } = outcome.batch;
        expect(
          rows.reduce((total, row) => total + row.cost.amountMicros, 0),
        ).toBe(expected === 0 ? 0 : expected);
        expect(
          new Set(rows.map(row => `${row.workload} ${row.day} ${row.category}`))
            .size,
        ).toBe(rows.length);
        expect(coverage.map(({ day }) => day)).toEqual(
          [...new Set(entries.map(({ day }) => addDays(FIRST, day)))].sort(),
        );
        for (const { day, ratio } of coverage) {
          const ofDay = entries.filter(
            entry => addDays(FIRST, entry.day) === day,
          );
          expect(ratio).toBeGreaterThanOrEqual(0);
          expect(ratio).toBeLessThanOrEqual(1);
          if (ofDay.some(({ parts }) => parts.includes(null))) {
            expect(ratio).toBeLessThan(1);
          } else if (
            ofDay.every(({ controller }) => controller !== '__unallocated__')
          ) {
            expect(ratio).toBe(1);
          }
        }
      }),
    );
  });
});
