import {
  Finding,
  RecommendationState,
} from '@apexlogic/backstage-plugin-finops-common';
import type { StoredSeries } from '../../database/UsageStore';

/** Where a change of a wave stands. */
export type ChangeHealth =
  /** Nobody has asked for it yet. */
  | { readonly kind: 'to-deliver' }
  | { readonly kind: 'waiting'; readonly note: string }
  | { readonly kind: 'healthy'; readonly note: string }
  | { readonly kind: 'unhealthy'; readonly note: string }
  | { readonly kind: 'left-out'; readonly note: string };

/** What is known of a change that is live. */
export interface Watched {
  /** First seen to run as recommended, epoch seconds. */
  readonly liveSince: number;
  /** Epoch seconds. */
  readonly now: number;
  readonly observeSeconds: number;
  /** Of the workload: use, out-of-memory kills and throttling. */
  readonly series: readonly StoredSeries[];
  /** Of the entity. */
  readonly findings: readonly Finding[];
  readonly workload: string;
  readonly pods?: {
    readonly ready: number;
    readonly wanted: number;
    /** Epoch seconds. */
    readonly observedAt: number;
  };
}

/** Metrics that say that a workload was seen at all. */
const USE = ['cpu-usage-max', 'memory-usage-max'];

/** Share of the points of the time watched that must have been measured. */
const MINIMUM_COVERAGE = 0.8;

/** Mean share of CPU periods in which a container was throttled, from which it is held back. */
const MAXIMUM_THROTTLED = 0.5;

/** Anomalies that a change may have brought about; more requests or more cost it did not. */
const HARMS = ['latency', 'errors', 'logs'];

/** What a state says of a change that is not yet live; `undefined` = it is merged or further. */
export function judgeState(
  state: RecommendationState,
): ChangeHealth | undefined {
  switch (state) {
    case 'proposed':
    case 'blocked':
    case 'needs-input':
      return { kind: 'to-deliver' };
    case 'open':
    case 'awaiting-approval':
      return { kind: 'waiting', note: 'It waits for approval.' };
    case 'approved':
      return {
        kind: 'waiting',
        note: 'It is approved and waits to be merged.',
      };
    case 'snoozed':
      return { kind: 'left-out', note: 'It was snoozed.' };
    case 'rejected':
      return { kind: 'left-out', note: 'A person decided against it.' };
    case 'superseded':
    case 'expired':
      return { kind: 'left-out', note: 'It is no longer advised.' };
    case 'reverted':
      return { kind: 'unhealthy', note: 'It was reverted.' };
    default:
      return undefined;
  }
}

/**
 * What was seen of a live change. Harm is told at once; health only at the end of the time watched, when
 * enough of it was measured: missing data never counts as healthy.
 */
export function judgeLive(watched: Watched): ChangeHealth {
  const { liveSince, now, observeSeconds, findings, workload, pods } = watched;
  const harm = findings.find(
    finding =>
      (finding.kind === 'incident' ||
        (finding.kind === 'anomaly' &&
          finding.direction !== 'below' &&
          HARMS.includes(finding.signal))) &&
      (finding.workload === undefined || finding.workload === workload) &&
      Date.parse(finding.period.start) / 1000 >= liveSince,
  );
  if (harm) {
    return { kind: 'unhealthy', note: `Since it is live: ${harm.title}` };
  }
  const end = liveSince + observeSeconds;
  const points = (metric: string) =>
    watched.series
      .filter(series => series.metric === metric)
      .map(series => pointsOf(series, liveSince, Math.min(now, end)));
  const kills = points('oom-kills')
    .flat()
    .filter(value => value > 0);
  if (kills.length > 0) {
    return {
      kind: 'unhealthy',
      note: 'Containers were killed for want of memory since it is live.',
    };
  }
  const throttled = points('cpu-throttled-ratio')
    .map(meanOf)
    .filter(mean => mean > MAXIMUM_THROTTLED);
  if (throttled.length > 0) {
    return {
      kind: 'unhealthy',
      note: `CPU was throttled in ${Math.round(
        Math.max(...throttled) * 100,
      )} % of all periods since it is live.`,
    };
  }
  if (now < end) {
    return {
      kind: 'waiting',
      note: `It is live and watched until ${isoMinute(end)}.`,
    };
  }
  const coverage = Math.min(
    ...USE.map(metric =>
      Math.max(
        0,
        ...watched.series
          .filter(series => series.metric === metric)
          .map(series => coverageOf(series, liveSince, end)),
      ),
    ),
  );
  if (coverage < MINIMUM_COVERAGE) {
    return {
      kind: 'waiting',
      note: `Only ${Math.floor(
        coverage * 100,
      )} % of the time watched was measured; it waits for data.`,
    };
  }
  if (!pods || pods.observedAt < end) {
    return {
      kind: 'waiting',
      note: 'Its pods have not been looked at since the time watched ended.',
    };
  }
  return pods.ready >= pods.wanted
    ? {
        kind: 'healthy',
        note: `It was watched until ${isoMinute(end)} and is well.`,
      }
    : {
        kind: 'unhealthy',
        note: `Only ${pods.ready} of ${pods.wanted} pods are ready.`,
      };
}

function pointsOf(
  { start, step, values }: StoredSeries,
  from: number,
  to: number,
): number[] {
  const first = Math.max(0, Math.ceil((from - start) / step));
  const last = Math.max(first, Math.ceil((to - start) / step));
  return [...values.slice(first, last)].filter(value => !Number.isNaN(value));
}

function coverageOf(series: StoredSeries, from: number, to: number): number {
  const expected = Math.floor((to - from) / series.step);
  return expected <= 0 ? 0 : pointsOf(series, from, to).length / expected;
}

function meanOf(values: readonly number[]): number {
  return values.length === 0
    ? 0
    : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function isoMinute(seconds: number): string {
  return `${new Date(seconds * 1000)
    .toISOString()
    .slice(0, 16)
    .replace('T', ' ')} UTC`;
}
