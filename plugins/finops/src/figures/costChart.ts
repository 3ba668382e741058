import { Day, sumMoney } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';

type CurrencyBlock = Schemas['EntityCosts']['currencies'][number];
type Group = CurrencyBlock['groups'][number];

/** Groups drawn by themselves; the rest become one. */
export const MAX_DRAWN_GROUPS = 8;
export const OTHER_KEY = '(other)';

export interface CostLayer {
  readonly key: string;
  readonly label: string;
}

/** One day of the stacked chart; amounts are micro-units. */
export interface CostPoint {
  readonly day: Day;
  /** By layer key; absent for days of the forecast. */
  readonly layers?: Readonly<Record<string, number>>;
  readonly total?: number;
  readonly provisional: boolean;
  readonly forecast?: {
    readonly mean: number;
    readonly lower: number;
    readonly upper: number;
  };
}

export interface CostChartData {
  readonly currency: string;
  readonly layers: readonly CostLayer[];
  readonly points: readonly CostPoint[];
  /** First day that may still be restated. */
  readonly provisionalFrom?: Day;
}

/**
 * Turns the groups of one currency into the layers of a stacked chart, largest first, the smallest
 * folded into one. Days without a row of a group count as zero of it; days without any row are left
 * out, since nothing is known of them.
 */
export function buildCostChart(block: CurrencyBlock): CostChartData {
  const sorted = [...block.groups].sort(
    (a, b) => b.total.amountMicros - a.total.amountMicros,
  );
  const drawn =
    sorted.length > MAX_DRAWN_GROUPS
      ? sorted.slice(0, MAX_DRAWN_GROUPS - 1)
      : sorted;
  const folded = sorted.slice(drawn.length);

  const rows = new Map<string, Map<Day, number>>();
  for (const group of drawn) {
    rows.set(group.key, sumByDay([group], block.currency));
  }
  const layers: CostLayer[] = drawn.map(({ key, label }) => ({ key, label }));
  if (folded.length > 0) {
    rows.set(OTHER_KEY, sumByDay(folded, block.currency));
    layers.push({ key: OTHER_KEY, label: `${folded.length} others` });
  }

  const points: CostPoint[] = [...block.days]
    .sort((a, b) => (a.day < b.day ? -1 : 1))
    .map(({ day, cost, provisional }) => ({
      day,
      total: cost.amountMicros,
      provisional,
      layers: Object.fromEntries(
        layers.map(({ key }) => [key, rows.get(key)?.get(day) ?? 0]),
      ),
    }));

  const lastDay = points.at(-1)?.day ?? '';
  const forecast = (block.forecast ?? [])
    .filter(({ day }) => day > lastDay)
    .map(({ day, mean, lower, upper }) => ({
      day,
      provisional: false,
      forecast: {
        mean: mean.amountMicros,
        lower: lower.amountMicros,
        upper: upper.amountMicros,
      },
    }));

  return {
    currency: block.currency,
    layers,
    points: [...points, ...forecast],
    provisionalFrom: points.find(({ provisional }) => provisional)?.day,
  };
}

function sumByDay(
  groups: readonly Group[],
  currency: string,
): Map<Day, number> {
  const amounts = new Map<Day, { amountMicros: number; currency: string }[]>();
  for (const group of groups) {
    for (const { day, cost } of group.days) {
      amounts.set(day, [...(amounts.get(day) ?? []), cost]);
    }
  }
  return new Map(
    [...amounts].map(([day, costs]) => [
      day,
      sumMoney(costs, currency).amountMicros,
    ]),
  );
}
