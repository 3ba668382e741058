import { join } from 'node:path';
import { readCsv } from '../../readCsv';
import { toNumber } from './loadTraces';
import { LoadedSet, Window } from './types';

const STEP_S = 300;
const VALUES_A_DAY = 288;
const KNOWN_VALUES = 144;
/** The files give percent of a machine's processor: a hundred of them are one core here. */
const PERCENT_PER_CORE = 100;
/** Bounds of a limit, in the same unit. */
const BOUNDS: readonly [number, number] = [0.01, 1];

/** One day of a machine per line: the first half known, the second judged. */
export async function loadPlanetlab(
  folder: string,
  files: readonly string[],
): Promise<LoadedSet> {
  const windows: Window[] = [];
  let bad = 0;
  for (const file of files) {
    const day = await loadDay(folder, file);
    windows.push(...day.windows);
    bad += day.bad;
  }
  return {
    windows,
    notes: bad > 0 ? [`${bad} bad rows skipped`] : [],
    capUse: true,
  };
}

async function loadDay(
  folder: string,
  file: string,
): Promise<{ windows: Window[]; bad: number }> {
  const group = file.replace(/\.csv(\.gz)?$/, '');
  // The files are not linked: a name's date orders nothing, so any midnight will do.
  const times = Float64Array.from(
    { length: VALUES_A_DAY },
    (_, i) => i * STEP_S,
  );
  const windows: Window[] = [];
  let line = 0;
  let bad = 0;
  const { skipped } = await readCsv(join(folder, file), cells => {
    line += 1;
    const values = cells.map(toNumber);
    if (
      values.length !== VALUES_A_DAY ||
      values.some(value => value === undefined || Number.isNaN(value))
    ) {
      bad += 1;
      return;
    }
    windows.push({
      trace: {
        series: `${group}/${line}`,
        resource: 'cpu',
        times,
        use: Float64Array.from(
          values,
          value => Number(value) / PERCENT_PER_CORE,
        ),
      },
      group,
      now: KNOWN_VALUES * STEP_S,
      fitFrom: 0,
      fitTo: KNOWN_VALUES,
      judgeTo: VALUES_A_DAY,
      hasUnit: false,
      present: BOUNDS[1],
      bounds: BOUNDS,
    });
  });
  return { windows, bad: bad + skipped };
}
