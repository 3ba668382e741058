import { join } from 'node:path';
import { firstAtOrAfter, loadTable, withoutMissing } from './loadTraces';
import { LoadedSet, Window } from './types';

const DAY_S = 86_400;
const FIRST_FIT_DAYS = 7;
const FIT_DAYS = 14;
const MINIMUM_LAST_DAYS = 0.5;
/** Series sampled more often than this belong to another experiment of the set. */
const MINIMUM_STEP_S = 60;

/** Series without a unit: decided every day on up to two weeks, the next day judged. */
export async function loadCrane(
  folder: string,
  files: readonly string[],
): Promise<LoadedSet> {
  const windows: Window[] = [];
  const notes: string[] = [];
  let bad = 0;
  for (const file of files) {
    const table = await loadTable(join(folder, file), ['ts', 'value']);
    bad += table.bad;
    const { times, use } = withoutMissing(
      table.columns.ts,
      table.columns.value,
    );
    if (times.length < 2 || times[1] - times[0] < MINIMUM_STEP_S) {
      notes.push(
        `${file} left out: sampled more often than every ${MINIMUM_STEP_S} s, or empty`,
      );
      continue;
    }
    const series = file.replace(/\.csv(\.gz)?$/, '');
    const end = times[times.length - 1];
    for (
      let now = times[0] + FIRST_FIT_DAYS * DAY_S;
      now < end - MINIMUM_LAST_DAYS * DAY_S;
      now += DAY_S
    ) {
      const fitTo = firstAtOrAfter(times, now);
      const judgeTo = firstAtOrAfter(times, now + DAY_S);
      if (judgeTo > fitTo) {
        windows.push({
          trace: { series, resource: 'cpu', times, use },
          group: series,
          now,
          fitFrom: firstAtOrAfter(times, now - FIT_DAYS * DAY_S),
          fitTo,
          judgeTo,
          hasUnit: false,
        });
      }
    }
  }
  if (bad > 0) {
    notes.push(`${bad} bad rows skipped`);
  }
  return { windows, notes, capUse: false };
}
