import { Abstention, DAY_MS } from '@apexlogic/backstage-plugin-finops-common';
import { abstain, COST_OPTIMIZER_PARAMETERS } from '../costOptimizer';
import { ReplicaOptions, Series } from '../types';

const { windowDays, minimumHistoryDays, staleAfterDays } =
  COST_OPTIMIZER_PARAMETERS;

/** The part of the history that advice on replicas may stand on, or why there is none. */
export function selectWindow(
  series: Series,
  options: Pick<ReplicaOptions, 'now' | 'specChangedAt' | 'minimumHistoryDays'>,
):
  | Abstention
  | { readonly from: number; readonly to: number; readonly days: number } {
  const to = Date.parse(options.now) / 1000;
  const changedAt =
    options.specChangedAt === undefined
      ? -Infinity
      : Date.parse(options.specChangedAt) / 1000;
  const windowStart = to - (windowDays * DAY_MS) / 1000;
  const wanted = options.minimumHistoryDays ?? minimumHistoryDays;
  const daysFrom = (from: number) => {
    const days = new Set<number>();
    let newest = -Infinity;
    series.values.forEach((value, i) => {
      const time = series.start + i * series.step;
      if (time >= from && time < to && Number.isFinite(value)) {
        // Counted back from now, so that a window that starts in the middle of a day has no day more.
        days.add(Math.floor(((to - time) * 1000 - 1) / DAY_MS));
        newest = time;
      }
    });
    return { days: days.size, newest };
  };
  const all = daysFrom(windowStart);
  if (all.days === 0) {
    return abstain(
      'not-enough-history',
      `no CPU measurements in the last ${windowDays} days`,
    );
  }
  const staleDays = ((to - all.newest) * 1000) / DAY_MS;
  if (staleDays > staleAfterDays) {
    return abstain(
      'stale-data',
      `the newest CPU measurement is ${staleDays.toFixed(
        1,
      )} days old, at most ${staleAfterDays} are allowed`,
    );
  }
  const from = Math.max(windowStart, changedAt);
  const { days } = from > windowStart ? daysFrom(from) : all;
  if (from > windowStart && days < wanted) {
    return abstain(
      'spec-changed',
      `the pods changed at ${options.specChangedAt}, ${days} days of load since then, ${wanted} are needed`,
    );
  }
  if (days < wanted) {
    return abstain(
      'not-enough-history',
      `only ${days} days of load, ${wanted} are needed`,
    );
  }
  return { from, to, days };
}
