import { readCsv } from '../../readCsv';

/** How the M4 competition judged a frequency. */
export interface Frequency {
  /** Steps to forecast. */
  readonly horizon: number;
  /** Season of the errors' scale and of the naive methods, in points. */
  readonly season: number;
  /** Seconds between values. */
  readonly step: number;
}

const DAY_S = 86_400;

/** By the name the files begin with. */
export const FREQUENCIES: Readonly<Record<string, Frequency>> = {
  Yearly: { horizon: 6, season: 1, step: 365 * DAY_S },
  Quarterly: { horizon: 8, season: 4, step: 91 * DAY_S },
  Monthly: { horizon: 18, season: 12, step: 30 * DAY_S },
  Weekly: { horizon: 13, season: 1, step: 7 * DAY_S },
  Daily: { horizon: 14, season: 1, step: DAY_S },
  Hourly: { horizon: 48, season: 24, step: 3600 },
};

/** The series of a file by their id; cells that are empty end a series. */
export async function readSeries(
  path: string,
): Promise<{ series: Map<string, Float64Array>; skipped: number }> {
  const series = new Map<string, Float64Array>();
  let isHeader = true;
  let broken = 0;
  const { skipped } = await readCsv(path, ([id, ...cells]) => {
    if (isHeader) {
      isHeader = false;
      return;
    }
    const values = cells.filter(cell => cell !== '').map(Number);
    if (values.length > 0 && values.every(Number.isFinite)) {
      series.set(id, Float64Array.from(values));
    } else {
      broken += 1;
    }
  });
  return { series, skipped: skipped + broken };
}
