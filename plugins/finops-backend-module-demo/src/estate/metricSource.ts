import { parseWorkloadKey } from '@apexlogic/backstage-plugin-finops-common';
import {
  MetricName,
  MetricSeries,
  MetricSource,
} from '@apexlogic/backstage-plugin-finops-node';
import { isoOf, STEP_SECONDS } from './calendar';
import { Estate, PlacedService } from './estate';
import { noiseStream } from './noise';
import { ContainerSample, Sample } from './sample';
import { breathe, clipPeriod, placedWorkloads } from './reads';
import { capabilitiesOf } from './capabilities';
import { ServiceContainer } from './types';

/** Share of scrapes that fail on their own. */
const LOST_SCRAPES = 0.003;
/** Steps in a block of which one in BLOCKS_PER_GAP is lost whole: gaps of half an hour. */
const GAP_STEPS = 6;
const LOST_GAPS = 0.0015;

type ContainerReading = readonly [
  MetricName,
  (sample: ContainerSample, container: ServiceContainer) => number,
  query: string,
];
type WorkloadReading = readonly [
  MetricName,
  (sample: Sample) => number,
  query: string,
];

/** `%` stands for the label matchers of the workload. */
const CONTAINER_READINGS: readonly ContainerReading[] = [
  [
    'cpu-usage-max',
    sample => sample.cpuMax,
    'max by (container) (rate(container_cpu_usage_seconds_total{%}[5m]))',
  ],
  [
    'cpu-usage-sum',
    sample => sample.cpuSum,
    'sum by (container) (rate(container_cpu_usage_seconds_total{%}[5m]))',
  ],
  [
    'memory-usage-max',
    sample => sample.memoryMax,
    'max by (container) (container_memory_working_set_bytes{%})',
  ],
  [
    'memory-usage-sum',
    sample => sample.memorySum,
    'sum by (container) (container_memory_working_set_bytes{%})',
  ],
  [
    'cpu-request',
    (_, { cpuRequest }) => cpuRequest,
    'max by (container) (kube_pod_container_resource_requests{resource="cpu",%})',
  ],
  [
    'memory-request',
    (_, { memoryRequest }) => memoryRequest,
    'max by (container) (kube_pod_container_resource_requests{resource="memory",%})',
  ],
  [
    'cpu-limit',
    (_, { cpuLimit }) => cpuLimit ?? NaN,
    'max by (container) (kube_pod_container_resource_limits{resource="cpu",%})',
  ],
  [
    'memory-limit',
    (_, { memoryLimit }) => memoryLimit ?? NaN,
    'max by (container) (kube_pod_container_resource_limits{resource="memory",%})',
  ],
  [
    'cpu-throttled-ratio',
    sample => sample.throttledRatio,
    'max by (container) (rate(container_cpu_cfs_throttled_periods_total{%}[5m]) / rate(container_cpu_cfs_periods_total{%}[5m]))',
  ],
  [
    'oom-kills',
    sample => sample.oomKills,
    'sum by (container) (increase(container_oom_events_total{%}[5m]))',
  ],
];

const WORKLOAD_READINGS: readonly WorkloadReading[] = [
  ['replicas', sample => sample.replicas, 'count(kube_pod_info{%})'],
  [
    'network-receive',
    sample => sample.networkReceive,
    'sum(rate(container_network_receive_bytes_total{%}[5m]))',
  ],
  [
    'network-transmit',
    sample => sample.networkTransmit,
    'sum(rate(container_network_transmit_bytes_total{%}[5m]))',
  ],
  [
    'disk-read',
    sample => sample.diskRead,
    'sum(rate(container_fs_reads_bytes_total{%}[5m]))',
  ],
  [
    'disk-write',
    sample => sample.diskWrite,
    'sum(rate(container_fs_writes_bytes_total{%}[5m]))',
  ],
];

const VOLUME_READINGS: readonly WorkloadReading[] = [
  [
    'volume-used',
    sample => sample.volumeUsed,
    'sum(kubelet_volume_stats_used_bytes{%})',
  ],
  [
    'volume-capacity',
    sample => sample.volumeCapacity,
    'sum(kubelet_volume_stats_capacity_bytes{%})',
  ],
];

const REQUEST_READINGS: readonly WorkloadReading[] = [
  [
    'request-rate',
    sample => sample.requestRate,
    'sum(rate(http_requests_total{%}[5m]))',
  ],
  [
    'error-rate',
    sample => sample.errorRate,
    'sum(rate(http_requests_total{code=~"5..",%}[5m]))',
  ],
  [
    'latency-p95',
    sample => sample.latencyP95,
    'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{%}[5m])))',
  ],
];

