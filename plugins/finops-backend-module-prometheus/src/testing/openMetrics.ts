import { Workload } from '@apexlogic/backstage-plugin-finops-common';

/** A container of every pod of a workload. Functions take epoch seconds and the pod's index. */
export interface ContainerFixture {
  readonly name: string;
  readonly image?: string;
  /** Cores. */
  readonly cpu: (time: number, pod: number) => number;
  /** Bytes. */
  readonly memory: (time: number, pod: number) => number;
  readonly cpuRequest?: number;
  readonly cpuLimit?: number;
  readonly memoryRequest?: number;
  readonly memoryLimit?: number;
  /** Throttled share of CPU periods. */
  readonly throttled?: (time: number, pod: number) => number;
  /** Restarts: counters start anew and the series change their `id`. */
  readonly restarts?: readonly {
    readonly pod: number;
    readonly at: number;
    readonly outOfMemory: boolean;
  }[];
}

/** A workload as its cluster's cAdvisor, kubelet, kube-state-metrics and its own metrics page show it. */
export interface WorkloadFixture {
  readonly workload: Workload;
  readonly replicas: (time: number) => number;
  readonly containers: readonly ContainerFixture[];
  /** Of all pods together, bytes/s. */
  readonly network?: {
    readonly receive: (time: number) => number;
    readonly transmit: (time: number) => number;
  };
  readonly disk?: {
    readonly read: (time: number) => number;
    readonly write: (time: number) => number;
  };
  /** A claim that all pods mount. */
  readonly volume?: {
    readonly claim: string;
    readonly capacity: number;
    readonly used: (time: number) => number;
  };
  /** Open and allowed connections of each pod, as PostgreSQL's exporter tells them by state. */
  readonly connections?: {
    readonly open: (time: number, pod: number) => number;
    readonly allowed: (pod: number) => number;
  };
  /** Of all pods together, per second; latencies are all just below `latency` seconds. */
  readonly requests?: {
    readonly rate: (time: number) => number;
    readonly errors: (time: number) => number;
    readonly latency: (time: number) => number;
  };
}

/** What `openMetricsOf` writes down. */
export interface EstateFixture {
  /** Epoch seconds of the first scrape. */
  readonly start: number;
  /** Epoch seconds after the last scrape. */
  readonly end: number;
  readonly scrapeSeconds: number;
  readonly workloads: readonly WorkloadFixture[];
  readonly quotas?: readonly {
    readonly cluster: string;
    readonly namespace: string;
    readonly name: string;
    readonly resource: string;
    readonly hard: number;
    readonly used: (time: number) => number;
  }[];
  /** Jobs that scrape cAdvisor; two make the duplicate series of a common misconfiguration. */
  readonly cadvisorJobs?: readonly string[];
}

/** Upper bounds of the latency histogram, seconds. */
const LATENCY_BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;
/** Kubernetes' scheduling periods of 100 ms. */
const CFS_PERIODS_PER_SECOND = 10;

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [time: number, value: number];

/**
 * Writes an estate in the OpenMetrics text format under the metrics' real names, ready for
 * `promtool tsdb create-blocks-from openmetrics`. Pods of index `i` exist while `replicas > i`; a
 * Deployment's pods are owned through a ReplicaSet, a CronJob's through a Job. Yields pieces of text.
 */
export function* openMetricsOf(
  fixture: EstateFixture,
): Generator<string, void, undefined> {
  for (const workload of fixture.workloads) {
    yield* workloadMetrics(fixture, workload);
  }
  const times: number[] = [];
  for (
    let time = fixture.start;
    time < fixture.end;
    time += fixture.scrapeSeconds
  ) {
    times.push(time);
  }
  for (const {
    cluster,
    namespace,
    name,
    resource,
    hard,
    used,
  } of fixture.quotas ?? []) {
    const labels = {
      cluster,
      namespace,
      job: 'kube-state-metrics',
      resourcequota: name,
      resource,
    };
    yield series(
      'kube_resourcequota',
      { ...labels, type: 'hard' },
      times.map(time => [time, hard]),
    );
    yield series(
      'kube_resourcequota',
      { ...labels, type: 'used' },
      times.map(time => [time, used(time)]),
    );
  }
  yield '# EOF\n';
}

