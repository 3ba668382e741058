import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestDatabases } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';
import {
  BROKEN_CLUSTER,
  CLUSTER,
  manifestOf,
  manifestPath,
  metricsOf,
  Service,
} from './__testUtils__/estate';
import { startForge, TestForge } from './__testUtils__/forge';
import { listen } from './__testUtils__/listen';
import { applyManifests } from './__testUtils__/liveState';
import {
  CPU_DOLLARS,
  MEMORY_DOLLARS,
  SPIKE_DAYS_AGO,
  startOpenCost,
} from './__testUtils__/openCost';
import { postgresConfig } from './__testUtils__/postgresConfig';
import { startPrometheus } from './__testUtils__/prometheus';
import {
  DatabaseName,
  KUBECONFIG,
  missingService,
} from './__testUtils__/services';
import {
  as,
  LoopBackend,
  READER,
  startLoop,
  until,
} from './__testUtils__/startLoop';

jest.setTimeout(60_000);

const DAY_MS = 86_400_000;
const HOURS_PER_MONTH = 730;

function service(name: string, cluster = CLUSTER): Service {
  return { name, cluster };
}

// One service a story, so that the stories cannot disturb each other.
const web = service('web');
const contested = service('contested');
const edited = service('edited');
const interrupted = service('interrupted');
const crashed = service('crashed');
const blind = service('blind', BROKEN_CLUSTER);
const faults = [
  {
    title: '401 on the first write',
    method: 'POST',
    path: /\/git\/blobs$/,
    respond: { status: 401, body: { message: 'Bad credentials' } },
    answer: [502, 'forge-unauthorized'],
    victim: service('refused-credentials'),
  },
  {
    title: '409 on the tree',
    method: 'POST',
    path: /\/git\/trees$/,
    respond: { status: 409, body: { message: 'Git Repository is empty.' } },
    answer: [409, 'forge-conflict'],
    victim: service('conflicting'),
  },
  {
    title: '422 on the branch',
    method: 'POST',
    path: /\/git\/refs$/,
    respond: { status: 422, body: { message: 'Validation Failed' } },
    answer: [502, 'forge-rejected'],
    victim: service('invalid'),
  },
  {
    title: '503 on the commit',
    method: 'POST',
    path: /\/git\/commits$/,
    respond: { status: 503, body: { message: 'Unicorn' } },
    answer: [502, 'forge-unavailable'],
    victim: service('overloaded'),
  },
] as const;
const services: readonly Service[] = [
  web,
  contested,
  edited,
  interrupted,
  crashed,
  blind,
  ...faults.map(fault => fault.victim),
];

const postgres = TestDatabases.create({ ids: ['POSTGRES_18'] });

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** A new, empty database. */
interface TestDatabase {
  /** Below `backend.database`. */
  readonly config: JsonObject;
  /** Runs statements in the plugin's schema; not for a database in memory, which only its process sees. */
  execute(sql: string): Promise<unknown>;
}

async function createDatabase(name: DatabaseName): Promise<TestDatabase> {
  if (name === 'SQLite') {
    return {
      config: { client: 'better-sqlite3', connection: ':memory:' },
      execute: async () => {
        throw new Error('A database in memory cannot be reached from outside');
      },
    };
  }
  const knex = await postgres.init('POSTGRES_18');
  return {
    config: postgresConfig(knex),
    execute: async sql => await knex.raw(`set search_path = finops; ${sql}`),
  };
}

const stops: (() => Promise<unknown>)[] = [];

/** Stops it after all tests. */
function keep<T extends { stop(): Promise<unknown> }>(started: T): T {
  stops.push(() => started.stop());
  return started;
}

afterAll(async () => {
  for (const stop of stops.reverse()) {
    await stop();
  }
});

/** What the loop watches; started once, as nothing writes to it. */
const startWatched = once(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'finops-loop-'));
  stops.push(() => rm(dir, { recursive: true, force: true }));
  const prometheus = keep(
    await startPrometheus({ dir, openMetrics: metricsOf(services) }),
  );
  const broken = keep(
    await listen((_, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(
          '{"status":"success","data":{"resultType":"matrix","result":[{"metric":"web"}]}}',
        ),
    ),
  );
  const openCost = keep(await startOpenCost(services));
  if (KUBECONFIG) {
    const applied = await applyManifests(KUBECONFIG, services);
    stops.push(() => applied.remove());
  }
  return {
    prometheusUrl: prometheus.url,
    brokenPrometheusUrl: broken.url,
    openCostUrl: openCost.url,
  };
});

