import {
  Abstention,
  ModelRef,
} from '@apexlogic/backstage-plugin-finops-common';
import { AvailabilityNeeds } from './scaling/availabilityFloor';
import { PeakOutlook } from './scaling/peakOutlook';
import { UsageSketch } from './sketch';

/**
 * A regular series.
 *
 * @public
 */
export interface Series {
  /** Epoch seconds of the first value. */
  readonly start: number;
  /** Seconds between values. */
  readonly step: number;
  /** NaN = missing. */
  readonly values: Float64Array;
}

/** @public */
export interface ScoreOptions {
  /** `online` scores each point from its past only. */
  readonly mode: 'online' | 'batch';
  /** Season length in points; found from the data when absent. */
  readonly period?: number;
}

/** @public */
export interface DetectOptions extends ScoreOptions {
  /** Score above which a point is anomalous; the model's frozen threshold when absent. */
  readonly threshold?: number;
  /** Points that may still be restated and are never judged, counted from the end. */
  readonly provisionalPoints?: number;
  /** Planned work: nothing within is judged, and nothing is learned from it. */
  readonly maintenance?: readonly TimeSpan[];
  /** Holidays, sales, releases: what happens then is told, but with the occasion and less certainty. */
  readonly calendar?: readonly (TimeSpan & { readonly label: string })[];
}

/** Epoch seconds, half-open. @public */
export interface TimeSpan {
  readonly start: number;
  readonly end: number;
}

/** @public */
export interface Anomaly {
  /** Index of the first point, inclusive. */
  readonly from: number;
  /** Index after the last point. */
  readonly to: number;
  /** A `trend-change` moves further away as long as it lasts; a `level-shift` stays where it went. */
  readonly shape: 'spike' | 'level-shift' | 'trend-change';
  readonly direction: 'above' | 'below';
  /** Means over the interval, in the unit of the series. */
  readonly observed: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  /** observed - expected, summed over the interval's points. */
  readonly impact: number;
  /**
   * The same over a month of 730 hours if it stays as it is now; absent when it is over. For money it is
   * what not reacting costs a month.
   */
  readonly impactPerMonth?: number;
  /** The occasion of the calendar that covers at least half of it. */
  readonly occasion?: string;
  /** Still going on at the end of the judged points. */
  readonly ongoing: boolean;
  /** Highest score inside. */
  readonly score: number;
  /** 0..1 */
  readonly confidence: number;
  readonly model: ModelRef;
}

