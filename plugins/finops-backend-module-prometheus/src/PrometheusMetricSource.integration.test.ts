import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigReader } from '@backstage/config';
import {
  Workload,
  workloadKey,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  METRIC_NAMES,
  MetricName,
  MetricSeries,
} from '@apexlogic/backstage-plugin-finops-node';
import { readPrometheusConfig } from './config';
import { PrometheusMetricSource } from './PrometheusMetricSource';
import {
  hasPrometheus,
  openMetricsOf,
  RunningPrometheus,
  startPrometheus,
  WorkloadFixture,
} from './testing/realPrometheus';

/** Generous, as the queries run on whatever machine this is. */
jest.setTimeout(120_000);

const DAY_S = 86_400;
const STEP_S = 300;
const START = Date.parse('2026-03-01T00:00:00Z') / 1000;
const END = START + 14 * DAY_S;
const SCRAPES_PER_RATE_WINDOW = 4;
const MIB = 2 ** 20;
const RESTART_AT = START + 6 * DAY_S + 9 * 3600;

const isBusy = (time: number) =>
  time % DAY_S >= 8 * 3600 && time % DAY_S < 18 * 3600;

const web: Workload = {
  cluster: 'alpha',
  namespace: 'shop',
  kind: 'Deployment',
  name: 'web',
};
const data: Workload = {
  cluster: 'alpha',
  namespace: 'shop',
  kind: 'StatefulSet',
  name: 'data',
};
const nightly: Workload = {
  cluster: 'alpha',
  namespace: 'shop',
  kind: 'CronJob',
  name: 'nightly',
};
// A name that a naive regular expression or prefix match would confuse with `web`.
const neighbour: Workload = {
  cluster: 'alpha',
  namespace: 'shop',
  kind: 'Deployment',
  name: 'web-admin',
};
const otherCluster: Workload = { ...web, cluster: 'beta' };
const otherNamespace: Workload = { ...web, namespace: 'shop-test' };

function plain(workload: Workload, cpu: number): WorkloadFixture {
  return {
    workload,
    replicas: () => 1,
    containers: [{ name: 'main', cpu: () => cpu, memory: () => 64 * MIB }],
  };
}

const quota = (
  cluster: string,
  resource: string,
  hard: number,
  used: number,
) => ({
  cluster,
  namespace: 'shop',
  name: `quota-${resource}`,
  resource,
  hard,
  used: () => used,
});

const estate: readonly WorkloadFixture[] = [
  {
    workload: web,
    replicas: time => (isBusy(time) ? 3 : 2),
    containers: [
      {
        name: 'app',
        cpu: (time, pod) => (isBusy(time) ? 0.4 : 0.1) + pod / 100,
        memory: (_, pod) => (200 + 10 * pod) * MIB,
        cpuRequest: 0.5,
        cpuLimit: 1,
        memoryRequest: 256 * MIB,
        memoryLimit: 512 * MIB,
        throttled: (_, pod) => 0.1 * (1 + pod),
        restarts: [{ pod: 0, at: RESTART_AT, outOfMemory: true }],
      },
      {
        name: 'proxy',
        cpu: () => 0.02,
        memory: () => 32 * MIB,
        cpuRequest: 0.1,
      },
    ],
    network: { receive: () => 6_000, transmit: () => 12_000 },
    requests: {
      rate: time => (isBusy(time) ? 30 : 6),
      errors: () => 1.5,
      latency: () => 0.2,
    },
  },
  {
    workload: data,
    replicas: () => 1,
    containers: [
      {
        name: 'postgres',
        cpu: () => 0.25,
        memory: () => 900 * MIB,
        cpuRequest: 1,
      },
    ],
    disk: { read: () => 4_096, write: () => 8_192 },
    connections: { open: () => 80, allowed: () => 100 },
    volume: {
      claim: 'data-0',
      capacity: 100 * 2 ** 30,
      used: () => 40 * 2 ** 30,
    },
  },
  plain(nightly, 0.7),
  plain(neighbour, 5),
  plain(otherCluster, 7),
  plain(otherNamespace, 9),
];

const describeWithPrometheus = hasPrometheus() ? describe : describe.skip;

