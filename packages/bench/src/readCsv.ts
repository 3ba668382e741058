import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';

/**
 * Streams the records of a CSV file (gzip when named `.gz`); each record is its cells as text.
 * Records that the CSV parser cannot read are left out and counted.
 */
export async function readCsv(
  path: string,
  onRecord: (cells: string[]) => void,
): Promise<{ skipped: number }> {
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
  });
  let skipped = 0;
  parser.on('skip', () => {
    skipped += 1;
  });
  const file = createReadStream(path);
  const consume = async (records: AsyncIterable<string[]>) => {
    for await (const cells of records) {
      onRecord(cells);
    }
  };
  if (path.endsWith('.gz')) {
    await pipeline(file, createGunzip(), parser, consume);
  } else {
    await pipeline(file, parser, consume);
  }
  return { skipped };
}
