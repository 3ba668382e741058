import { COST_OPTIMIZER_PARAMETERS } from './costOptimizer';
import { UsageSketch } from './sketch';
import { ContainerUsage, RightsizeOptions } from './types';
import { UsageDay, UsageWindow } from './usageWindow';

const P = COST_OPTIMIZER_PARAMETERS.cpu;

/**
 * CPU request in cores for one container.
 *
 * @remarks
 *
 * A high quantile of recent use (older measurements fade), the mean of two that fade at different
 * speeds, since one of them alone is either late or noisy; but not further above the ordinary busy
 * level than a burst may lift it. Or, where it is more, the busiest weekday, so that a peak that comes
 * once a week is kept although the recent days do not show it. A weekday counts with the smaller of
 * its occurrences: a single odd day is not a pattern. On top comes headroom that shrinks in proportion
 * as the container grows.
 */
export function cpuRequest(
  window: UsageWindow,
  usage: ContainerUsage,
  options: RightsizeOptions,
): number {
  const { cpuQuantileTail } =
    COST_OPTIMIZER_PARAMETERS.risk[options.tuning?.cpu?.risk ?? 'balanced'];
  // What is left above a quantile is scaled, so that no choice reaches past the maximum.
  const shifted = (quantile: number) =>
    cpuQuantileTail === 1 ? quantile : 1 - (1 - quantile) * cpuQuantileTail;
  const latest = faded(window.days, P.latestHalfLifeDays).quantile(
    shifted(P.latestQuantile),
  );
  const steady = faded(window.days, P.recentHalfLifeDays).quantile(
    shifted(P.recentQuantile),
  );
  const recent = latest + P.recentWeight * (steady - latest);
  const busy = faded(window.days, P.busyHalfLifeDays).quantile(P.busyQuantile);
  const demand = Math.max(
    Math.min(recent, busy * P.burstFactor),
    busiestWeekday(window.days, shifted(P.weekdayQuantile)) * P.weekdayShare,
  );
  const headroom = P.squareRootHeadroom * Math.sqrt(demand) + P.headroomCores;
  let request =
    (demand * P.margin + headroom) *
    P.classFactor[options.workloadClass ?? 'standard'];

  const throttled = usage.throttledRatio ?? 0;
  if (throttled > P.throttledRatio) {
    // A throttled container needs more than was measured; how much nobody can see.
    request *= 1 + Math.min(throttled, P.maximumThrottlingRaise);
    request = Math.max(request, usage.cpu.request ?? 0);
  }

  const minimum = options.minimumCpuCores ?? P.minimumCores;
  const quantised = roundUp(Math.max(request, minimum), P.quantumCores);
  // The API server refuses a request above the limit, and a CPU limit is not ours to move.
  return usage.cpu.limit === undefined
    ? quantised
    : Math.min(quantised, usage.cpu.limit);
}

function faded(days: readonly UsageDay[], halfLifeDays: number): UsageSketch {
  const merged = UsageSketch.empty('cpu');
  for (const { sketch, ageDays } of days) {
    merged.merge(sketch, 0.5 ** (ageDays / halfLifeDays));
  }
  return merged;
}

function busiestWeekday(days: readonly UsageDay[], quantile: number): number {
  const byWeekday = new Map<number, number>();
  for (const { weekday, sketch } of days) {
    const level = sketch.quantile(quantile);
    byWeekday.set(weekday, Math.min(byWeekday.get(weekday) ?? Infinity, level));
  }
  return Math.max(...byWeekday.values());
}

/** Up to the next multiple, forgiving the rounding error of a value that already is one. */
export function roundUp(value: number, quantum: number): number {
  const steps = Math.ceil(Number((value / quantum).toPrecision(12)));
  return Number((steps * quantum).toPrecision(12));
}
