import { Workload } from '@apexlogic/backstage-plugin-finops-common';
import { MetricName } from '@apexlogic/backstage-plugin-finops-node';
import { nameMatcher, podOwners, WORKLOAD_LABELS } from './ownership';
import {
  copyLabel,
  equals,
  escapeText,
  oneOf,
  selector,
  setLabel,
} from './promql';

/** Label of the answer that tells which metric a series is, as one query carries several. */
export const METRIC_LABEL = 'finops_metric';

/**
 * PromQL templates of what services report themselves. Placeholders: `{{namespace}}` and `{{cluster}}`
 * (for use inside double quotes), `{{matchers}}` (`namespace="…"` and, where the source tells clusters by a label,
 * `,cluster="…"`), `{{window}}` (a duration) and `{{owners}}` (1 per pod with labels `pod`,
 * `owner_kind`, `owner_name`). The result needs a label `owner_name`, and `owner_kind` where two kinds
 * share a name; one series per workload.
 *
 * @public
 */
export interface RequestMetricTemplates {
  /** Served requests per second. */
  readonly requestRate: string;
  /** Failed requests per second. */
  readonly errorRate: string;
  /** 95th percentile of latency in seconds. */
  readonly latencyP95: string;
}

const JOIN_OWNERS = '* on (pod) group_left (owner_kind, owner_name) {{owners}}';
// The same pod scraped by two jobs, or through two services, must not count twice.
const REQUEST_DUPLICATES = 'max without (job, service, endpoint)';

/**
 * For services that export `http_requests_total` and `http_request_duration_seconds` with a `pod`
 * label, as the Prometheus client libraries and a pod or service monitor give them; errors are
 * `code` or `status` 5xx.
 *
 * @public
 */
export const DEFAULT_REQUEST_METRICS: RequestMetricTemplates = {
  requestRate:
    `sum by (owner_kind, owner_name) (sum by (pod) (${REQUEST_DUPLICATES} ` +
    `(rate(http_requests_total{{{matchers}}}[{{window}}]))) ${JOIN_OWNERS})`,
  errorRate:
    `sum by (owner_kind, owner_name) ((sum by (pod) (${REQUEST_DUPLICATES} ` +
    `(rate(http_requests_total{{{matchers}},code=~"5.."}[{{window}}]) or ` +
    `rate(http_requests_total{{{matchers}},status=~"5.."}[{{window}}]))) or ` +
    `0 * sum by (pod) (rate(http_requests_total{{{matchers}}}[{{window}}]))) ${JOIN_OWNERS})`,
  latencyP95:
    `histogram_quantile(0.95, sum by (owner_kind, owner_name, le) (sum by (pod, le) (${REQUEST_DUPLICATES} ` +
    `(rate(http_request_duration_seconds_bucket{{{matchers}}}[{{window}}]))) ${JOIN_OWNERS}))`,
};

/**
 * PromQL templates of what limits a service besides its own resources; placeholders and labels of the
 * result as in {@link RequestMetricTemplates}.
 *
 * @public
 */
export interface ConnectionMetricTemplates {
  /** Open connections of the pod that holds most. */
  readonly used: string;
  /** Connections that the pod which allows fewest allows. */
  readonly limit: string;
}

/**
 * For the exporters of PostgreSQL, MySQL and Redis that run beside their server in its pod.
 *
 * @public
 */
export const DEFAULT_CONNECTION_METRICS: ConnectionMetricTemplates = {
  used:
    `max by (owner_kind, owner_name) ((sum by (pod) (max without (job, service, endpoint) (pg_stat_activity_count{{{matchers}}})) or ` +
    `max by (pod) (mysql_global_status_threads_connected{{{matchers}}}) or ` +
    `max by (pod) (redis_connected_clients{{{matchers}}})) ${JOIN_OWNERS})`,
  limit:
    `min by (owner_kind, owner_name) ((max by (pod) (pg_settings_max_connections{{{matchers}}}) or ` +
    `max by (pod) (mysql_global_variables_max_connections{{{matchers}}}) or ` +
    `max by (pod) (redis_config_maxclients{{{matchers}}})) ${JOIN_OWNERS})`,
};

/** Resources of a `ResourceQuota`, in either spelling. */
const QUOTA_RESOURCES = {
  'quota-cpu': ['requests.cpu', 'cpu'],
  'quota-memory': ['requests.memory', 'memory'],
  'quota-pods': ['pods', 'count/pods'],
} as const;

/** One range query and the metrics its answer carries, told apart by {@link METRIC_LABEL}. */
export interface MetricQuery {
  readonly name: string;
  readonly metrics: readonly MetricName[];
  readonly query: string;
}

