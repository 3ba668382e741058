import {
  AutoscalerBounds,
  AutoscalerPlan,
  ReplicaPlan,
  RequestAdvice,
  RightsizeOptions,
  Series,
} from '@apexlogic/backstage-plugin-finops-analysis';
import {
  Abstention,
  OffHoursMechanism,
} from '@apexlogic/backstage-plugin-finops-common';
import type { Occasions } from './findAnomalies';
import { CapacityRisk } from './findCapacityRisks';
import { OffHours } from './learnOffHours';
import { StoredCost } from '../database/CostStore';
import { StoredWorkload } from '../database/EntityStore';
import { StoredEvent } from '../database/EventStore';
import { StoredFinding } from '../database/FindingStore';
import {
  StoredMetric,
  StoredSeries,
  StoredSketch,
} from '../database/UsageStore';

/** Query and source a metric came from. */
export interface MetricOrigin {
  readonly container: string;
  readonly metric: StoredMetric;
  readonly sourceId: string;
  readonly query: string;
}

/** What is known of one workload over the analysed window. */
export interface WorkloadHistory {
  readonly stored: StoredWorkload;
  readonly series: readonly StoredSeries[];
  readonly origins: readonly MetricOrigin[];
  /** Cost rows of the workload, oldest first. */
  readonly costs: readonly StoredCost[];
}

/** What was chosen for a workload, by container; where nothing was, the safe baseline stays. */
export type WorkloadTunings = ReadonlyMap<
  string,
  NonNullable<RightsizeOptions['tuning']>
>;

/** All that advice on one workload depends on. */
export interface WorkloadInputs {
  readonly history: WorkloadHistory;
  readonly sketches: readonly StoredSketch[];
  readonly events: readonly StoredEvent[];
  /** What a learner chose; absent: the safe baseline. */
  readonly tunings?: WorkloadTunings;
  /** Days that are not as others. */
  readonly calendar?: Occasions['calendar'];
  /** What stops workloads off hours; absent = nothing. */
  readonly mechanism?: OffHoursMechanism;
  /** Instant it is advised at. */
  readonly now: string;
}

/** What the rightsizing model said of one container. */
export interface ContainerAdvice {
  readonly container: string;
  readonly advice: RequestAdvice | Abstention;
  /** Absent: the safe baseline. */
  readonly tuning?: RightsizeOptions['tuning'];
}

/** Load the replica model judged, kept as evidence. */
export interface JudgedLoad {
  readonly cpuTotal: Series;
  readonly cpuRequestPerPod: number;
  readonly requestRate?: Series;
  /** Requests a second counted in logs, whether or not a metric counts them too. */
  readonly logRate?: Series;
  readonly network?: Series;
}

/** New settings of an autoscaler, and the requests they are for. */
export interface AutoscalerAdvice {
  readonly kind: 'autoscaler-advice';
  readonly plan: AutoscalerPlan;
  readonly current: AutoscalerBounds;
  /** CPU requests that change along, cores by container; empty where all stay. */
  readonly requests: ReadonlyMap<string, number>;
  /** CPU that one pod requests, cores. */
  readonly requestPerPod: { readonly before: number; readonly after: number };
}

/** What the models said of one workload. */
export interface WorkloadAnalysis {
  readonly history: WorkloadHistory;
  readonly containers: readonly ContainerAdvice[];
  /** Limits that it is expected to pass soon. */
  readonly risks: readonly CapacityRisk[];
  /** Absent for kinds without replicas. */
  readonly replicas?: {
    readonly plan: ReplicaPlan | Abstention;
    readonly load?: JudgedLoad;
  };
  /** Absent where no autoscaler follows CPU. One advice for each set of requests; at least one. */
  readonly autoscaler?: {
    readonly advice: readonly AutoscalerAdvice[] | Abstention;
    /** Cores of all pods over the window judged. */
    readonly cpuTotal?: Series;
  };
  /** When nobody uses it; outside production only. */
  readonly offHours?: OffHours;
}

/** What the models said of one entity. */
export interface EntityAnalysis {
  readonly entityRef: string;
  /** Instant it was made for. */
  readonly now: string;
  readonly workloads: readonly WorkloadAnalysis[];
  /** What each was made from, in the same order. */
  readonly inputs: readonly WorkloadInputs[];
  readonly findings: readonly StoredFinding[];
  /** Start of the window the findings were looked for in. */
  readonly windowStart: string;
  /** Used over requested, weighted by cost, 0..1; absent without usage or cost. */
  readonly efficiency?: number;
}
