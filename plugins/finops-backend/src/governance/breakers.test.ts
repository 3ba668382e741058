import { TestDatabases } from '@backstage/backend-test-utils';
import { ForgeError } from '@apexlogic/backstage-plugin-finops-node';
import { JsonObject } from '@backstage/types';
import { createTestStores, DATABASE_IDS } from '../__testUtils__/databases';
import {
  CONTENT,
  createForge,
  createTestLoop,
  ENTITY_REF,
  givenRecommendation,
  NOW,
  WORKLOAD,
} from '../__testUtils__/fixtures';
import { MemoryForge } from '../__testUtils__/MemoryForge';
import { createStores, Stores } from '../database/createStores';
import { RecommendationContent } from '../database/RecommendationStore';
import { deliverRecommendation } from '../delivery/deliverRecommendation';
import { Loop } from '../delivery/Loop';
import { planRecommendation } from '../delivery/planRecommendation';
import { syncChangeRequests } from '../delivery/syncChangeRequests';
import { advance } from './advance';
import { approveRecommendation } from './approveRecommendation';
import { assertMayWrite } from './mayWrite';
import { tickBreakers } from './tickBreakers';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: DATABASE_IDS });
const ALICE = 'user:default/alice';
const BOB = 'user:default/bob';
const OWNER = 'group:default/storefront';

