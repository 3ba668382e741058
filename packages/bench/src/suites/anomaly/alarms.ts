import { NabSeries, probationRows } from './nabScore';

/** Alarms of one threshold, counted by event. */
export interface AlarmCounts {
  readonly found: number;
  readonly windows: number;
  /** Runs of alarm rows outside the windows. */
  readonly falseAlarms: number;
}

/** Counts what someone on call would: windows with an alarm, and runs of alarm rows outside of them. */
export function countAlarms(
  series: readonly NabSeries[],
  threshold: number,
): AlarmCounts {
  let found = 0;
  let windows = 0;
  let falseAlarms = 0;
  for (const one of series) {
    const { scores } = one;
    const first = probationRows(scores.length);
    const windowOf = new Int32Array(scores.length).fill(-1);
    one.windows.forEach(([from, to], index) =>
      windowOf.fill(index, from, to + 1),
    );
    const hit = new Set<number>();
    let inRun = false;
    for (let i = first; i < scores.length; i++) {
      const alarm = scores[i] >= threshold;
      if (alarm && windowOf[i] >= 0) {
        hit.add(windowOf[i]);
      } else if (alarm && !inRun) {
        falseAlarms += 1;
      }
      inRun = alarm && windowOf[i] < 0;
    }
    found += hit.size;
    windows += one.windows.length;
  }
  return { found, windows, falseAlarms };
}