export interface MetricQueryOptions {
  /** All of one cluster and namespace, at least one. */
  readonly workloads: readonly Workload[];
  /** Label that holds the cluster; absent where the source knows one cluster only. */
  readonly clusterLabel?: string;
  readonly stepSeconds: number;
  /** Window of `rate()`. */
  readonly windowSeconds: number;
  /** Matchers that leave out pod sandboxes and cgroup roll-ups. */
  readonly containerMatchers: string;
  readonly requestMetrics: RequestMetricTemplates;
  readonly connectionMetrics: ConnectionMetricTemplates;
}

/** Replica counts the controllers report: they know of zero, which counting pods does not. */
const REPLICA_STATUS: readonly {
  readonly kind: string;
  readonly metric: string;
  readonly label: string;
}[] = [
  {
    kind: 'Deployment',
    metric: 'kube_deployment_status_replicas',
    label: 'deployment',
  },
  {
    kind: 'StatefulSet',
    metric: 'kube_statefulset_status_replicas',
    label: 'statefulset',
  },
  {
    kind: 'DaemonSet',
    metric: 'kube_daemonset_status_current_number_scheduled',
    label: 'daemonset',
  },
];

const WORKLOAD = WORKLOAD_LABELS;
const CONTAINER = `${WORKLOAD_LABELS}, container`;

/**
 * The nine range queries that give every metric of a batch of workloads.
 *
 * Each aggregates in the engine over the workload's pods: duplicate series (two scrape jobs, a
 * restart that changes `id`) collapse by `max` per pod first, then `max` or `sum` over pods.
 * Requests and limits are the highest of any pod, `cpu-throttled-ratio` is throttled periods over all
 * periods of all pods, `oom-kills` the number of kills within the step before each point. Network leaves out
 * pods on the host's network, whose counters are those of the node; a volume shared by several pods counts once.
 */
