import { readCsv } from '../../readCsv';

/** The named columns of a CSV file as numbers, sorted by the first; an empty cell is NaN. */
export interface Table {
  readonly columns: Readonly<Record<string, Float64Array>>;
  readonly rows: number;
  /** Rows with a cell that is neither empty nor a number, or without a time. */
  readonly bad: number;
}

/**
 * Reads the wanted columns of a file with a header; further columns are ignored.
 *
 * @throws Error when a wanted column is missing.
 */
export async function loadTable(
  path: string,
  wanted: readonly string[],
): Promise<Table> {
  const rows: number[][] = [];
  let at: number[] | undefined;
  let bad = 0;
  const { skipped } = await readCsv(path, cells => {
    if (at === undefined) {
      at = wanted.map(name => {
        const column = cells.indexOf(name);
        if (column < 0) {
          throw new Error(`${path} has no column '${name}'`);
        }
        return column;
      });
      return;
    }
    const row = at.map(column => toNumber(cells[column] ?? ''));
    if (row.includes(undefined) || Number.isNaN(row[0])) {
      bad += 1;
    } else {
      rows.push(row as number[]);
    }
  });
  rows.sort((a, b) => a[0] - b[0]);
  const columns = Object.fromEntries(
    wanted.map((name, column) => [
      name,
      Float64Array.from(rows, row => row[column]),
    ]),
  );
  return { columns, rows: rows.length, bad: bad + skipped };
}

/** NaN for an empty cell, undefined for anything that is not a finite, non-negative number. */
export function toNumber(cell: string): number | undefined {
  const text = cell.trim();
  if (text === '') {
    return NaN;
  }
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** The rows in which `use` was measured. */
export function withoutMissing(
  times: Float64Array,
  use: Float64Array,
  capacity?: Float64Array,
): { times: Float64Array; use: Float64Array; capacity?: Float64Array } {
  const measured = (_: number, i: number) => !Number.isNaN(use[i]);
  return {
    times: times.filter(measured),
    use: use.filter(measured),
    ...(capacity === undefined ? {} : { capacity: capacity.filter(measured) }),
  };
}

/** Index of the first time that is not before `time`. */
export function firstAtOrAfter(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