for (const databaseName of ['PostgreSQL', 'SQLite'] as const) {
  const missing = missingService(databaseName);
  const describeLoop = missing ? describe.skip : describe;

  describeLoop(
    `the loop on ${databaseName}${missing ? ` (needs ${missing})` : ''}`,
    () => {
      // The trigger it needs exists on a server only; left out elsewhere, not skipped, since nothing is missing.
      const describeServer: (name: string, body: () => void) => void =
        databaseName === 'PostgreSQL' ? describe : () => {};
      let database: TestDatabase;
      let forge: TestForge;
      let backends: readonly LoopBackend[];
      let alice: ReturnType<typeof as>;
      let bob: ReturnType<typeof as>;

      beforeAll(async () => {
        const watched = await startWatched();
        forge = await startForge(services);
        keep(forge.demo);
        database = await createDatabase(databaseName);
        const start = async () =>
          await startLoop({
            services,
            database: database.config,
            forge,
            ...watched,
          });
        const first = await start();
        // A database in memory belongs to one process.
        backends = databaseName === 'SQLite' ? [first] : [first, await start()];
        alice = as(first, 'alice');
        bob = as(backends.at(-1)!, 'bob');
      });

      afterAll(async () => {
        await Promise.all(backends.map(backend => backend.stop()));
      });

      afterEach(() => forge.demo.faults.clear());

      /** The one recommendation for a service, once it was read and judged. */
      async function recommendationFor(of: Service) {
        const { body } = await until(
          () => alice.recommendations(of),
          answer => answer.body.recommendations?.length > 0,
        );
        expect(body.recommendations).toHaveLength(1);
        return body.recommendations[0];
      }

      /** A recommendation with a plan that was looked at. */
      async function planFor(of: Service) {
        const { id } = await recommendationFor(of);
        const { body } = await alice.plan(id);
        expect(body).toMatchObject({ result: 'planned' });
        return { id, plan: body.plan, verdicts: body.verdicts };
      }

      async function stateOf(id: string): Promise<string> {
        return (await alice.detail(id)).body.recommendation.state;
      }

      async function eventsOf(id: string): Promise<string[]> {
        const { history } = (await alice.detail(id)).body;
        return history.map((entry: { event: string }) => entry.event);
      }

      it('goes from signals to a merged change that another person approved', async () => {
        const recommendation = await recommendationFor(web);
        const overview = (await alice.overview(web)).body;
        expect(overview.setup.state).toBe('ready');
        expect(
          overview.sources.map((source: any) => [
            source.kind,
            source.sourceId,
            source.status,
          ]),
        ).toEqual(
          expect.arrayContaining([
            ['cost', 'opencost', 'ok'],
            ['metric', 'prometheus', 'ok'],
            ['state', expect.any(String), 'ok'],
          ]),
        );

        const costs = (await alice.costs(web)).body.currencies[0];
        expect(costs.currency).toBe('USD');
        expect(costs.groups.map((group: any) => group.key).sort()).toEqual([
          'cpu',
          'memory',
          'network',
        ]);

        const spikeDay = new Date(Date.now() - SPIKE_DAYS_AGO * DAY_MS)
          .toISOString()
          .slice(0, 10);
        const { anomalies } = (await alice.anomalies(web)).body;
        expect(anomalies).toContainEqual(
          expect.objectContaining({
            kind: 'anomaly',
            signal: 'cost',
            direction: 'above',
            period: expect.objectContaining({
              start: expect.stringContaining(spikeDay),
            }),
          }),
        );

        expect(recommendation).toMatchObject({
          state: 'proposed',
          action: { kind: 'scale-replicas', from: 3, to: 2 },
          environment: 'production',
          model: { name: 'CostOptimizer' },
        });
        const monthly =
          ((CPU_DOLLARS + MEMORY_DOLLARS) / 3 / 24) * HOURS_PER_MONTH;
        expect(
          recommendation.saving.expected.amountMicros / 1_000_000,
        ).toBeCloseTo(monthly, 0);
        const measured = recommendation.evidence.find(
          (item: any) => item.sourceId === 'prometheus' && item.id === 'cpu',
        );
        expect(measured.query).toContain('container_cpu_usage_seconds_total');
        const windowDays =
          (Date.parse(measured.window.end) -
            Date.parse(measured.window.start)) /
          DAY_MS;
        expect(windowDays).toBeGreaterThan(7);
        expect(windowDays).toBeLessThanOrEqual(14);

        const planned = (await alice.plan(recommendation.id)).body;
        const { plan } = planned;
        expect(planned.verdicts.map((verdict: any) => verdict.outcome)).toEqual(
          planned.verdicts.map(() => 'allow'),
        );
        expect(
          planned.verdicts.map((verdict: any) => verdict.policy),
        ).toContain('replica-floor');
        expect(plan.proof.proven).toBe(true);
        const wanted = [
          `+    ai.apexlogic.com/optimisation-reason: ${JSON.stringify(
            recommendation.reason,
          )}`,
          '+    ai.apexlogic.com/proposed-by-model: CostOptimizer-v2.0.0',
          `+    ai.apexlogic.com/review-priority: ${recommendation.priority}`,
          '-  replicas: 3 # two zones and a spare',
          '+  replicas: 2 # two zones and a spare',
        ];
        const planLines = plan.files[0].diff
          .split('\n')
          .filter((line: string) => /^[+-](?![+-]{2} )/.test(line));
        expect(planLines).toEqual(wanted);
        expect(await forge.pullsOf(web)).toEqual([]);

        const delivered = await alice.deliver(recommendation.id, plan.hash);
        expect(delivered.status).toBe(200);
        const [pull, ...others] = await forge.pullsOf(web);
        expect(others).toEqual([]);
        expect(pull).toMatchObject({
          state: 'open',
          head: { ref: expect.stringMatching(/^finops\/[0-9a-f]{12}$/) },
          labels: [expect.objectContaining({ name: 'finops' })],
        });
        expect(await forge.changedLines(pull.number)).toEqual({
          [manifestPath(web)]: wanted,
        });
        expect(pull.body).toContain('container_cpu_usage_seconds_total');
        expect(await forge.statuses(pull.head.sha)).toEqual({
          'finops/approval': 'pending',
        });
        expect(await forge.merge(pull.number)).toBeGreaterThanOrEqual(400);

        const own = await alice.approve(recommendation.id, plan.hash);
        expect([own.status, own.body.error.code]).toEqual([
          403,
          'self-approval',
        ]);
        expect(await forge.statuses(pull.head.sha)).toEqual({
          'finops/approval': 'pending',
        });

        const approved = await bob.approve(recommendation.id, plan.hash);
        expect(approved.body.recommendation.state).toBe('approved');
        expect(await forge.statuses(pull.head.sha)).toEqual({
          'finops/approval': 'success',
        });

        expect(await forge.merge(pull.number)).toBe(200);
        await until(
          () => stateOf(recommendation.id),
          state => state === 'merged',
        );
        expect(await forge.manifest(web)).toContain(
          '\n  replicas: 2 # two zones and a spare\n',
        );
        expect(await eventsOf(recommendation.id)).toEqual([
          'proposed',
          'change-request-opened',
          'approval-asked',
          'approved',
          'merged',
        ]);
      });

      it('opens one pull request though every backend is asked at once', async () => {
        const { id, plan } = await planFor(contested);
        const answers = await Promise.all(
          ['alice', 'bob', 'carol', 'dave'].map((user, index) =>
            as(backends[index % backends.length], user).deliver(id, plan.hash),
          ),
        );
        expect(answers.map(answer => answer.status)).toEqual([
          200, 200, 200, 200,
        ]);
        expect(await forge.pullsOf(contested)).toHaveLength(1);
        expect(
          (await eventsOf(id)).filter(event =>
            event.startsWith('change-request'),
          ),
        ).toEqual(['change-request-opened']);
      });

      it.each(faults)(
        'answers a forge that says $title, writes nothing, and succeeds later',
        async ({ method, path, respond, answer, victim }) => {
          const { id, plan } = await planFor(victim);
          const branches = await forge.branches();
          forge.demo.faults.add({ method, path, respond, times: 1_000 });
          const failed = await alice.deliver(id, plan.hash);
          expect([failed.status, failed.body.error.code]).toEqual(answer);
          expect(await forge.pullsOf(victim)).toEqual([]);
          expect(await forge.branches()).toEqual(branches);
          expect(await stateOf(id)).toBe('proposed');

          forge.demo.faults.clear();
          expect((await alice.deliver(id, plan.hash)).status).toBe(200);
          expect(await forge.pullsOf(victim)).toHaveLength(1);
          expect(await stateOf(id)).toBe('awaiting-approval');
        },
      );

      it('writes nothing when the file changed on main since the plan', async () => {
        const { id, plan } = await planFor(edited);
        const branches = await forge.branches();
        await forge.commitManifest(
          edited,
          manifestOf(edited).replace(':1.0.0', ':1.0.1'),
        );
        const stale = await alice.deliver(id, plan.hash);
        expect([stale.status, stale.body.error.code]).toEqual([
          409,
          'plan-changed',
        ]);
        expect(stale.body.error.message).toContain(manifestPath(edited));
        expect(await forge.pullsOf(edited)).toEqual([]);
        expect(await forge.branches()).toEqual(branches);

        const fresh = (await alice.plan(id)).body.plan;
        expect(fresh.hash).not.toBe(plan.hash);
        expect((await alice.deliver(id, fresh.hash)).status).toBe(200);
        const [pull] = await forge.pullsOf(edited);
        const lines = (await forge.changedLines(pull.number))[
          manifestPath(edited)
        ];
        expect(lines.join('\n')).not.toContain('image');
      });

      it('still shows cost while Prometheus answers nonsense, and says so', async () => {
        const { body } = await until(
          () => alice.overview(blind),
          answer => answer.body.setup?.state === 'ready',
        );
        expect(body.sources).toContainEqual(
          expect.objectContaining({
            kind: 'metric',
            sourceId: 'broken-prometheus',
            status: 'malformed',
            reason: expect.stringMatching(/./),
          }),
        );
        expect(body.sources).toContainEqual(
          expect.objectContaining({
            kind: 'cost',
            sourceId: 'opencost',
            status: 'ok',
          }),
        );
        const costs = (await alice.costs(blind)).body.currencies[0];
        expect(costs.groups.length).toBeGreaterThan(0);
        const advice = (await alice.recommendations(blind)).body;
        expect(advice.recommendations).toEqual([]);
        expect(advice.withheld.length).toBeGreaterThan(0);
      });

      it('finds its own pull request when the answer was lost after it was opened', async () => {
        const { id, plan } = await planFor(interrupted);
        // The pull request is opened, and nothing the forge says reaches the portal from then on.
        forge.demo.faults.add({
          method: 'POST',
          path: /\/pulls$/,
          when: 'after',
          disconnect: true,
        });
        forge.demo.faults.add({
          method: 'POST',
          path: /\/pulls$/,
          disconnect: true,
          times: 1_000,
        });
        const lost = await alice.deliver(id, plan.hash);
        expect([lost.status, lost.body.error.code]).toEqual([
          502,
          'forge-unavailable',
        ]);
        expect(await forge.pullsOf(interrupted)).toHaveLength(1);

        forge.demo.faults.clear();
        expect((await alice.deliver(id, plan.hash)).status).toBe(200);
        expect(await forge.pullsOf(interrupted)).toHaveLength(1);
        expect(await stateOf(id)).toBe('awaiting-approval');
      });

      describeServer('with a database server', () => {
        it('finishes by itself what a crash between forge and database left half done', async () => {
          const { id, plan } = await planFor(crashed);
          // The pull request is opened, and its writer cannot store that any more.
          await database.execute(`
            create function crash() returns trigger language plpgsql
              as $$ begin raise exception 'the writer is gone'; end $$;
            create trigger crash before update on finops_deliveries for each row
              when (new.status = 'opened') execute function crash();
          `);
          const lost = await alice.deliver(id, plan.hash);
          expect(lost.status).toBe(500);
          expect(await forge.pullsOf(crashed)).toHaveLength(1);
          expect(await stateOf(id)).toBe('proposed');

          // The dead writer's claim runs out.
          await database.execute(`
            drop trigger crash on finops_deliveries;
            update finops_deliveries set claimed_until = '2000-01-01T00:00:00.000Z'
              where recommendation_id = '${id}';
          `);
          await until(
            () => stateOf(id),
            state => state === 'awaiting-approval',
          );
          const [pull, ...others] = await forge.pullsOf(crashed);
          expect(others).toEqual([]);
          expect(await forge.statuses(pull.head.sha)).toEqual({
            'finops/approval': 'pending',
          });
          expect(
            (await eventsOf(id)).filter(event =>
              event.startsWith('change-request'),
            ),
          ).toHaveLength(1);
          // Who asked is not forgotten.
          const own = await alice.approve(id, plan.hash);
          expect(own.body.error.code).toBe('self-approval');
          expect((await bob.approve(id, plan.hash)).status).toBe(200);
        });
      });

      it('lets a reader see everything and change nothing', async () => {
        const { id, plan } = await planFor(edited);
        const reader = as(backends[0], READER);
        const seen = await reader.detail(id);
        expect(seen.status).toBe(200);
        expect(seen.body.allowed).toMatchObject({
          deliver: false,
          approve: false,
        });
        for (const answer of [
          await reader.deliver(id, plan.hash),
          await reader.approve(id, plan.hash),
        ]) {
          expect([answer.status, answer.body.error.code]).toEqual([
            403,
            'not-allowed',
          ]);
        }
      });
    },
  );
}
