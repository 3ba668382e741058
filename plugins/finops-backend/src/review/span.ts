import {
  addDays,
  Day,
  dayOf,
  daysBetween,
} from '@apexlogic/backstage-plugin-finops-common';
import { FinopsError } from '../governance/errors';

/** Days shown unless asked otherwise. */
const DEFAULT_DAYS = 30;

/** Longest span answered at once. */
const MAX_DAYS = 400;

/** A half-open span of UTC days. */
export interface DaySpan {
  readonly startDay: Day;
  readonly endDay: Day;
}

/** Reads a span from a request; thirty days up to and with today unless told. */
export function readSpan(
  query: { startDay?: string; endDay?: string },
  now: string,
): DaySpan {
  const endDay = readDay(query.endDay) ?? addDays(dayOf(now), 1);
  const startDay = readDay(query.startDay) ?? addDays(endDay, -DEFAULT_DAYS);
  const days = (Date.parse(endDay) - Date.parse(startDay)) / 86_400_000;
  if (!(days >= 1 && days <= MAX_DAYS)) {
    throw new FinopsError(
      'bad-input',
      `The span must hold 1 to ${MAX_DAYS} days, it holds ${days}.`,
    );
  }
  return { startDay, endDay };
}

/** First day and first day after a calendar month. */
export function monthSpan(month: string): DaySpan {
  const startDay = `${month}-01`;
  const start = new Date(`${startDay}T00:00:00Z`);
  if (Number.isNaN(start.getTime())) {
    throw new FinopsError('bad-input', `'${month}' is not a calendar month.`);
  }
  return {
    startDay,
    endDay: dayOf(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1)),
  };
}

/** Days of a span. */
export function daysOfSpan({ startDay, endDay }: DaySpan): Day[] {
  return daysBetween(startDay, endDay);
}

function readDay(text: string | undefined): Day | undefined {
  if (text === undefined) {
    return undefined;
  }
  const instant = Date.parse(`${text}T00:00:00Z`);
  // Date.parse takes 31 February for 3 March.
  if (Number.isNaN(instant) || dayOf(instant) !== text) {
    throw new FinopsError('bad-input', `'${text}' is not a day (YYYY-MM-DD).`);
  }
  return text;
}
