import { createHash } from 'node:crypto';
import {
  addDays,
  Day,
  DAY_MS,
  Evidence,
  formatMoney,
  MICROS_PER_UNIT,
  Money,
  moneyFromUnits,
} from '@apexlogic/backstage-plugin-finops-common';
import { StoredFinding } from '../database/FindingStore';
import { budgetOutlook, JudgedBudget } from './budgetOutlook';
import { DayAmount } from './costSeries';
import { daysFrom } from './forecastMonth';
import { toEvidenceSeries } from './series';

/** A budget is said to be at risk from this chance on: as likely passed as kept. */
const LEAST_PROBABILITY = 0.5;

const DAY_SECONDS = DAY_MS / 1000;

/** An entity's spend in the currency of one of its budgets. */
export interface BudgetedSpend {
  readonly entityRef: string;
  readonly sourceId: string;
  /** For a calendar month. */
  readonly budget: Money;
  /** In the currency of the budget; at least the present month and what it can be told from. */
  readonly amounts: readonly DayAmount[];
  readonly now: string;
}

/** Says that the present month's budget is, or will rather be passed than kept, and when. */
export function findBudgetDeviation(
  spend: BudgetedSpend,
): StoredFinding | undefined {
  const { entityRef, budget, amounts, now } = spend;
  const judged = budgetOutlook(amounts, budget, now);
  if (!judged) {
    return undefined;
  }
  const { outlook, month, passedOn } = judged;
  const limit = budget.amountMicros / MICROS_PER_UNIT;
  if (outlook.probability < LEAST_PROBABILITY) {
    return undefined;
  }
  const passed = passedInWords(passedOn);
  const title = `The ${formatMoney(budget, 'headline')} budget of ${nameOf(
    month.start,
  )} ${passed}`;
  return {
    id: createHash('sha256')
      .update([entityRef, 'budget', budget.currency, month.start].join('\n'))
      .digest('hex')
      .slice(0, 32),
    kind: 'budget-deviation',
    entityRef,
    signal: 'cost',
    title,
    period: { start: instantOf(month.start), end: instantOf(month.end) },
    ongoing: true,
    direction: 'above',
    observed: outlook.end.mean,
    monthlyImpact:
      outlook.end.mean > limit
        ? moneyFromUnits(outlook.end.mean - limit, budget.currency)
        : undefined,
    confidence: outlook.probability,
    model: judged.result.model,
    evidence: [evidenceOf(spend, title, judged)],
  };
}

function passedInWords(passedOn: Day | undefined): string {
  return passedOn === undefined
    ? 'is passed'
    : `will be passed about ${inWords(passedOn, {
        day: 'numeric',
        month: 'short',
      })}`;
}

function nameOf(day: Day): string {
  return inWords(day, { month: 'long' });
}

function inWords(day: Day, style: Intl.DateTimeFormatOptions): string {
  return new Date(instantOf(day)).toLocaleDateString('en-GB', {
    ...style,
    timeZone: 'UTC',
  });
}

function evidenceOf(
  spend: BudgetedSpend,
  title: string,
  { outlook, month, firstDay, result, series }: JudgedBudget,
): Evidence {
  const { currency } = spend.budget;
  const write = (units: number) =>
    formatMoney(moneyFromUnits(Math.max(0, units), currency), 'headline');
  const [{ lower, upper }] = outlook.end.intervals;
  const days = daysFrom(month.start, month.end);
  const start = secondsOf(month.start);
  // Spend adds up over the month: what is final, and from there what is forecast.
  const final = new Float64Array(days).fill(NaN);
  const expected = new Float64Array(days).fill(NaN);
  let sum = 0;
  for (let day = 0; day < days; day++) {
    const at = start + day * DAY_SECONDS;
    const index = daysFrom(firstDay, addDays(month.start, day));
    const value =
      index >= 0
        ? result.mean[index]
        : series.values[Math.round((at - series.start) / DAY_SECONDS)];
    sum += Number.isFinite(value) ? value : 0;
    (index >= 0 ? expected : final)[day] = sum;
  }
  const line = (values: Float64Array) => ({ start, step: DAY_SECONDS, values });
  return {
    id: `budget-${currency.toLowerCase()}`,
    kind: 'cost',
    sourceId: spend.sourceId,
    summary: `${title}: ${write(
      outlook.end.mean,
    )} are expected at its end, ${write(lower)} to ${write(upper)} in ${
      outlook.end.intervals[0].level * 100
    } of 100 cases; the chance to pass it is ${chanceInWords(
      outlook.probability,
    )}.`,
    window: { start: instantOf(month.start), end: instantOf(month.end) },
    series: [
      toEvidenceSeries(line(final), {
        label: `Spent (${currency})`,
        unit: 'money',
        role: 'observed',
      }),
      toEvidenceSeries(line(expected), {
        label: 'Forecast',
        unit: 'money',
        role: 'expected',
      }),
      toEvidenceSeries(
        line(
          new Float64Array(days).fill(
            spend.budget.amountMicros / MICROS_PER_UNIT,
          ),
        ),
        { label: 'Budget', unit: 'money', role: 'limit' },
      ),
    ],
  };
}

/** No forecast is certain, however far it is from the budget. */
function chanceInWords(probability: number): string {
  const percent = Math.round(probability * 100);
  if (percent >= 100) {
    return 'above 99 %';
  }
  return `${percent} %`;
}

function secondsOf(day: Day): number {
  return Date.parse(instantOf(day)) / 1000;
}

function instantOf(day: Day): string {
  return `${day}T00:00:00.000Z`;
}
