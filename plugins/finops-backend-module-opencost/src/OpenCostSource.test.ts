import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { ConfigReader } from '@backstage/config';
import {
  addDays,
  Day,
  Period,
  periodOfDays,
  Workload,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  CostBatch,
  SourceResult,
} from '@apexlogic/backstage-plugin-finops-node';
import { readOpenCostConfig } from './config';
import { OpenCostSource } from './OpenCostSource';

const NOW = new Date('2026-03-20T13:30:00Z');
const DAY: Day = '2026-03-10';

const web: Workload = {
  cluster: 'prod',
  namespace: 'shop',
  kind: 'Deployment',
  name: 'web',
};
const data: Workload = {
  cluster: 'prod',
  namespace: 'shop',
  kind: 'StatefulSet',
  name: 'data',
};
const nightly: Workload = {
  cluster: 'prod',
  namespace: 'shop',
  kind: 'CronJob',
  name: 'nightly',
};

type Answer =
  | { status?: number; headers?: Record<string, string>; body?: unknown }
  | 'hang'
  | 'drop';

/** An allocation in the shape the server writes, of one whole day. */
function allocation(name: string, day: Day, costs: object, more: object = {}) {
  const [cluster, namespace, controllerKind, controller] = name.split('/');
  return {
    name,
    properties: { cluster, namespace, controllerKind, controller },
    window: { start: `${day}T00:00:00Z`, end: `${addDays(day, 1)}T00:00:00Z` },
    start: `${day}T00:00:00Z`,
    end: `${addDays(day, 1)}T00:00:00Z`,
    minutes: 1440,
    cpuCores: 1,
    cpuCost: 0,
    cpuCostAdjustment: 0,
    cpuCostIdle: 0.5,
    ramCost: 0,
    totalEfficiency: 0.4,
    rawAllocationOnly: null,
    ...costs,
    ...more,
  };
}

function set(...allocations: ReturnType<typeof allocation>[]) {
  return Object.fromEntries(allocations.map(one => [one.name, one]));
}

