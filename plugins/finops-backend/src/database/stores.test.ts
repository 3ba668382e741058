import { TestDatabases } from '@backstage/backend-test-utils';
import {
  createLearner,
  recordChoice,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import {
  ENTITY,
  ENTITY_REF,
  givenRecommendation,
  NOW,
  WORKLOAD,
} from '../__testUtils__/fixtures';
import { createTestStores, DATABASE_IDS } from '../__testUtils__/databases';
import { StoredCost } from './CostStore';
import { NewChoice, Settlement } from './LearningStore';

jest.setTimeout(60_000);

const LIMITS = {
  concurrentPerRepository: 3,
  concurrentPerTeam: 6,
  hourlyPerRepository: 50,
};

const databases = TestDatabases.create({ ids: DATABASE_IDS });

function cost(overrides: Partial<StoredCost> = {}): StoredCost {
  return {
    entityRef: ENTITY_REF,
    sourceId: 'bill',
    workload: WORKLOAD,
    day: '2026-11-10',
    category: 'cpu',
    currency: 'USD',
    micros: 1_000_000,
    provisional: false,
    environment: 'production',
    ...overrides,
  };
}

describe.each(databases.eachSupportedId())('stores on %s', id => {
  it('migrates down to nothing and up again', async () => {
    const knex = await databases.init(id);
    const directory = resolvePackagePath(
      '@apexlogic/backstage-plugin-finops-backend',
      'migrations',
    );
    await knex.migrate.latest({ directory });
    await knex.migrate.rollback({ directory }, true);
    expect(await knex.schema.hasTable('finops_recommendations')).toBe(false);
    await knex.migrate.latest({ directory });
    expect(await knex.schema.hasTable('finops_recommendations')).toBe(true);
  });

  it('replaces restated days of cost, keeps amounts beyond 32 bits exact and sums them in SQL', async () => {
    const { costs } = await createTestStores(databases, id);
    const replace = (days: string[], rows: StoredCost[]) =>
      costs.replaceDays({
        entityRef: ENTITY_REF,
        sourceId: 'bill',
        workloads: [WORKLOAD],
        days,
        rows,
      });
    await replace(
      ['2026-11-10', '2026-11-11'],
      [
        cost({ micros: 9_007_199_254_740_000 }),
        cost({ category: 'memory' }),
        cost({ day: '2026-11-11', provisional: true, currency: 'EUR' }),
      ],
    );
    // The restatement takes the memory row back and leaves the other day alone.
    await replace(['2026-11-10'], [cost({ micros: 9_007_199_254_740_001 })]);

    expect(
      await costs.getCosts(ENTITY_REF, '2026-11-10', '2026-11-11'),
    ).toEqual([cost({ micros: 9_007_199_254_740_001, ownerRef: undefined })]);
    const totals = await costs.getTotals(
      [ENTITY_REF, 'component:default/none'],
      '2026-11-01',
      '2026-12-01',
    );
    expect(totals).toHaveLength(2);
    expect(totals).toContainEqual({
      entityRef: ENTITY_REF,
      workload: WORKLOAD,
      currency: 'EUR',
      micros: 1_000_000,
    });
    expect(
      await costs.getDailyTotals([ENTITY_REF], '2026-11-11', '2026-11-12'),
    ).toEqual([
      {
        entityRef: ENTITY_REF,
        workload: WORKLOAD,
        day: '2026-11-11',
        currency: 'EUR',
        micros: 1_000_000,
        provisional: true,
      },
    ]);
  });

  it('gives the same sketches and series however often and in what pieces a span is read', async () => {
    const { usage } = await createTestStores(databases, id);
    const start = Date.parse('2026-11-10T22:00:00Z') / 1000;
    const values = Float64Array.from({ length: 48 }, (_, index) =>
      index === 5 ? NaN : 0.25 + (index % 7) / 8,
    );
    const piece = (first: number, last: number) => ({
      workload: WORKLOAD,
      container: 'web',
      metric: 'cpu-usage-max' as const,
      start: start + first * 300,
      step: 300,
      values: values.slice(first, last),
      sourceId: 'metrics',
      query: 'cpu',
    });
    await usage.saveSeries([piece(0, 48)]);
    const once = await usage.getSketches(WORKLOAD, '2026-11-10', '2026-11-12');
    // Late, overlapping and repeated, across midnight.
    await usage.saveSeries([piece(20, 48), piece(0, 30)]);
    await usage.saveSeries([piece(10, 25)]);
    const again = await usage.getSketches(WORKLOAD, '2026-11-10', '2026-11-12');

    expect(once.map(({ day, sketch }) => [day, sketch.count])).toEqual([
      ['2026-11-10', 23],
      ['2026-11-11', 24],
    ]);
    expect(again.map(item => item.sketch.encode())).toEqual(
      once.map(item => item.sketch.encode()),
    );
    const [series] = await usage.getSeries(
      WORKLOAD,
      ['cpu-usage-max'],
      '2026-11-10',
      '2026-11-12',
    );
    const offset = (start - series.start) / 300;
    expect(Array.from(series.values.slice(offset, offset + 48))).toEqual(
      Array.from(values),
    );
    expect(Number.isNaN(series.values[0])).toBe(true);
  });

  it('keeps since when a source is down, and filters by conditions in SQL', async () => {
    const { sourceStatuses, entities } = await createTestStores(databases, id);
    const down = {
      sourceId: 'm',
      kind: 'metric',
      status: 'down',
      reason: 'refused',
      since: '',
    } as const;
    await sourceStatuses.replace(
      ENTITY_REF,
      [down],
      '2026-11-20T10:00:00.000Z',
    );
    await sourceStatuses.replace(
      ENTITY_REF,
      [down],
      '2026-11-20T11:00:00.000Z',
    );
    expect((await sourceStatuses.list([ENTITY_REF])).get(ENTITY_REF)).toEqual([
      { ...down, since: '2026-11-20T10:00:00.000Z' },
    ]);

    await entities.saveEntity(ENTITY, { state: 'ready', missing: [] });
    const find = async (filter: Parameters<typeof entities.getEntities>[1]) =>
      (await entities.getEntities([ENTITY_REF], filter)).length;
    const owner = {
      property: 'owner',
      values: ['group:default/storefront'],
    } as const;
    const other = {
      property: 'owner',
      values: ['group:default/other'],
    } as const;
    const kind = { property: 'kind', values: ['component'] } as const;
    expect(await find(owner)).toBe(1);
    expect(await find(other)).toBe(0);
    expect(await find({ not: other })).toBe(1);
    expect(await find({ anyOf: [other, owner] })).toBe(1);
    expect(await find({ allOf: [owner, { anyOf: [kind, other] }] })).toBe(1);
    expect(
      await find({
        allOf: [owner, { property: 'environment', values: ['production'] }],
      }),
    ).toBe(0);
  });

  it('lets the entity with the fewest workloads advise on a shared one', async () => {
    const { entities } = await createTestStores(databases, id);
    const workload = (name: string) => ({
      workload: `c1/production/Deployment/${name}`,
      environment: 'production' as const,
      state: {} as any,
      sourceId: 'cluster',
      observedAt: NOW,
    });
    await entities.replaceWorkloads('component:default/all', [
      workload('web'),
      workload('other'),
    ]);
    await entities.replaceWorkloads(ENTITY_REF, [workload('web')]);
    expect(
      Object.fromEntries(await entities.getAdvisers('component:default/all')),
    ).toEqual({
      'c1/production/Deployment/web': ENTITY_REF,
      'c1/production/Deployment/other': 'component:default/all',
    });
    expect([...(await entities.getAdvisers(ENTITY_REF))]).toEqual([
      ['c1/production/Deployment/web', ENTITY_REF],
    ]);
  });

  describe('audit trail', () => {
    const ALL = ['a', 'b', 'c', 'd'];

    async function written() {
      const { audit, knex } = await createTestStores(databases, id);
      for (const name of ALL) {
        await audit.append(`recommendation-${name}`, {
          id: name,
          at: NOW,
          event: 'noted',
          actor: 'user:default/ann',
          detail: `detail of ${name}`,
        });
      }
      /** As somebody who owns the database can: the triggers are out of the way. */
      const tamper = async (change: () => Promise<unknown>) => {
        const tables = ['finops_audit_events', 'finops_audit_chain'];
        if (knex.client.config.client === 'pg') {
          for (const table of tables) {
            await knex.raw(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
          }
        } else {
          for (const operation of ['update', 'delete']) {
            for (const table of tables) {
              await knex.raw(`DROP TRIGGER ${table}_no_${operation}`);
            }
          }
        }
        await change();
        return audit.verify();
      };
      return { audit, knex, tamper };
    }

    it('is whole as written, page by page and line by line', async () => {
      const { audit } = await written();
      const verified = await audit.verify();
      expect(verified).toMatchObject({
        entries: 4,
        problemCount: 0,
        problems: [],
      });
      const all = [];
      for await (const entry of audit.entries()) {
        all.push(entry);
      }
      expect(all.map(({ eventId }) => eventId)).toEqual(ALL);
      expect(all[3].hash).toBe(verified.head);
      expect(all[1].previousHash).toBe(all[0].hash);
      const page = await audit.page({ limit: 3 });
      expect(page.map(({ eventId }) => eventId)).toEqual(['d', 'c', 'b']);
      const rest = await audit.page({ before: page[2].position, limit: 3 });
      expect(rest.map(({ event }) => event?.detail)).toEqual(['detail of a']);
    });

    it('names the one entry that was altered, in any of its fields', async () => {
      for (const change of [
        { detail: 'another' },
        { actor: 'user:default/bob' },
        { at: '2020-01-01T00:00:00.000Z' },
        { recommendation_id: 'recommendation-a' },
        { to_state: 'approved' },
      ]) {
        const { knex, tamper } = await written();
        const { problems } = await tamper(() =>
          knex('finops_audit_events').where({ id: 'b' }).update(change),
        );
        expect(problems).toMatchObject([
          { kind: 'altered', position: 2, eventId: 'b' },
        ]);
      }
    });

    it('tells what was removed, put in, put elsewhere or cut off', async () => {
      const gone = await written();
      expect(
        (
          await gone.tamper(() =>
            gone.knex('finops_audit_events').where({ id: 'c' }).delete(),
          )
        ).problems,
      ).toEqual([{ kind: 'missing', position: 3, eventId: 'c' }]);

      const hidden = await written();
      expect(
        (
          await hidden.tamper(async () => {
            await hidden
              .knex('finops_audit_events')
              .where({ id: 'b' })
              .delete();
            await hidden
              .knex('finops_audit_chain')
              .where({ event_id: 'b' })
              .delete();
          })
        ).problems,
      ).toMatchObject([{ kind: 'broken-link', position: 3, eventId: 'c' }]);

      const cut = await written();
      expect(
        (
          await cut.tamper(async () => {
            await cut.knex('finops_audit_events').where({ id: 'd' }).delete();
            await cut
              .knex('finops_audit_chain')
              .where({ event_id: 'd' })
              .delete();
          })
        ).problems,
      ).toEqual([{ kind: 'cut-off', position: 4 }]);

      const put = await written();
      expect(
        (
          await put.tamper(() =>
            put.knex('finops_audit_events').insert({
              id: 'x',
              recommendation_id: 'recommendation-x',
              at: NOW,
              event: 'approved',
              actor: 'user:default/ann',
              detail: 'never happened',
            }),
          )
        ).problems,
      ).toEqual([
        {
          kind: 'unchained',
          eventId: 'x',
          recommendationId: 'recommendation-x',
        },
      ]);
    });

    it('stays one chain when many write at once', async () => {
      const { audit } = await written();
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          audit.append('recommendation-many', {
            id: `many-${i}`,
            at: NOW,
            event: 'noted',
            actor: 'system',
            detail: '',
          }),
        ),
      );
      expect(await audit.verify()).toMatchObject({
        entries: 24,
        problemCount: 0,
      });
    });

    it('takes in what was written before there was a chain', async () => {
      const { audit, knex } = await written();
      const directory = resolvePackagePath(
        '@apexlogic/backstage-plugin-finops-backend',
        'migrations',
      );
      await knex.migrate.down({ directory });
      await knex.migrate.latest({ directory });
      expect(await audit.verify()).toMatchObject({
        entries: 4,
        problemCount: 0,
      });
    });
  });

  it('holds one active recommendation a subject and an audit trail nobody can rewrite', async () => {
    const stores = await createTestStores(databases, id);
    await givenRecommendation(stores);
    await givenRecommendation(stores, undefined, 'r2');
    expect(
      (await stores.recommendations.listActive(ENTITY_REF)).map(
        item => item.recommendation.id,
      ),
    ).toEqual(['r1']);
    expect(await stores.audit.list('r2')).toEqual([]);
    expect(await stores.audit.list('r1')).toMatchObject([
      { event: 'proposed', at: NOW, to: 'proposed' },
    ]);
    await expect(
      stores.knex('finops_audit_events').update({ actor: 'nobody' }),
    ).rejects.toThrow(/append-only/);
    await expect(stores.knex('finops_audit_events').delete()).rejects.toThrow(
      /append-only/,
    );
  });

  it('holds one pause at a time, and audits who began and ended it', async () => {
    const { pauses, audit } = await createTestStores(databases, id);
    await Promise.all(
      ['ann', 'bob', 'cyd'].map(name =>
        pauses.pause({ reason: name, pausedBy: name, pausedAt: NOW }),
      ),
    );
    const first = (await pauses.current())!;
    await pauses.resume('dan', NOW);
    await pauses.resume('eve', NOW);
    expect(await pauses.current()).toBeUndefined();
    expect(
      (await audit.list('governance')).map(({ event, actor }) => [
        event,
        actor,
      ]),
    ).toEqual([
      ['paused', first.pausedBy],
      ['resumed', 'dan'],
    ]);
    await pauses.pause({ reason: 'again', pausedBy: 'ann', pausedAt: NOW });
    expect(await pauses.current()).toMatchObject({ reason: 'again' });
  });

  it('takes the statuses of sources from several backends at once', async () => {
    const { sourceStatuses } = await createTestStores(databases, id);
    const statuses = ['cost', 'metric', 'state'].map(kind => ({
      kind,
      sourceId: 'one',
      status: 'ok' as const,
      asOf: NOW,
    })) as any[];
    await Promise.all(
      Array.from({ length: 20 }, () =>
        sourceStatuses.replace(ENTITY_REF, statuses, NOW),
      ),
    );
    const found = (await sourceStatuses.list([ENTITY_REF])).get(ENTITY_REF);
    expect(found?.map(({ kind }) => kind)).toEqual(['cost', 'metric', 'state']);
    await sourceStatuses.replace(ENTITY_REF, statuses.slice(1), NOW);
    expect(
      (await sourceStatuses.list([ENTITY_REF])).get(ENTITY_REF),
    ).toHaveLength(2);
  });

  it('gives a delivery to one writer until its claim runs out', async () => {
    const { deliveries } = await createTestStores(databases, id);
    const plan = { hash: 'a'.repeat(64), repository: { url: 'r' } } as any;
    const claim = async (token: string, now: string) =>
      (
        await deliveries.claim({
          recommendationId: 'r1',
          token,
          plan,
          requester: `user:default/${token}`,
          owner: undefined,
          exempt: false,
          limits: LIMITS,
          now,
          until: new Date(Date.parse(now) + 60_000).toISOString(),
        })
      ).kind;
    const first = await Promise.all(
      ['a', 'b', 'c'].map(token => claim(token, '2026-11-20T12:00:00.000Z')),
    );
    expect(first.filter(result => result === 'claimed')).toHaveLength(1);
    expect(await deliveries.listAbandoned('2026-11-20T12:00:30.000Z')).toEqual(
      [],
    );
    expect(
      await deliveries.listAbandoned('2026-11-20T12:02:00.000Z'),
    ).toHaveLength(1);
    expect(await claim('d', '2026-11-20T12:02:00.000Z')).toBe('claimed');
    // The first holder was too slow; it must not settle what it lost.
    const settle = (token: string) =>
      deliveries.settle({
        recommendationId: 'r1',
        token,
        status: 'opened',
        now: '2026-11-20T12:02:01.000Z',
      });
    expect(await settle(['a', 'b', 'c'][first.indexOf('claimed')])).toBe(false);
    expect(await settle('d')).toBe(true);
  });

  it('lets a storm begin no more change requests than the limits say', async () => {
    const { deliveries, knex } = await createTestStores(databases, id);
    const [repositories, teams] = [10, 4];
    const claim = (i: number, now = NOW, exempt = false) =>
      deliveries.claim({
        recommendationId: `storm-${exempt}-${i}`,
        token: `${i}`,
        plan: {
          hash: 'a'.repeat(64),
          repository: { url: `repository-${i % repositories}` },
        } as any,
        requester: undefined,
        owner: `team-${i % teams}`,
        exempt,
        limits: LIMITS,
        now,
        until: new Date(Date.parse(now) + 60_000).toISOString(),
      });
    const results = [];
    for (let i = 0; i < 1000; i += 100) {
      results.push(
        ...(await Promise.all(
          Array.from({ length: 100 }, (_, j) => claim(i + j)),
        )),
      );
    }
    const rows = await knex('finops_deliveries');
    expect(rows).toHaveLength(
      results.filter(({ kind }) => kind === 'claimed').length,
    );
    const most = (column: 'repository' | 'owner') => {
      const counts = new Map<string, number>();
      for (const row of rows) {
        counts.set(row[column], (counts.get(row[column]) ?? 0) + 1);
      }
      return Math.max(...counts.values());
    };
    expect(most('repository')).toBeLessThanOrEqual(
      LIMITS.concurrentPerRepository,
    );
    expect(most('owner')).toBe(LIMITS.concurrentPerTeam);
    expect(results).toContainEqual({
      kind: 'limited',
      limit: 'concurrentPerTeam',
      most: LIMITS.concurrentPerTeam,
    });
    // Relief is neither held up nor counted, and what has begun may go on.
    expect((await claim(0, NOW, true)).kind).toBe('claimed');
    const later = new Date(Date.parse(NOW) + 120_000).toISOString();
    expect((await claim(0, later)).kind).toBe('claimed');
    // Once all are closed, the hour still counts.
    await knex('finops_deliveries').update({
      status: 'opened',
      change_request_state: 'closed',
    });
    const [{ repository }] = rows;
    await knex('finops_deliveries').update({ repository });
    const another = { ...LIMITS, hourlyPerRepository: 5 };
    const anew = (now: string) =>
      deliveries.claim({
        recommendationId: 'anew',
        token: 'anew',
        plan: { hash: 'a'.repeat(64), repository: { url: repository } } as any,
        requester: undefined,
        owner: undefined,
        exempt: false,
        limits: another,
        now,
        until: now,
      });
    expect(await anew(later)).toMatchObject({ limit: 'hourlyPerRepository' });
    const nextHour = new Date(Date.parse(NOW) + 3_600_001).toISOString();
    expect((await anew(nextHour)).kind).toBe('claimed');
  });

  it('keeps what was learnt with its choices, for the faster of two writers only', async () => {
    const { learning, audit } = await createTestStores(databases, id);
    const choice = (change: Partial<NewChoice> = {}): NewChoice => ({
      id: 'c1',
      workload: WORKLOAD,
      container: 'web',
      resource: 'cpu',
      context: 'standard/cpu',
      arm: 'bold/7',
      propensity: 0.125,
      guarded: true,
      chosenAt: '2026-11-01T00:00:00.000Z',
      request: 0.3,
      baselineRequest: 0.35,
      ...change,
    });
    const empty = await learning.getState();
    expect(empty).toEqual({
      version: 0,
      learner: createLearner(),
      verdicts: [],
    });
    const learner = recordChoice(
      createLearner(),
      'c1',
      { context: 'standard/cpu', subject: WORKLOAD },
      choice(),
    );
    const state = { learner, verdicts: [], taughtAt: NOW };
    const results = await Promise.all(
      ['c1', 'c2'].map(choiceId =>
        learning.replace(0, { state, chosen: [choice({ id: choiceId })] }, NOW),
      ),
    );
    expect(results.sort()).toEqual(['replaced', 'stale']);
    expect(await learning.getState()).toEqual({
      version: 1,
      updatedAt: NOW,
      ...state,
    });
    const [kept, ...others] = await learning.getAwaited([WORKLOAD]);
    expect(others).toEqual([]);
    expect(kept).toEqual(choice({ id: kept.id }));
    // A second one of the same container is refused whole, and a late writer changes nothing.
    await expect(
      learning.replace(1, { state, chosen: [choice({ id: 'c3' })] }, NOW),
    ).rejects.toThrow(/unique/i);
    expect(await learning.replace(0, { state }, NOW)).toBe('stale');
    expect((await learning.getState()).version).toBe(1);

    const learnt = {
      kind: 'learnt',
      timeOver: 0.01,
      baselineTimeOver: 0.02,
    } as const;
    const settle = (version: number, settlement: Settlement) =>
      learning.replace(
        version,
        {
          state,
          settled: [{ id: kept.id, settlement }],
          audit: {
            id: 'a1',
            at: NOW,
            event: 'reset',
            actor: 'user:a',
            detail: '',
          },
        },
        NOW,
      );
    expect(await settle(1, learnt)).toBe('replaced');
    expect(await audit.list('learning')).toMatchObject([{ event: 'reset' }]);
    // The outcome is filled once.
    await learning.replace(
      2,
      {
        state,
        chosen: [choice({ id: 'c4', chosenAt: '2026-11-10T00:00:00.000Z' })],
        settled: [
          { id: kept.id, settlement: { kind: 'withdrawn', reason: 'late' } },
        ],
      },
      NOW,
    );
    expect(await learning.listChoices()).toEqual([
      { ...kept, settled: { ...learnt, at: NOW } },
      choice({ id: 'c4', chosenAt: '2026-11-10T00:00:00.000Z' }),
    ]);
    expect(await learning.listDue('2026-11-10T00:00:00.000Z', 9)).toEqual([]);
    expect(await learning.listAwaitedIds()).toEqual(['c4']);
    await learning.deleteBefore('2026-11-05T00:00:00.000Z');
    expect((await learning.listChoices()).map(item => item.id)).toEqual(['c4']);
  });

  it('starts anew, and says why, when what was learnt is of another version', async () => {
    const { learning, knex } = await createTestStores(databases, id);
    await learning.replace(
      0,
      { state: { learner: createLearner(), verdicts: [], taughtAt: NOW } },
      NOW,
    );
    await knex('finops_learner').update({
      learner: JSON.stringify({ model: { name: 'RiskLearner', version: '0' } }),
    });
    expect(await learning.getState()).toEqual({
      version: 1,
      updatedAt: NOW,
      learner: createLearner(),
      verdicts: [],
      problem: expect.stringContaining('RiskLearner 0'),
    });
  });
});
