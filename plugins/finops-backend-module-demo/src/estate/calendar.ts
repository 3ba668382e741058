/** Seconds between points of the recorded metrics. */
export const STEP_SECONDS = 300;
export const HOUR_SECONDS = 3_600;
export const DAY_SECONDS = 86_400;

/** Days the organisation rests, besides weekends, as `MM-DD`. */
const FIXED_HOLIDAYS: readonly string[] = ['01-01', '05-01', '12-25', '12-26'];

/**
 * A company holiday tied to the newest data instead of the calendar, so that every recording holds
 * at least one: the Monday on or before this many days earlier.
 */
const FLOATING_HOLIDAY_DAYS_BEFORE_NOW = 24;

/** Where an instant lies in the rhythm of the organisation. */
export interface Instant {
  /** Epoch seconds. */
  readonly epoch: number;
  /** Number of the 5-minute step since the epoch. */
  readonly index: number;
  /** Hour of the UTC day with fraction, 0..24. */
  readonly hour: number;
  /** 0 = Sunday. */
  readonly weekday: number;
  readonly holiday: boolean;
}

/** Tells instants of the estate's time. */
export interface Calendar {
  /** Epoch seconds the recording is anchored to: `now` rounded down to the hour. */
  readonly anchor: number;
  /** Epoch seconds of the oldest point. */
  readonly start: number;
  /** Epoch seconds of `hour` o'clock UTC on the day that lies `days` before the anchor's. */
  daysBefore(days: number, hour?: number): number;
  instant(index: number): Instant;
}

export function createCalendar(options: {
  readonly now: Date;
  readonly days: number;
}): Calendar {
  const anchor =
    Math.floor(options.now.getTime() / 1000 / HOUR_SECONDS) * HOUR_SECONDS;
  const anchorDay = Math.floor(anchor / DAY_SECONDS);
  const start = (anchorDay - options.days) * DAY_SECONDS;
  const candidate = anchorDay - FLOATING_HOLIDAY_DAYS_BEFORE_NOW;
  const floatingHoliday = candidate - ((weekdayOf(candidate) + 6) % 7);
  const holidayByDay = new Map<number, boolean>();

  function isHoliday(day: number): boolean {
    let holiday = holidayByDay.get(day);
    if (holiday === undefined) {
      holiday =
        day === floatingHoliday ||
        FIXED_HOLIDAYS.includes(
          new Date(day * DAY_SECONDS * 1000).toISOString().slice(5, 10),
        );
      holidayByDay.set(day, holiday);
    }
    return holiday;
  }

  return {
    anchor,
    start,
    daysBefore: (days, hour = 0) =>
      (anchorDay - days) * DAY_SECONDS + hour * HOUR_SECONDS,
    instant(index) {
      const epoch = index * STEP_SECONDS;
      const day = Math.floor(epoch / DAY_SECONDS);
      return {
        epoch,
        index,
        hour: (epoch - day * DAY_SECONDS) / HOUR_SECONDS,
        weekday: weekdayOf(day),
        holiday: isHoliday(day),
      };
    },
  };
}

/** The ISO instant of epoch seconds. */
export function isoOf(epoch: number): string {
  return new Date(epoch * 1000).toISOString();
}

/** Days since 1 January 1970, a Thursday. */
function weekdayOf(day: number): number {
  return (day + 4) % 7;
}
