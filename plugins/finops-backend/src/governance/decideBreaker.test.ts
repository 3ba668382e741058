import fc from 'fast-check';
import { BreakerLimits } from './breakerConfig';
import { breakerFigures } from './breakerFigures';
import {
  BreakerFigures,
  BreakerStatus,
  causeToOpen,
  decideBreaker,
} from './decideBreaker';
import { ChangeOutcome } from '../database/BreakerStore';

const NOW = '2026-11-20T12:00:00.000Z';
const HOUR = 3_600_000;
const ago = (ms: number) => new Date(Date.parse(NOW) - ms).toISOString();

const LIMITS: BreakerLimits = {
  failedDeliveries: 3,
  declined: { share: 0.5, atLeast: 4 },
  rolledBack: { share: 0.25, atLeast: 4 },
  policyErrors: { share: 0.5, atLeast: 4 },
  staleCostDays: 3,
  windowDays: 14,
  coolDownMs: HOUR,
};

const outcomes: fc.Arbitrary<ChangeOutcome[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(
        'delivered' as const,
        'failed' as const,
        'declined' as const,
        'merged' as const,
        'reverted' as const,
        'judged' as const,
        'policy-error' as const,
      ),
      at: fc.integer({ min: 0, max: 100 }).map(hours => ago(hours * HOUR)),
      action: fc.constant('rightsize'),
      owners: fc.constant([]),
    }),
    { maxLength: 30 },
  )
  .map(list => list.sort((a, b) => (a.at < b.at ? 1 : -1)));

const figures: fc.Arbitrary<BreakerFigures> = fc
  .record({
    outcomes,
    newestCostDay: fc.constantFrom(undefined, '2026-11-19', '2026-11-10'),
  })
  .map(options => breakerFigures({ ...options, after: '', now: NOW }));

const breaker: fc.Arbitrary<BreakerStatus> = fc.record({
  state: fc.constantFrom(
    'closed' as const,
    'open' as const,
    'half-open' as const,
  ),
  since: fc.constantFrom(ago(HOUR), ago(HOUR - 1)),
});

describe('decideBreaker', () => {
  it('never closes but after one change was tried and is well', () => {
    fc.assert(
      fc.property(
        breaker,
        figures,
        fc.constantFrom(
          'none' as const,
          'pending' as const,
          'passed' as const,
          'failed' as const,
          'gone' as const,
        ),
        (now, known, canary) => {
          const cause = causeToOpen(known, LIMITS);
          const step = decideBreaker({
            breaker: now,
            figures: known,
            canary,
            limits: LIMITS,
            now: NOW,
          });
          switch (now.state) {
            case 'closed':
              expect(step?.to).toBe(cause ? 'open' : undefined);
              break;
            case 'open':
              expect(step?.to).toBe(
                !cause && now.since <= ago(HOUR) ? 'half-open' : undefined,
              );
              break;
            default:
              expect(step?.to === 'closed').toBe(canary === 'passed' && !cause);
              expect(step?.to === 'open').toBe(
                canary === 'failed' || cause !== undefined,
              );
          }
        },
      ),
    );
  });

  it('opens on each cause exactly at its limit, and on none below', () => {
    const calm = breakerFigures({ outcomes: [], after: '', now: NOW });
    expect(causeToOpen(calm, LIMITS)).toBeUndefined();
    for (const [below, at, cause] of [
      [{ failedInARow: 2 }, { failedInARow: 3 }, 'failed-deliveries'],
      [
        { declined: { count: 3, of: 3 } },
        { declined: { count: 2, of: 4 } },
        'declined',
      ],
      [
        { rolledBack: { count: 1, of: 5 } },
        { rolledBack: { count: 1, of: 4 } },
        'rolled-back',
      ],
      [
        { policyErrors: { count: 2, of: 5 } },
        { policyErrors: { count: 3, of: 5 } },
        'policy-errors',
      ],
      [{ costAgeDays: 2 }, { costAgeDays: 3 }, 'stale-costs'],
    ] as const) {
      expect(causeToOpen({ ...calm, ...below }, LIMITS)).toBeUndefined();
      expect(causeToOpen({ ...calm, ...at }, LIMITS)?.cause).toBe(cause);
    }
  });

  it('counts what happened after an instant, failures up to the last that went well', () => {
    fc.assert(
      fc.property(outcomes, fc.integer({ min: 0, max: 100 }), (all, hours) => {
        const after = ago(hours * HOUR);
        const counted = all.filter(({ at }) => at > after);
        const of = (kind: string) =>
          counted.filter(outcome => outcome.kind === kind).length;
        const found = breakerFigures({ outcomes: all, after, now: NOW });
        expect(found.declined).toEqual({
          count: of('declined'),
          of: of('declined') + of('merged'),
        });
        expect(found.rolledBack.count).toBe(of('reverted'));
        expect(found.rolledBack.of).toBeGreaterThanOrEqual(of('reverted'));
        expect(found.failedInARow).toBeLessThanOrEqual(of('failed'));
        expect(found.failedInARow === of('failed') || of('delivered') > 0).toBe(
          true,
        );
        expect(found.costAgeDays).toBeUndefined();
      }),
    );
    const age = (newestCostDay: string) =>
      breakerFigures({ outcomes: [], after: '', newestCostDay, now: NOW })
        .costAgeDays;
    expect([age('2026-11-21'), age('2026-11-19'), age('2026-11-16')]).toEqual([
      0, 0, 3,
    ]);
  });
});
