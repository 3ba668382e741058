import {
  Forecast,
  forecast,
  Series,
} from '@apexlogic/backstage-plugin-finops-analysis';
import {
  Abstention,
  Day,
  DAY_MS,
  dayOf,
} from '@apexlogic/backstage-plugin-finops-common';
import { costSeries, DayAmount } from './costSeries';

/** Days `[start, end)` of a calendar month. */
export interface Month {
  readonly start: Day;
  readonly end: Day;
}

/** Cost of a month: what is final and what is still to come. */
export interface MonthForecast {
  /** First day that is forecast: the one after the last that billing will not restate. */
  readonly firstDay: Day;
  /** Final cost of the month, micro-units. */
  readonly spentMicros: number;
  /** From `firstDay` to the end of the month; absent when all of the month is final. */
  readonly rest?: Forecast | Abstention;
  /**
   * Part of `rest`, in units, that lies before the month: where billing lags into the month before, its
   * last days are forecast as well, and are not of this one.
   */
  readonly early: number;
  /** Daily cost in units, provisional days among it. */
  readonly series: Series;
}

/**
 * Cost of a month in one currency; nothing where no cost is known.
 *
 * @param amounts - in one currency; the month and what it can be told from
 * @param levels - nominal coverage of the intervals, 0..1
 */
export function forecastMonth(
  amounts: readonly DayAmount[],
  month: Month,
  levels: readonly number[],
): MonthForecast | undefined {
  const built = costSeries(amounts);
  if (!built) {
    return undefined;
  }
  const { series, provisionalPoints } = built;
  const finals = series.values.length - provisionalPoints;
  const firstDay = dayOf((series.start + finals * series.step) * 1000);
  const spentMicros = amounts
    .filter(({ day }) => day >= month.start && day < firstDay)
    .reduce((sum, { micros }) => sum + micros, 0);
  const horizon = daysFrom(firstDay, month.end);
  if (horizon <= 0) {
    return { firstDay, spentMicros, early: 0, series };
  }
  const rest = forecast(
    { ...series, values: series.values.slice(0, finals) },
    { horizon, levels: [...levels], period: 7 },
  );
  const early =
    rest.kind === 'forecast'
      ? rest.mean
          .slice(0, Math.max(0, daysFrom(firstDay, month.start)))
          .reduce((sum, value) => sum + value, 0)
      : 0;
  return { firstDay, spentMicros, rest, early, series };
}

/** Days from one to the other; negative when it came before. */
export function daysFrom(from: Day, to: Day): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}
