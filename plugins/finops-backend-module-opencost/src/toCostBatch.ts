import {
  addDays,
  addMoney,
  Day,
  DAY_MS,
  dayOf,
  Money,
  sumMoney,
  Workload,
  workloadKey,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  CostBatch,
  CostCategory,
  CostRow,
} from '@apexlogic/backstage-plugin-finops-node';
import { Allocation } from './allocation';
import { allocationCosts } from './allocationCosts';
import {
  allocationIdentity,
  allocationOwner,
  isNothing,
} from './allocationOwner';

export interface AskedCosts {
  /** All of one cluster and namespace, at least one. */
  readonly workloads: readonly Workload[];
  /** How the server calls their cluster; `undefined` when it should know but one. */
  readonly cluster?: string;
  readonly currency: string;
  /** The days asked for, half-open. */
  readonly from: Day;
  readonly to: Day;
  /** First day that may still be restated. */
  readonly provisionalFrom: Day;
}

export type CostOutcome =
  | {
      readonly kind: 'batch';
      readonly batch: CostBatch;
      /** ISO instant; absent when the server knew nothing. */
      readonly asOf?: string;
    }
  | { readonly kind: 'malformed'; readonly problem: string };

/** What is known of one day while its allocations are read. */
interface DayCosts {
  readonly costs: Map<
    string,
    {
      readonly workload: Workload;
      readonly category: CostCategory;
      cost: Money;
    }
  >;
  /** Cost by whether a controller owns it; absolute, as credits are part of what must be explained. */
  owned: number;
  unowned: number;
  priced: number;
  allocations: number;
}

/**
 * Turns sets of allocations into rows of the asked workloads, one per workload, day and category.
 *
 * Coverage of a day is that of the namespace and independent of which of its workloads were asked
 * for: the share of its cost that a controller owns, times the share of its allocations whose every
 * part has a price. Days the server has nothing of are absent.
 *
 * @remarks
 * The server's steps count backward from the end of a window, so every set must prove by its own
 * window that it is one UTC day, and no day may come twice.
 */
export function toCostBatch(
  sets: readonly ReadonlyMap<string, Allocation>[],
  asked: AskedCosts,
): CostOutcome {
  const days = new Map<Day, DayCosts>();
  const clusters = new Set<string>();
  let newest: string | undefined;
  for (const set of sets) {
    let daySeen: Day | undefined;
    for (const [key, allocation] of set) {
      const owner = allocationOwner(key, allocation, asked);
      const day = wholeDay(allocation);
      if (day === undefined || day < asked.from || day >= asked.to) {
        return {
          kind: 'malformed',
          problem: `allocation '${key}' has window ${JSON.stringify(
            allocation.window ?? null,
          )}, not a UTC day of those asked for`,
        };
      }
      if (daySeen === undefined && days.has(day)) {
        return { kind: 'malformed', problem: `${day} comes twice` };
      }
      if (daySeen !== undefined && day !== daySeen) {
        return {
          kind: 'malformed',
          problem: `one set holds both ${daySeen} and ${day}`,
        };
      }
      daySeen = day;
      const known = days.get(day) ?? {
        costs: new Map(),
        owned: 0,
        unowned: 0,
        priced: 0,
        allocations: 0,
      };
      days.set(day, known);
      if (owner.kind === 'elsewhere') {
        continue;
      }
      const { cluster } = allocationIdentity(key, allocation);
      if (!isNothing(cluster)) {
        clusters.add(cluster);
      }
      newest = later(newest, newestInstant(allocation, day));
      const costs = allocationCosts(allocation, asked.currency);
      if (costs.kind === 'malformed') {
        return {
          kind: 'malformed',
          problem: `allocation '${key}': ${costs.problem}`,
        };
      }
      const { byCategory, complete } = costs;
      known.allocations += 1;
      known.priced += complete ? 1 : 0;
      const magnitude = Math.abs(
        sumMoney(byCategory.values(), asked.currency).amountMicros,
      );
      if (owner.kind === 'nobody') {
        known.unowned += magnitude;
      } else {
        known.owned += magnitude;
      }
      if (owner.kind === 'workload') {
        addCosts(known, owner.workload, byCategory);
      }
    }
  }
  if (asked.cluster === undefined && clusters.size > 1) {
    return {
      kind: 'malformed',
      problem: `it serves several clusters (${[...clusters]
        .sort()
        .join(', ')}); set clusterId to the one meant`,
    };
  }
  return { kind: 'batch', batch: toBatch(days, asked), asOf: newest };
}

function addCosts(
  known: DayCosts,
  workload: Workload,
  byCategory: ReadonlyMap<CostCategory, Money>,
): void {
  for (const [category, cost] of byCategory) {
    const identity = `${workloadKey(workload)} ${category}`;
    const row = known.costs.get(identity);
    if (row) {
      row.cost = addMoney(row.cost, cost);
    } else {
      known.costs.set(identity, { workload, category, cost });
    }
  }
}

function toBatch(
  days: ReadonlyMap<Day, DayCosts>,
  asked: AskedCosts,
): CostBatch {
  const rows: CostRow[] = [];
  const coverage: { day: Day; ratio: number }[] = [];
  for (const [day, known] of [...days].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (known.allocations === 0) {
      continue;
    }
    for (const { workload, category, cost } of known.costs.values()) {
      rows.push({
        workload: workloadKey(workload),
        day,
        category,
        cost,
        provisional: day >= asked.provisionalFrom,
      });
    }
    const cost = known.owned + known.unowned;
    coverage.push({
      day,
      ratio:
        (cost === 0 ? 1 : known.owned / cost) *
        (known.priced / known.allocations),
    });
  }
  return { rows, coverage };
}

/** The UTC day an allocation's window is, if it is exactly one. */
function wholeDay(allocation: Allocation): Day | undefined {
  const start = Date.parse(allocation.window?.start ?? '');
  const end = Date.parse(allocation.window?.end ?? '');
  return start % DAY_MS === 0 && end - start === DAY_MS
    ? dayOf(start)
    : undefined;
}

/** When the allocation was last seen running, inside its day. */
function newestInstant(allocation: Allocation, day: Day): string {
  const dayEnd = Date.parse(`${addDays(day, 1)}T00:00:00Z`);
  const end = Date.parse(allocation.end ?? '');
  return new Date(
    Number.isNaN(end) ? dayEnd : Math.min(end, dayEnd),
  ).toISOString();
}

function later(a: string | undefined, b: string): string {
  return a === undefined || b > a ? b : a;
}
