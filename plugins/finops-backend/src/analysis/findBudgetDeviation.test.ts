import {
  addDays,
  dayOf,
  DAY_MS,
  moneyFromUnits,
} from '@apexlogic/backstage-plugin-finops-common';
import { findBudgetDeviation } from './findBudgetDeviation';

const ENTITY_REF = 'component:default/web';

/** About ten dollars a day up to `now`, the last two days provisional. */
function judge(options: {
  budget: number;
  currency?: string;
  now?: string;
  days?: number;
  provisional?: number;
  of?: (index: number) => number;
}) {
  const { now = '2026-11-21T06:00:00.000Z', days = 60 } = options;
  return findBudgetDeviation({
    entityRef: ENTITY_REF,
    sourceId: 'bill',
    budget: moneyFromUnits(options.budget, options.currency ?? 'USD'),
    now,
    amounts: Array.from({ length: days }, (_, index) => ({
      day: dayOf(Date.parse(now) - (days - index) * DAY_MS),
      micros: Math.round(
        (options.of?.(index) ?? 10 + Math.sin(index * 2.7) / 5) * 1e6,
      ),
      provisional: index >= days - (options.provisional ?? 2),
    })),
  });
}

describe('findBudgetDeviation', () => {
  it('says when the budget will be passed, by how much, and how sure that is', () => {
    const finding = judge({ budget: 250 })!;
    expect(finding).toMatchObject({
      kind: 'budget-deviation',
      entityRef: ENTITY_REF,
      title: 'The $250 budget of November will be passed about 25 Nov',
      ongoing: true,
      direction: 'above',
      period: {
        start: '2026-11-01T00:00:00.000Z',
        end: '2026-12-01T00:00:00.000Z',
      },
    });
    expect(finding.confidence).toBeGreaterThan(0.95);
    expect(finding.observed).toBeCloseTo(300, -1);
    expect(finding.monthlyImpact!.amountMicros / 1e6).toBeCloseTo(50, -1);
    expect(finding.monthlyImpact!.currency).toBe('USD');
    expect(finding.evidence[0].summary).toMatch(
      /\$\d+ are expected at its end, \$\d+ to \$\d+ in 80 of 100 cases/,
    );
    const [spent, expected, budget] = finding.evidence[0].series!;
    // 18 final days of November add up, the other twelve are forecast on top of them.
    expect(spent.values.filter(value => value !== null)).toHaveLength(18);
    expect(expected.values.filter(value => value !== null)).toHaveLength(12);
    expect(spent.values[17]).toBeCloseTo(180, -1);
    expect(expected.values[29]).toBeCloseTo(finding.observed!, 0);
    expect(new Set(budget.values)).toEqual(new Set([250]));
  });

  it('says that it is passed already', () => {
    expect(judge({ budget: 100 })).toMatchObject({
      title: 'The $100 budget of November is passed',
      confidence: 1,
    });
  });

  it('is quiet where it will rather be kept, and where nothing is known', () => {
    expect(judge({ budget: 320 })).toBeUndefined();
    expect(judge({ budget: 250, days: 0 })).toBeUndefined();
    expect(judge({ budget: 250, days: 3 })).toBeUndefined();
  });

  it('does not count the end of the month before, where billing lags into it', () => {
    // On the first of the month nothing of it is final; 30 days of about ten dollars are to come.
    const lag = (budget: number) =>
      judge({ budget, now: '2026-12-01T06:00:00.000Z', provisional: 3 });
    expect(lag(280)).toMatchObject({
      period: { end: '2027-01-01T00:00:00.000Z' },
    });
    expect(lag(280)!.observed).toBeCloseTo(310, -1);
    expect(lag(340)).toBeUndefined();
  });

  it('keeps its name over the month and has another in the next', () => {
    const id = (now: string) => judge({ budget: 250, now })!.id;
    expect(id('2026-11-20T06:00:00.000Z')).toBe(id('2026-11-22T06:00:00.000Z'));
    expect(id('2026-11-20T06:00:00.000Z')).not.toBe(
      id(`${addDays('2026-11-20', 30)}T06:00:00.000Z`),
    );
  });
});
