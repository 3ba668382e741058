import {
  mockCredentials,
  mockServices,
  startTestBackend,
  TestDatabases,
} from '@backstage/backend-test-utils';
import { Entity } from '@backstage/catalog-model';
import { importLearner } from '@apexlogic/backstage-plugin-finops-analysis';
import { ANNOTATIONS } from '@apexlogic/backstage-plugin-finops-common';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import Ajv from 'ajv';
import { Knex } from 'knex';
import request from 'supertest';
import { createStores } from './database/createStores';
import { migrateDatabase } from './database/migrateDatabase';
import { finopsPlugin } from './plugin';
import { spec } from './schema/openapi.generated';
import {
  createFinopsEntityConditionalDecision,
  finopsEntityConditions,
} from './service/permissions';
import { DATABASE_IDS } from './__testUtils__/databases';
import { createEstate, Estate, estateModule } from './__testUtils__/estate';
import {
  createForge,
  MANIFEST_PATH,
  REPOSITORY_URL,
} from './__testUtils__/fixtures';
import { givenLearner } from './__testUtils__/learner';
import { MemoryForge } from './__testUtils__/MemoryForge';

jest.setTimeout(120_000);

const databases = TestDatabases.create({ ids: DATABASE_IDS });
const WEB = '/api/finops/entities/component/default/web';

function component(
  name: string,
  annotations: Record<string, string>,
  owner = 'group:default/storefront',
): Entity {
  return {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'Component',
    metadata: { name, namespace: 'default', annotations },
    spec: { owner },
    relations: [{ type: 'ownedBy', targetRef: owner }],
  };
}

const ENTITIES = [
  component('web', {
    [ANNOTATIONS.kubernetesId]: 'web',
    [ANNOTATIONS.kubernetesNamespace]: 'production',
    [ANNOTATIONS.gitopsPath]: `${REPOSITORY_URL}/tree/main/apps/web`,
  }),
  component('ghost', { [ANNOTATIONS.kubernetesId]: 'ghost' }),
  component('plain', {}),
  component('theirs', {}, 'group:default/other'),
];

async function start(options: {
  knex?: Knex;
  estate: Estate;
  forge: MemoryForge;
  permissions?: Parameters<typeof mockServices.permissions.mock>[0];
  learning?: boolean;
}) {
  const { knex, estate, forge, permissions, learning } = options;
  return await startTestBackend({
    features: [
      finopsPlugin,
      estateModule(estate, forge),
      catalogServiceMock.factory({ entities: ENTITIES }),
      mockServices.userInfo.mock({
        getUserInfo: async () => ({
          userEntityRef: 'user:default/alice',
          ownershipEntityRefs: [
            'user:default/alice',
            'group:default/storefront',
          ],
        }),
      }).factory,
      mockServices.scheduler.factory({
        includeInitialDelayedTasksOnStartup: true,
      }),
      mockServices.rootConfig.factory({
        data: {
          app: { baseUrl: 'https://portal.test' },
          finops: {
            budgets: [{ entity: 'storefront', monthly: '1000000 USD' }],
            ...(learning && { learning: { enabled: true } }),
          },
        },
      }),
      ...(knex
        ? [mockServices.database.mock({ getClient: async () => knex }).factory]
        : []),
      ...(permissions
        ? [mockServices.permissions.mock(permissions).factory]
        : []),
    ],
  });
}

type Server = Awaited<ReturnType<typeof start>>['server'];

const as = (server: Server, user = 'alice') => ({
  get: (path: string) =>
    request(server)
      .get(path)
      .set(
        'Authorization',
        mockCredentials.user.header(`user:default/${user}`),
      ),
  delete: (path: string) =>
    request(server)
      .delete(path)
      .set(
        'Authorization',
        mockCredentials.user.header(`user:default/${user}`),
      ),
  post: (path: string, body: object = {}) =>
    request(server)
      .post(path)
      .set('Authorization', mockCredentials.user.header(`user:default/${user}`))
      .send(body),
});

async function until<T>(
  read: () => Promise<T>,
  done: (value: T) => boolean,
): Promise<T> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const value = await read();
    if (done(value)) {
      return value;
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error('It did not happen within 30 seconds');
}

