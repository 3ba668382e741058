import {
  addDays,
  Day,
  dayOf,
  money,
  MonthlySaving,
} from '@apexlogic/backstage-plugin-finops-common';
import { Series } from '@apexlogic/backstage-plugin-finops-analysis';
import { addSeries, dailyMean } from '../analysis/series';
import { WorkloadHistory } from '../analysis/types';

/** Days of cost a price is derived from. */
const PRICE_DAYS = 14;

/** Days needed before a price counts as known. */
const MINIMUM_PRICE_DAYS = 3;

/** Hours in a month. */
const MONTH_HOURS = 730;

/** Bounds of the 80 % interval. */
const LOWER_QUANTILE = 0.1;
const UPPER_QUANTILE = 0.9;

/** What the workload would request after a change. */
export interface RequestedAfter {
  /** As many on every day, as many as ran, or so many times as many as ran. */
  readonly replicas: number | 'as-they-run' | { readonly times: number };
  /** New requests of one container's pod; absent = as now. Cores and bytes. */
  readonly containers: ReadonlyMap<
    string,
    { readonly cpu?: number; readonly memory?: number }
  >;
}

/** A priced change, or why it has no price. */
export type PricedSaving =
  | {
      readonly kind: 'priced';
      readonly saving: MonthlySaving;
      /** Share of its CPU and memory cost saved. */ readonly share: number;
    }
  | { readonly kind: 'no-price'; readonly reason: string };

/**
 * What a change would have saved on each of the last complete days at that day's own price, as the
 * mean a month and the span eight in ten days fall into.
 *
 * A resource is billed for the larger of what is requested and what is used, so a request lowered
 * below the usage saves no more than down to the usage. Negative where a change asks for more.
 */
export function priceSaving(
  history: WorkloadHistory,
  after: RequestedAfter,
  now: string,
): PricedSaving {
  const { stored, costs } = history;
  const today = dayOf(now);
  const changedDay = stored.state.specChangedAt
    ? dayOf(stored.state.specChangedAt)
    : undefined;
  const usable = costs.filter(
    cost =>
      !cost.provisional &&
      cost.day >= addDays(today, -PRICE_DAYS - 2) &&
      cost.day < today &&
      // Requests of days before a change are not today's; their price per core would be wrong.
      (!changedDay || cost.day > changedDay) &&
      (cost.category === 'cpu' || cost.category === 'memory'),
  );
  const currencies = [...new Set(usable.map(cost => cost.currency))];
  if (currencies.length > 1) {
    return {
      kind: 'no-price',
      reason: `Its cost comes in ${currencies.length} currencies, which are not added.`,
    };
  }
  const days = [...new Set(usable.map(cost => cost.day))]
    .sort()
    .slice(-PRICE_DAYS);
  if (days.length < MINIMUM_PRICE_DAYS) {
    return {
      kind: 'no-price',
      reason: `Only ${days.length} complete days of CPU and memory cost are known, ${MINIMUM_PRICE_DAYS} are needed for a price.`,
    };
  }
  const usage = usageByContainer(history);
  const monthly: number[] = [];
  let spent = 0;
  let saved = 0;
  for (const day of days) {
    let savedToday = 0;
    for (const category of ['cpu', 'memory'] as const) {
      const cost = usable
        .filter(row => row.day === day && row.category === category)
        .reduce((total, row) => total + row.micros, 0);
      const [before, left] = billed(history, after, usage, category, day);
      if (before > 0) {
        savedToday += (cost * (before - left)) / before;
      }
      spent += cost;
    }
    saved += savedToday;
    monthly.push((savedToday / 24) * MONTH_HOURS);
  }
  if (spent <= 0) {
    return {
      kind: 'no-price',
      reason: 'Its CPU and memory cost nothing according to the cost source.',
    };
  }
  monthly.sort((a, b) => a - b);
  const currency = currencies[0];
  const micros = (value: number) => money(Math.round(value), currency);
  const mean =
    monthly.reduce((total, value) => total + value, 0) / monthly.length;
  return {
    kind: 'priced',
    saving: {
      expected: micros(mean),
      lower: micros(Math.min(mean, quantile(monthly, LOWER_QUANTILE))),
      upper: micros(Math.max(mean, quantile(monthly, UPPER_QUANTILE))),
    },
    share: saved / spent,
  };
}

/** Core- or byte-days billed now and after the change. */
function billed(
  { stored, series }: WorkloadHistory,
  after: RequestedAfter,
  usage: ReadonlyMap<string, Series>,
  category: 'cpu' | 'memory',
  day: Day,
): [number, number] {
  const counted = series.find(item => item.metric === 'replicas');
  const replicas =
    (counted && dailyMean(counted, day)) ?? stored.state.replicas ?? 1;
  let before = 0;
  let left = 0;
  for (const container of stored.state.containers) {
    const requested =
      (category === 'cpu' ? container.cpuRequest : container.memoryRequest) ??
      0;
    const wanted =
      after.containers.get(container.name)?.[category] ?? requested;
    const total = usage.get(`${container.name}/${category}`);
    const used = (total && dailyMean(total, day)) ?? 0;
    before += Math.max(requested * replicas, used);
    left += Math.max(wanted * replicasAfter(after.replicas, replicas), used);
  }
  return [before, left];
}

function replicasAfter(after: RequestedAfter['replicas'], ran: number): number {
  if (after === 'as-they-run') {
    return ran;
  }
  return typeof after === 'number' ? after : after.times * ran;
}

function usageByContainer({
  stored,
  series,
}: WorkloadHistory): Map<string, Series> {
  const usage = new Map<string, Series>();
  for (const { name } of stored.state.containers) {
    for (const [category, metric] of [
      ['cpu', 'cpu-usage-sum'],
      ['memory', 'memory-usage-sum'],
    ] as const) {
      const total = addSeries(
        series.filter(
          item => item.metric === metric && item.container === name,
        ),
      );
      if (total) {
        usage.set(`${name}/${category}`, total);
      }
    }
  }
  return usage;
}

function quantile(sorted: readonly number[], q: number): number {
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}