describe('OpenCostSource', () => {
  let server: Server;
  let asked: URL[];
  let requestHeaders: unknown[];
  let answer: (url: URL) => Answer;

  beforeEach(async () => {
    asked = [];
    requestHeaders = [];
    answer = () => ({ body: { code: 200, data: [{}] } });
    server = createServer((request, response) => {
      const url = new URL(request.url!, 'http://server');
      asked.push(url);
      requestHeaders.push(request.headers);
      const planned = answer(url);
      if (planned === 'drop') {
        request.socket.destroy();
      } else if (planned !== 'hang') {
        response.writeHead(planned.status ?? 200, {
          'content-type': 'application/json',
          ...planned.headers,
        });
        response.end(
          typeof planned.body === 'string'
            ? planned.body
            : JSON.stringify(planned.body ?? {}),
        );
      }
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  async function read(
    options: {
      period?: Period;
      more?: object;
      workloads?: readonly Workload[];
      signal?: AbortSignal;
    } = {},
  ) {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const entry = { id: 'costs', url, clusters: ['prod'], ...options.more };
    const [instance] = readOpenCostConfig(
      new ConfigReader({ finops: { opencost: [entry] } }),
    );
    const source = OpenCostSource.create(instance, { now: () => NOW });
    const results: SourceResult<CostBatch>[] = [];
    for await (const result of source.readCosts(
      {
        workloads: options.workloads ?? [web, data],
        period: options.period ?? periodOfDays(DAY, addDays(DAY, 1)),
      },
      { signal: options.signal ?? new AbortController().signal },
    )) {
      results.push(result);
    }
    return results;
  }

  const ofSets = (...sets: unknown[]) => ({
    body: { code: 200, status: 'success', data: sets },
  });
  const usd = (amountMicros: number) => ({ amountMicros, currency: 'USD' });
  const windowOf = (url: URL) =>
    url.searchParams
      .get('window')!
      .split(',')
      .map(instant => instant.slice(0, 10));
  const datedAnswer = (url: URL) => {
    const [from, to] = windowOf(url);
    const sets = [];
    for (let day = from; day < to; day = addDays(day, 1)) {
      sets.push(set(allocation('c/shop/deployment/web', day, { cpuCost: 1 })));
    }
    return ofSets(...sets);
  };

  it('splits an allocation by category, adjustments included, down to the total', async () => {
    answer = () =>
      ofSets(
        set(
          allocation('c/shop/deployment/web', DAY, {
            cpuCost: 3.5,
            cpuCostAdjustment: -0.5,
            ramCost: 1.25,
            ramCostAdjustment: -1.5,
            gpuCost: 0.95,
            pvCost: 0.1,
            networkCost: 0.01,
            loadBalancerCost: 0.6,
            sharedCost: 0.2,
            externalCost: 0.3,
            totalCost: 4.910001,
          }),
          allocation('c/shop/statefulset/data', DAY, {
            cpuCost: 1,
            totalCost: 1.5,
          }),
        ),
      );
    expect(await read()).toEqual([
      {
        status: 'ok',
        asOf: '2026-03-11T00:00:00.000Z',
        data: {
          coverage: [{ day: DAY, ratio: 1 }],
          rows: [
            // One micro-unit of the total is rounding and goes to the largest part.
            ['Deployment/web', 'cpu', 3_000_001],
            ['Deployment/web', 'memory', -250_000],
            ['Deployment/web', 'gpu', 950_000],
            ['Deployment/web', 'storage', 100_000],
            ['Deployment/web', 'network', 10_000],
            ['Deployment/web', 'load-balancer', 600_000],
            ['Deployment/web', 'shared', 500_000],
            ['StatefulSet/data', 'cpu', 1_000_000],
            // What the total holds and no part explains.
            ['StatefulSet/data', 'other', 500_000],
          ].map(([workload, category, micros]) => ({
            workload: `prod/shop/${workload}`,
            day: DAY,
            category,
            cost: usd(micros as number),
            provisional: false,
          })),
        },
      },
    ]);
  });

  it('asks for whole UTC days of one namespace, a week at a time', async () => {
    answer = datedAnswer;
    const results = await read({
      period: {
        start: '2026-03-01T06:00:00Z',
        end: '2026-03-16T00:00:00.000Z',
      },
      more: { headers: { Authorization: 'Bearer t' } },
    });
    expect(asked.map(windowOf)).toEqual([
      ['2026-03-01', '2026-03-08'],
      ['2026-03-08', '2026-03-15'],
      ['2026-03-15', '2026-03-16'],
    ]);
    expect(asked[0].pathname).toBe('/allocation');
    expect(Object.fromEntries(asked[0].searchParams)).toMatchObject({
      window: '2026-03-01T00:00:00Z,2026-03-08T00:00:00Z',
      step: '1d',
      aggregate: 'cluster,namespace,controllerKind,controller',
      accumulate: 'false',
      shareIdle: 'false',
      filter: 'namespace:"shop"',
    });
    expect(requestHeaders[0]).toMatchObject({ authorization: 'Bearer t' });
    const rows = results.flatMap(result =>
      result.status === 'ok' ? result.data.rows : [],
    );
    expect(new Set(rows.map(({ day }) => day)).size).toBe(15);
  });

  it('marks today and the days before it as provisional, and asks for no day to come', async () => {
    answer = datedAnswer;
    const results = await read({
      period: periodOfDays('2026-03-16', '2026-03-25'),
      more: { currency: 'EUR' },
    });
    const rows = results.flatMap(result =>
      result.status === 'ok' ? result.data.rows : [],
    );
    expect(
      rows.map(({ day, provisional, cost }) => [
        day,
        provisional,
        cost.currency,
      ]),
    ).toEqual([
      ['2026-03-16', false, 'EUR'],
      ['2026-03-17', false, 'EUR'],
      ['2026-03-18', true, 'EUR'],
      ['2026-03-19', true, 'EUR'],
      ['2026-03-20', true, 'EUR'],
    ]);
  });

  it('finds owners in every spelling, and lowers coverage for what has none or no price', async () => {
    answer = () =>
      ofSets({
        // No properties: the name alone tells, with an ARN for a cluster and the kind twice.
        'arn:aws:eks:eu:1:cluster/one/shop/deployment/deployment:web':
          allocation(
            'x',
            DAY,
            { cpuCost: 4 },
            {
              name: 'arn:aws:eks:eu:1:cluster/one/shop/deployment/deployment:web',
              properties: null,
            },
          ),
        'arn:aws:eks:eu:1:cluster/one/shop/job/nightly-29012345': allocation(
          'x',
          DAY,
          { cpuCost: 0.5 },
          {
            name: 'arn:aws:eks:eu:1:cluster/one/shop/job/nightly-29012345',
            properties: undefined,
          },
        ),
        ...set(
          allocation(
            'arn:aws:eks:eu:1:cluster/one/shop/job/nightly',
            DAY,
            { cpuCost: 0.25 },
            {
              properties: {
                cluster: 'arn:aws:eks:eu:1:cluster/one',
                namespace: 'shop',
                controllerKind: 'job',
                controller: 'nightly',
              },
            },
          ),
        ),
        // Owned, but not asked for: explained, without a row.
        other: allocation(
          'arn:aws:eks:eu:1:cluster/one/shop/daemonset/agent',
          DAY,
          { cpuCost: 1.25 },
          {
            properties: {
              cluster: 'arn:aws:eks:eu:1:cluster/one',
              namespace: 'shop',
              controllerKind: 'daemonset',
              controller: 'agent',
            },
          },
        ),
        // In the namespace, of nobody: two of eight units.
        ...set(
          allocation(
            '__unallocated__/shop/__unallocated__/__unallocated__',
            DAY,
            { cpuCost: 1 },
          ),
        ),
        ...set(
          allocation('__unmounted__/shop/__unmounted__/__unmounted__', DAY, {
            pvCost: 1,
          }),
        ),
        // NaN at the server: its CPU has no row, its memory has; one allocation of seven.
        unpriced: allocation(
          'c',
          DAY,
          { cpuCost: null, ramCost: 0, totalCost: null },
          {
            properties: {
              cluster: 'arn:aws:eks:eu:1:cluster/one',
              namespace: 'shop',
              controllerKind: 'statefulset',
              controller: 'data',
            },
          },
        ),
        __idle__: allocation(
          '__idle__',
          DAY,
          { cpuCost: 1_000 },
          { properties: {} },
        ),
        elsewhere: allocation('c/payments/deployment/web', DAY, {
          cpuCost: 1_000,
        }),
        nothing: null,
      });
    const [result, ...rest] = await read({ workloads: [web, data, nightly] });
    expect(rest).toEqual([]);
    if (result.status !== 'ok') {
      throw new Error(JSON.stringify(result));
    }
    expect(
      result.data.rows.map(({ workload, category, cost }) => [
        workload,
        category,
        cost.amountMicros,
      ]),
    ).toEqual([
      ['prod/shop/Deployment/web', 'cpu', 4_000_000],
      ['prod/shop/CronJob/nightly', 'cpu', 750_000],
    ]);
    expect(result.data.coverage).toEqual([
      { day: DAY, ratio: expect.closeTo((6 / 8) * (6 / 7), 12) },
    ]);
  });

  it('keeps clusters apart', async () => {
    const both = ofSets(
      set(
        allocation('prod/shop/deployment/web', DAY, { cpuCost: 1 }),
        allocation('test/shop/deployment/web', DAY, { cpuCost: 100 }),
      ),
    );
    answer = () => both;
    // Whose the costs are cannot be told, so there are none.
    expect(await read()).toEqual([
      {
        status: 'malformed',
        reason: expect.stringContaining('several clusters (prod, test)'),
      },
    ]);
    const ofTest = { ...web, cluster: 'staging' };
    for (const [more, workload, micros] of [
      [{ clusterId: 'prod' }, web, 1_000_000],
      [{ clusters: undefined }, web, 1_000_000],
      [{ clusters: ['staging'], clusterId: 'test' }, ofTest, 100_000_000],
    ] as const) {
      const [result] = await read({ more, workloads: [workload] });
      expect(result).toMatchObject({
        status: 'ok',
        data: { rows: [{ cost: usd(micros) }] },
      });
    }
    expect(asked.at(-1)!.searchParams.get('filter')).toBe(
      'namespace:"shop"+cluster:"test"',
    );
    asked = [];
    expect(await read({ workloads: [ofTest] })).toEqual([
      {
        status: 'not-configured',
        fix: expect.stringContaining("cluster 'staging'"),
      },
    ]);
    await expect(
      read({ workloads: [web, { ...web, namespace: 'other' }] }),
    ).rejects.toThrow('must share');
    expect(asked).toEqual([]);
  });

  it.each([
    ['an empty set', [{}]],
    ['no sets', []],
    ['null', null],
    ['sets of null', [null]],
    ['idle cost only', [set(allocation('__idle__', DAY, { cpuCost: 3 }))]],
  ])('calls %s no data', async (_, body) => {
    answer = () => ({ body: { code: 200, data: body } });
    expect(await read()).toEqual([{ status: 'no-data' }]);
  });

  const shifted = (window: object) =>
    set(allocation('c/shop/deployment/web', DAY, { cpuCost: 1 }, { window }));
  const good = set(allocation('c/shop/deployment/web', DAY, { cpuCost: 1 }));
  it.each<[string, Answer, string, string]>([
    ['an answer that is not JSON', { body: '<html>' }, 'malformed', 'not JSON'],
    [
      'data that is no list',
      { body: { code: 200, data: { a: 1 } } },
      'malformed',
      'data',
    ],
    [
      'a cost that is text',
      ofSets(set(allocation('c/shop/deployment/web', DAY, { cpuCost: '1' }))),
      'malformed',
      'cpuCost',
    ],
    [
      'a cost beyond all money',
      ofSets(set(allocation('c/shop/deployment/web', DAY, { cpuCost: 1e300 }))),
      'malformed',
      'safe integer',
    ],
    [
      'a window that is no UTC day',
      ofSets(
        shifted({
          start: `${DAY}T06:00:00Z`,
          end: `${addDays(DAY, 1)}T06:00:00Z`,
        }),
      ),
      'malformed',
      'not a UTC day',
    ],
    [
      'a window of two days',
      ofSets(
        shifted({
          start: `${DAY}T00:00:00Z`,
          end: `${addDays(DAY, 2)}T00:00:00Z`,
        }),
      ),
      'malformed',
      'not a UTC day',
    ],
    [
      'a day nobody asked for',
      ofSets(
        shifted({
          start: `${addDays(DAY, -1)}T00:00:00Z`,
          end: `${DAY}T00:00:00Z`,
        }),
      ),
      'malformed',
      'of those asked for',
    ],
    [
      'a missing window',
      ofSets(shifted({ start: null, end: null })),
      'malformed',
      'not a UTC day',
    ],
    ['a day that comes twice', ofSets(good, good), 'malformed', 'comes twice'],
    [
      'a refusal inside a 200',
      { body: { code: 400, message: 'invalid filter' } },
      'malformed',
      '400 invalid filter',
    ],
    [
      'a refusal',
      { status: 400, body: { code: 400, message: 'invalid window' } },
      'malformed',
      'invalid window',
    ],
    ['missing credentials', { status: 401 }, 'denied', '401'],
    ['forbidden', { status: 403 }, 'denied', '403'],
    [
      'a login page',
      { status: 302, headers: { location: 'https://login.example' } },
      'denied',
      'redirect',
    ],
    [
      'no API here',
      { status: 404, body: 'not found' },
      'malformed',
      'check the flavour',
    ],
    [
      'a failure inside a 200',
      { body: { code: 500, message: 'prometheus is away' } },
      'down',
      'prometheus is away',
    ],
    [
      'a long pause asked for',
      { status: 429, headers: { 'retry-after': '3600' } },
      'down',
      '3600 s',
    ],
  ])('gives one typed result for %s', async (_, planned, status, reason) => {
    answer = () => planned;
    expect(await read()).toEqual([
      { status, reason: expect.stringContaining(reason) },
    ]);
  });

  it('repeats what may pass, and reports once what does not', async () => {
    const faults: Answer[] = [
      { status: 502 },
      { status: 429, headers: { 'retry-after': '1' } },
      'drop',
    ];
    answer = url => faults.shift() ?? datedAnswer(url);
    expect(await read()).toMatchObject([{ status: 'ok' }]);
    expect(faults).toEqual([]);
    answer = () => 'drop';
    expect(
      await read({ period: periodOfDays('2026-02-01', '2026-03-01') }),
    ).toEqual([
      { status: 'down', reason: expect.stringContaining('connection failed') },
    ]);
  }, 20_000);

  it('asks for fewer days where the server gives up, each day once and in order', async () => {
    answer = url => {
      const [from, to] = windowOf(url);
      return addDays(from, 2) < to ? { status: 504 } : datedAnswer(url);
    };
    const results = await read({
      period: periodOfDays('2026-03-01', '2026-03-11'),
    });
    const days = results.flatMap(result =>
      result.status === 'ok'
        ? result.data.rows.map(({ day }) => day)
        : [result.status],
    );
    expect(days).toEqual(
      Array.from({ length: 10 }, (_, index) => addDays('2026-03-01', index)),
    );

    // A day that is too much by itself does not hide the others.
    answer = url => {
      const [from, to] = windowOf(url);
      return from <= DAY && DAY < to ? 'hang' : datedAnswer(url);
    };
    const around = await read({
      period: periodOfDays('2026-03-09', '2026-03-12'),
      more: { timeoutSeconds: 0.3 },
    });
    expect(around.map(({ status }) => status)).toEqual(['ok', 'down', 'ok']);
  });

  it('finds the API of Kubecost and of old versions', async () => {
    answer = url =>
      url.pathname === '/allocation/compute'
        ? datedAnswer(url)
        : { status: 404 };
    expect(await read()).toMatchObject([{ status: 'ok' }]);
    answer = url =>
      url.pathname === '/model/allocation' ? datedAnswer(url) : { status: 404 };
    expect(await read({ more: { flavour: 'kubecost' } })).toMatchObject([
      { status: 'ok' },
    ]);
  });

  it('stops when aborted', async () => {
    answer = () => 'hang';
    const controller = new AbortController();
    const reading = read({ signal: controller.signal });
    while (asked.length < 1) {
      await new Promise(resolve => setImmediate(resolve));
    }
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
  });
});
