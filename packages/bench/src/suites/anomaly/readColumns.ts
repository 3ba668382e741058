import { readCsv } from '../../readCsv';

/** The named columns of a CSV file as text, row by row; rows without all of them are left out and counted. */
export async function readColumns(
  path: string,
  names: readonly string[],
): Promise<{ rows: string[][]; skipped: number }> {
  let columns: number[] | undefined;
  const rows: string[][] = [];
  let short = 0;
  const { skipped } = await readCsv(path, cells => {
    if (columns === undefined) {
      columns = names.map(name => cells.indexOf(name));
      return;
    }
    const row = columns.map(column => cells[column]);
    if (row.some(cell => cell === undefined)) {
      short += 1;
    } else {
      rows.push(row);
    }
  });
  return { rows, skipped: skipped + short };
}
