import { Money } from './money';
import { Period } from './period';
import { WorkloadKey } from './workload';

/** @public */
export const FINDING_KINDS = [
  'anomaly',
  'waste',
  'capacity-risk',
  'budget-deviation',
  'drift',
  'violation',
  'incident',
] as const;

/** @public */
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Which model said it. @public */
export interface ModelRef {
  readonly name: string;
  /** Semantic version of the model's behaviour, not of the package. */
  readonly version: string;
}

/**
 * A typed piece of what stands behind a finding or a recommendation: each can be looked at again.
 *
 * @public
 */
export interface Evidence {
  readonly id: string;
  readonly kind: 'series' | 'query' | 'log' | 'change' | 'cost' | 'state';
  readonly sourceId: string;
  /** One plain sentence with the number in it. */
  readonly summary: string;
  readonly window: Period;
  /** The query as the source understood it. */
  readonly query?: string;
  /** Where a person can look it up. */
  readonly link?: string;
  /** A few redacted log lines as they were written: text of strangers, to be quoted only. */
  readonly lines?: readonly string[];
  readonly series?: readonly EvidenceSeries[];
}

/**
 * What a series is to the chart it is drawn in: usage between `usage-low` and `usage-high` with its
 * `peak` against `request`, `proposed` and `limit`, or `observed` against an expected band.
 *
 * @public
 */
export type EvidenceRole =
  | 'usage'
  | 'usage-low'
  | 'usage-high'
  | 'peak'
  | 'request'
  | 'proposed'
  | 'limit'
  | 'observed'
  | 'expected'
  | 'expected-lower'
  | 'expected-upper';

/** A series small enough to draw (at most a few hundred points). @public */
export interface EvidenceSeries {
  readonly label: string;
  readonly unit:
    | 'cores'
    | 'bytes'
    | 'replicas'
    | 'requests/s'
    | 'ratio'
    | 'seconds'
    | 'money'
    | 'count';
  /** What the series is to its chart; absent when it is only worth listing. */
  readonly role?: EvidenceRole;
  /** Epoch seconds of the first point. */
  readonly start: number;
  /** Seconds between points. */
  readonly step: number;
  /** `null` where nothing was measured. */
  readonly values: readonly (number | null)[];
}

/** @public */
export interface Finding {
  readonly id: string;
  readonly kind: FindingKind;
  readonly entityRef: string;
  readonly workload?: WorkloadKey;
  /** What was observed, e.g. `cost`, `cpu`, `latency`. */
  readonly signal: string;
  readonly title: string;
  readonly period: Period;
  readonly direction?: 'above' | 'below';
  /** Of an anomaly: it passed, went to a new level, or keeps moving away. */
  readonly shape?: 'spike' | 'level-shift' | 'trend-change';
  /** What the calendar says of the time. */
  readonly occasion?: string;
  readonly observed?: number;
  readonly expected?: {
    readonly mean: number;
    readonly lower: number;
    readonly upper: number;
  };
  /** What it costs a month if it stays; absent when it is over. */
  readonly monthlyImpact?: Money;
  /** 0..1 */
  readonly confidence: number;
  readonly model: ModelRef;
  readonly evidence: readonly Evidence[];
}