function* workloadMetrics(
  fixture: EstateFixture,
  spec: WorkloadFixture,
): Generator<string> {
  const { cluster, namespace, kind, name } = spec.workload;
  const base = { cluster, namespace };
  const times: number[] = [];
  for (
    let time = fixture.start;
    time < fixture.end;
    time += fixture.scrapeSeconds
  ) {
    times.push(time);
  }
  const stateful = kind === 'StatefulSet';
  const replicaSet = `${name}-5d9c7b`;
  const job = `${name}-29000000`;
  const isBatch = kind === 'CronJob';
  const owner = stateful
    ? { kind, name }
    : {
        Deployment: { kind: 'ReplicaSet', name: replicaSet },
        CronJob: { kind: 'Job', name: job },
      }[kind] ?? { kind, name };

  if (owner.kind === 'ReplicaSet') {
    yield series(
      'kube_replicaset_owner',
      {
        ...base,
        job: 'kube-state-metrics',
        replicaset: replicaSet,
        owner_kind: kind,
        owner_name: name,
        owner_is_controller: 'true',
      },
      times.map(time => [time, 1]),
    );
    yield series(
      'kube_deployment_status_replicas',
      { ...base, job: 'kube-state-metrics', deployment: name },
      times.map(time => [time, spec.replicas(time)]),
    );
  } else if (isBatch) {
    yield series(
      'kube_job_owner',
      {
        ...base,
        job: 'kube-state-metrics',
        job_name: job,
        owner_kind: kind,
        owner_name: name,
        owner_is_controller: 'true',
      },
      times.map(time => [time, 1]),
    );
  } else if (stateful) {
    yield series(
      'kube_statefulset_status_replicas',
      { ...base, job: 'kube-state-metrics', statefulset: name },
      times.map(time => [time, spec.replicas(time)]),
    );
  }
  if (spec.volume) {
    const labels = {
      ...base,
      job: 'kubelet',
      persistentvolumeclaim: spec.volume.claim,
    };
    const { capacity, used } = spec.volume;
    yield series(
      'kubelet_volume_stats_used_bytes',
      labels,
      times.map(time => [time, used(time)]),
    );
    yield series(
      'kubelet_volume_stats_capacity_bytes',
      labels,
      times.map(time => [time, capacity]),
    );
  }

  const pods = Math.max(...times.map(spec.replicas));
  for (let index = 0; index < pods; index++) {
    const pod = stateful ? `${name}-${index}` : `${owner.name}-x${index}`;
    const alive = times.filter(time => spec.replicas(time) > index);
    const share = (time: number) => 1 / spec.replicas(time);
    const state = { ...base, job: 'kube-state-metrics', pod };
    yield series(
      'kube_pod_owner',
      {
        ...state,
        owner_kind: owner.kind,
        owner_name: owner.name,
        owner_is_controller: 'true',
      },
      alive.map(time => [time, 1]),
    );
    yield series(
      'kube_pod_status_phase',
      { ...state, phase: 'Running' },
      alive.map(time => [time, 1]),
    );
    if (spec.volume) {
      yield series(
        'kube_pod_spec_volumes_persistentvolumeclaims_info',
        { ...state, volume: 'data', persistentvolumeclaim: spec.volume.claim },
        alive.map(time => [time, 1]),
      );
    }
    // The sandbox carries the pod's network counters and must not count as a container.
    const sandbox = {
      ...base,
      job: 'kubelet',
      pod,
      container: 'POD',
      image: 'pause',
      interface: 'eth0',
    };
    const perPod: [string, Labels, ((time: number) => number) | undefined][] = [
      ['container_network_receive_bytes_total', sandbox, spec.network?.receive],
      [
        'container_network_transmit_bytes_total',
        sandbox,
        spec.network?.transmit,
      ],
    ];
    if (spec.connections) {
      const { open, allowed } = spec.connections;
      const own = { ...base, job: 'postgres', instance: `${pod}:9187`, pod };
      for (const [doing, part] of [
        ['active', 0.25],
        ['idle', 0.75],
      ] as const) {
        yield series(
          'pg_stat_activity_count',
          { ...own, state: doing },
          alive.map(time => [time, part * open(time, index)]),
        );
      }
      yield series(
        'pg_settings_max_connections',
        own,
        alive.map(time => [time, allowed(index)]),
      );
    }
    if (spec.requests) {
      const { rate, errors, latency } = spec.requests;
      const own = { ...base, job: name, instance: `${pod}:8080`, pod };
      perPod.push(
        [
          'http_requests_total',
          { ...own, code: '200' },
          time => rate(time) - errors(time),
        ],
        ['http_requests_total', { ...own, code: '503' }, errors],
        ...[...LATENCY_BOUNDS, Number.POSITIVE_INFINITY].map(
          (bound): [string, Labels, (time: number) => number] => [
            'http_request_duration_seconds_bucket',
            {
              ...own,
              le: bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound),
            },
            time => (latency(time) <= bound ? rate(time) : 0),
          ],
        ),
      );
    }
    for (const [metric, labels, ofAll] of perPod) {
      if (ofAll) {
        yield series(
          metric,
          labels,
          counter(alive, time => ofAll(time) * share(time)),
        );
      }
    }
    for (const container of spec.containers) {
      yield* containerMetrics(
        fixture,
        base,
        { pod, index, alive, disk: spec.disk, share },
        container,
      );
    }
  }
}

