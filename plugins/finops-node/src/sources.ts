import {
  Day,
  Money,
  Period,
  SignalKind,
  Workload,
  WorkloadKey,
} from '@apexlogic/backstage-plugin-finops-common';
import { SourceResult } from './results';

/**
 * What a source can do, as data; the engine chooses by it.
 *
 * @public
 */
export interface SourceCapabilities {
  readonly kind: SignalKind;
  readonly historyDays: number;
  readonly resolutionSeconds: number;
  /** Workloads the engine may ask for at once. */
  readonly batchSize: number;
  readonly maxRequestsPerMinute?: number;
  /** How old the newest datum normally is. */
  readonly freshnessSeconds: number;
}

/** @public */
export interface Source {
  /** Unique among all sources of its kind. */
  readonly id: string;
  /** Clusters it speaks of; `undefined` = every cluster (it tells them apart by a label). */
  readonly clusters?: readonly string[];
  readonly capabilities: SourceCapabilities;
}

/** @public */
export interface ReadOptions {
  readonly signal: AbortSignal;
}

/** @public */
export interface WorkloadRead {
  /** A batch, all of one cluster and namespace. */
  readonly workloads: readonly Workload[];
  readonly period: Period;
}

/**
 * Metrics of a container (`container` set) or of the workload as a whole. `max` and `sum` are taken
 * over the workload's pods at each instant.
 *
 * Units: CPU in cores, memory and volumes in bytes, network and disk in bytes/s, rates in 1/s,
 * ratios 0..1, latency in seconds. A quota is that of the namespace which is used up furthest, as a
 * ratio; connections are those of the pod that holds most and the limit of the pod that allows fewest.
 *
 * @public
 */
export const METRIC_NAMES = [
  'cpu-usage-max',
  'cpu-usage-sum',
  'memory-usage-max',
  'memory-usage-sum',
  'cpu-request',
  'cpu-limit',
  'memory-request',
  'memory-limit',
  'cpu-throttled-ratio',
  'oom-kills',
  'replicas',
  'network-receive',
  'network-transmit',
  'disk-read',
  'disk-write',
  'volume-used',
  'volume-capacity',
  'quota-cpu',
  'quota-memory',
  'quota-pods',
  'connections-used',
  'connections-limit',
  'request-rate',
  'error-rate',
  'latency-p95',
] as const;

/** @public */
export type MetricName = (typeof METRIC_NAMES)[number];

/** @public */
export interface MetricSeries {
  readonly workload: WorkloadKey;
  readonly container?: string;
  readonly metric: MetricName;
  /** Epoch seconds of the first point, a multiple of `step`. */
  readonly start: number;
  /** Seconds. */
  readonly step: number;
  /** NaN = missing. */
  readonly values: Float64Array;
  /** The query that gave it, for evidence. */
  readonly query: string;
}

/** @public */
export interface MetricSource extends Source {
  /** Yields series as they arrive; a failed part is one result, not the end of the others. */
  readMetrics(
    read: WorkloadRead,
    options: ReadOptions,
  ): AsyncIterable<SourceResult<readonly MetricSeries[]>>;
}

/** @public */
export const COST_CATEGORIES = [
  'cpu',
  'memory',
  'gpu',
  'storage',
  'network',
  'load-balancer',
  'shared',
  'idle',
  'other',
] as const;

/** @public */
export type CostCategory = (typeof COST_CATEGORIES)[number];

/** Cost of a workload on one UTC day in one category. @public */
export interface CostRow {
  readonly workload: WorkloadKey;
  readonly day: Day;
  readonly category: CostCategory;
  readonly cost: Money;
  /** Billing may still restate it. */
  readonly provisional: boolean;
}

/** @public */
export interface CostBatch {
  readonly rows: readonly CostRow[];
  /**
   * Per day: what the source knows of the whole namespace, and how much of it the rows explain
   * (0..1; less where allocations had no price or no owner).
   */
  readonly coverage: readonly { readonly day: Day; readonly ratio: number }[];
}

/** @public */
export interface CostSource extends Source {
  readCosts(
    read: WorkloadRead,
    options: ReadOptions,
  ): AsyncIterable<SourceResult<CostBatch>>;
}

/** Commit, deployment or change of a live spec. Texts are data from outside: quote, never interpret. @public */
export interface ChangeEvent {
  readonly id: string;
  readonly kind: 'commit' | 'deployment' | 'spec-change';
  readonly at: string;
  readonly title: string;
  readonly link?: string;
  /** Commit or image. */
  readonly revision?: string;
  readonly workload?: WorkloadKey;
}

/** Where an entity's code and desired state live. @public */
export interface ChangeRead {
  readonly entityRef: string;
  readonly sourceUrls: readonly string[];
  /** Folders of desired state: a commit there is a deployment. */
  readonly gitopsUrls?: readonly string[];
  readonly workloads: readonly Workload[];
}

/** @public */
export interface ChangeSource extends Source {
  readChanges(
    reads: readonly ChangeRead[],
    period: Period,
    options: ReadOptions,
  ): AsyncIterable<
    SourceResult<{
      readonly entityRef: string;
      readonly events: readonly ChangeEvent[];
    }>
  >;
}

/** How an entity points at its workloads (from the `backstage.io/kubernetes-*` annotations). @public */
export interface WorkloadSelector {
  readonly entityRef: string;
  readonly kubernetesId?: string;
  readonly labelSelector?: string;
  readonly namespace?: string;
  readonly cluster?: string;
}

