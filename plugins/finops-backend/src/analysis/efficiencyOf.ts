import { cutSeries } from '@apexlogic/backstage-plugin-finops-analysis';
import { addDays, Day } from '@apexlogic/backstage-plugin-finops-common';
import { meanOf, sumOfContainers } from './series';
import { WorkloadHistory } from './types';

/** Days looked at. */
const EFFICIENCY_DAYS = 7;

/**
 * Share of requested CPU and memory that is used, weighted by what each costs, 0..1. Use above the
 * request counts as full. `undefined` when usage, requests or cost are unknown.
 */
export function efficiencyOf(
  histories: readonly WorkloadHistory[],
  today: Day,
): number | undefined {
  const firstDay = addDays(today, -EFFICIENCY_DAYS);
  const from = Date.parse(`${firstDay}T00:00:00Z`) / 1000;
  const to = Date.parse(`${addDays(today, 1)}T00:00:00Z`) / 1000;
  // Weights of two currencies cannot be compared; the one with most rows stands for the entity.
  const currency = mostFrequent(
    histories.flatMap(history => history.costs.map(cost => cost.currency)),
  );
  let weighted = 0;
  let weight = 0;
  for (const { stored, series, costs } of histories) {
    for (const [category, metric, field] of [
      ['cpu', 'cpu-usage-sum', 'cpuRequest'],
      ['memory', 'memory-usage-sum', 'memoryRequest'],
    ] as const) {
      const perPod = stored.state.containers.reduce(
        (total, container) => total + (container[field] ?? 0),
        0,
      );
      const requested = perPod * (stored.state.replicas ?? 1);
      const total = sumOfContainers(series, metric);
      const used = total && meanOf(cutSeries(total, from, to).values);
      const cost = costs
        .filter(
          row =>
            row.category === category &&
            row.currency === currency &&
            row.day >= firstDay,
        )
        .reduce((sum, row) => sum + row.micros, 0);
      if (requested > 0 && used !== undefined && cost > 0) {
        weighted += cost * Math.min(1, used / requested);
        weight += cost;
      }
    }
  }
  return weight > 0 ? weighted / weight : undefined;
}

function mostFrequent(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(
    ([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1),
  )[0]?.[0];
}
