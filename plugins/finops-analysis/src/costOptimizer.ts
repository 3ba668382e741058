import {
  Abstention,
  AbstentionCode,
  ModelRef,
} from '@apexlogic/backstage-plugin-finops-common';

/** The model behind {@link rightsize} and {@link planReplicas}. @public */
export const COST_OPTIMIZER: ModelRef = {
  name: 'CostOptimizer',
  version: '2.0.0',
};

/**
 * Every number the advice depends on. Chosen once on public usage traces (docs/benchmarks.md tells
 * how) and frozen: one configuration for all workloads, a change of it is a new model version.
 */
export const COST_OPTIMIZER_PARAMETERS = {
  /** Days of history looked at. */
  windowDays: 14,
  /** Fewer days than this, and there is no advice. */
  minimumHistoryDays: 7,
  /** Fewer measured points than this (about eight hours at five minutes), and there is no advice. */
  minimumPoints: 100,
  /** Data older than this says nothing about now. */
  staleAfterDays: 2,
  /** Smaller relative changes are not worth a review. */
  minimumChange: 0.1,

  /** What a bolder or more cautious choice moves; balanced moves nothing. */
  risk: {
    cautious: { cpuQuantileTail: 0.7, memoryMargin: 1.5 },
    balanced: { cpuQuantileTail: 1, memoryMargin: 1 },
    bold: { cpuQuantileTail: 1.3, memoryMargin: 0.6 },
  },

  cpu: {
    /** Quantile of the latest use, in which a measurement counts half after so many days, ... */
    latestQuantile: 0.885,
    latestHalfLifeDays: 2,
    /** ... averaged with a higher quantile of a longer past, which steadies it ... */
    recentQuantile: 0.94,
    recentHalfLifeDays: 5,
    /** ... and has this weight. */
    recentWeight: 1 / 3,
    /** A burst lifts the request at most this far above the ordinary busy level ... */
    burstFactor: 2,
    /** ... which is this quantile of the window, fading slowly. */
    busyQuantile: 0.75,
    busyHalfLifeDays: 14,
    /** Quantile of a day that, where it comes back on the same weekday, the request covers ... */
    weekdayQuantile: 0.9,
    /** ... to this share. */
    weekdayShare: 0.95,
    /** Evens out that a sketch answers with the middle of a bucket. */
    margin: 1.008,
    /**
     * Headroom in cores for one core of use, growing with its square root: the peaks of a workload
     * of many small independent requests even out as it grows.
     */
    squareRootHeadroom: 0.048,
    /** Headroom in cores on top, whatever the size. */
    headroomCores: 0.01,
    minimumCores: 0.01,
    /** Rounded up to this, cores. */
    quantumCores: 0.001,
    /** Share of throttled periods from which the measured use understates what is needed. */
    throttledRatio: 0.05,
    /** At most this much is added for throttling, relative. */
    maximumThrottlingRaise: 0.5,
    classFactor: {
      'latency-critical': 1.2,
      standard: 1,
      stateful: 1.1,
      batch: 1,
      'non-production': 0.9,
    },
  },

  memory: {
    /** Peaks of this many days are covered in full: a whole week, so that each weekday is in it. */
    recentDays: 7,
    recentFactor: 1.05,
    /** Peaks of the whole window are covered to this share. */
    windowFactor: 0.6,
    /** Margin on top: this share of the peak ... */
    marginShare: 0.4,
    /** ... but not more than this, bytes. */
    marginBytes: 512 * 2 ** 20,
    minimumBytes: 16 * 2 ** 20,
    /** Rounded up to this, bytes. */
    quantumBytes: 2 ** 20,
    /** After an out-of-memory kill: the larger of these two above what was not enough. */
    outOfMemoryFactor: 1.2,
    outOfMemoryBytes: 100 * 2 ** 20,
    /** A leak: daily peaks that rise in at least this share of pairs of days (net of falls) ... */
    leakConcordance: 0.7,
    /** ... by at least this share of the present peak within `leakHorizonDays`. */
    leakGrowth: 0.1,
    leakHorizonDays: 7,
    classFactor: {
      'latency-critical': 1.05,
      standard: 1,
      stateful: 1.1,
      batch: 1,
      'non-production': 1,
    },
  },

  replicas: {
    /** Peak utilisation of requests to stay below after the change. */
    targetUtilisation: 0.7,
    /** The peak of a weekday is this quantile of its measurements. */
    peakQuantile: 0.99,
    /** Utilisation at the peak that is accepted while a disruption budget's replicas are away. */
    disruptedUtilisation: 0.95,
    /** Peak share of the requested memory after the change. */
    memoryUtilisation: 0.9,
    /** At most this share of the replicas goes in one change. */
    maximumCut: 0.5,
    /** The weight of CPU; signals that contradict it with at least as much withhold the plan. */
    cpuWeight: 0.5,
    /** Bytes/s that a pod hardly moves beside other work: a tenth of a gigabit link. */
    busyNetworkBytesPerPod: 12.5e6,
    networkWeight: 0.6,
    manyRequestsPerPod: 100,
    manyRequestsWeight: 0.3,
    fewRequestsPerPod: 1,
    fewRequestsWeight: 0.2,
    /** Rise of the mean request rate from week to week. */
    risingRequests: 0.3,
    risingRequestsWeight: 0.5,
  },

  autoscaler: {
    /** Utilisation that the load may reach while more replicas start. */
    saturation: 0.9,
    /** Bounds of the target utilisation. */
    lowestTarget: 0.3,
    highestTarget: 0.8,
    /** Targets are rounded down to this. */
    targetQuantum: 0.05,
    /** The maximum leaves this much above the upper end of the peak. */
    maximumMargin: 1.2,
    /** Quantile of the load that counts as its low. */
    lowQuantile: 0.05,
    /** Two whole weeks of load are as much as it looks at. */
    confidence: { lowest: 0.5, ofHistory: 0.3, fullHistoryDays: 14 },
  },
} as const;

/** An abstention of the cost optimiser. */
export function abstain(code: AbstentionCode, reason: string): Abstention {
  return { kind: 'abstention', code, reason, model: COST_OPTIMIZER };
}