export function metricQueries(
  options: MetricQueryOptions,
): readonly MetricQuery[] {
  const { workloads, clusterLabel, stepSeconds, containerMatchers } = options;
  const { namespace, cluster } = workloads[0];
  const matchers = [
    equals('namespace', namespace),
    ...(clusterLabel === undefined ? [] : [equals(clusterLabel, cluster)]),
  ].join(',');
  const window = `${options.windowSeconds}s`;
  const owners = podOwners(workloads, matchers);

  const rate = (metric: string, ...more: string[]) =>
    `rate(${selector(metric, matchers, ...more)}[${window}])`;
  const perContainer = (vector: string) =>
    `max by (pod, container) (${vector})`;
  const owned = (perPod: string) =>
    `${perPod} * on (pod) group_left (${WORKLOAD}) ${owners}`;
  const over = (
    aggregation: 'max' | 'sum' | 'count',
    labels: string,
    perPod: string,
  ) => `${aggregation} by (${labels}) (${owned(perPod)})`;
  // CPU and memory together: they share the join, which costs more than the values.
  const resources = (list: 'request' | 'limit') => {
    const amounts = selector(
      `kube_pod_container_resource_${list}s`,
      matchers,
      oneOf('resource', ['cpu', 'memory']),
      'container!=""',
    );
    const highest = over(
      'max',
      `${CONTAINER}, resource`,
      `max by (pod, container, resource) (${amounts})`,
    );
    return `max by (${CONTAINER}, ${METRIC_LABEL}) (label_replace(${highest}, "${METRIC_LABEL}", "$1-${list}", "resource", "(.+)"))`;
  };

  const cpu = perContainer(
    rate('container_cpu_usage_seconds_total', containerMatchers),
  );
  const memory = perContainer(
    selector('container_memory_working_set_bytes', matchers, containerMatchers),
  );

  const throttled = perContainer(
    rate('container_cpu_cfs_throttled_periods_total', containerMatchers),
  );
  const periods = perContainer(
    rate('container_cpu_cfs_periods_total', containerMatchers),
  );

  // Differences instead of increase(): kills are whole, and increase() extrapolates.
  const growth = (series: string) =>
    `clamp_min(${perContainer(series)} - ${perContainer(
      `${series} offset ${stepSeconds}s`,
    )}, 0)`;
  const restarts = selector(
    'kube_pod_container_status_restarts_total',
    matchers,
  );
  const lastKilled = selector(
    'kube_pod_container_status_last_terminated_reason',
    matchers,
    equals('reason', 'OOMKilled'),
  );
  const killsByRestart =
    `${growth(restarts)} * on (pod, container) group_left () ` +
    `(${perContainer(lastKilled)} or ${perContainer(restarts)} * 0)`;
  // cAdvisor's counter vanishes with a killed container, kube-state-metrics does not see killed children: take the higher.
  const kills = perContainer(
    `${killsByRestart} or ${setLabel(
      growth(
        selector('container_oom_events_total', matchers, containerMatchers),
      ),
      'signal',
      'cadvisor',
    )}`,
  );

  const running = `(max by (pod) (${selector(
    'kube_pod_status_phase',
    matchers,
    'phase="Running"',
  )}) == 1)`;
  const replicas = [over('count', WORKLOAD, running)];
  for (const { kind, metric, label } of REPLICA_STATUS) {
    const ofKind = workloads.filter(workload => workload.kind === kind);
    if (ofKind.length > 0) {
      const status = selector(metric, matchers, nameMatcher(label, ofKind));
      replicas.push(
        `max by (${WORKLOAD}) (${setLabel(
          copyLabel(status, label, 'owner_name'),
          'owner_kind',
          kind,
        )})`,
      );
    }
  }

  const hostNetwork = selector(
    'kube_pod_info',
    matchers,
    'host_network="true"',
  );
  const network = (direction: 'receive' | 'transmit') =>
    over(
      'sum',
      WORKLOAD,
      `(sum by (pod) (max by (pod, interface) (${rate(
        `container_network_${direction}_bytes_total`,
        'pod!=""',
      )})) ` + `unless on (pod) ${hostNetwork})`,
    );
  const disk = (direction: 'reads' | 'writes') =>
    over(
      'sum',
      WORKLOAD,
      `sum by (pod) (max by (pod, container, device) (${rate(
        `container_fs_${direction}_bytes_total`,
        containerMatchers,
      )}))`,
    );

  const claims = `max by (pod, persistentvolumeclaim) (${selector(
    'kube_pod_spec_volumes_persistentvolumeclaims_info',
    matchers,
  )})`;
  const volume = (measure: 'used' | 'capacity') =>
    `sum by (${WORKLOAD}) (${over(
      'max',
      `${WORKLOAD}, persistentvolumeclaim`,
      claims,
    )} ` +
    `* on (persistentvolumeclaim) group_left () ` +
    `max by (persistentvolumeclaim) (${selector(
      `kubelet_volume_stats_${measure}_bytes`,
      matchers,
    )}))`;

  // A quota is the namespace's: each of its workloads runs into it.
  const quota = (spellings: readonly string[]) => {
    const amounts = (type: 'used' | 'hard') =>
      selector(
        'kube_resourcequota',
        matchers,
        equals('type', type),
        oneOf('resource', spellings),
      );
    return `max by (${WORKLOAD}) (${owners}) * on () group_left () max(${amounts(
      'used',
    )} / ignoring (type) (${amounts('hard')} > 0))`;
  };

  const fill = (template: string) =>
    fillTemplate(template, {
      namespace: escapeText(namespace),
      cluster: escapeText(cluster),
      matchers,
      window,
      owners,
    });

  return [
    combine('cpu', {
      'cpu-usage-max': over('max', CONTAINER, cpu),
      'cpu-usage-sum': over('sum', CONTAINER, cpu),
    }),
    combine('memory', {
      'memory-usage-max': over('max', CONTAINER, memory),
      'memory-usage-sum': over('sum', CONTAINER, memory),
    }),
    {
      name: 'spec',
      metrics: [
        'cpu-request',
        'memory-request',
        'cpu-limit',
        'memory-limit',
        'replicas',
      ],
      query: [
        resources('request'),
        resources('limit'),
        setLabel(replicas.join(' or '), METRIC_LABEL, 'replicas'),
      ].join(' or '),
    },
    combine('pressure', {
      'cpu-throttled-ratio': `${over('sum', CONTAINER, throttled)} / ${over(
        'sum',
        CONTAINER,
        periods,
      )}`,
      'oom-kills': over('sum', CONTAINER, kills),
    }),
    combine('network', {
      'network-receive': network('receive'),
      'network-transmit': network('transmit'),
    }),
    combine('disk', {
      'disk-read': disk('reads'),
      'disk-write': disk('writes'),
    }),
    combine('volumes', {
      'volume-used': volume('used'),
      'volume-capacity': volume('capacity'),
    }),
    combine('limits', {
      'quota-cpu': quota(QUOTA_RESOURCES['quota-cpu']),
      'quota-memory': quota(QUOTA_RESOURCES['quota-memory']),
      'quota-pods': quota(QUOTA_RESOURCES['quota-pods']),
      'connections-used': fill(options.connectionMetrics.used),
      'connections-limit': fill(options.connectionMetrics.limit),
    }),
    combine('requests', {
      'request-rate': fill(options.requestMetrics.requestRate),
      'error-rate': fill(options.requestMetrics.errorRate),
      'latency-p95': fill(options.requestMetrics.latencyP95),
    }),
  ];
}

function combine(
  name: string,
  expressions: Partial<Record<MetricName, string>>,
): MetricQuery {
  const parts = Object.entries(expressions) as [MetricName, string][];
  return {
    name,
    metrics: parts.map(([metric]) => metric),
    query: parts
      .map(([metric, expression]) => setLabel(expression, METRIC_LABEL, metric))
      .join(' or '),
  };
}

function fillTemplate(
  template: string,
  values: Readonly<Record<string, string>>,
): string {
  return template.replace(
    /\{\{(\w+)\}\}/g,
    (whole, name: string) => values[name] ?? whole,
  );
}
