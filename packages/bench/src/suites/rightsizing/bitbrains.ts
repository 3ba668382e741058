import { join } from 'node:path';
import { firstAtOrAfter, loadTable, withoutMissing } from './loadTraces';
import { LoadedSet, Resource, Trace, Window } from './types';

const DAY_S = 86_400;
const FIT_DAYS = 14;
const JUDGE_DAYS = 7;
const MINIMUM_LAST_DAYS = 3;
const MINIMUM_FIT_ROWS = 1000;
const MINIMUM_JUDGE_ROWS = 500;

/** Machines with CPU in cores and memory in bytes: two weeks known, the next one judged. */
export async function loadBitbrains(
  folder: string,
  files: readonly string[],
): Promise<LoadedSet> {
  const windows: Window[] = [];
  let bad = 0;
  for (const file of files) {
    const table = await loadTable(join(folder, file), [
      'time_s',
      'cpu_cores_used',
      'cpu_cores_capacity',
      'memory_bytes_used',
      'memory_bytes_capacity',
    ]);
    bad += table.bad;
    const { columns } = table;
    const trace = (
      resource: Resource,
      use: string,
      capacity: string,
    ): Trace => ({
      series: file.replace(/\.csv(\.gz)?$/, ''),
      resource,
      ...withoutMissing(columns.time_s, columns[use], columns[capacity]),
    });
    windows.push(
      ...windowsOf(trace('cpu', 'cpu_cores_used', 'cpu_cores_capacity')),
      ...windowsOf(
        trace('memory', 'memory_bytes_used', 'memory_bytes_capacity'),
      ),
    );
  }
  return {
    windows,
    notes: bad > 0 ? [`${bad} bad rows skipped`] : [],
    capUse: false,
  };
}

function windowsOf(trace: Trace): Window[] {
  const { times, capacity } = trace;
  const windows: Window[] = [];
  if (times.length === 0) {
    return windows;
  }
  const end = times[times.length - 1];
  for (
    let now = Math.ceil(times[0] / DAY_S) * DAY_S + FIT_DAYS * DAY_S;
    now < end - MINIMUM_LAST_DAYS * DAY_S;
    now += JUDGE_DAYS * DAY_S
  ) {
    const fitFrom = firstAtOrAfter(times, now - FIT_DAYS * DAY_S);
    const fitTo = firstAtOrAfter(times, now);
    const judgeTo = firstAtOrAfter(times, now + JUDGE_DAYS * DAY_S);
    if (
      fitTo - fitFrom >= MINIMUM_FIT_ROWS &&
      judgeTo - fitTo >= MINIMUM_JUDGE_ROWS
    ) {
      const present = capacity?.[fitTo - 1];
      windows.push({
        trace,
        now,
        fitFrom,
        fitTo,
        judgeTo,
        hasUnit: true,
        ...(present === undefined || Number.isNaN(present) ? {} : { present }),
      });
    }
  }
  return windows;
}
