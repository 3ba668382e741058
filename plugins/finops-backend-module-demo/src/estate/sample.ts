import { NoiseStream } from './noise';
import { Instant } from './calendar';
import { Drivers, Service } from './types';

/** Measurement jitter of memory, a share of its value. */
const MEMORY_JITTER = 0.012;
const CPU_JITTER = 0.03;
const IMBALANCE_JITTER = 0.06;
/** Utilisation of the CPU limit above which the kernel starts to throttle some periods. */
const THROTTLING_STARTS = 0.75;
/** Latency grows by this times u/(1-u) of the busiest pod's utilisation. */
const QUEUEING = 0.05;
/** Utilisation beyond which queueing is cut off, so that latency stays finite. */
const SATURATION = 0.9;
const LATENCY_JITTER = 0.05;
/** Streams are offset so that one noise stream serves several independent signals. */
const OFFSETS = {
  cpu: 1_000_003,
  memory: 2_000_003,
  balance: 3_000_017,
  latency: 4_000_037,
  errors: 5_000_011,
};

/** Usage of one container over its workload's pods. */
export interface ContainerSample {
  cpuSum: number;
  cpuMax: number;
  memorySum: number;
  memoryMax: number;
  throttledRatio: number;
  oomKills: number;
}

/** Everything true of one service at one instant. Cores, bytes, bytes/s, 1/s, seconds. */
export interface Sample {
  replicas: number;
  requestRate: number;
  errorRate: number;
  latencyP95: number;
  networkReceive: number;
  networkTransmit: number;
  diskRead: number;
  diskWrite: number;
  volumeUsed: number;
  volumeCapacity: number;
  /** In the order of the service's containers. */
  containers: ContainerSample[];
}

/** Derives what a meter would read from what drives the service. */
export function deriveSample(
  service: Service,
  drivers: Drivers,
  instant: Instant,
  noise: NoiseStream,
  noiseLevel: number,
): Sample {
  const { replicas } = drivers;
  const running = replicas > 0;
  const jitter = (offset: number, size: number) =>
    1 + noiseLevel * size * noise.normal(instant.index + offset);

  const served = running ? drivers.requestsPerSecond : 0;
  const wantedCores = running
    ? (replicas * drivers.idleCoresPerPod +
        served * drivers.cpuSecondsPerRequest +
        drivers.extraCores) *
      jitter(OFFSETS.cpu, CPU_JITTER)
    : 0;
  const imbalance =
    replicas > 1
      ? Math.max(
          0,
          service.imbalance +
            noiseLevel *
              IMBALANCE_JITTER *
              noise.normal(instant.index + OFFSETS.balance),
        )
      : 0;
  const memoryPerPod = running
    ? drivers.memoryBytesPerPod * jitter(OFFSETS.memory, MEMORY_JITTER)
    : 0;

  let busiestUtilisation = 0;
  const containers = service.containers.map(container => {
    const cpuCeiling =
      container.cpuLimit === undefined
        ? Infinity
        : container.cpuLimit * replicas;
    const wanted = wantedCores * container.share;
    const cpuSum = Math.min(wanted, cpuCeiling);
    const cpuMax = running
      ? Math.min(
          (cpuSum / replicas) * (1 + imbalance),
          cpuSum,
          container.cpuLimit ?? Infinity,
        )
      : 0;
    const memoryCeiling = container.memoryLimit ?? Infinity;
    const memoryMax = Math.min(memoryPerPod * container.share, memoryCeiling);
    const ofLimit = container.cpuLimit ? cpuMax / container.cpuLimit : 0;
    busiestUtilisation = Math.max(
      busiestUtilisation,
      cpuMax / container.cpuRequest,
    );
    return {
      cpuSum,
      cpuMax,
      memorySum: memoryMax * replicas * (1 - 0.02 * (replicas > 1 ? 1 : 0)),
      memoryMax,
      throttledRatio:
        Math.max(0, ofLimit - THROTTLING_STARTS) / (1 - THROTTLING_STARTS),
      oomKills: memoryPerPod * container.share > memoryCeiling ? 1 : 0,
    };
  });

  const queued = Math.min(busiestUtilisation, SATURATION);
  return {
    replicas,
    requestRate: served,
    errorRate:
      served * drivers.errorRatio * Math.max(0, jitter(OFFSETS.errors, 0.25)),
    latencyP95:
      drivers.latencyP95 *
      (1 + (QUEUEING * queued) / (1 - queued)) *
      jitter(OFFSETS.latency, LATENCY_JITTER),
    networkReceive: served * drivers.bytesInPerRequest,
    networkTransmit:
      served * drivers.bytesOutPerRequest +
      (running ? drivers.extraTransmit : 0),
    diskRead: served * drivers.diskBytesPerRequest * 0.4,
    diskWrite: served * drivers.diskBytesPerRequest * 0.6,
    volumeUsed:
      (service.volume?.bytesPerPod ?? 0) *
      (service.volume?.usedRatio ?? 0) *
      replicas,
    volumeCapacity: (service.volume?.bytesPerPod ?? 0) * replicas,
    containers,
  };
}