/** @public */
export interface ContainerSpec {
  readonly name: string;
  readonly image?: string;
  /** Cores. */
  readonly cpuRequest?: number;
  readonly cpuLimit?: number;
  /** Bytes. */
  readonly memoryRequest?: number;
  readonly memoryLimit?: number;
  /** Devices and the like that it requests, by resource name such as `nvidia.com/gpu`; whole numbers. */
  readonly extendedResources?: Readonly<Record<string, number>>;
  readonly runtime?: RuntimeSettings;
}

/**
 * Bounds that a language runtime was given, as numbers only: no text of a command line or an
 * environment leaves the source.
 *
 * @public
 */
export interface RuntimeSettings {
  readonly kind: 'jvm' | 'go' | 'node';
  /** Bytes: `-Xmx`, `GOMEMLIMIT`, `--max-old-space-size`. */
  readonly memoryBytes?: number;
  /** `GOMAXPROCS`, `-XX:ActiveProcessorCount`. */
  readonly processors?: number;
}

/** An HPA, or what acts like one, on the workload. @public */
export interface AutoscalerState {
  readonly kind: string;
  readonly name: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Resources whose utilisation it follows. */
  readonly resources: readonly ('cpu' | 'memory')[];
  /** Target utilisation of requests per resource, 0..1. */
  readonly targetUtilisation?: {
    readonly cpu?: number;
    readonly memory?: number;
  };
  /** What else it follows, in words: `container CPU of app`, `external metric queue-length`. */
  readonly otherMetrics?: readonly string[];
  /** What writes it, whose own settings would undo a change: `ScaledObject orders`. */
  readonly managedBy?: string;
}

/** A VerticalPodAutoscaler on the workload. @public */
export interface VerticalAutoscalerState {
  readonly name: string;
  /** Whether it only recommends, or sets the requests of pods. */
  readonly mode: 'recommends' | 'sets';
  /** Resources whose requests it sets or would set. */
  readonly resources: readonly ('cpu' | 'memory')[];
}

/** A pod whose chain of owners ends at the workload. @public */
export interface PodState {
  readonly name: string;
  readonly ready: boolean;
  /** Of all its containers. */
  readonly restarts: number;
  /** A container's last termination was an out-of-memory kill. */
  readonly oomKilled: boolean;
}

/**
 * What a PodDisruptionBudget keeps of a workload: pods, or a share of the replicas such as `25%`.
 *
 * @public
 */
export interface DisruptionBudgetState {
  readonly minAvailable?: number | string;
  readonly maxUnavailable?: number | string;
}

/** @public */
export interface WorkloadState {
  readonly workload: Workload;
  /** Desired replicas; absent for kinds without. */
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly containers: readonly ContainerSpec[];
  readonly autoscaler?: AutoscalerState;
  readonly verticalAutoscaler?: VerticalAutoscalerState;
  /** Seconds from being scheduled to being ready, median of its pods; absent where none tells. */
  readonly startUpSeconds?: number;
  /** The budget that selects its pods. */
  readonly disruptionBudget?: DisruptionBudgetState;
  /** Zones that its pods are to be spread over; absent where no spread is asked for. */
  readonly zones?: number;
  /** What of budget, zones and vertical autoscaler could not be told and why, a sentence each. */
  readonly availabilityUnknown?: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly pods?: readonly PodState[];
  /** When the pod template or replicas last changed, as far as known. */
  readonly specChangedAt?: string;
}

/** @public */
export interface StateSource extends Source {
  /** Live state of what the selectors match; an entity with no match yields an empty list. */
  readState(
    selectors: readonly WorkloadSelector[],
    options: ReadOptions,
  ): AsyncIterable<
    SourceResult<{
      readonly entityRef: string;
      readonly states: readonly WorkloadState[];
    }>
  >;
}

/** Log volume of a workload: counts per step and a few example lines (redacted by the source). @public */
export interface LogSummary {
  readonly workload: WorkloadKey;
  readonly start: number;
  readonly step: number;
  /** Lines that record a served request. */
  readonly requests: Float64Array;
  readonly errors: Float64Array;
  readonly examples: readonly { readonly at: string; readonly line: string }[];
  readonly query: string;
}

/** One line of a log. Text from outside: quote, never interpret. @public */
export interface LogLine {
  /** ISO instant. */
  readonly at: string;
  readonly line: string;
  /** Lines of its hour that it stands for when the source samples, above 0; 1 unless told. */
  readonly standsFor?: number;
}

/** Some lines of a workload, in any order; a few thousand at most. @public */
export interface LogLineBatch {
  readonly workload: WorkloadKey;
  readonly lines: readonly LogLine[];
  readonly query: string;
}

/** @public */
export interface LogSource extends Source {
  readLogs(
    read: WorkloadRead,
    options: ReadOptions,
  ): AsyncIterable<SourceResult<readonly LogSummary[]>>;
  /** Most lines that `readLines` yields of one workload and hour; required with it. */
  readonly linesPerHour?: number;
  /**
   * Streams lines of a period of whole hours; an hour with more than `linesPerHour` is sampled evenly
   * and each line says what it stands for. Only the messages are learned from them; nothing is kept
   * but redacted templates, counts and a few redacted examples.
   */
  readLines?(
    read: WorkloadRead,
    options: ReadOptions,
  ): AsyncIterable<SourceResult<LogLineBatch>>;
}

/** @public */
export interface AlertEvent {
  readonly id: string;
  readonly workload: WorkloadKey;
  readonly title: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly startsAt: string;
  readonly endsAt?: string;
  readonly link?: string;
}

/** @public */
export interface AlertSource extends Source {
  readAlerts(
    read: WorkloadRead,
    options: ReadOptions,
  ): AsyncIterable<SourceResult<readonly AlertEvent[]>>;
}
