import { Series } from '@apexlogic/backstage-plugin-finops-analysis';
import {
  Day,
  daysBetween,
  MICROS_PER_UNIT,
} from '@apexlogic/backstage-plugin-finops-common';

/** Cost of one day in one currency, as the analysis needs it. */
export interface DayAmount {
  readonly day: Day;
  readonly micros: number;
  readonly provisional: boolean;
}

/** Coverage below this share of its usual level means a day is incomplete, not cheap. */
const INCOMPLETE_SHARE = 0.7;

const DAY_SECONDS = 86_400;

/**
 * Daily cost in major units as a regular series from the first to the last day with rows.
 * Days without rows and days whose coverage collapsed are missing, not zero.
 *
 * @param coverage - share explained per day, 0..1
 */
export function costSeries(
  amounts: readonly DayAmount[],
  coverage: ReadonlyMap<Day, number> = new Map(),
): { readonly series: Series; readonly provisionalPoints: number } | undefined {
  if (amounts.length === 0) {
    return undefined;
  }
  const byDay = new Map<Day, { micros: number; provisional: boolean }>();
  for (const { day, micros, provisional } of amounts) {
    const before = byDay.get(day);
    byDay.set(day, {
      micros: (before?.micros ?? 0) + micros,
      provisional: provisional || (before?.provisional ?? false),
    });
  }
  const known = [...byDay.keys()].sort();
  const first = known[0];
  const last = known[known.length - 1];
  const days = [...daysBetween(first, last), last];
  const usual = median([...coverage.values()]);
  const values = Float64Array.from(days, day => {
    const amount = byDay.get(day);
    const incomplete =
      usual !== undefined &&
      (coverage.get(day) ?? usual) < usual * INCOMPLETE_SHARE;
    return amount && !incomplete ? amount.micros / MICROS_PER_UNIT : NaN;
  });
  let provisionalPoints = 0;
  while (
    provisionalPoints < days.length &&
    (byDay.get(days[days.length - 1 - provisionalPoints])?.provisional ?? true)
  ) {
    provisionalPoints++;
  }
  return {
    series: {
      start: Date.parse(`${first}T00:00:00Z`) / 1000,
      step: DAY_SECONDS,
      values,
    },
    provisionalPoints,
  };
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length > 0 ? sorted[Math.floor(sorted.length / 2)] : undefined;
}
