import { Abstention } from '@apexlogic/backstage-plugin-finops-common';
import { localHours } from './localHours';
import {
  abstainFromSchedule,
  SCHEDULE_MODEL,
  SCHEDULE_PARAMETERS,
} from './scheduleParameters';
import { Measurements, selectMeasurements } from './selectMeasurements';
import { switchOffMoney } from './switchOffMoney';
import { CpuUsage, ScheduleOptions, WeeklySchedule } from './types';

const P = SCHEDULE_PARAMETERS.off;
const HOURS_OF_DAY = 24;
const DAYS_OF_WEEK = 7;
/** 1970-01-01 was a Thursday. */
const WEEKDAY_OF_EPOCH = 4;
/** The kind of day that a holiday is, after the weekdays 0 (Sunday) to 6. */
const HOLIDAY = 7;

const UNKNOWN = 0;
const UNUSED = 1;
const USED = 2;

/** What is known of each local hour. */
interface Hours {
  /** UNKNOWN, UNUSED or USED, from midnight of the first day. */
  readonly states: Uint8Array;
  /** Kind of each day. */
  readonly kinds: readonly number[];
}

/**
 * Learns in which hours of the week a machine can be off: where less than 5 % of its capacity was
 * used throughout, in two weeks that count the more the later. The same weekday counts double, a
 * working day hardly tells of Saturday and Sunday nor they of it, and the hours before and after count a little, so that a start that varies is not cut off. An hour of
 * a weekday that was never measured stays on. A machine that was switched off was not used.
 *
 * @throws TypeError when the columns of the usage differ in length.
 *
 * @public
 */
export function learnSchedule(
  usage: CpuUsage,
  options: ScheduleOptions = {},
): WeeklySchedule | Abstention {
  const timeZone = options.timeZone ?? 'UTC';
  const toHour = hoursOf(timeZone);
  if (!toHour) {
    return abstainFromSchedule(
      'not-supported',
      `the time zone '${timeZone}' is unknown`,
    );
  }
  const selected = selectMeasurements(usage, options.now);
  if (selected.kind === 'abstention') {
    return selected;
  }
  const hours = hoursOfUse(usage, selected, toHour, options.holidays ?? []);
  const chanceOfUse = new Float64Array(DAYS_OF_WEEK * HOURS_OF_DAY);
  for (let hour = 0; hour < chanceOfUse.length; hour++) {
    chanceOfUse[hour] = chanceOf(
      hours,
      Math.floor(hour / HOURS_OF_DAY),
      hour % HOURS_OF_DAY,
    );
  }
  const off = Array.from(chanceOfUse, isOff);
  const offHoursPerWeek = off.filter(Boolean).length;
  const expectedUsedOffHours = chanceOfUse.reduce(
    (sum, chance, hour) => sum + (off[hour] ? chance : 0),
    0,
  );
  return {
    kind: 'schedule',
    timeZone,
    off,
    chanceOfUse,
    ...holidayHours(hours),
    offHoursPerWeek,
    expectedUsedOffHours,
    confidence:
      offHoursPerWeek > 0 ? 1 - expectedUsedOffHours / offHoursPerWeek : 0,
    ...switchOffMoney(
      options.pricePerHour,
      offHoursPerWeek,
      expectedUsedOffHours,
    ),
    model: SCHEDULE_MODEL,
  };
}

function hoursOf(timeZone: string): ((time: number) => number) | undefined {
  try {
    return localHours(timeZone);
  } catch {
    return undefined;
  }
}

function isOff(chance: number): boolean {
  return chance <= P.maximumChance + P.surprise;
}

function hoursOfUse(
  { times, used, capacity }: CpuUsage,
  { rows, from, now }: Measurements,
  toHour: (time: number) => number,
  holidays: readonly string[],
): Hours {
  const firstDay = Math.floor(toHour(from) / HOURS_OF_DAY);
  const lastDay = Math.floor(toHour(now - 1) / HOURS_OF_DAY);
  const first = firstDay * HOURS_OF_DAY;
  const states = new Uint8Array((lastDay - firstDay + 1) * HOURS_OF_DAY);
  for (const row of rows) {
    const hour = toHour(times[row]) - first;
    const limit = typeof capacity === 'number' ? capacity : capacity[row];
    // Use of an unknown capacity is use.
    const isUsed = used[row] > 0 && !(used[row] < P.capacityShare * limit);
    if (isUsed || states[hour] === UNKNOWN) {
      states[hour] = isUsed ? USED : UNUSED;
    }
  }
  const special = new Set(holidays);
  const kinds = Array.from({ length: lastDay - firstDay + 1 }, (_, i) => {
    const day = firstDay + i;
    const date = new Date(day * HOURS_OF_DAY * 3_600_000)
      .toISOString()
      .slice(0, 10);
    return special.has(date)
      ? HOLIDAY
      : (day + WEEKDAY_OF_EPOCH) % DAYS_OF_WEEK;
  });
  return { states, kinds };
}

/** How much a day of one kind tells of another kind. */
function likeness(one: number, two: number): number {
  if (one === two) {
    return P.sameWeekday;
  }
  return isWeekend(one) === isWeekend(two) ? 1 : P.otherPartOfWeek;
}

function isWeekend(kind: number): boolean {
  return kind === 0 || kind === 6;
}

/** Weighted share of used hours at this time of day; 1 where this kind of day was never measured. */
function chanceOf(
  { states, kinds }: Hours,
  kind: number,
  hour: number,
): number {
  let weights = 0;
  let usedWeights = 0;
  let isMeasured = false;
  for (let day = 0; day < kinds.length; day++) {
    // Holidays tell nothing of other days, nor they of holidays.
    if ((kinds[day] === HOLIDAY) !== (kind === HOLIDAY)) {
      continue;
    }
    const dayWeight =
      0.5 ** ((kinds.length - 1 - day) / P.halfLifeDays) *
      likeness(kinds[day], kind);
    for (let offset = -1; offset <= 1; offset++) {
      const state = states[day * HOURS_OF_DAY + hour + offset] ?? UNKNOWN;
      if (state !== UNKNOWN) {
        const weight = dayWeight * (offset === 0 ? 1 : P.neighbour);
        weights += weight;
        usedWeights += state === USED ? weight : 0;
        isMeasured ||= offset === 0 && kinds[day] === kind;
      }
    }
  }
  return isMeasured ? Math.min(1, usedWeights / weights + P.surprise) : 1;
}

function holidayHours(hours: Hours): { holidayOff?: readonly boolean[] } {
  const seen = hours.kinds.filter(kind => kind === HOLIDAY).length;
  return seen < P.minimumHolidays
    ? {}
    : {
        holidayOff: Array.from({ length: HOURS_OF_DAY }, (_, hour) =>
          isOff(chanceOf(hours, HOLIDAY, hour)),
        ),
      };
}