describe.each(databases.eachSupportedId())('breakers on %s', databaseId => {
  let stores: Stores;
  let forge: MemoryForge;
  let loop: Loop;
  let finops: JsonObject;
  let clock: string;
  let id: string;

  beforeEach(async () => {
    stores = await createTestStores(databases, databaseId);
    forge = createForge();
    clock = NOW;
    ({ loop, finops } = await createTestLoop({
      stores,
      forge,
      now: () => clock,
      finops: {
        breakers: {
          failedDeliveries: 2,
          declined: { atLeast: 2 },
          rolledBack: { atLeast: 1 },
          coolDown: 'PT1H',
        },
      },
    }));
    id = await givenRecommendation(stores);
  });

  const later = (minutes: number) => {
    clock = new Date(Date.parse(clock) + minutes * 60_000).toISOString();
  };
  const deliver = async (which = id) => {
    const { stored } = await planRecommendation(loop, which);
    await deliverRecommendation(loop, {
      id: which,
      planHash: stored.plan!.hash,
      requester: ALICE,
    });
    return stored.plan!.hash;
  };
  const sync = () => syncChangeRequests(loop, new AbortController().signal);
  const breaker = async (scope = 'all') =>
    (await stores.breakers.list()).find(one => one.scope === scope);
  const told = async () =>
    (await stores.audit.list('governance')).map(({ event }) => event);
  /** A change of another workload, which the one manifest does not hold. */
  const another = (
    name: string,
    change: Partial<RecommendationContent> = {},
  ) => {
    const workload = `c1/production/Deployment/${name}`;
    return givenRecommendation(
      stores,
      {
        ...CONTENT,
        workload,
        action: { kind: 'scale-replicas', workload, from: 3, to: 2 },
        ...change,
      },
      name,
    );
  };
  /** Brings one to a state as the loop would, with what that is told by. */
  const bring = async (
    which: string,
    ...steps: [to: any, event: string][]
  ): Promise<void> => {
    const now = clock;
    for (const [to, event] of steps) {
      await advance(stores, which, () => ({
        to,
        event,
        actor: 'system',
        detail: '',
        now,
      }));
    }
  };
  const breakForge = () => {
    forge.fault = operation => {
      if (operation === 'deliver') {
        throw new ForgeError('rejected', 'no');
      }
    };
  };

  it('open after failed deliveries, try one change after a while and close when it is well', async () => {
    breakForge();
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(deliver()).rejects.toMatchObject({ code: 'forge-rejected' });
      later(1);
    }
    expect(await breaker()).toMatchObject({
      state: 'open',
      cause: 'failed-deliveries',
      reason: '2 deliveries failed one after the other.',
    });
    // Of the owner and of the action too: each has failed as often.
    expect((await stores.breakers.list()).map(({ scope }) => scope)).toEqual([
      'action:scale-replicas',
      'all',
      `owner:${OWNER}`,
    ]);
    forge.fault = undefined;
    await expect(deliver()).rejects.toMatchObject({
      code: 'breaker-open',
      statusCode: 409,
    });
    expect(forge.requests).toEqual([]);
    // Undoing changes is never stopped by what stops new ones.
    await assertMayWrite(
      loop,
      (await stores.recommendations.get(id))!.recommendation,
    );
    later(60);
    await sync();
    expect(await breaker()).toMatchObject({ state: 'half-open' });
    const other = await another('other');
    await deliver();
    expect(await breaker()).toMatchObject({ canary: id });
    await expect(
      approveRecommendation(loop, {
        id: other,
        planHash: 'a'.repeat(64),
        approver: BOB,
      }),
    ).rejects.toMatchObject({ code: 'wrong-state' });
    later(1);
    await sync();
    expect(await breaker()).toMatchObject({ state: 'closed' });
    expect((await told()).filter(event => event === 'breaker-opened')).toEqual(
      Array(3).fill('breaker-opened'),
    );
    expect(await told()).toContain('breaker-closed');
    expect(await stores.audit.verify()).toMatchObject({ problemCount: 0 });
    // What was before does not open it again.
    later(1);
    await sync();
    expect(await breaker()).toMatchObject({ state: 'closed' });
  });

  it('let exactly one of many racing changes be tried, over all backends', async () => {
    const ids = await Promise.all(
      Array.from({ length: 6 }, (_, n) => another(`w${n}`)),
    );
    const scopes = ['all', `owner:${OWNER}`] as const;
    for (const scope of scopes) {
      await stores.breakers.apply({
        scope,
        from: undefined,
        step: { to: 'open', cause: 'failed-deliveries', reason: 'x' },
        actor: 'system',
        now: clock,
      });
      await stores.breakers.apply({
        scope,
        from: (await breaker(scope))!,
        step: { to: 'half-open', reason: 'x' },
        actor: 'system',
        now: clock,
      });
    }
    const replicas = [stores, createStores(stores.knex)];
    const answers = await Promise.all(
      ids.map((one, n) =>
        replicas[n % 2].breakers.claimCanary(scopes, one, clock, () => false),
      ),
    );
    expect(answers.filter(answer => answer === undefined)).toHaveLength(1);
    const canary = ids[answers.indexOf(undefined)];
    expect(await breaker()).toMatchObject({ canary });
    expect(await breaker(`owner:${OWNER}`)).toMatchObject({ canary });
    expect(
      await stores.breakers.claimCanary(scopes, canary, clock, () => false),
    ).toBeUndefined();
  });

  it('open again when the change that is tried fails, and try another when it comes to nothing', async () => {
    breakForge();
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(deliver()).rejects.toThrow('no');
      later(1);
    }
    later(60);
    await sync();
    await expect(deliver()).rejects.toMatchObject({ code: 'forge-rejected' });
    later(1);
    await sync();
    expect(await breaker()).toMatchObject({
      state: 'open',
      reason: 'The one change that was tried went wrong.',
    });
    later(60);
    await sync();
    const other = await another('other');
    for (const { scope } of await stores.breakers.list()) {
      await stores.breakers.claimCanary([scope], other, clock, () => false);
    }
    await expect(deliver()).rejects.toMatchObject({
      code: 'breaker-open',
      message: expect.stringContaining('the one that is tried'),
    });
    await bring(other, ['superseded', 'superseded']);
    await sync();
    expect((await breaker())!.canary).toBeUndefined();
    forge.fault = undefined;
    await deliver();
    expect(forge.requests).toHaveLength(1);
  });

  it('open when people close too many requests or changes are rolled back, for approvals too', async () => {
    const hash = await deliver();
    const [one, two] = [await another('one'), await another('two')];
    for (const which of [one, two]) {
      await bring(
        which,
        ['open', 'change-request-opened'],
        ['rejected', 'change-request-closed'],
      );
    }
    later(1);
    await Promise.all([tickBreakers(loop), tickBreakers(loop)]);
    expect(
      (await stores.audit.list('governance')).filter(({ detail }) =>
        detail.startsWith('all:'),
      ),
    ).toHaveLength(1);
    expect(await breaker()).toMatchObject({
      state: 'open',
      cause: 'declined',
      reason: 'People closed 2 of 2 change requests without merging.',
    });
    await expect(
      approveRecommendation(loop, { id, planHash: hash, approver: BOB }),
    ).rejects.toMatchObject({ code: 'breaker-open' });
    expect(await stores.approvals.list(id)).toEqual([]);
    await stores.breakers.reset('all', 'a migration', BOB, clock);
    expect(await breaker()).toMatchObject({
      state: 'closed',
      reason: 'a migration',
    });
    expect((await stores.audit.list('governance')).at(-1)).toMatchObject({
      event: 'breaker-reset',
      actor: BOB,
      detail: 'all: a migration',
    });
    expect(await stores.breakers.reset('all', 'again', BOB, clock)).toBe(false);
    later(1);
    const three = await another('three');
    await bring(
      three,
      ['open', 'change-request-opened'],
      ['merged', 'merged'],
      ['reverted', 'rolled-back'],
    );
    later(1);
    await tickBreakers(loop);
    expect(await breaker()).toMatchObject({ cause: 'rolled-back' });
  });

  it('open when cost goes stale, which holds no relief, and stay so until it is fresh', async () => {
    const cost = (day: string) =>
      stores.costs.replaceDays({
        entityRef: ENTITY_REF,
        sourceId: 'bill',
        workloads: [WORKLOAD],
        days: [day],
        rows: [
          {
            entityRef: ENTITY_REF,
            sourceId: 'bill',
            workload: WORKLOAD,
            day,
            category: 'cpu',
            currency: 'USD',
            micros: 1,
            provisional: false,
            environment: 'production',
          },
        ],
      });
    await cost('2026-11-12');
    await sync();
    expect(await breaker()).toMatchObject({
      state: 'open',
      cause: 'stale-costs',
    });
    await expect(deliver()).rejects.toMatchObject({ code: 'breaker-open' });
    later(120);
    await sync();
    expect(await breaker()).toMatchObject({ state: 'open' });
    await stores
      .knex('finops_recommendations')
      .where({ id })
      .update({ saving_micros: 0 });
    await deliver();
    expect(forge.requests).toHaveLength(1);
    await cost('2026-11-19');
    await sync();
    expect(await breaker()).toMatchObject({ state: 'half-open' });
  });

  it('are read and checked at the start, and anew while running', async () => {
    for (const breakers of [
      { failedDeliveries: 0 },
      { declined: { share: 1.5 } },
      { rolledBack: { atLeast: 0.5 } },
    ]) {
      await expect(
        createTestLoop({ stores, forge, finops: { breakers } }),
      ).rejects.toThrow(/^finops\.breakers/);
    }
    finops.breakers = { windowDays: 7 };
    expect(loop.config.breakerLimits()).toMatchObject({
      windowDays: 7,
      failedDeliveries: 5,
    });
  });
});