describeWithPrometheus('PrometheusMetricSource on a real Prometheus', () => {
  let dir: string;
  let prometheus: RunningPrometheus;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'finops-prometheus-'));
    prometheus = await startPrometheus({
      dir,
      openMetrics: openMetricsOf({
        start: START,
        end: END,
        scrapeSeconds: STEP_S,
        cadvisorJobs: ['kubelet', 'cadvisor'],
        workloads: estate,
        quotas: [
          quota('alpha', 'requests.cpu', 10, 7),
          quota('alpha', 'cpu', 10, 4),
          quota('alpha', 'memory', 100, 25),
          quota('alpha', 'pods', 0, 0),
          quota('alpha', 'count/pods', 8, 6),
          quota('alpha', 'limits.cpu', 10, 10),
          quota('beta', 'requests.cpu', 10, 9),
        ],
      }),
    });
  });

  afterAll(async () => {
    await prometheus?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  function source(more: object = {}) {
    const entry = {
      id: 'real',
      url: prometheus.url,
      clusterLabel: 'cluster',
      scrapeIntervalSeconds: STEP_S,
      ...more,
    };
    const config = new ConfigReader({ finops: { prometheus: [entry] } });
    return PrometheusMetricSource.create(readPrometheusConfig(config)[0]);
  }

  async function read(
    workloads: readonly Workload[],
    from = START,
    to = END,
    more: object = {},
  ) {
    const period = {
      start: new Date(from * 1000).toISOString(),
      end: new Date(to * 1000).toISOString(),
    };
    const results = [];
    for await (const result of source(more).readMetrics(
      { workloads, period },
      { signal: new AbortController().signal },
    )) {
      results.push(result);
    }
    return results;
  }

  /** Values by instant of one metric, pieces put together. */
  function values(
    results: Awaited<ReturnType<typeof read>>,
    workload: Workload,
    metric: MetricName,
    container?: string,
  ): Map<number, number> {
    const points = new Map<number, number>();
    for (const result of results) {
      if (result.status !== 'ok') {
        throw new Error(`a part failed: ${JSON.stringify(result)}`);
      }
      for (const series of result.data as readonly MetricSeries[]) {
        if (
          series.workload === workloadKey(workload) &&
          series.metric === metric &&
          series.container === container
        ) {
          series.values.forEach((value, index) => {
            const time = series.start + index * series.step;
            if (points.has(time)) {
              throw new Error(`two values for ${metric} at ${time}`);
            }
            points.set(time, value);
          });
        }
      }
    }
    return points;
  }

  const noon = START + 6 * DAY_S + 12 * 3600;
  const night = START + 6 * DAY_S + 3 * 3600;

  it('gives every metric of a namespace as the estate made it', async () => {
    const results = await read([web, data, nightly]);
    const at = (
      workload: Workload,
      metric: MetricName,
      time: number,
      container?: string,
    ) => values(results, workload, metric, container).get(time);

    // Both duplicated jobs are there, and yet nothing is counted twice.
    expect(at(web, 'cpu-usage-max', noon, 'app')).toBeCloseTo(0.42, 6);
    expect(at(web, 'cpu-usage-sum', noon, 'app')).toBeCloseTo(1.23, 6);
    expect(at(web, 'cpu-usage-sum', night, 'app')).toBeCloseTo(0.21, 6);
    expect(at(web, 'cpu-usage-sum', noon, 'proxy')).toBeCloseTo(0.06, 6);
    expect(at(web, 'memory-usage-max', noon, 'app')).toBe(220 * MIB);
    expect(at(web, 'memory-usage-sum', night, 'app')).toBe(410 * MIB);
    expect(at(web, 'cpu-request', noon, 'app')).toBe(0.5);
    expect(at(web, 'cpu-limit', noon, 'app')).toBe(1);
    expect(at(web, 'memory-request', noon, 'app')).toBe(256 * MIB);
    expect(at(web, 'memory-limit', noon, 'app')).toBe(512 * MIB);
    expect(at(web, 'cpu-limit', noon, 'proxy')).toBeUndefined();
    expect(at(web, 'cpu-throttled-ratio', night, 'app')).toBeCloseTo(0.15, 6);
    expect(at(web, 'replicas', noon)).toBe(3);
    expect(at(web, 'replicas', night)).toBe(2);
    expect(at(web, 'network-receive', noon)).toBeCloseTo(6_000, 3);
    expect(at(web, 'network-transmit', noon)).toBeCloseTo(12_000, 3);
    expect(at(web, 'request-rate', noon)).toBeCloseTo(30, 6);
    expect(at(web, 'error-rate', noon)).toBeCloseTo(1.5, 6);
    // All requests fall into the bucket (0.1, 0.25]; histogram_quantile interpolates inside it.
    expect(at(web, 'latency-p95', noon)).toBeCloseTo(0.1 + 0.95 * 0.15, 6);
    expect(at(data, 'cpu-usage-max', noon, 'postgres')).toBeCloseTo(0.25, 6);
    expect(at(data, 'replicas', noon)).toBe(1);
    expect(at(data, 'disk-read', noon)).toBeCloseTo(4_096, 3);
    expect(at(data, 'disk-write', noon)).toBeCloseTo(8_192, 3);
    expect(at(data, 'volume-used', noon)).toBe(40 * 2 ** 30);
    expect(at(data, 'volume-capacity', noon)).toBe(100 * 2 ** 30);
    expect(at(data, 'connections-used', noon)).toBe(80);
    expect(at(data, 'connections-limit', noon)).toBe(100);
    // Of several quotas the one used furthest; one of nothing forbids, and is not reached.
    for (const workload of [web, data]) {
      expect(at(workload, 'quota-cpu', noon)).toBeCloseTo(0.7, 6);
      expect(at(workload, 'quota-memory', noon)).toBeCloseTo(0.25, 6);
      expect(at(workload, 'quota-pods', noon)).toBeCloseTo(0.75, 6);
    }
    expect(at(nightly, 'cpu-usage-max', noon, 'main')).toBeCloseTo(0.7, 6);

    // One kill, at its hour and nowhere else.
    const kills = [...values(results, web, 'oom-kills', 'app')].filter(
      ([, count]) => count > 0,
    );
    expect(kills).toEqual([[RESTART_AT, 1]]);

    const seen = new Set(
      results.flatMap(result =>
        result.status === 'ok' ? result.data.map(({ metric }) => metric) : [],
      ),
    );
    expect([...seen].sort()).toEqual([...METRIC_NAMES].sort());
    const workloads = new Set(
      results.flatMap(result =>
        result.status === 'ok'
          ? result.data.map(series => series.workload)
          : [],
      ),
    );
    expect([...workloads].sort()).toEqual(
      [web, data, nightly].map(workloadKey).sort(),
    );
  });

  it('covers 14 days without a gap, a restart and changing replicas included', async () => {
    const results = await read([web]);
    const memory = values(results, web, 'memory-usage-max', 'app');
    expect(memory.size).toBe((END - START) / STEP_S);
    expect(
      [...memory.keys()].every(
        time => time % STEP_S === 0 && time >= START && time < END,
      ),
    ).toBe(true);
    expect([...memory.values()].filter(Number.isNaN)).toEqual([]);
    const cpu = [...values(results, web, 'cpu-usage-max', 'app').values()];
    // A rate needs a window full of scrapes behind it.
    const measured = cpu.slice(SCRAPES_PER_RATE_WINDOW);
    expect(Math.max(...measured)).toBeCloseTo(0.42, 6);
    expect(Math.min(...measured)).toBeCloseTo(0.11, 6);
    const [newest] = results
      .map(result => (result.status === 'ok' ? result.asOf : ''))
      .sort()
      .reverse();
    expect(newest).toBe(new Date((END - STEP_S) * 1000).toISOString());
  });

  it('keeps clusters, namespaces and similar names apart', async () => {
    const cpuOf = async (workload: Workload) =>
      values(
        await read([workload], noon, noon + STEP_S),
        workload,
        'cpu-usage-sum',
        'main',
      ).get(noon);
    expect(await cpuOf(otherCluster)).toBeCloseTo(7, 6);
    expect(await cpuOf(otherNamespace)).toBeCloseTo(9, 6);
    expect(await cpuOf(neighbour)).toBeCloseTo(5, 6);
  });

  it('gives the same values in small pieces as in one', async () => {
    const from = START + 2 * DAY_S + 5 * 3600;
    const to = from + 2 * DAY_S + 17;
    const whole = values(
      await read([web], from, to),
      web,
      'cpu-usage-sum',
      'app',
    );
    const pieces = values(
      await read([web], from, to, { maxPointsPerSeries: 50 }),
      web,
      'cpu-usage-sum',
      'app',
    );
    expect(whole.size).toBe((2 * DAY_S) / STEP_S + 1);
    expect(new Map([...pieces].sort(([a], [b]) => a - b))).toEqual(
      new Map([...whole].sort(([a], [b]) => a - b)),
    );
  });

  it('reports a namespace nobody knows as no data, and a broken template beside the good parts', async () => {
    expect(await read([{ ...web, namespace: 'nowhere' }])).toEqual([
      { status: 'no-data' },
    ]);
    const results = await read([web], noon, noon + 3600, {
      requestMetrics: { requestRate: 'sum(nonsense{{{matchers}}}' },
    });
    expect(results.filter(result => result.status === 'malformed')).toEqual([
      {
        status: 'malformed',
        reason: expect.stringMatching(
          /^requests from .*refused the query, bad_data: .*parse error/,
        ),
      },
    ]);
    expect(
      values(
        results.filter(result => result.status === 'ok'),
        web,
        'replicas',
      ).get(noon),
    ).toBe(3);
  });
});