const ajv = new Ajv({
  strict: false,
  formats: { 'date-time': true },
}).addSchema({ ...spec, $id: 'spec' } as object);
function expectShape(
  name: keyof typeof spec.components.schemas,
  body: unknown,
) {
  const validate = ajv.getSchema(`spec#/components/schemas/${name}`)!;
  expect({ valid: validate(body), errors: validate.errors }).toEqual({
    valid: true,
    errors: null,
  });
}

describe.each(databases.eachSupportedId())('the loop on %s', databaseId => {
  it('goes from signals to one approved request, whichever of two backends is asked', async () => {
    const knex = await databases.init(databaseId);
    const estate = createEstate();
    const forge = createForge();
    const first = await start({ knex, estate, forge });
    const second = await start({ knex, estate, forge });
    const alice = as(first.server);
    const bob = as(second.server, 'bob');

    const overview = await until(
      () => alice.get(`${WEB}/overview`),
      ({ body }) =>
        body.setup?.state === 'ready' && body.openRecommendations.count > 0,
    );
    expectShape('EntityOverview', overview.body);
    expect(overview.body.cost.provenance).toMatchObject({
      coverage: expect.closeTo(0.92, 2),
    });
    expect(
      overview.body.sources.map((source: any) => [source.kind, source.status]),
    ).toEqual([
      ['alert', 'no-data'],
      ['change', 'ok'],
      ['cost', 'ok'],
      ['log', 'ok'],
      ['metric', 'ok'],
      ['state', 'ok'],
    ]);

    const list = await alice.get(`${WEB}/recommendations`);
    expectShape('EntityRecommendations', list.body);
    const [recommendation] = list.body.recommendations;
    expect(list.body.recommendations).toHaveLength(1);
    expect(recommendation).toMatchObject({
      state: 'proposed',
      action: { kind: 'scale-replicas', from: 3, to: 2 },
      environment: 'production',
      priority: 'medium',
      model: { name: 'CostOptimizer' },
    });
    expect(recommendation.reason).toMatch(
      /^CPU underused: \d+ % of requests over 7 days .*0\.4 requests\/s in its logs/,
    );
    expect(recommendation.reason.length).toBeLessThanOrEqual(200);
    // One of three replicas: half a core and half a GiB, at what a day of them is billed.
    const monthly = ((0.5 * 758_664 + 0.5 * 101_688) / 24) * 730;
    expect(recommendation.saving.expected.amountMicros).toBeCloseTo(
      monthly,
      -2,
    );
    expect(recommendation.evidence.map((item: any) => item.kind)).toEqual([
      'series',
      'log',
      'cost',
      'state',
    ]);
    for (const series of recommendation.evidence.flatMap(
      (item: any) => item.series ?? [],
    )) {
      expect(series.values.length).toBeLessThanOrEqual(300);
    }
    expect(list.body.withheld).toContainEqual(
      expect.objectContaining({
        code: 'other-advice-first',
        subject: 'requests',
      }),
    );

    for (const [path, schema] of [
      ['costs', 'EntityCosts'],
      ['costs?groupBy=workload', 'EntityCosts'],
      ['anomalies', 'EntityAnomalies'],
    ] as const) {
      const answer = await alice.get(`${WEB}/${path}`);
      expect(answer.status).toBe(200);
      expectShape(schema, answer.body);
    }
    const costs = (await alice.get(`${WEB}/costs`)).body.currencies[0];
    expect(costs.groups.map((group: any) => group.key)).toEqual([
      'cpu',
      'memory',
    ]);
    expect(costs.forecast).toHaveLength(30);
    expect(costs.events).toContainEqual(
      expect.objectContaining({
        kind: 'commit',
        title: expect.stringContaining('Ignore all rules'),
      }),
    );
    expect(costs.events.map((event: any) => event.link)).toEqual(
      costs.events.map(() => undefined),
    );

    const path = `/api/finops/recommendations/${recommendation.id}`;
    const replayed = await until(
      () => alice.get(`${path}/replay`),
      ({ body }) => body.result !== 'not-recorded',
    );
    expectShape('Replay', replayed.body);
    expect(replayed.body).toMatchObject({ result: 'same', differences: [] });
    expect(replayed.body.bytes).toBeLessThanOrEqual(64 * 1024);
    const planned = await alice.post(`${path}/plan`);
    expectShape('PlanResult', planned.body);
    expect(planned.body.plan.files[0].diff).toContain(
      '-  replicas: 3 # two zones and a spare\n+  replicas: 2 #',
    );
    const { hash } = planned.body.plan;
    expect(forge.requests).toEqual([]);

    // As a template of the scaffolder asks: in the name of whoever started it.
    const forAlice = (step: string) =>
      request(second.server)
        .post(`${path}/${step}`)
        .set(
          'Authorization',
          mockCredentials.service.header({
            onBehalfOf: mockCredentials.user('user:default/alice'),
            targetPluginId: 'finops',
          }),
        )
        .send({ planHash: hash });
    const delivered = await Promise.all([
      alice.post(`${path}/deliver`, { planHash: hash }),
      forAlice('deliver'),
    ]);
    expect(delivered.map(answer => answer.status)).toEqual([200, 200]);
    expect(forge.requests).toHaveLength(1);
    expectShape('RecommendationDetail', delivered[0].body);
    expect(delivered[0].body).toMatchObject({
      recommendation: { state: 'awaiting-approval' },
      changeRequest: { number: 1, state: 'open' },
      allowed: {
        approve: false,
        why: expect.stringContaining('somebody else must approve'),
      },
    });

    const own = await alice.post(`${path}/approve`, { planHash: hash });
    expect([own.status, own.body.error.code]).toEqual([403, 'self-approval']);
    const hers = await forAlice('approve');
    expect([hers.status, hers.body.error.code]).toEqual([403, 'self-approval']);
    const bot = await request(second.server)
      .post(`${path}/approve`)
      .set('Authorization', mockCredentials.service.header())
      .send({ planHash: hash });
    expect(bot.status).toBe(403);
    expect((await alice.get(path)).body).toMatchObject({
      recommendation: { state: 'awaiting-approval' },
      approvals: [],
      approval: { given: 0, needed: 1 },
    });
    const approved = await bob.post(`${path}/approve`, { planHash: hash });
    expect(approved.body.recommendation.state).toBe('approved');
    expect(forge.requests[0].statuses).toEqual({
      'finops/approval': 'success',
    });

    const review = await alice.get('/api/finops/team-review');
    expectShape('TeamReview', review.body);
    expect(review.body.ownerRefs).toContain('group:default/storefront');
    expect(
      review.body.notCovered.map((item: any) => item.entityRef).sort(),
    ).toEqual(
      expect.arrayContaining([
        'component:default/ghost',
        'component:default/plain',
      ]),
    );
    expect(JSON.stringify(review.body)).not.toContain(
      'component:default/theirs',
    );

    // A budget is the owner's, not that of all the caller owns.
    expect(review.body.totals[0].budget).toBeUndefined();
    const team = await alice.get(
      '/api/finops/team-review?ownerRefs=group%3Adefault%2Fstorefront',
    );
    expectShape('TeamReview', team.body);
    expect(team.body.totals[0].budget.monthly).toEqual({
      amountMicros: 1_000_000_000_000,
      currency: 'USD',
    });
    expect(team.body.totals[0].budget.probability).toBeLessThan(0.01);

    forge.merge(1);
    expect(forge.file(MANIFEST_PATH)).toContain('replicas: 2');
    expect((await alice.post(`${WEB}/refresh`)).status).toBe(202);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('tells what it learnt and where that acts, and forgets it when asked by who may', async () => {
    const knex = await databases.init(databaseId);
    await migrateDatabase({ getClient: async () => knex });
    const stores = createStores(knex);
    const now = new Date().toISOString();
    const learner = await givenLearner(stores, now);
    const allowed = ['finops.governance.read'];
    const backend = await start({
      knex,
      estate: createEstate(),
      forge: createForge(),
      learning: true,
      permissions: {
        authorize: async list =>
          list.map(({ permission }) => ({
            result: allowed.includes(permission.name)
              ? AuthorizeResult.ALLOW
              : AuthorizeResult.DENY,
          })),
      },
    });
    const alice = as(backend.server);
    const { body } = await until(
      () => alice.get('/api/finops/learning'),
      answer => answer.body.contexts?.every((item: any) => item.pending > 0),
    );
    expectShape('LearningReport', body);
    expect(body).toMatchObject({
      enabled: true,
      model: { name: 'RiskLearner', version: '1.0.0' },
      taughtAt: now,
      contexts: [
        { context: 'standard/cpu', pending: 1 },
        {
          context: 'standard/memory',
          verdict: { acts: true, evaluatedAt: now, windows: 100 },
          plays: 0,
          pending: 1,
          spent: 0,
          budget: 0,
        },
      ],
    });
    expect(body.contexts[1].arms).toHaveLength(6);
    expect(body.contexts[1].arms[2]).toEqual({
      risk: 'bold',
      windowDays: 14,
      baseline: false,
      weight: 30,
      meanLoss: expect.closeTo(-0.2, 9),
      meanExcess: 0,
    });
    const exported = await alice.get('/api/finops/learning/export');
    expectShape('LearningExport', exported.body);
    expect(importLearner(JSON.stringify(exported.body.learner))).toEqual({
      ...learner,
      pending: exported.body.learner.pending,
    });

    const forget = () => alice.delete('/api/finops/learning');
    expect((await forget()).status).toBe(403);
    expect((await stores.learning.getState()).taughtAt).toBe(now);
    allowed.push('finops.governance.manage');
    expect((await forget()).status).toBe(204);
    expect((await forget()).status).toBe(204);
    expect((await alice.get('/api/finops/learning')).body).toMatchObject({
      contexts: [],
    });
    expect(await stores.audit.list('learning')).toMatchObject([
      { event: 'learning-reset', actor: 'user:default/alice' },
    ]);
    await backend.stop();
  });
});

describe('answers', () => {
  let server: Server;
  let stop: () => Promise<void>;
  let recommendation: string;
  const estate = createEstate();
  const decisions = {
    authorize: jest.fn(),
    authorizeConditional: jest.fn(),
  };

  beforeAll(async () => {
    decisions.authorize.mockImplementation(async list =>
      list.map(() => ({ result: AuthorizeResult.ALLOW })),
    );
    const backend = await start({
      estate,
      forge: createForge(),
      permissions: decisions,
    });
    server = backend.server;
    stop = async () => await backend.stop();
    const { body } = await until(
      () => as(server).get(`${WEB}/recommendations`),
      answer => answer.body.recommendations?.length > 0,
    );
    recommendation = body.recommendations[0].id;
  });

  afterAll(() => stop());

  beforeEach(() => {
    const every = (result: AuthorizeResult) => async (list: object[]) =>
      list.map(() => ({ result }));
    decisions.authorize.mockImplementation(every(AuthorizeResult.ALLOW));
    decisions.authorizeConditional.mockImplementation(
      every(AuthorizeResult.ALLOW),
    );
  });

  const HASH = { planHash: 'a'.repeat(64) };
  const routes = (): [
    method: 'get' | 'post' | 'delete',
    path: string,
    body?: object,
  ][] => [
    ['get', `${WEB}/overview`],
    ['get', `${WEB}/costs`],
    ['get', `${WEB}/anomalies`],
    ['get', `${WEB}/recommendations`],
    ['post', `${WEB}/refresh`],
    ['get', `/api/finops/recommendations/${recommendation}`],
    ['get', `/api/finops/recommendations/${recommendation}/replay`],
    ['post', `/api/finops/recommendations/${recommendation}/plan`],
    ['post', `/api/finops/recommendations/${recommendation}/deliver`, HASH],
    ['post', `/api/finops/recommendations/${recommendation}/approve`, HASH],
    [
      'post',
      `/api/finops/recommendations/${recommendation}/snooze`,
      { until: new Date(Date.now() + 60_000).toISOString() },
    ],
    [
      'post',
      `/api/finops/recommendations/${recommendation}/dismiss`,
      { reason: 'other' },
    ],
    ['get', '/api/finops/team-review'],
    ['get', '/api/finops/policies'],
    ['post', '/api/finops/policies/tests'],
    ['get', '/api/finops/waves'],
    ['get', '/api/finops/waves/candidates'],
    [
      'post',
      '/api/finops/waves/preview',
      { recommendationIds: [recommendation] },
    ],
    [
      'post',
      '/api/finops/waves',
      { title: 'all', recommendationIds: [recommendation] },
    ],
    ['post', '/api/finops/waves/some/resume', { reason: 'seen' }],
    ['post', '/api/finops/waves/some/stop', { reason: 'seen' }],
    ['get', '/api/finops/learning'],
    ['get', '/api/finops/learning/export'],
    ['delete', '/api/finops/learning'],
    ['get', '/api/finops/audit'],
    ['get', '/api/finops/audit/verification'],
    ['get', '/api/finops/audit/export'],
    ['get', '/api/finops/governance'],
    ['post', '/api/finops/governance/pause', { reason: 'an incident' }],
    ['post', '/api/finops/governance/resume'],
    [
      'post',
      '/api/finops/governance/freezes',
      {
        scope: 'environment:staging',
        reason: 'a sale',
        until: new Date(Date.now() + 60_000).toISOString(),
      },
    ],
    ['post', '/api/finops/governance/freezes/none/lift'],
    [
      'post',
      '/api/finops/governance/reverts',
      { scope: 'all', since: new Date().toISOString(), reason: 'a mistake' },
    ],
    [
      'post',
      '/api/finops/governance/breakers/reset',
      { scope: 'all', reason: 'mended' },
    ],
    ['get', '/api/finops/checks?repository=estate'],
    ['post', '/api/finops/checks/unknown/approve', { hash: 'a'.repeat(64) }],
  ];

  it('are 401 to nobody, 403 to services and to users without the permission, on every route', async () => {
    const paths = Object.values(spec.paths).flatMap(path => Object.keys(path));
    expect(routes()).toHaveLength(paths.length);
    const deny = async (list: object[]) =>
      list.map(() => ({ result: AuthorizeResult.DENY }));
    const app = server;
    for (const [method, path, body] of routes()) {
      const call = (header: string) =>
        request(app)[method](path).set('Authorization', header).send(body);
      expect([
        path,
        (await call(mockCredentials.none.header())).status,
      ]).toEqual([path, 401]);
      expect([
        path,
        (await call(mockCredentials.service.header())).status,
      ]).toEqual([path, 403]);
      decisions.authorize.mockImplementationOnce(deny);
      decisions.authorizeConditional.mockImplementationOnce(deny);
      const denied = await call(mockCredentials.user.header());
      expect([path, denied.status, denied.body.error.code]).toEqual([
        path,
        403,
        'not-allowed',
      ]);
      expect(denied.body.error.message).toContain('finops.');
      decisions.authorize.mockReset();
      decisions.authorizeConditional.mockReset();
      decisions.authorize.mockImplementation(async list =>
        list.map(() => ({ result: AuthorizeResult.ALLOW })),
      );
    }
  });

  it('send changes out in waves, for who may deliver them', async () => {
    const { body: offered } = await as(server).get(
      '/api/finops/waves/candidates',
    );
    expectShape('WaveCandidates', offered);
    const ids: string[] = offered.candidates.map(
      (one: { recommendationId: string }) => one.recommendationId,
    );
    expect(ids.length).toBeGreaterThan(0);
    const { body: preview } = await as(server)
      .post('/api/finops/waves/preview')
      .send({ recommendationIds: ids });
    expectShape('WavePreview', preview);
    expect(preview.waves.flat().sort()).toEqual([...ids].sort());
    const { status, body } = await as(server)
      .post('/api/finops/waves')
      .send({ title: 'All of it', recommendationIds: ids });
    expect(status).toBe(201);
    const { body: list } = await as(server).get('/api/finops/waves');
    expectShape('WaveList', list);
    expect(list.sets).toMatchObject([
      {
        id: body.id,
        title: 'All of it',
        state: 'running',
        observeMinutes: 1440,
        mayChange: true,
      },
    ]);
    const { body: none } = await as(server).get('/api/finops/waves/candidates');
    expect(none.candidates).toEqual([]);
    const stopped = await as(server)
      .post(`/api/finops/waves/${body.id}/stop`)
      .send({ reason: 'another day' });
    expect(stopped.status).toBe(204);
    const again = await as(server)
      .post(`/api/finops/waves/${body.id}/stop`)
      .send({ reason: 'another day' });
    expect([again.status, again.body.error.code]).toEqual([409, 'wrong-state']);
  });

  it('show the audit trail, whether it is whole, and all of it with its hashes', async () => {
    const page = await as(server).get('/api/finops/audit?limit=1');
    expectShape('AuditPage', page.body);
    const [newest] = page.body.entries;
    expect(page.body.entries).toHaveLength(1);
    const all = await as(server).get('/api/finops/audit?limit=200');
    expect(all.body.entries[0].position).toBeGreaterThanOrEqual(
      newest.position,
    );
    expect(all.body.entries.at(-1)).toMatchObject({
      position: 1,
      event: { event: 'proposed', to: 'proposed' },
    });
    const verified = await as(server).get('/api/finops/audit/verification');
    expectShape('AuditVerification', verified.body);
    expect(verified.body).toMatchObject({ problemCount: 0, problems: [] });
    const { text, headers } = await as(server)
      .get('/api/finops/audit/export')
      .buffer(true);
    expect(headers['content-type']).toMatch(/^application\/x-ndjson/);
    const lines = text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(lines.length).toBeGreaterThanOrEqual(verified.body.entries);
    expectShape('AuditEntry', lines[0]);
    expect(lines[verified.body.entries - 1].hash).toBe(verified.body.head);
    expect((await as(server).get('/api/finops/audit?limit=1000')).status).toBe(
      400,
    );
  });

  it('pause all writing for everybody, say who did, and let it go on', async () => {
    const alice = as(server);
    const writing = async () => {
      const { body } = await alice.get('/api/finops/governance');
      expectShape('Governance', body);
      return body.writing;
    };
    expect(await writing()).toEqual({ kind: 'allowed' });
    const pause = (reason: string) =>
      alice.post('/api/finops/governance/pause', { reason });
    expect((await pause('')).status).toBe(400);
    expect((await pause('an incident')).status).toBe(204);
    expect((await pause('another')).status).toBe(204);
    expect(await writing()).toMatchObject({
      kind: 'paused',
      reason: 'an incident',
      pausedBy: 'user:default/alice',
    });
    const path = `/api/finops/recommendations/${recommendation}`;
    const planned = await alice.post(`${path}/plan`, {});
    const refused = await alice.post(`${path}/deliver`, {
      planHash: planned.body.plan.hash,
    });
    expect([refused.status, refused.body.error.code]).toEqual([409, 'paused']);
    expect(refused.body.error.message).toContain('an incident');
    const resume = () => alice.post('/api/finops/governance/resume', {});
    expect((await resume()).status).toBe(204);
    expect((await resume()).status).toBe(204);
    expect(await writing()).toEqual({ kind: 'allowed' });
    const { body } = await alice.get('/api/finops/audit?limit=2');
    expect(
      body.entries.map(({ event }: any) => [event.event, event.actor]),
    ).toEqual([
      ['resumed', 'user:default/alice'],
      ['paused', 'user:default/alice'],
    ]);
  });

  it('freeze by scope until an end, say who did, and lift it', async () => {
    const alice = as(server);
    const frozen = async () => {
      const { body } = await alice.get('/api/finops/governance');
      expectShape('Governance', body);
      return body.freezes.filter(
        ({ scope }: any) => scope !== 'environment:staging',
      );
    };
    const endsAt = new Date(Date.now() + 3_600_000).toISOString();
    const freeze = (body: object) =>
      alice.post('/api/finops/governance/freezes', {
        scope: 'owner:storefront',
        reason: 'a sale',
        until: endsAt,
        ...body,
      });
    for (const wrong of [
      { reason: ' ' },
      { scope: 'environment:prod' },
      { scope: 'owner:' },
      { scope: 'everything' },
      { until: '2020-01-01T00:00:00Z' },
      { until: '2220-01-01T00:00:00Z' },
    ]) {
      expect([wrong, (await freeze(wrong)).status]).toEqual([wrong, 400]);
    }
    expect((await freeze({})).status).toBe(204);
    const [one] = await frozen();
    expect(one).toMatchObject({
      scope: 'owner:group:default/storefront',
      reason: 'a sale',
      frozenBy: 'user:default/alice',
      endsAt,
    });
    const path = `/api/finops/recommendations/${recommendation}`;
    const planned = await alice.post(`${path}/plan`, {});
    const refused = await alice.post(`${path}/deliver`, {
      planHash: planned.body.plan.hash,
    });
    expectShape('ErrorBody', refused.body);
    expect([refused.status, refused.body.error]).toMatchObject([
      409,
      { code: 'frozen', retryAt: endsAt },
    ]);
    expect((await alice.get(path)).body.allowed).toMatchObject({
      deliver: false,
      why: expect.stringContaining('a sale'),
    });
    const lift = () =>
      alice.post(`/api/finops/governance/freezes/${one.id}/lift`, {});
    expect([(await lift()).status, (await lift()).status]).toEqual([204, 204]);
    expect(await frozen()).toEqual([]);
    const { body } = await alice.get('/api/finops/audit?limit=2');
    expect(body.entries.map(({ event }: any) => event.event)).toEqual([
      'freeze-lifted',
      'frozen',
    ]);
  });

  it('tell reading from deciding and delivering', async () => {
    const allowOnly = (names: string[]) =>
      decisions.authorize.mockImplementation(async list =>
        list.map(({ permission }: any) => ({
          result: names.includes(permission.name)
            ? AuthorizeResult.ALLOW
            : AuthorizeResult.DENY,
        })),
      );
    allowOnly(['finops.recommendation.read']);
    const path = `/api/finops/recommendations/${recommendation}`;
    const detail = await as(server).get(path);
    expect(detail.body.recommendation.evidence).toEqual([]);
    expect(detail.body.allowed).toMatchObject({
      deliver: false,
      approve: false,
      snooze: false,
      dismiss: false,
    });
    for (const [step, body] of [
      ['deliver', HASH],
      ['approve', HASH],
      ['dismiss', { reason: 'other' }],
    ] as const) {
      expect((await as(server).post(`${path}/${step}`, body)).status).toBe(403);
    }
  });

  it('are filtered in SQL by conditions, which also apply to one entity', async () => {
    const decide = (claims: string[]) =>
      decisions.authorizeConditional.mockResolvedValue([
        createFinopsEntityConditionalDecision(
          {
            type: 'resource',
            name: 'finops.cost.read',
            attributes: {},
            resourceType: 'finops-entity',
          },
          {
            allOf: [
              finopsEntityConditions.isOwner({ claims }),
              finopsEntityConditions.hasKind({ kinds: ['Component'] }),
            ],
          },
        ),
      ]);
    decide(['group:default/storefront']);
    const mine = await as(server).get('/api/finops/team-review');
    expect(mine.body.entities.map((line: any) => line.entityRef)).toEqual([
      'component:default/web',
    ]);
    decide(['group:default/other']);
    const theirs = await as(server).get('/api/finops/team-review');
    expect(theirs.body).toMatchObject({
      entities: [],
      totals: [],
      notCovered: [],
    });

    const apply = async (environments: string[]) =>
      (
        await request(server)
          .post(
            '/api/finops/.well-known/backstage/permissions/apply-conditions',
          )
          .set('Authorization', mockCredentials.service.header())
          .send({
            items: [
              'component:default/web',
              'component:default/plain',
              'component:default/none',
            ].map(resourceRef => ({
              id: resourceRef,
              resourceRef,
              resourceType: 'finops-entity',
              conditions: finopsEntityConditions.hasEnvironment({
                environments,
              }),
            })),
          })
      ).body.items.map((item: any) => item.result);
    expect(await apply(['production'])).toEqual(['ALLOW', 'DENY', 'DENY']);
    expect(await apply(['staging'])).toEqual(['DENY', 'DENY', 'DENY']);
  });

  it('name what is missing, unknown or wrong', async () => {
    const plain = await as(server).get(
      '/api/finops/entities/component/default/plain/overview',
    );
    expect(plain.status).toBe(200);
    expect(plain.body).toMatchObject({
      setup: {
        state: 'not-annotated',
        missing: [{ annotation: ANNOTATIONS.kubernetesId, example: 'plain' }],
      },
      openRecommendations: { count: 0 },
    });
    const ghost = await until(
      () =>
        as(server).get('/api/finops/entities/component/default/ghost/overview'),
      answer => answer.body.setup?.state === 'no-workload',
    );
    expectShape('EntityOverview', ghost.body);

    for (const [path, status, code] of [
      ['/entities/component/default/nobody/overview', 404, 'not-found'],
      ['/recommendations/none', 404, 'not-found'],
    ] as const) {
      const answer = await as(server).get(`/api/finops${path}`);
      expect([answer.status, answer.body.error.code]).toEqual([status, code]);
      expectShape('ErrorBody', answer.body);
    }
    for (const query of [
      'startDay=2026-02-31',
      'startDay=2026-11-20&endDay=2026-11-01',
      'startDay=yesterday',
      'groupBy=colour',
    ]) {
      expect([
        query,
        (await as(server).get(`${WEB}/costs?${query}`)).status,
      ]).toEqual([query, 400]);
    }
    for (const [step, body] of [
      ['deliver', {}],
      ['deliver', { planHash: 'short' }],
      ['dismiss', { reason: 'because' }],
      ['snooze', { until: 'tomorrow' }],
      ['snooze', { until: '2020-01-01T00:00:00Z' }],
    ] as const) {
      const answer = await as(server).post(
        `/api/finops/recommendations/${recommendation}/${step}`,
        body,
      );
      expect([step, body, answer.status]).toEqual([step, body, 400]);
    }
  });
});