/** Expected band, aligned with the series it was made from. @public */
export interface Band {
  readonly mean: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** @public */
export interface ForecastOptions {
  /** Points to forecast. */
  readonly horizon: number;
  /** Nominal coverages, e.g. `[0.8, 0.95]`. */
  readonly levels: readonly number[];
  /** The only season, in points; days, weeks and years as far as the history shows them when absent. */
  readonly period?: number;
  /** Known influences, a business metric or days of a calendar, over history and horizon. */
  readonly regressors?: readonly {
    readonly name: string;
    /** Aligned with the history and longer by the horizon; finite. */
    readonly values: Float64Array;
  }[];
}

/** @public */
export interface Forecast {
  readonly kind: 'forecast';
  readonly mean: Float64Array;
  readonly intervals: readonly {
    readonly level: number;
    readonly lower: Float64Array;
    readonly upper: Float64Array;
  }[];
  /**
   * Interval of the sum over the horizon per level; not the sum of the bounds, since errors of
   * different days partly cancel.
   */
  readonly total: {
    readonly mean: number;
    readonly intervals: readonly {
      readonly level: number;
      readonly lower: number;
      readonly upper: number;
    }[];
  };
  /** Seasons it continues, in points. */
  readonly seasons: readonly number[];
  /** No day, week or year is known twice yet: the forecast knows a level and no season. */
  readonly coldStart: boolean;
  readonly model: ModelRef;
}

/** One resource of one container over time. @public */
export interface UsageHistory {
  /** One sketch a UTC day, oldest first; days without data are absent. */
  readonly days: readonly {
    readonly day: string;
    readonly sketch: UsageSketch;
  }[];
  /** Now requested: cores or bytes. */
  readonly request?: number;
  readonly limit?: number;
}

/** @public */
export interface ContainerUsage {
  readonly cpu: UsageHistory;
  readonly memory: UsageHistory;
  /** Throttled share of CPU periods over the window, 0..1. */
  readonly throttledRatio?: number;
  /** Out-of-memory kills in the window. */
  readonly oomKills?: number;
  /** What its language runtime was told. */
  readonly runtime?: RuntimeSettings;
}

/** Bounds that a language runtime was given on its command line or in its environment. @public */
export interface RuntimeSettings {
  readonly kind: 'jvm' | 'go' | 'node';
  /** Bytes: `-Xmx`, `GOMEMLIMIT`, `--max-old-space-size`. */
  readonly memoryBytes?: number;
  /** `GOMAXPROCS`, `-XX:ActiveProcessorCount`. */
  readonly processors?: number;
}

/** A setting of a language runtime that should move with the requests or limits. @public */
export interface RuntimeHint {
  readonly setting: 'GOMEMLIMIT' | 'GOMAXPROCS' | '-XX:ActiveProcessorCount';
  /** Absent when it is not set. */
  readonly present?: number;
  readonly advised: number;
  readonly unit: 'bytes' | 'processors';
  readonly reason: string;
}

/** @public */
export interface RightsizeOptions {
  /** ISO instant the advice is made for; days after it are ignored. */
  readonly now: string;
  readonly workloadClass?:
    | 'latency-critical'
    | 'standard'
    | 'stateful'
    | 'batch'
    | 'non-production';
  /** Resources an autoscaler follows; no advice there. */
  readonly autoscaledOn?: readonly ('cpu' | 'memory')[];
  /** Resources whose requests a vertical autoscaler sets; no advice there. */
  readonly setByAutoscaler?: readonly ('cpu' | 'memory')[];
  /** When the container's spec last changed. */
  readonly specChangedAt?: string;
  /** 7 unless told. */
  readonly minimumHistoryDays?: number;
  /** Floors; 0.01 cores and 16 MiB unless told. */
  readonly minimumCpuCores?: number;
  readonly minimumMemoryBytes?: number;
  /** What a learner chose, per resource; balanced over 14 days unless told. */
  readonly tuning?: { readonly cpu?: Tuning; readonly memory?: Tuning };
  /** Relative change below which advice is not worth a review; 0.1 unless told. */
  readonly minimumChange?: number;
}

/** Arms a learner may choose between; the first of each is the safe baseline. @public */
export const TUNING_RISKS = ['balanced', 'cautious', 'bold'] as const;

/** @public */
export const TUNING_WINDOW_DAYS = [14, 7] as const;

/** How much risk a request takes and how far back it looks. @public */
export interface Tuning {
  readonly risk: (typeof TUNING_RISKS)[number];
  readonly windowDays: (typeof TUNING_WINDOW_DAYS)[number];
}

/** @public */
export interface ResourceAdvice {
  readonly kind: 'advice';
  /** Cores or bytes, quantised upwards. */
  readonly request: number;
  /** Bytes; only when the present limit must move with the request. */
  readonly limit?: number;
  /** Used over the window: what the advice stands on. */
  readonly observed: {
    readonly mean: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
  };
  /** Estimated share of time above the advised request, 0..1. */
  readonly timeOver: number;
  readonly points: number;
  readonly historyDays: number;
}

/** @public */
export interface RequestAdvice {
  readonly kind: 'advice';
  readonly cpu: ResourceAdvice | Abstention;
  readonly memory: ResourceAdvice | Abstention;
  /** Settings of its language runtime that do not fit; absent when none. */
  readonly hints?: readonly RuntimeHint[];
  /** 0..1 */
  readonly confidence: number;
  readonly model: ModelRef;
}

/** Load of a workload with fixed replicas. @public */
export interface ReplicaLoad {
  /** CPU of all pods together, cores. */
  readonly cpuTotal: Series;
  /** CPU request of one pod, cores. */
  readonly cpuRequestPerPod: number;
  /** Replicas over time. */
  readonly replicas: Series;
  /** Served requests per second; absent when nobody counts them. */
  readonly requestRate?: Series;
  /** Bytes of all pods; caps how far replicas can fall. */
  readonly memoryTotal?: Series;
  readonly memoryRequestPerPod?: number;
  /** Bytes/s in and out of all pods: a busy network contradicts idle CPU. */
  readonly network?: Series;
}

/** @public */
export interface ReplicaOptions extends AvailabilityNeeds {
  readonly now: string;
  readonly currentReplicas: number;
  readonly autoscaled: boolean;
  readonly specChangedAt?: string;
  /** Peak utilisation of requests to stay below after the change; 0.7 unless told. */
  readonly targetUtilisation?: number;
  readonly minimumHistoryDays?: number;
  /** CPU request of one pod that is advised at the same time, cores: what the replicas will be filled by. */
  readonly advisedCpuRequestPerPod?: number;
}

/** @public */
export interface ReplicaPlan {
  readonly kind: 'plan';
  readonly replicas: number;
  /** Of requests, over the window, at present replicas, 0..1. */
  readonly meanUtilisation: number;
  readonly peakUtilisation: number;
  /** Peak utilisation had the advised replicas run. */
  readonly peakUtilisationAfter: number;
  /** Cores of all pods at the peak of the week to come. */
  readonly peak: PeakOutlook;
  /** Fewest replicas that availability allows. */
  readonly floor: number;
  /** Share of requested CPU not used over the window, 0..1. */
  readonly underusedRatio: number;
  readonly historyDays: number;
  readonly confidence: number;
  readonly model: ModelRef;
}

/** An HPA that follows CPU, and what it owes to availability. @public */
export interface AutoscalerOptions extends AvailabilityNeeds {
  readonly now: string;
  readonly current: AutoscalerBounds;
  /** Seconds from wanting a replica until it serves. */
  readonly startUpSeconds: number;
  readonly specChangedAt?: string;
  readonly minimumHistoryDays?: number;
  /** CPU request of one pod that is advised at the same time, cores: utilisation is measured by it. */
  readonly advisedCpuRequestPerPod?: number;
  /** Cores that one replica may be made to carry, e.g. for what it then holds in memory; absent = any. */
  readonly highestLoadPerReplica?: number;
}

/** @public */
export interface AutoscalerBounds {
  readonly minimum: number;
  readonly maximum: number;
  /** Of the CPU requests, 0..1. */
  readonly targetUtilisation: number;
}

/** @public */
export interface AutoscalerPlan extends AutoscalerBounds {
  readonly kind: 'autoscaler-plan';
  /**
   * Replicas over the window on average, as they ran and as the plan would have them. What ran beyond
   * the rule of the HPA (it scales down late) is expected to be as much more under the plan.
   */
  readonly meanReplicas: number;
  readonly meanReplicasAfter: number;
  /** Relative rise of the load while a replica starts that the target leaves room for. */
  readonly startUpRise: number;
  /** Cores of all pods at the peak of the week to come. */
  readonly peak: PeakOutlook;
  /** Fewest replicas that availability allows. */
  readonly floor: number;
  readonly historyDays: number;
  readonly confidence: number;
  readonly model: ModelRef;
}
