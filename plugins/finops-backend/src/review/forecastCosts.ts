import {
  forecast,
  Forecast,
} from '@apexlogic/backstage-plugin-finops-analysis';
import {
  Abstention,
  addDays,
  Day,
  dayOf,
  Money,
  money,
  moneyFromUnits,
} from '@apexlogic/backstage-plugin-finops-common';
import { costSeries, DayAmount } from '../analysis/costSeries';
import { forecastMonth } from '../analysis/forecastMonth';
import { monthSpan } from './span';
import { Schemas } from './types';

/** Nominal coverage of the intervals shown. */
export const INTERVAL_LEVEL = 0.8;

/** Days forecast beside a chart. */
const CHART_DAYS = 30;

interface Prepared {
  readonly result: Forecast | Abstention;
  /** First day that is forecast: the one after the last day that billing will not restate. */
  readonly firstDay: Day;
}

/** The days after the last final one, with their interval; empty when the model abstains. */
export function forecastDays(amounts: readonly DayAmount[], currency: string) {
  const prepared = prepare(amounts, CHART_DAYS);
  if (prepared?.result.kind !== 'forecast') {
    return { days: [], model: undefined };
  }
  const { mean, intervals, model } = prepared.result;
  const band = intervals.find(interval => interval.level === INTERVAL_LEVEL)!;
  return {
    days: Array.from(mean, (value, index) => ({
      day: addDays(prepared.firstDay, index),
      mean: moneyFromUnits(value, currency),
      lower: moneyFromUnits(band.lower[index], currency),
      upper: moneyFromUnits(band.upper[index], currency),
    })),
    model,
  };
}

/** Cost of the present calendar month at its end: what is final so far and the forecast of the rest. */
export function monthEnd(
  amounts: readonly DayAmount[],
  currency: string,
  now: string,
): Schemas['MonthEnd'] {
  const month = dayOf(now).slice(0, 7);
  const { startDay, endDay } = monthSpan(month);
  const judged = forecastMonth(amounts, { start: startDay, end: endDay }, [
    INTERVAL_LEVEL,
  ]);
  if (!judged) {
    return { month };
  }
  const { spentMicros: spent, rest: result, early } = judged;
  if (!result) {
    const final = money(spent, currency);
    return {
      month,
      forecast: {
        expected: final,
        lower: final,
        upper: final,
        level: INTERVAL_LEVEL,
      },
    };
  }
  if (result.kind === 'abstention') {
    return { month, abstention: result };
  }
  const interval = result.total.intervals.find(
    candidate => candidate.level === INTERVAL_LEVEL,
  )!;
  const add = (units: number): Money =>
    money(
      spent + moneyFromUnits(Math.max(0, units - early), currency).amountMicros,
      currency,
    );
  return {
    month,
    forecast: {
      expected: add(result.total.mean),
      lower: add(interval.lower),
      upper: add(interval.upper),
      level: INTERVAL_LEVEL,
    },
  };
}

function prepare(
  amounts: readonly DayAmount[],
  horizon: number,
): Prepared | undefined {
  const built = costSeries(amounts);
  if (!built) {
    return undefined;
  }
  const { series, provisionalPoints } = built;
  const finals = series.values.length - provisionalPoints;
  const firstDay = dayOf((series.start + finals * series.step) * 1000);
  return {
    firstDay,
    result: forecast(
      { ...series, values: series.values.slice(0, finals) },
      { horizon, levels: [INTERVAL_LEVEL], period: 7 },
    ),
  };
}
