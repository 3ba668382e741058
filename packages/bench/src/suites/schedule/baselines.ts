import { firstAtOrAfter } from '../rightsizing/loadTraces';
import { Window } from '../rightsizing/types';
import { hourOfWeek, shareOfCapacity } from './hoursOfWeek';

const DAY_S = 86_400;

/** Rules of other tools for idle machines, without their limits on the network, which is unknown here. */
export const IDLE_BASELINES: Readonly<
  Record<string, (window: Window) => boolean>
> = {
  'gcp-idle': gcpIdle,
  'optscale-idle': optscaleIdle,
  always: () => true,
};

/** Rules of other tools for the hours of the week, true = off. */
export const OFF_BASELINES: Readonly<
  Record<string, (window: Window) => boolean[]>
> = {
  'optscale-schedule': optscaleSchedule,
  always: () => new Array<boolean>(168).fill(true),
};

/** Below 0.03 vCPU for 97 % of 14 days. */
function gcpIdle({ trace, fitFrom, fitTo }: Window): boolean {
  let idle = 0;
  for (let row = fitFrom; row < fitTo; row++) {
    idle += trace.use[row] < 0.03 ? 1 : 0;
  }
  return idle >= 0.97 * (fitTo - fitFrom);
}

/** A mean of at most 5 % over seven days. */
function optscaleIdle(window: Window): boolean {
  const { trace, now, fitTo } = window;
  const from = firstAtOrAfter(trace.times, now - 7 * DAY_S);
  let sum = 0;
  for (let row = from; row < fitTo; row++) {
    sum += shareOfCapacity(window, row);
  }
  return fitTo > from && sum / (fitTo - from) <= 0.05;
}

/** A mean of at most 5 % in that hour of the week over 14 days. */
function optscaleSchedule(window: Window): boolean[] {
  const sums = new Float64Array(168);
  const rows = new Float64Array(168);
  for (let row = window.fitFrom; row < window.fitTo; row++) {
    const hour = hourOfWeek(window.trace.times[row]);
    sums[hour] += shareOfCapacity(window, row);
    rows[hour] += 1;
  }
  return Array.from(sums, (sum, hour) => sum / rows[hour] <= 0.05);
}