function* containerMetrics(
  fixture: EstateFixture,
  base: { readonly cluster: string; readonly namespace: string },
  pod: {
    readonly pod: string;
    readonly index: number;
    readonly alive: readonly number[];
    readonly disk: WorkloadFixture['disk'];
    readonly share: (time: number) => number;
  },
  container: ContainerFixture,
): Generator<string> {
  const state = {
    ...base,
    job: 'kube-state-metrics',
    pod: pod.pod,
    container: container.name,
  };
  const resources: [string, string, number | undefined][] = [
    ['requests', 'cpu', container.cpuRequest],
    ['limits', 'cpu', container.cpuLimit],
    ['requests', 'memory', container.memoryRequest],
    ['limits', 'memory', container.memoryLimit],
  ];
  for (const [list, resource, value] of resources) {
    if (value !== undefined) {
      yield series(
        `kube_pod_container_resource_${list}`,
        { ...state, resource, unit: resource === 'cpu' ? 'core' : 'byte' },
        pod.alive.map(time => [time, value]),
      );
    }
  }
  const restarts = (container.restarts ?? []).filter(
    restart => restart.pod === pod.index,
  );
  yield series(
    'kube_pod_container_status_restarts_total',
    state,
    pod.alive.map(time => [
      time,
      restarts.filter(restart => restart.at <= time).length,
    ]),
  );
  const killed = pod.alive.filter(
    time => restarts.filter(restart => restart.at <= time).at(-1)?.outOfMemory,
  );
  if (killed.length > 0) {
    yield series(
      'kube_pod_container_status_last_terminated_reason',
      { ...state, reason: 'OOMKilled' },
      killed.map(time => [time, 1]),
    );
  }

  const lives = [
    0,
    ...restarts.map(restart => restart.at),
    Number.POSITIVE_INFINITY,
  ];
  for (let life = 0; life + 1 < lives.length; life++) {
    const alive = pod.alive.filter(
      time => time >= lives[life] && time < lives[life + 1],
    );
    for (const job of fixture.cadvisorJobs ?? ['kubelet']) {
      const labels = {
        ...base,
        job,
        pod: pod.pod,
        container: container.name,
        image: container.image ?? `registry.example/${container.name}:1`,
        id: `/kubepods/${pod.pod}/${container.name}/${life}`,
      };
      const { cpu, memory, throttled } = container;
      yield series(
        'container_cpu_usage_seconds_total',
        labels,
        counter(alive, time => cpu(time, pod.index)),
      );
      yield series(
        'container_memory_working_set_bytes',
        labels,
        alive.map(time => [time, memory(time, pod.index)]),
      );
      if (throttled) {
        yield series(
          'container_cpu_cfs_periods_total',
          labels,
          counter(alive, () => CFS_PERIODS_PER_SECOND),
        );
        yield series(
          'container_cpu_cfs_throttled_periods_total',
          labels,
          counter(
            alive,
            time => throttled(time, pod.index) * CFS_PERIODS_PER_SECOND,
          ),
        );
      }
      if (pod.disk) {
        const { read, write } = pod.disk;
        const device = { ...labels, device: '/dev/sda' };
        yield series(
          'container_fs_reads_bytes_total',
          device,
          counter(alive, time => read(time) * pod.share(time)),
        );
        yield series(
          'container_fs_writes_bytes_total',
          device,
          counter(alive, time => write(time) * pod.share(time)),
        );
      }
    }
  }
}

/** A counter that grows between two scrapes by the rate at the later one. */
function counter(
  times: readonly number[],
  rate: (time: number) => number,
): Sample[] {
  let total = 0;
  return times.map((time, index) => {
    total += index === 0 ? 0 : rate(time) * (time - times[index - 1]);
    return [time, total];
  });
}

function series(
  metric: string,
  labels: Labels,
  samples: readonly Sample[],
): string {
  const written = Object.entries(labels)
    .map(
      ([label, value]) =>
        `${label}="${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`,
    )
    .join(',');
  return samples
    .map(([time, value]) => `${metric}{${written}} ${value} ${time}\n`)
    .join('');
}
