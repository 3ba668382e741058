import {
  Money,
  money,
  MoneyError,
  moneyFromUnits,
} from '@apexlogic/backstage-plugin-finops-common';
import { CostCategory } from '@apexlogic/backstage-plugin-finops-node';
import { Allocation } from './allocation';

/** Thirteen amounts, each half a micro-unit off at most. */
const ROUNDING_MICROS = 10;

type Amount = keyof Allocation & `${string}Cost${string}`;

/** Adjustments (billing against list price) are negative more often than not and belong to their cost. */
const AMOUNTS_BY_CATEGORY: readonly (readonly [
  CostCategory,
  readonly Amount[],
])[] = [
  ['cpu', ['cpuCost', 'cpuCostAdjustment']],
  ['memory', ['ramCost', 'ramCostAdjustment']],
  ['gpu', ['gpuCost', 'gpuCostAdjustment']],
  ['storage', ['pvCost', 'pvCostAdjustment']],
  ['network', ['networkCost', 'networkCostAdjustment']],
  ['load-balancer', ['loadBalancerCost', 'loadBalancerCostAdjustment']],
  ['shared', ['sharedCost', 'externalCost']],
];

export type AllocationCosts =
  | {
      readonly kind: 'costs';
      readonly byCategory: ReadonlyMap<CostCategory, Money>;
      /** False when an amount had no price (NaN at the server); the others still count. */
      readonly complete: boolean;
    }
  /** An amount beyond what money can hold. */
  | { readonly kind: 'malformed'; readonly problem: string };

/**
 * The cost of one allocation by category, zeroes left out. The categories sum to the server's
 * `totalCost` to the micro-unit: rounding goes to the largest of them, a real difference to `other`. Where a
 * part has no price its category is left out, and so is the total.
 *
 * There is no `idle` category: the idle amounts of an allocation (`cpuCostIdle` …) are parts of its
 * costs, so that adding them would count them twice, and the `__idle__` allocation belongs to nodes.
 */
export function allocationCosts(
  allocation: Allocation,
  currency: string,
): AllocationCosts {
  try {
    return { kind: 'costs', ...price(allocation, currency) };
  } catch (error) {
    if (error instanceof MoneyError) {
      return { kind: 'malformed', problem: error.message };
    }
    throw error;
  }
}

function price(
  allocation: Allocation,
  currency: string,
): {
  readonly byCategory: ReadonlyMap<CostCategory, Money>;
  readonly complete: boolean;
} {
  const micros = new Map<CostCategory, number>();
  let complete = true;
  for (const [category, amounts] of AMOUNTS_BY_CATEGORY) {
    let units = 0;
    for (const name of amounts) {
      const value = allocation[name];
      units += value === null ? Number.NaN : value ?? 0;
    }
    if (Number.isNaN(units)) {
      complete = false;
    } else {
      micros.set(category, moneyFromUnits(units, currency).amountMicros);
    }
  }
  if (allocation.totalCost === null) {
    complete = false;
  }
  if (
    complete &&
    allocation.totalCost !== undefined &&
    allocation.totalCost !== null
  ) {
    const total = moneyFromUnits(allocation.totalCost, currency).amountMicros;
    const known = [...micros.values()].reduce((sum, part) => sum + part, 0);
    const rest = total - known;
    const category =
      Math.abs(rest) <= ROUNDING_MICROS ? largest(micros) : 'other';
    micros.set(category, (micros.get(category) ?? 0) + rest);
  }
  return {
    byCategory: new Map(
      [...micros]
        .filter(([, part]) => part !== 0)
        .map(([name, part]) => [name, money(part, currency)]),
    ),
    complete,
  };
}

function largest(micros: ReadonlyMap<CostCategory, number>): CostCategory {
  return [...micros].reduce((best, next) =>
    Math.abs(next[1]) > Math.abs(best[1]) ? next : best,
  )[0];
}
