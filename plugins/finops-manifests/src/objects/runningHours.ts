import type { ScheduleOffHoursAction } from '@apexlogic/backstage-plugin-finops-common';

/** The hours of an action as cron expressions know them. */
export interface CronHours {
  readonly kind: 'hours';
  /** Days of starting, 0 = Sunday, as cron writes them: `1-5`, `0,6`, `*`. */
  readonly upDays: string;
  /** Days of stopping. */
  readonly downDays: string;
  readonly isOvernight: boolean;
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
/** `Intl` also knows offsets, which are no IANA names. */
const ZONE = /^[A-Za-z][\w+-]*(\/[A-Za-z][\w+-]*)*$/;
const DAYS = 7;

/** Checks the hours of an action; a text says what is wrong with them. */
export function cronHours(action: ScheduleOffHoursAction): CronHours | string {
  const { timeZone, weekdays, up, down, mechanism } = action;
  if (!isZone(timeZone)) {
    return `'${timeZone}' is not an IANA time zone`;
  }
  const wrong = [up, down].find(time => !TIME.test(time));
  if (wrong !== undefined || up === down) {
    return wrong === undefined
      ? `It cannot start and stop at ${up} alike`
      : `'${wrong}' is not a time of day (HH:MM)`;
  }
  const days = [...new Set(weekdays)];
  if (
    days.length === 0 ||
    days.some(day => !Number.isInteger(day) || day < 1 || day > DAYS)
  ) {
    return `${JSON.stringify(weekdays)} are not ISO weekdays (1 to 7)`;
  }
  const isOvernight = down < up;
  if (isOvernight && mechanism === 'kube-green' && days.length < DAYS) {
    // One list of days stands for both times: it would stop on the evening it is to run through.
    return `A SleepInfo cannot run from ${up} to ${down} on some days only; KEDA can`;
  }
  return {
    kind: 'hours',
    upDays: cronDays(days),
    downDays: cronDays(isOvernight ? days.map(day => day + 1) : days),
    isOvernight,
  };
}

function isZone(timeZone: string): boolean {
  if (!ZONE.test(timeZone)) {
    return false;
  }
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone }));
  } catch {
    return false;
  }
}

function cronDays(days: readonly number[]): string {
  const sorted = days.map(day => day % DAYS).sort((a, b) => a - b);
  if (sorted.length === DAYS) {
    return '*';
  }
  const [first] = sorted;
  const last = sorted.at(-1)!;
  return sorted.length > 2 && last - first === sorted.length - 1
    ? `${first}-${last}`
    : sorted.join(',');
}
