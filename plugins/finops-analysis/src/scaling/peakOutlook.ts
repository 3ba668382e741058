import { DAY_MS } from '@apexlogic/backstage-plugin-finops-common';
import { COST_OPTIMIZER_PARAMETERS } from '../costOptimizer';
import { quantileOfSorted, sortedFinite } from '../robust';
import { Series } from '../types';

const { peakQuantile } = COST_OPTIMIZER_PARAMETERS.replicas;
const DAY_S = DAY_MS / 1000;
const WEEK_DAYS = 7;
/** Pairs of days a week apart that must agree on a rise before it is carried on. */
const AGREEING_PAIRS = 5;
/** A smaller rise from week to week is noise. */
const SMALLEST_GROWTH = 0.05;
/** What one week says of the next is not believed beyond this. */
const LARGEST_GROWTH = 0.5;
/** Half the width of the interval in spreads of the daily peaks; 90 % where these are normal. */
const INTERVAL_SPREADS = 1.645;

/** The highest use to expect in the week to come, in the unit of the series. @public */
export interface PeakOutlook {
  readonly expected: number;
  /** 90 % interval; `lower` ≤ `expected` ≤ `upper`. */
  readonly lower: number;
  readonly upper: number;
  /** Relative rise from week to week that it carries on; 0 where there is none to be sure of. */
  readonly growth: number;
}

/** The high quantile of each UTC weekday, of these the largest; 0 without a measurement. */
export function busiestWeekdayPeak(series: Series): number {
  const byWeekday: number[][] = [[], [], [], [], [], [], []];
  series.values.forEach((value, i) => {
    if (Number.isFinite(value)) {
      byWeekday[
        new Date((series.start + i * series.step) * 1000).getUTCDay()
      ].push(value);
    }
  });
  return Math.max(
    ...byWeekday.map(values =>
      quantileOfSorted(sortedFinite(values), peakQuantile),
    ),
  );
}

/**
 * The peak of the next week: `observed`, or the highest day of the latest week raised by the growth that
 * the same weekdays agree on. The interval is the spread of the daily peaks about the same weekday a week
 * before, or about each other where there is only one week.
 *
 * @param observed - from {@link busiestWeekdayPeak}
 */
export function peakOutlook(series: Series, observed: number): PeakOutlook {
  const end = series.start + series.values.length * series.step;
  const days = new Map<number, number[]>();
  series.values.forEach((value, i) => {
    if (Number.isFinite(value)) {
      const daysAgo = Math.floor(
        (end - (series.start + i * series.step) - 1) / DAY_S,
      );
      const day = days.get(daysAgo);
      if (day) {
        day.push(value);
      } else {
        days.set(daysAgo, [value]);
      }
    }
  });
  const peaks = new Map(
    [...days].map(([daysAgo, values]) => [
      daysAgo,
      quantileOfSorted(sortedFinite(values), peakQuantile),
    ]),
  );
  const ratios = [...peaks]
    .filter(([daysAgo]) => daysAgo < WEEK_DAYS)
    .map(([daysAgo, peak]) => ratioOf(peak, peaks.get(daysAgo + WEEK_DAYS)))
    .filter(ratio => ratio !== undefined);
  const middle = quantileOfSorted(sortedFinite(ratios), 0.5);
  const rises = ratios.filter(ratio => ratio > 1).length;
  const growth =
    rises >= AGREEING_PAIRS && middle - 1 >= SMALLEST_GROWTH
      ? Math.min(middle - 1, LARGEST_GROWTH)
      : 0;
  const latest = Math.max(
    0,
    ...[...peaks]
      .filter(([daysAgo]) => daysAgo < WEEK_DAYS)
      .map(([, peak]) => peak),
  );
  const expected =
    growth > 0 ? Math.max(observed, latest * (1 + growth)) : observed;
  const spread =
    ratios.length >= AGREEING_PAIRS
      ? spreadOf(ratios)
      : spreadOf([...peaks.values()]);
  const width = Math.min(INTERVAL_SPREADS * spread, 1);
  return {
    expected,
    lower: expected * (1 - width),
    upper: expected * (1 + width),
    growth,
  };
}

function ratioOf(
  after: number,
  before: number | undefined,
): number | undefined {
  return before !== undefined && before > 0 ? after / before : undefined;
}

/** Standard deviation relative to the mean; 0 for one value or a mean of 0. */
function spreadOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2 || !(mean > 0)) {
    return 0;
  }
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1)) / mean;
}
