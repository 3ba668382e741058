import { Knex } from 'knex';

/** Rows in one statement: below the 999 bound variables of the smallest engine with ten columns a row. */
const ROWS_PER_STATEMENT = 90;

/** Inserts rows, overwriting those with the same key. */
export async function upsertRows<T extends object>(
  knex: Knex,
  table: string,
  key: readonly string[],
  rows: readonly T[],
): Promise<void> {
  for (let index = 0; index < rows.length; index += ROWS_PER_STATEMENT) {
    await knex(table)
      .insert(rows.slice(index, index + ROWS_PER_STATEMENT) as any)
      .onConflict(key as string[])
      .merge();
  }
}

/** Splits a list, so that `IN (...)` stays within the engines' limits. */
export function chunksOf<T>(items: readonly T[], size = 500): T[][] {
  const chunks: T[][] = [];
  for (let index = 0; index < items.length; index += size) {
    chunks.push(items.slice(index, index + size));
  }
  return chunks;
}
