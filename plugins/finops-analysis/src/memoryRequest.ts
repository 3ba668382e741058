import { COST_OPTIMIZER_PARAMETERS } from './costOptimizer';
import { roundUp } from './cpuRequest';
import { robustSlope } from './robust';
import { ContainerUsage, RightsizeOptions } from './types';
import { UsageWindow } from './usageWindow';

const P = COST_OPTIMIZER_PARAMETERS.memory;

/** What {@link memoryRequest} advises, in bytes. */
export interface MemoryDemand {
  readonly request: number;
  /** Only when the present limit would not hold the request or was not enough. */
  readonly limit?: number;
  /** Bytes per day by which the peaks rise, when they rise steadily. */
  readonly leakPerDay?: number;
}

/**
 * Memory request in bytes for one container.
 *
 * @remarks
 *
 * Too little memory kills, so the peaks decide: those of the last week in full, older ones in part.
 * The margin is a share of the peak that is capped, because the peaks of large containers vary less
 * in proportion. Kills and steadily rising peaks raise it further. No container uses more than its
 * limit: what was measured above it is wrong and counts as the limit, which bounds what wrong
 * measurements can ask for. Without a limit the highest measurement is believed.
 */
export function memoryRequest(
  window: UsageWindow,
  usage: ContainerUsage,
  options: RightsizeOptions,
): MemoryDemand {
  const most = usage.memory.limit ?? Infinity;
  const recentPeak = Math.max(
    0,
    ...window.days
      .filter(({ ageDays }) => ageDays < P.recentDays)
      .map(({ sketch }) => Math.min(sketch.max, most)),
  );
  const peak = Math.max(
    recentPeak * P.recentFactor,
    Math.min(window.merged.max, most) * P.windowFactor,
  );
  const leakPerDay = findLeak(window, recentPeak, most);
  const { memoryMargin: margin } =
    COST_OPTIMIZER_PARAMETERS.risk[options.tuning?.memory?.risk ?? 'balanced'];
  let request =
    peak +
    margin * Math.min(P.marginBytes, peak * P.marginShare) +
    (leakPerDay ?? 0) * P.leakHorizonDays;
  request *= P.classFactor[options.workloadClass ?? 'standard'];

  const killed = (usage.oomKills ?? 0) > 0;
  if (killed) {
    // The kill hides the peak it prevented; the bound that was hit is the best that is known of it.
    const notEnough = Math.max(
      recentPeak,
      usage.memory.limit ?? usage.memory.request ?? 0,
    );
    request = Math.max(
      request,
      notEnough * P.outOfMemoryFactor,
      notEnough + P.outOfMemoryBytes,
    );
  }

  const minimum = options.minimumMemoryBytes ?? P.minimumBytes;
  const quantised = roundUp(Math.max(request, minimum), P.quantumBytes);
  const limit = usage.memory.limit;
  return {
    request: quantised,
    ...(limit !== undefined && quantised > limit ? { limit: quantised } : {}),
    ...(leakPerDay !== undefined ? { leakPerDay } : {}),
  };
}

function findLeak(
  { days }: UsageWindow,
  recentPeak: number,
  most: number,
): number | undefined {
  if (days.length < P.leakHorizonDays) {
    return undefined;
  }
  // Days without data keep their place, or a gap would make the slope steeper.
  const oldest = days[0].ageDays;
  const peaks = new Float64Array(Math.round(oldest) + 1).fill(NaN);
  for (const { ageDays, sketch } of days) {
    peaks[Math.round(oldest - ageDays)] = Math.min(sketch.max, most);
  }
  const { slope, concordance } = robustSlope(peaks);
  const steady =
    concordance >= P.leakConcordance &&
    slope * P.leakHorizonDays >= recentPeak * P.leakGrowth;
  return steady ? slope : undefined;
}
