import { Day, DAY_MS } from '@apexlogic/backstage-plugin-finops-common';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Units from the largest; a length is told in the first that fits at least `from` long. */
const UNITS: readonly { from: number; length: number; name: string }[] = [
  { from: 60 * DAY_MS, length: 30 * DAY_MS, name: 'month' },
  { from: DAY_MS, length: DAY_MS, name: 'day' },
  { from: HOUR_MS, length: HOUR_MS, name: 'hour' },
  { from: MINUTE_MS, length: MINUTE_MS, name: 'minute' },
];

/** A length of time in words, in its largest whole unit: "3 days", "2 hours". */
export function durationInWords(milliseconds: number): string {
  const unit = UNITS.find(({ from }) => milliseconds >= from);
  if (!unit) {
    return 'less than a minute';
  }
  const count = Math.floor(milliseconds / unit.length);
  return `${count} ${unit.name}${count === 1 ? '' : 's'}`;
}

/** "3 days ago"; "just now" below a minute or for an instant that is a clock's skew ahead. */
export function ageInWords(instant: string, now: number): string {
  const age = now - Date.parse(instant);
  return age < MINUTE_MS ? 'just now' : `${durationInWords(age)} ago`;
}

/** A UTC day for people: "12 Oct", with the year when it is not the year of `now`. */
export function formatDay(day: Day, now: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year:
      date.getUTCFullYear() === new Date(now).getUTCFullYear()
        ? undefined
        : 'numeric',
    timeZone: 'UTC',
  }).format(date);
}

/** A month for people: "October 2026". */
export function formatMonth(month: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(new Date(`${month}-01T00:00:00Z`));
}

/** An instant in the viewer's zone, and in UTC for the hover. */
export function formatInstant(instant: string): { local: string; utc: string } {
  const date = new Date(instant);
  const format: Intl.DateTimeFormatOptions = {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  };
  return {
    local: new Intl.DateTimeFormat('en-GB', format).format(date),
    utc: `${new Intl.DateTimeFormat('en-GB', {
      ...format,
      year: 'numeric',
      timeZone: 'UTC',
    }).format(date)} UTC`,
  };
}
