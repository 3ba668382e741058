import { Forecast } from './types';

/** Growth of errors of sums with the number of days, as in the forecaster. */
const SUM_EXPONENT = 0.75;
/** The first day on which an overrun is at least this likely is the earliest worth a warning. */
const EARLY_PROBABILITY = 0.1;

/** @public */
export interface BudgetQuestion {
  /** Spent in the period so far: only days that will not be restated. Same unit as the forecast. */
  readonly spent: number;
  readonly budget: number;
  /** Of the rest of the period, a value a day. */
  readonly forecast: Forecast;
}

/** @public */
export interface BudgetOutlook {
  /** Chance that the period ends above the budget, 0..1. */
  readonly probability: number;
  /**
   * Index of the forecast day on which the budget is passed as likely as not; -1 = it already is;
   * absent when it is more likely kept.
   */
  readonly likelyDay?: number;
  /** The first day on which it is passed with a chance of one in ten; as above. */
  readonly earliestDay?: number;
  /** Spend at the end of the period, and its interval per level. */
  readonly end: {
    readonly mean: number;
    readonly intervals: readonly {
      readonly level: number;
      readonly lower: number;
      readonly upper: number;
    }[];
  };
}

/**
 * Whether and when a budget will be passed.
 *
 * @remarks
 *
 * What the rest of the period will cost is taken for normal around the forecast, as wide as its
 * widest interval says; of its first days the uncertainty is smaller, in the proportion in which errors of
 * sums grow.
 *
 * @throws RangeError when spend or budget is not finite.
 *
 * @public
 */
export function budgetOverrun({
  spent,
  budget,
  forecast,
}: BudgetQuestion): BudgetOutlook {
  if (!Number.isFinite(spent) || !Number.isFinite(budget)) {
    throw new RangeError(`cannot compare ${spent} spent with ${budget}`);
  }
  const { mean, total } = forecast;
  const deviation = deviationOfTotal(forecast);
  const left = budget - spent;
  let sum = 0;
  let probability = left < 0 ? 1 : 0;
  let likelyDay = left < 0 ? -1 : undefined;
  let earliestDay = likelyDay;
  for (let day = 0; day < mean.length; day++) {
    sum += mean[day];
    const usual = deviation * ((day + 1) / mean.length) ** SUM_EXPONENT;
    // What is spent stays spent: a chance of having passed it never falls.
    probability = Math.max(probability, chanceAbove(left, sum, usual));
    if (likelyDay === undefined && probability >= 0.5) {
      likelyDay = day;
    }
    if (earliestDay === undefined && probability >= EARLY_PROBABILITY) {
      earliestDay = day;
    }
  }
  return {
    probability,
    ...(likelyDay === undefined ? {} : { likelyDay }),
    ...(earliestDay === undefined ? {} : { earliestDay }),
    end: {
      mean: spent + total.mean,
      intervals: total.intervals.map(({ level, lower, upper }) => ({
        level,
        lower: spent + lower,
        upper: spent + upper,
      })),
    },
  };
}

/** Standard deviation of the sum, from the widest interval; 0 without intervals. */
function deviationOfTotal({ total }: Forecast): number {
  const widest = [...total.intervals].sort((a, b) => b.level - a.level)[0];
  return widest
    ? (widest.upper - widest.lower) / 2 / normalQuantile(widest.level)
    : 0;
}

function chanceAbove(limit: number, mean: number, deviation: number): number {
  if (!(deviation > 0)) {
    return mean > limit ? 1 : 0;
  }
  return 1 - normalShare((limit - mean) / deviation);
}

/** Share of a standard normal below z: Abramowitz & Stegun 26.2.17, absolute error below 7.5e-8. */
export function normalShare(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  const polynomial =
    t *
    (0.31938153 +
      t *
        (-0.356563782 +
          t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const above = density * polynomial;
  return z >= 0 ? 1 - above : above;
}

/** The z that a standard normal is within ±z of with this probability, by bisection. */
export function normalQuantile(level: number): number {
  let low = 0;
  let high = 10;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (2 * normalShare(middle) - 1 < level) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return (low + high) / 2;
}
