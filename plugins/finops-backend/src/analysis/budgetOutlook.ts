import {
  BudgetOutlook,
  budgetOverrun,
  Forecast,
  forecast,
  Series,
} from '@apexlogic/backstage-plugin-finops-analysis';
import {
  addDays,
  Day,
  DAY_MS,
  dayOf,
  MICROS_PER_UNIT,
  Money,
} from '@apexlogic/backstage-plugin-finops-common';
import { costSeries, DayAmount } from './costSeries';

/** Nominal coverage of the interval told, and of a wide one that the chance is taken from. */
const LEVELS = [0.8, 0.95];

/** What is to be thought of a budget of the present calendar month. */
export interface JudgedBudget {
  readonly outlook: BudgetOutlook;
  /** Half-open. */
  readonly month: { readonly start: Day; readonly end: Day };
  /** The day on which it will as likely as not be passed; absent when it is, or will rather be kept. */
  readonly passedOn?: Day;
  /** First day that is forecast: the one after the last that billing will not restate. */
  readonly firstDay: Day;
  readonly result: Forecast;
  /** Daily cost, provisional days among it. */
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
  const built = costSeries(amounts);
  if (!built) {
    return undefined;
  }
  const { series, provisionalPoints } = built;
  const finals = series.values.length - provisionalPoints;
  const firstDay = dayOf((series.start + finals * series.step) * 1000);
  const horizon = daysFrom(firstDay, month.end);
  if (horizon <= 0) {
    return undefined;
  }
  const result = forecast(
    { ...series, values: series.values.slice(0, finals) },
    { horizon, levels: LEVELS, period: 7 },
  );
  if (result.kind === 'abstention') {
    return undefined;
  }
  const spent = amounts
    .filter(({ day }) => day >= month.start && day < firstDay)
    .reduce((sum, { micros }) => sum + micros / MICROS_PER_UNIT, 0);
  // Where billing lags into the month before, its last days are forecast as well, and are not of this one.
  const early = result.mean
    .slice(0, Math.max(0, daysFrom(firstDay, month.start)))
    .reduce((sum, value) => sum + value, 0);
  const outlook = budgetOverrun({
    spent: spent - early,
    budget: budget.amountMicros / MICROS_PER_UNIT,
    forecast: result,
  });
  const { likelyDay = -1 } = outlook;
  return {
    outlook,
    month,
    ...(likelyDay >= 0 ? { passedOn: addDays(firstDay, likelyDay) } : {}),
    firstDay,
    result,
    series,
  };
}

/** Days from one to the other; negative when it came before. */
export function daysFrom(from: Day, to: Day): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

function monthOf(now: string): JudgedBudget['month'] {
  const start = `${dayOf(now).slice(0, 7)}-01`;
  return { start, end: `${addDays(start, 31).slice(0, 7)}-01` };
}
