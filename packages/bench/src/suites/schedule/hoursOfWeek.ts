import { Window } from '../rightsizing/types';

const HOUR_S = 3600;
const HOURS_OF_WEEK = 168;

/** Share of the capacity below which an hour's maximum must stay to count as off. */
const OFF_SHARE = 0.05;

/** Share of the capacity in use; a machine that is switched off uses nothing of it. */
export function shareOfCapacity({ trace }: Window, row: number): number {
  const used = trace.use[row];
  return used > 0 ? used / (trace.capacity?.[row] ?? NaN) : 0;
}

/** For each UTC hour of the week of a window whether it was off; undefined without a measurement. */
export function offHours(window: Window): (boolean | undefined)[] {
  const off = new Array<boolean | undefined>(HOURS_OF_WEEK).fill(undefined);
  for (let row = window.fitTo; row < window.judgeTo; row++) {
    const hour = hourOfWeek(window.trace.times[row]);
    off[hour] = (off[hour] ?? true) && shareOfCapacity(window, row) < OFF_SHARE;
  }
  return off;
}

/** Hours from Sunday 00:00 UTC. */
export function hourOfWeek(time: number): number {
  // 1970-01-01 was a Thursday.
  return (Math.floor(time / HOUR_S) + 4 * 24) % HOURS_OF_WEEK;
}
