import { WorkloadKey } from '@apexlogic/backstage-plugin-finops-common';
import {
  AlertEvent,
  ChangeEvent,
  CostCategory,
} from '@apexlogic/backstage-plugin-finops-node';
import { Calendar, Instant } from './calendar';

/** One container of a service as its manifest declares it. CPU in cores, memory in bytes. */
export interface ServiceContainer {
  readonly name: string;
  readonly image: string;
  readonly cpuRequest: number;
  readonly cpuLimit?: number;
  readonly memoryRequest: number;
  readonly memoryLimit?: number;
  /** Share of the pod's CPU and memory this container uses; shares of a pod sum to 1. */
  readonly share: number;
}

/** How many requests (or jobs) reach a service over time. */
export interface LoadShape {
  /** Mean of an ordinary day, 1/s over all pods. */
  readonly requestsPerSecond: number;
  /** 0 = flat, 1 = nothing at night and double by day. */
  readonly dailyAmplitude: number;
  /** UTC hour of the daily peak. */
  readonly peakHour: number;
  /** Factor per weekday, Sunday first. */
  readonly weekly: readonly [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  /** Factor on holidays. */
  readonly holiday: number;
  /** Growth over 30 days, 0.02 = 2 %. */
  readonly monthlyGrowth: number;
  /** Twenty-minute bursts: the share of such spans that burst, and by what factor. */
  readonly bursts?: { readonly chance: number; readonly factor: number };
}

/** One workload of the estate: what it declares, what reaches it, and what a request costs it. */
export interface Service {
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: 'Deployment' | 'StatefulSet' | 'CronJob';
  readonly name: string;
  readonly environment: 'production' | 'staging' | 'dev';
  /** Value of the `backstage.io/kubernetes-id` label; absent where no entity claims it. */
  readonly kubernetesId?: string;
  /** Desired replicas; absent where an autoscaler or a schedule decides. */
  readonly replicas?: number;
  readonly autoscaler?: {
    readonly minReplicas: number;
    readonly maxReplicas: number;
    readonly cpuTarget: number;
  };
  /** UTC hours between which pods of a scheduled job run. */
  readonly runs?: { readonly fromHour: number; readonly toHour: number };
  readonly containers: readonly ServiceContainer[];
  /** GPUs held by one pod. */
  readonly gpusPerPod?: number;
  /** Bytes of persistent volume per pod, and the share of them in use. */
  readonly volume?: {
    readonly bytesPerPod: number;
    readonly usedRatio: number;
  };
  readonly loadBalancer?: boolean;
  readonly load: LoadShape;
  /** Whether the load consists of HTTP requests that are counted and logged. */
  readonly servesRequests: boolean;
  /** Cores one pod uses with no load. */
  readonly idleCoresPerPod: number;
  readonly cpuSecondsPerRequest: number;
  readonly memoryBytesPerPod: number;
  readonly bytesInPerRequest: number;
  readonly bytesOutPerRequest: number;
  /** Share of transmitted bytes that leaves for the internet and is billed as egress, 0..1. */
  readonly egressShare: number;
  readonly diskBytesPerRequest: number;
  /** Seconds. */
  readonly latencyP95: number;
  /** Share of requests that fail, 0..1. */
  readonly errorRatio: number;
  /** How much more than the mean the busiest pod uses, 0 = perfectly balanced. */
  readonly imbalance: number;
  /** Day of the newest ordinary release before now, and days between releases. */
  readonly release: {
    readonly lastDaysBefore: number;
    readonly everyDays: number;
  };
  /** Days before now at which the workload first appeared; absent = before the recording. */
  readonly createdDaysBefore?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Labels beside the name, the environment and the id. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Paths of requests as they appear in access logs. */
  readonly logPaths?: readonly string[];
}

/** What drives one service at one instant; stories change it before usage is derived. */
export interface Drivers {
  requestsPerSecond: number;
  idleCoresPerPod: number;
  cpuSecondsPerRequest: number;
  /** Cores over all pods that no request explains. */
  extraCores: number;
  memoryBytesPerPod: number;
  bytesInPerRequest: number;
  bytesOutPerRequest: number;
  /** Bytes/s over all pods that no request explains. */
  extraTransmit: number;
  diskBytesPerRequest: number;
  latencyP95: number;
  errorRatio: number;
  replicas: number;
}

/** A log line a story plants. */
export interface PlantedLine {
  readonly workload: WorkloadKey;
  readonly epoch: number;
  readonly line: string;
}

/** What was planted, for tests and for people; never given to the models. */
export interface StoryTruth {
  readonly id: string;
  readonly workloads: readonly WorkloadKey[];
  /** What a good answer of the product says. */
  readonly expected: string;
  /** ISO instant from which the effect holds; absent = always. */
  readonly startsAt?: string;
  /** Id of the change that causes it. */
  readonly cause?: string;
  /** Planted figures by name. */
  readonly facts: Readonly<Record<string, number>>;
}

/** One planted story: effects on drivers plus the events that go with them. */
export interface Story {
  readonly truth: StoryTruth;
  /** Changes the drivers of the story's workloads at an instant. */
  readonly effect?: (
    drivers: Drivers,
    instant: Instant,
    service: Service,
  ) => void;
  readonly changes?: readonly (ChangeEvent & {
    readonly workload: WorkloadKey;
  })[];
  readonly alerts?: readonly AlertEvent[];
  readonly lines?: readonly PlantedLine[];
  /** Whole UTC days (epoch seconds of their start) on which a cluster recorded nothing. */
  readonly missingDays?: readonly {
    readonly cluster: string;
    readonly start: number;
  }[];
  /** The price of a cost category multiplied from an instant (epoch seconds) on. */
  readonly price?: {
    readonly category: CostCategory;
    readonly from: number;
    readonly factor: number;
  };
  /** Live values that differ from the GitOps repository. */
  readonly liveReplicas?: {
    readonly workload: WorkloadKey;
    readonly replicas: number;
  };
}

/** What a story is planted into. */
export interface StorySetting {
  readonly seed: number;
  readonly calendar: Calendar;
}

export type StoryTemplate = (setting: StorySetting) => Story;
