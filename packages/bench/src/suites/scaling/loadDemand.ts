import { readCsv } from '../../readCsv';

/** A trace and what was left out of it. */
export interface Demand {
  /** Demand of each step, ≥ 0. */
  readonly demand: Float64Array;
  /** Rows whose last column is no number ≥ 0. */
  readonly skipped: number;
}

/** Reads the last column of a CSV file with a header; one row is one step. */
export async function loadDemand(path: string): Promise<Demand> {
  const demand: number[] = [];
  let skipped = 0;
  let isHeader = true;
  const unread = await readCsv(path, cells => {
    if (isHeader) {
      isHeader = false;
      return;
    }
    const cell = cells[cells.length - 1].trim();
    const value = cell === '' ? NaN : Number(cell);
    if (value >= 0 && Number.isFinite(value)) {
      demand.push(value);
    } else {
      skipped += 1;
    }
  });
  return {
    demand: Float64Array.from(demand),
    skipped: skipped + unread.skipped,
  };
}