/** Five-minute metrics of the estate, one result per workload. */
export function createMetricSource(estate: Estate): MetricSource {
  return {
    id: 'demo',
    capabilities: capabilitiesOf(estate, 'metric'),
    async *readMetrics(read, { signal }) {
      const { start, end } = clipPeriod(estate, read.period);
      let found = false;
      for (const placed of placedWorkloads(estate, read.workloads)) {
        signal.throwIfAborted();
        const from = Math.ceil(
          Math.max(start, placed.createdAt) / STEP_SECONDS,
        );
        const to = Math.ceil(end / STEP_SECONDS);
        if (from < to) {
          found = true;
          yield {
            status: 'ok',
            data: seriesOf(estate, placed, from, to),
            asOf: isoOf(to * STEP_SECONDS),
          };
          await breathe();
        }
      }
      if (!found) {
        yield { status: 'no-data' };
      }
    },
  };
}

function seriesOf(
  estate: Estate,
  placed: PlacedService,
  from: number,
  to: number,
): MetricSeries[] {
  const { service, key } = placed;
  const workloadReadings = [
    ...WORKLOAD_READINGS,
    ...(service.volume ? VOLUME_READINGS : []),
    ...(service.servesRequests ? REQUEST_READINGS : []),
  ];
  const containerReadings = service.containers.map(container =>
    CONTAINER_READINGS.filter(
      ([metric]) =>
        !(metric === 'cpu-limit' || metric === 'cpu-throttled-ratio') ||
        container.cpuLimit !== undefined,
    ).filter(
      ([metric]) =>
        metric !== 'memory-limit' || container.memoryLimit !== undefined,
    ),
  );
  const missing = missingPoints(estate, placed);
  const length = to - from;
  const workloadValues = workloadReadings.map(() =>
    new Float64Array(length).fill(NaN),
  );
  const containerValues = containerReadings.map(readings =>
    readings.map(() => new Float64Array(length).fill(NaN)),
  );

  for (let point = 0; point < length; point++) {
    const index = from + point;
    if (missing(index)) {
      continue;
    }
    const sample = estate.sampleAt(placed, index);
    for (let reading = 0; reading < workloadReadings.length; reading++) {
      workloadValues[reading][point] = workloadReadings[reading][1](sample);
    }
    // Without a pod there is no container to measure.
    for (
      let position = 0;
      sample.replicas > 0 && position < containerReadings.length;
      position++
    ) {
      const container = service.containers[position];
      for (
        let reading = 0;
        reading < containerReadings[position].length;
        reading++
      ) {
        containerValues[position][reading][point] = containerReadings[position][
          reading
        ][1](sample.containers[position], container);
      }
    }
  }

  const shape = {
    workload: key,
    start: from * STEP_SECONDS,
    step: STEP_SECONDS,
  };
  return [
    ...service.containers.flatMap((container, position) =>
      containerReadings[position].map(([metric, , query], reading) => ({
        ...shape,
        container: container.name,
        metric,
        values: containerValues[position][reading],
        query: queryOf(query, key, container.name),
      })),
    ),
    ...workloadReadings.map(([metric, , query], reading) => ({
      ...shape,
      metric,
      values: workloadValues[reading],
      query: queryOf(query, key),
    })),
  ];
}

function missingPoints(
  estate: Estate,
  placed: PlacedService,
): (index: number) => boolean {
  const scrapes = noiseStream(estate.seed, `scrapes/${placed.key}`);
  const gaps = noiseStream(estate.seed, `gaps/${placed.key}`);
  const { noiseLevel } = estate;
  let day = NaN;
  let dayMissing = false;
  return index => {
    const ofDay = Math.floor((index * STEP_SECONDS) / 86_400);
    if (ofDay !== day) {
      day = ofDay;
      dayMissing = estate.isMissingDay(
        placed.service.cluster,
        index * STEP_SECONDS,
      );
    }
    return (
      dayMissing ||
      scrapes.uniform(index) < LOST_SCRAPES * noiseLevel ||
      gaps.uniform(Math.floor(index / GAP_STEPS)) < LOST_GAPS * noiseLevel
    );
  };
}

function queryOf(template: string, key: string, container?: string): string {
  const { cluster, namespace, name } = parseWorkloadKey(key);
  const matchers = `cluster="${cluster}",namespace="${namespace}",pod=~"${name}-.*"${
    container ? `,container="${container}"` : ''
  }`;
  return template.replaceAll('%', matchers);
}
