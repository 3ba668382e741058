import { Money } from '@apexlogic/backstage-plugin-finops-common';

/** What a column sorts by; undefined goes last in either direction. */
export type SortValue = string | number | Money | undefined;

export interface SortState {
  readonly column: string;
  readonly direction: 'ascending' | 'descending';
}

/** Stable sort; amounts are compared within a currency and kept apart by its code otherwise. */
export function sortRows<Row>(
  rows: readonly Row[],
  valueOf: (row: Row) => SortValue,
  direction: SortState['direction'],
): Row[] {
  const sign = direction === 'ascending' ? 1 : -1;
  return rows
    .map((row, index) => ({ row, index, value: valueOf(row) }))
    .sort((a, b) => {
      if (a.value === undefined || b.value === undefined) {
        return (
          Number(a.value === undefined) - Number(b.value === undefined) ||
          a.index - b.index
        );
      }
      return compare(a.value, b.value, sign) || a.index - b.index;
    })
    .map(({ row }) => row);
}

function compare(
  a: NonNullable<SortValue>,
  b: NonNullable<SortValue>,
  sign: number,
): number {
  if (typeof a === 'object' && typeof b === 'object') {
    return a.currency === b.currency
      ? sign * (a.amountMicros - b.amountMicros)
      : a.currency.localeCompare(b.currency);
  }
  if (typeof a === 'number' && typeof b === 'number') {
    return sign * (a - b);
  }
  return sign * String(a).localeCompare(String(b));
}
