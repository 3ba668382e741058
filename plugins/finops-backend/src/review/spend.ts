import {
  addDays,
  Day,
  DAY_MS,
  money,
  Money,
  Provenance,
} from '@apexlogic/backstage-plugin-finops-common';
import { CostStore, StoredCost } from '../database/CostStore';
import { namespaceOf } from '../ingestion/context';
import { DaySpan, daysOfSpan } from './span';

/** Cost of a span in one currency, with the span before that it is compared with. */
export interface Spend {
  readonly currency: string;
  /** What is known of the span: up to the last day with rows. */
  readonly known: DaySpan;
  readonly rows: readonly StoredCost[];
  /** As many days right before; absent when they are not wholly known. */
  readonly previousRows?: readonly StoredCost[];
}

/** Splits an entity's cost rows by currency; each currency compares like with like. */
export function spendByCurrency(
  rows: readonly StoredCost[],
  span: DaySpan,
): Spend[] {
  const currencies = [...new Set(rows.map(row => row.currency))].sort();
  return currencies.flatMap(currency => {
    const own = rows.filter(row => row.currency === currency);
    const current = own.filter(
      row => row.day >= span.startDay && row.day < span.endDay,
    );
    if (current.length === 0) {
      return [];
    }
    const lastDay = current.reduce(
      (last, row) => (row.day > last ? row.day : last),
      span.startDay,
    );
    const known = { startDay: span.startDay, endDay: addDays(lastDay, 1) };
    const days = daysOfSpan(known).length;
    const previousStart = addDays(span.startDay, -days);
    const firstDay = own.reduce(
      (first, row) => (row.day < first ? row.day : first),
      own[0].day,
    );
    return [
      {
        currency,
        known,
        rows: current,
        previousRows:
          firstDay <= previousStart
            ? own.filter(
                row => row.day >= previousStart && row.day < span.startDay,
              )
            : undefined,
      },
    ];
  });
}

/** Day from which rows are needed to compare a span with the one before. */
export function comparisonStart({ startDay, endDay }: DaySpan): Day {
  return addDays(
    startDay,
    -(Date.parse(endDay) - Date.parse(startDay)) / DAY_MS,
  );
}

/** Sum of rows of one currency. */
export function totalOf(
  rows: Iterable<{ readonly micros: number }>,
  currency: string,
): Money {
  let micros = 0;
  for (const row of rows) {
    micros += row.micros;
  }
  return money(micros, currency);
}

/** Relative change; absent when there was nothing before. */
export function changeOf(
  total: Money,
  previous: Money | undefined,
): number | undefined {
  return previous && previous.amountMicros > 0
    ? (total.amountMicros - previous.amountMicros) / previous.amountMicros
    : undefined;
}

/** Rows summed by a key, in order of first appearance. */
export function groupRows<T>(
  rows: readonly T[],
  keyOf: (row: T) => string,
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) {
      group.push(row);
    } else {
      groups.set(key, [row]);
    }
  }
  return groups;
}

/** Daily totals of rows of one currency, oldest first. */
export function dailyTotals(rows: readonly StoredCost[], currency: string) {
  return [...groupRows(rows, row => row.day)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, ofDay]) => ({
      day,
      cost: totalOf(ofDay, currency),
      provisional: ofDay.some(row => row.provisional),
    }));
}

/**
 * Period, freshness and coverage of what is known of a span. A day without rows counts as not covered
 * from the first day with rows on.
 */
export async function provenanceOf(
  store: CostStore,
  rows: readonly Pick<StoredCost, 'workload' | 'day'>[],
  span: DaySpan,
): Promise<Provenance> {
  const period = {
    start: `${span.startDay}T00:00:00.000Z`,
    end: `${span.endDay}T00:00:00.000Z`,
  };
  if (rows.length === 0) {
    return { period, coverage: 0 };
  }
  const daysWithRows = new Set(rows.map(row => row.day));
  const sorted = [...daysWithRows].sort();
  const first = sorted[0];
  const end = addDays(sorted[sorted.length - 1], 1);
  const ratios = new Map<Day, number[]>();
  const namespaces = new Set(rows.map(row => namespaceOf(row.workload)));
  for (const { day, ratio } of await store.getCoverage(
    namespaces,
    first,
    end,
  )) {
    ratios.set(day, [...(ratios.get(day) ?? []), ratio]);
  }
  const days = daysOfSpan({ startDay: first, endDay: end });
  const shares = days.map(day => {
    const ofDay = ratios.get(day);
    if (!ofDay) {
      return daysWithRows.has(day) ? 1 : 0;
    }
    return ofDay.reduce((sum, ratio) => sum + ratio, 0) / ofDay.length;
  });
  return {
    period: { ...period, end: `${end}T00:00:00.000Z` },
    freshness: `${end}T00:00:00.000Z`,
    coverage: shares.reduce((sum, share) => sum + share, 0) / shares.length,
  };
}
