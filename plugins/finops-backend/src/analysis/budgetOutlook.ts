import {
  BudgetOutlook,
  budgetOverrun,
  Forecast,
  Series,
} from '@apexlogic/backstage-plugin-finops-analysis';
import {
  addDays,
  Day,
  dayOf,
  MICROS_PER_UNIT,
  Money,
} from '@apexlogic/backstage-plugin-finops-common';
import { DayAmount } from './costSeries';
import { forecastMonth, Month } from './forecastMonth';

/** Nominal coverage of the interval told, and of a wide one that the chance is taken from. */
const LEVELS = [0.8, 0.95];

/** What is to be thought of a budget of the present calendar month. */
export interface JudgedBudget {
  readonly outlook: BudgetOutlook;
  readonly month: Month;
  /** The day on which it will as likely as not be passed; absent when it is, or will rather be kept. */
  readonly passedOn?: Day;
  /** First day that is forecast. */
  readonly firstDay: Day;
  readonly result: Forecast;
  /** Daily cost in units, provisional days among it. */
  readonly series: Series;
}

/**
 * Whether the present month's budget will be passed, and when.
 *
 * @param amounts - in the currency of the budget; the present month and what it can be told from
 *
 * @returns nothing where the month is over for billing, or its rest cannot be forecast
 */
export function budgetOutlook(
  amounts: readonly DayAmount[],
  budget: Money,
  now: string,
): JudgedBudget | undefined {
  const month = monthOf(now);
  const judged = forecastMonth(amounts, month, LEVELS);
  if (judged?.rest?.kind !== 'forecast') {
    return undefined;
  }
  const { firstDay, spentMicros, rest, early, series } = judged;
  const outlook = budgetOverrun({
    spent: spentMicros / MICROS_PER_UNIT - early,
    budget: budget.amountMicros / MICROS_PER_UNIT,
    forecast: rest,
  });
  const { likelyDay = -1 } = outlook;
  return {
    outlook,
    month,
    ...(likelyDay >= 0 ? { passedOn: addDays(firstDay, likelyDay) } : {}),
    firstDay,
    result: rest,
    series,
  };
}

function monthOf(now: string): Month {
  const start = `${dayOf(now).slice(0, 7)}-01`;
  return { start, end: `${addDays(start, 31).slice(0, 7)}-01` };
}
