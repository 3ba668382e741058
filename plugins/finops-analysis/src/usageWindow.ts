import { Abstention, DAY_MS } from '@apexlogic/backstage-plugin-finops-common';
import { abstain, COST_OPTIMIZER_PARAMETERS } from './costOptimizer';
import { UsageSketch } from './sketch';
import { RightsizeOptions, UsageHistory } from './types';

const { minimumHistoryDays, minimumPoints, staleAfterDays } =
  COST_OPTIMIZER_PARAMETERS;

/** One day of the window. */
export interface UsageDay {
  readonly sketch: UsageSketch;
  /** Days from the end of this day to now; 0 for the last whole day and for today. */
  readonly ageDays: number;
  /** 0 = Sunday. */
  readonly weekday: number;
}

/** The days advice may rest on, oldest first, never empty. */
export interface UsageWindow {
  readonly kind: 'window';
  readonly days: readonly UsageDay[];
  /** All days, each measurement counting the same. */
  readonly merged: UsageSketch;
}

/** Picks the days that describe the present workload, or says why they carry no advice. */
export function selectUsage(
  history: UsageHistory,
  options: Pick<
    RightsizeOptions,
    'now' | 'specChangedAt' | 'minimumHistoryDays'
  >,
  windowDays: number = COST_OPTIMIZER_PARAMETERS.windowDays,
): UsageWindow | Abstention {
  const now = Date.parse(options.now);
  const wantedDays = options.minimumHistoryDays ?? minimumHistoryDays;
  const known = history.days
    .filter(({ sketch }) => sketch.count > 0)
    .map(({ day, sketch }) => ({
      sketch,
      start: Date.parse(`${day}T00:00:00Z`),
    }))
    .filter(
      ({ start }) => start < now && start + DAY_MS > now - windowDays * DAY_MS,
    )
    .sort((a, b) => a.start - b.start);

  if (known.length === 0) {
    return abstain(
      'not-enough-history',
      `no measurements in the last ${windowDays} days`,
    );
  }
  const staleDays = (now - (known[known.length - 1].start + DAY_MS)) / DAY_MS;
  if (staleDays > staleAfterDays) {
    return abstain(
      'stale-data',
      `the newest measurements are ${Math.floor(
        staleDays,
      )} days old, at most ${staleAfterDays} are allowed`,
    );
  }

  const changedAt =
    options.specChangedAt === undefined
      ? -Infinity
      : Date.parse(options.specChangedAt);
  // The day of the change mixes the old spec with the new one.
  const comparable = known.filter(({ start }) => start >= changedAt);
  if (
    comparable.length < known.length &&
    comparable.length < Math.max(1, wantedDays)
  ) {
    return abstain(
      'spec-changed',
      `the container's spec changed at ${options.specChangedAt}, ${comparable.length} whole days since then, ${wantedDays} are needed`,
    );
  }
  if (comparable.length < wantedDays) {
    return abstain(
      'not-enough-history',
      `only ${comparable.length} days of history, ${wantedDays} are needed`,
    );
  }

  const merged = UsageSketch.empty(comparable[0].sketch.kind);
  comparable.forEach(({ sketch }) => merged.merge(sketch));
  if (merged.count < minimumPoints) {
    return abstain(
      'not-enough-points',
      `only ${Math.floor(
        merged.count,
      )} measurements, ${minimumPoints} are needed`,
    );
  }
  const days = comparable.map(({ sketch, start }) => ({
    sketch,
    ageDays: Math.max(0, (now - start - DAY_MS) / DAY_MS),
    weekday: new Date(start).getUTCDay(),
  }));
  return { kind: 'window', days, merged };
}
