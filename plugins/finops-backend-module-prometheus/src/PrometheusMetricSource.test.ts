import {
  createServer,
  IncomingMessage,
  Server,
  ServerResponse,
} from 'node:http';
import { AddressInfo } from 'node:net';
import { ConfigReader } from '@backstage/config';
import { Workload } from '@apexlogic/backstage-plugin-finops-common';
import {
  MetricSeries,
  SourceResult,
} from '@apexlogic/backstage-plugin-finops-node';
import { readPrometheusConfig } from './config';
import { PrometheusMetricSource } from './PrometheusMetricSource';

const START = Date.parse('2026-03-01T00:00:00Z') / 1000;
const STEP_S = 300;
const DAY_S = 86_400;
const QUERIES_PER_CHUNK = 9;

const web: Workload = {
  cluster: 'alpha',
  namespace: 'shop',
  kind: 'Deployment',
  name: 'web',
};

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly parameters: URLSearchParams;
}

type Answer =
  | { status?: number; headers?: Record<string, string>; body?: unknown }
  | 'hang'
  | 'drop';

describe('PrometheusMetricSource against a server that misbehaves', () => {
  let server: Server;
  let asked: Asked[];
  let answer: (request: Asked) => Answer;

  beforeEach(async () => {
    asked = [];
    answer = () => ({ body: matrix([]) });
    server = createServer((request, response) => respond(request, response));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  async function respond(request: IncomingMessage, response: ServerResponse) {
    let body = '';
    for await (const chunk of request) {
      body += chunk;
    }
    const url = new URL(request.url!, 'http://server');
    const entry: Asked = {
      method: request.method!,
      path: url.pathname,
      headers: request.headers,
      parameters:
        request.method === 'POST'
          ? new URLSearchParams(body)
          : url.searchParams,
    };
    asked.push(entry);
    const planned = answer(entry);
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
  }

  function source(more: object = {}) {
    const url = `http://127.0.0.1:${
      (server.address() as AddressInfo).port
    }/prometheus/`;
    const config = new ConfigReader({
      finops: {
        prometheus: [{ id: 'main', url, clusters: ['alpha'], ...more }],
      },
    });
    return PrometheusMetricSource.create(readPrometheusConfig(config)[0]);
  }

  async function read(
    options: {
      more?: object;
      seconds?: number;
      signal?: AbortSignal;
      workloads?: readonly Workload[];
    } = {},
  ) {
    const period = {
      start: new Date(START * 1000).toISOString(),
      end: new Date((START + (options.seconds ?? 3600)) * 1000).toISOString(),
    };
    const results: SourceResult<readonly MetricSeries[]>[] = [];
    const signal = options.signal ?? new AbortController().signal;
    const workloads = options.workloads ?? [web];
    for await (const result of source(options.more).readMetrics(
      { workloads, period },
      { signal },
    )) {
      results.push(result);
    }
    return results;
  }

  const labels = {
    finops_metric: 'replicas',
    owner_kind: 'Deployment',
    owner_name: 'web',
  };
  const ofSpec = (plan: (request: Asked) => Answer) => (request: Asked) =>
    request.parameters.get('query')!.includes('"replicas"')
      ? plan(request)
      : { body: matrix([]) };
  const points = (request: Asked): [number, string][] => {
    const [from, to, step] = ['start', 'end', 'step'].map(name =>
      Number(request.parameters.get(name)),
    );
    return Array.from({ length: (to - from) / step + 1 }, (_, index) => [
      from + index * step,
      String(index),
    ]);
  };

  it('asks as the API wants it, once per part and day', async () => {
    const results = await read({
      seconds: DAY_S,
      more: {
        headers: { 'X-Scope-OrgID': 'team-a' },
        bearerToken: 'secret-token',
        clusterLabel: 'cluster',
      },
    });
    expect(results).toEqual([{ status: 'no-data' }]);
    expect(asked).toHaveLength(QUERIES_PER_CHUNK);
    expect(asked[0]).toMatchObject({
      method: 'POST',
      path: '/prometheus/api/v1/query_range',
      headers: {
        'content-type': expect.stringContaining(
          'application/x-www-form-urlencoded',
        ),
        'x-scope-orgid': 'team-a',
        authorization: 'Bearer secret-token',
      },
    });
    for (const { parameters } of asked) {
      expect(Number(parameters.get('start'))).toBe(START);
      // The end of a period is not part of it.
      expect(Number(parameters.get('end'))).toBe(START + DAY_S - STEP_S);
      // Every selector is bound to the namespace and the cluster, else clusters would mix.
      const query = parameters.get('query')!;
      const selectors = query.match(/\b[a-z_]+\{[^}]*\}/g)!;
      expect(selectors.length).toBeGreaterThan(1);
      expect(
        selectors.filter(
          text => !text.includes('{namespace="shop",cluster="alpha"'),
        ),
      ).toEqual([]);
    }
  });

  it('reads NaN and infinities as missing, leaves out foreign workloads, and keeps the query', async () => {
    const foreign = { ...labels, owner_name: 'another' };
    answer = ofSpec(() => ({
      body: matrix([
        {
          metric: labels,
          values: [
            [START, '1'],
            [START + 300, 'NaN'],
            [START + 600, '+Inf'],
            [START + 1200, '-Inf'],
            [START + 1500, '2.5e0'],
          ],
        },
        { metric: foreign, values: [[START, '1']] },
        {
          metric: { ...labels, finops_metric: 'cpu-request', container: 'app' },
          values: [[START, 'NaN']],
        },
      ]),
    }));
    const [result, ...rest] = await read({ seconds: 1800 });
    expect(rest).toEqual([]);
    expect(result).toMatchObject({
      status: 'ok',
      asOf: new Date((START + 1500) * 1000).toISOString(),
    });
    expect(result.status === 'ok' ? result.data : undefined).toEqual([
      {
        workload: 'alpha/shop/Deployment/web',
        metric: 'replicas',
        start: START,
        step: STEP_S,
        values: Float64Array.of(1, NaN, NaN, NaN, NaN, 2.5),
        query: asked
          .find(({ parameters }) =>
            parameters.get('query')!.includes('"replicas"'),
          )!
          .parameters.get('query'),
      },
    ]);
  });

  it.each<[string, Answer, object]>([
    [
      'an answer that is not JSON',
      { body: '<html>' },
      { status: 'malformed', reason: expect.stringContaining('not JSON') },
    ],
    [
      'a wrong result type',
      {
        body: { status: 'success', data: { resultType: 'vector', result: [] } },
      },
      { status: 'malformed', reason: expect.stringContaining('resultType') },
    ],
    [
      'a missing result',
      { body: { status: 'success' } },
      { status: 'malformed', reason: expect.stringContaining('data') },
    ],
    [
      'a value that is no number',
      { body: matrix([{ metric: labels, values: [[START, 'many']] }]) },
      {
        status: 'malformed',
        reason: expect.stringContaining("'many' is not a number"),
      },
    ],
    [
      'a value that is no pair',
      { body: matrix([{ metric: labels, values: [7] }]) },
      { status: 'malformed', reason: expect.stringContaining('not a pair') },
    ],
    [
      'a time nobody asked for',
      { body: matrix([{ metric: labels, values: [[START + 1, '1']] }]) },
      {
        status: 'malformed',
        reason: expect.stringContaining('was not asked for'),
      },
    ],
    [
      'a series without its metric',
      {
        body: matrix([
          { metric: { owner_name: 'web' }, values: [[START, '1']] },
        ]),
      },
      { status: 'malformed', reason: expect.stringContaining('finops_metric') },
    ],
    [
      'two series of one metric',
      {
        body: matrix(
          [1, 2].map(n => ({
            metric: { ...labels, n: `${n}` },
            values: [[START, '1']],
          })),
        ),
      },
      {
        status: 'malformed',
        reason: expect.stringContaining('several series'),
      },
    ],
    [
      'a refused query',
      {
        status: 422,
        body: {
          status: 'error',
          errorType: 'execution',
          error: 'many-to-many matching',
        },
      },
      { status: 'malformed', reason: expect.stringContaining('many-to-many') },
    ],
    [
      'only warnings',
      { body: { ...matrix([]), warnings: ['store-2 is away'] } },
      { status: 'down', reason: expect.stringContaining('store-2 is away') },
    ],
    [
      'missing credentials',
      { status: 401 },
      { status: 'denied', reason: expect.stringContaining('401') },
    ],
    [
      'forbidden',
      { status: 403, body: 'no org id' },
      { status: 'denied', reason: expect.stringContaining('403') },
    ],
    [
      'a login page',
      { status: 302, headers: { location: 'https://login.example' } },
      { status: 'denied', reason: expect.stringContaining('redirect') },
    ],
    [
      'no API here',
      { status: 404, body: 'not found' },
      { status: 'malformed', reason: expect.stringContaining('404') },
    ],
    [
      'a long pause asked for',
      { status: 429, headers: { 'retry-after': '3600' } },
      { status: 'down', reason: expect.stringContaining('3600 s') },
    ],
  ])('gives one typed result for %s', async (_, planned, expected) => {
    answer = ofSpec(() => planned);
    expect(await read()).toEqual([expected]);
  });

  it('repeats on 5xx, 429 and dropped connections, and goes on with the other parts when they stay', async () => {
    const faults: Answer[] = [
      { status: 503 },
      { status: 429, headers: { 'retry-after': '1' } },
      'drop',
    ];
    answer = ofSpec(
      request =>
        faults.shift() ?? {
          body: matrix([{ metric: labels, values: points(request) }]),
        },
    );
    expect(await read()).toMatchObject([{ status: 'ok' }]);
    expect(faults).toEqual([]);

    answer = request =>
      request.parameters.get('query')!.includes('"cpu-usage-max"')
        ? { status: 500, body: 'out of memory' }
        : ofSpec(() => ({
            body: matrix([{ metric: labels, values: points(request) }]),
          }))(request);
    const results = await read();
    expect(results.map(({ status }) => status).sort()).toEqual(['down', 'ok']);
  }, 20_000);

  it('reports an unreachable server once', async () => {
    answer = () => 'drop';
    expect(await read()).toEqual([
      { status: 'down', reason: expect.stringContaining('connection failed') },
    ]);
  }, 20_000);

  it('halves what is too heavy until it fits, and gives up in the end', async () => {
    const tooHeavy = {
      status: 422,
      body: {
        status: 'error',
        errorType: 'execution',
        error:
          'query processing would load too many samples into memory in query execution',
      },
    };
    answer = ofSpec(request =>
      points(request).length > 100
        ? tooHeavy
        : { body: matrix([{ metric: labels, values: points(request) }]) },
    );
    const results = await read({ seconds: DAY_S });
    const series = results.flatMap(result =>
      result.status === 'ok' ? result.data : [],
    );
    expect(series).toHaveLength(4);
    expect(
      series.map(({ start }) => (start - START) / STEP_S).sort((a, b) => a - b),
    ).toEqual([0, 72, 144, 216]);
    expect(
      series.every(
        ({ values }) => values.length === 72 && !values.some(Number.isNaN),
      ),
    ).toBe(true);

    asked = [];
    answer = ofSpec(() => tooHeavy);
    const refused = await read({ seconds: DAY_S });
    expect(new Set(refused.map(({ status }) => status))).toEqual(
      new Set(['down']),
    );
    expect(asked.length).toBe(QUERIES_PER_CHUNK - 1 + 63);
  });

  it('treats no answer in time as too heavy', async () => {
    answer = ofSpec(request =>
      points(request).length > 6
        ? 'hang'
        : { body: matrix([{ metric: labels, values: points(request) }]) },
    );
    const results = await read({ more: { timeoutSeconds: 0.3 } });
    expect(results.map(({ status }) => status)).toEqual(['ok', 'ok']);
  });

  it('falls back to GET, and remembers', async () => {
    answer = request =>
      request.method === 'POST' ? { status: 405 } : { body: matrix([]) };
    const one = source({ concurrency: 1 });
    const period = {
      start: new Date(START * 1000).toISOString(),
      end: new Date((START + 600) * 1000).toISOString(),
    };
    for await (const result of one.readMetrics(
      { workloads: [web], period },
      { signal: new AbortController().signal },
    )) {
      expect(result).toEqual({ status: 'no-data' });
    }
    expect(asked.map(({ method }) => method)).toEqual([
      'POST',
      ...Array(QUERIES_PER_CHUNK).fill('GET'),
    ]);
  });

  it('passes on the warnings of a partial answer', async () => {
    answer = ofSpec(request => ({
      body: {
        ...matrix([{ metric: labels, values: points(request) }]),
        warnings: ['store-2 is away', 'PromQL info: style'],
      },
    }));
    expect(await read()).toMatchObject([
      { status: 'ok', warnings: ['store-2 is away'] },
    ]);
  });

  it('stops when aborted, when the consumer leaves, and at the configured concurrency', async () => {
    answer = () => 'hang';
    const controller = new AbortController();
    const reading = read({
      signal: controller.signal,
      more: { concurrency: 2 },
      seconds: 30 * DAY_S,
    });
    while (asked.length < 2) {
      await new Promise(resolve => setImmediate(resolve));
    }
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    expect(asked).toHaveLength(2);

    // Whoever leaves early frees the places of the queries still in flight.
    const two = source({ concurrency: 2 });
    const period = {
      start: new Date(START * 1000).toISOString(),
      end: new Date((START + 600) * 1000).toISOString(),
    };
    const readAgain = () =>
      two.readMetrics(
        { workloads: [web], period },
        { signal: new AbortController().signal },
      );
    let answeredOnce = false;
    answer = request => {
      if (answeredOnce) {
        return 'hang';
      }
      answeredOnce = true;
      const metric = /"finops_metric", "([a-z0-9-]+)"/.exec(
        request.parameters.get('query')!,
      )![1];
      return {
        body: matrix([
          {
            metric: { ...labels, finops_metric: metric },
            values: points(request),
          },
        ]),
      };
    };
    for await (const result of readAgain()) {
      expect(result.status).toBe('ok');
      break;
    }
    answer = () => ({ body: matrix([]) });
    const after = [];
    for await (const result of readAgain()) {
      after.push(result);
    }
    expect(after).toEqual([{ status: 'no-data' }]);
  });

  it('asks nothing for clusters it does not serve, and refuses mixed batches', async () => {
    expect(await read({ workloads: [{ ...web, cluster: 'beta' }] })).toEqual([
      {
        status: 'not-configured',
        fix: expect.stringContaining("cluster 'beta'"),
      },
    ]);
    await expect(
      read({ workloads: [web, { ...web, namespace: 'other' }] }),
    ).rejects.toThrow('must share');
    expect(asked).toEqual([]);
  });
});

function matrix(result: object[]) {
  return { status: 'success', data: { resultType: 'matrix', result } };
}
