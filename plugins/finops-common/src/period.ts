/**
 * A half-open span of time, `[start, end)`, both ISO 8601 UTC instants.
 *
 * @public
 */
export interface Period {
  readonly start: string;
  readonly end: string;
}

/** A calendar day in UTC, `YYYY-MM-DD`. @public */
export type Day = string;

/** Milliseconds in a UTC day. @public */
export const DAY_MS = 86_400_000;

/** The UTC day an instant lies in. @public */
export function dayOf(instant: Date | number | string): Day {
  return new Date(instant).toISOString().slice(0, 10);
}

/** `day` moved by whole days. @public */
export function addDays(day: Day, days: number): Day {
  return dayOf(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS);
}

/** The days of `[start, end)`, oldest first. @public */
export function daysBetween(start: Day, end: Day): Day[] {
  const days: Day[] = [];
  for (let day = start; day < end; day = addDays(day, 1)) {
    days.push(day);
  }
  return days;
}

/** The period that covers `[start, end)` whole UTC days. @public */
export function periodOfDays(start: Day, end: Day): Period {
  return { start: `${start}T00:00:00.000Z`, end: `${end}T00:00:00.000Z` };
}

/** Length in days, fractions included. @public */
export function periodDays(period: Period): number {
  return (Date.parse(period.end) - Date.parse(period.start)) / DAY_MS;
}
