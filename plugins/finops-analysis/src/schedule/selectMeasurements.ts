import { Abstention } from '@apexlogic/backstage-plugin-finops-common';
import { abstainFromSchedule, SCHEDULE_PARAMETERS } from './scheduleParameters';
import { CpuUsage } from './types';

const DAY_S = 86_400;
/** Later times have no date. */
const MAXIMUM_TIME_S = 8e12;
const { windowDays, minimumDays, minimumPoints, staleAfterDays } =
  SCHEDULE_PARAMETERS;

/** The measurements of the window `[from, now)`. */
export interface Measurements {
  readonly kind: 'measurements';
  /** Indices into the usage. */
  readonly rows: Int32Array;
  readonly from: number;
  readonly now: number;
}

/**
 * Picks what is known of the last two weeks, or says why that is too little.
 *
 * @throws TypeError when the columns differ in length.
 */
export function selectMeasurements(
  usage: CpuUsage,
  wantedNow: number | undefined,
): Measurements | Abstention {
  const { times, used, capacity } = usage;
  if (
    used.length !== times.length ||
    (typeof capacity !== 'number' && capacity.length !== times.length)
  ) {
    throw new TypeError(
      `columns of ${times.length} times, ${used.length} used and ${
        typeof capacity === 'number' ? 'one' : capacity.length
      } capacity differ in length`,
    );
  }
  const isMeasured = (row: number) =>
    Math.abs(times[row]) < MAXIMUM_TIME_S &&
    Number.isFinite(used[row]) &&
    used[row] >= 0;
  let now = wantedNow ?? -Infinity;
  if (wantedNow === undefined) {
    for (let row = 0; row < times.length; row++) {
      // A measurement at `now` is part of the window when it is all that tells the time.
      if (isMeasured(row) && times[row] >= now) {
        now = times[row] + 1;
      }
    }
  }
  const from = now - windowDays * DAY_S;
  const rows = new Int32Array(times.length);
  const days = new Set<number>();
  let count = 0;
  let latest = -Infinity;
  for (let row = 0; row < times.length; row++) {
    if (isMeasured(row) && times[row] >= from && times[row] < now) {
      rows[count] = row;
      count += 1;
      days.add(Math.floor((times[row] - from) / DAY_S));
      latest = Math.max(latest, times[row]);
    }
  }
  if (days.size < minimumDays) {
    return abstainFromSchedule(
      'not-enough-history',
      `measurements on ${days.size} of the last ${windowDays} days, ${minimumDays} are needed`,
    );
  }
  if (count < minimumPoints) {
    return abstainFromSchedule(
      'not-enough-points',
      `${count} measurements in the last ${windowDays} days, ${minimumPoints} are needed`,
    );
  }
  if (now - latest > staleAfterDays * DAY_S) {
    return abstainFromSchedule(
      'stale-data',
      `the newest measurement is ${Math.floor(
        (now - latest) / DAY_S,
      )} days old, at most ${staleAfterDays} are allowed`,
    );
  }
  return { kind: 'measurements', rows: rows.subarray(0, count), from, now };
}
