import { TestDatabases } from '@backstage/backend-test-utils';
import { ForgeError } from '@apexlogic/backstage-plugin-finops-node';
import { JsonObject } from '@backstage/types';
import { createTestStores, DATABASE_IDS } from '../__testUtils__/databases';
import {
  createForge,
  createTestLoop,
  givenRecommendation,
  MANIFEST,
  MANIFEST_PATH,
  NOW,
} from '../__testUtils__/fixtures';
import { MemoryForge } from '../__testUtils__/MemoryForge';
import { createStores, Stores } from '../database/createStores';
import { deliverRecommendation } from '../delivery/deliverRecommendation';
import { Loop } from '../delivery/Loop';
import { planRecommendation } from '../delivery/planRecommendation';
import { syncChangeRequests } from '../delivery/syncChangeRequests';
import { approveRecommendation } from './approveRecommendation';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: DATABASE_IDS });
const ALICE = 'user:default/alice';
const BOB = 'user:default/bob';
const CAROL = 'user:default/carol';
const DAVE = 'user:default/dave';

describe.each(databases.eachSupportedId())('approvals on %s', databaseId => {
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
    }));
    id = await givenRecommendation(stores);
  });

  const deliver = async () => {
    const { stored } = await planRecommendation(loop, id);
    const { hash } = stored.plan!;
    await deliverRecommendation(loop, { id, planHash: hash, requester: ALICE });
    return hash;
  };
  const approve = (planHash: string, approver: string, memberOf?: string[]) =>
    approveRecommendation(loop, { id, planHash, approver, memberOf });
  const state = async () =>
    (await stores.recommendations.get(id))!.recommendation.state;
  const events = async () =>
    (await stores.audit.list(id)).map(event => event.event);
  const status = () => forge.requests[0].statuses['finops/approval'];
  const sync = () => syncChangeRequests(loop, new AbortController().signal);

  it('wait for as many distinct people as the first matching rule asks for', async () => {
    finops.approvals = [
      { environment: 'staging', quorum: 1 },
      { owner: 'storefront', action: 'scale-replicas', quorum: 2 },
    ];
    const hash = await deliver();
    await approve(hash, BOB);
    await approve(hash, BOB);
    expect(await state()).toBe('awaiting-approval');
    expect(status()).toBe('pending');
    expect((await stores.deliveries.get(id))!.wantedStatus).toEqual({
      state: 'pending',
      description: '1 of 2 approvals in the portal',
    });
    await expect(approve(hash, ALICE)).rejects.toMatchObject({
      code: 'self-approval',
    });
    await approve(hash, CAROL);
    expect(await state()).toBe('approved');
    expect(status()).toBe('success');
    expect(await events()).toEqual([
      'proposed',
      'change-request-opened',
      'approval-asked',
      'approval-given',
      'approved',
    ]);
    expect(await stores.audit.verify()).toMatchObject({ problemCount: 0 });
  });

  it('reach the quorum once though all approve at the same time in two backends', async () => {
    finops.approvals = [{ quorum: 3 }];
    const hash = await deliver();
    const { loop: other } = await createTestLoop({
      stores: createStores(stores.knex),
      forge,
      finops,
    });
    await Promise.all(
      [BOB, CAROL, DAVE, BOB].map((approver, index) =>
        approveRecommendation(index % 2 ? other : loop, {
          id,
          planHash: hash,
          approver,
        }),
      ),
    );
    expect(await state()).toBe('approved');
    const told = await events();
    expect(told.filter(event => event === 'approval-given')).toHaveLength(2);
    expect(told.filter(event => event === 'approved')).toHaveLength(1);
  });

  it('come from people the rule names, never from services or models', async () => {
    finops.approvals = [{ quorum: 1, from: ['platform', CAROL] }];
    const hash = await deliver();
    await expect(
      approve(hash, BOB, ['group:default/storefront']),
    ).rejects.toMatchObject({
      code: 'not-allowed',
      message: expect.stringContaining('group:default/platform'),
    });
    for (const bot of [
      'plugin:scaffolder',
      'external:ci',
      'system',
      'model:CostOptimizer-v1',
    ]) {
      await expect(
        approve(hash, bot, ['group:default/platform']),
      ).rejects.toMatchObject({ code: 'not-allowed', statusCode: 403 });
    }
    expect(await state()).toBe('awaiting-approval');
    await approve(hash, BOB, ['group:default/platform']);
    expect(await state()).toBe('approved');
    // Who may approve changed: what was given by others is not enough any more.
    finops.approvals = [{ quorum: 1, from: [CAROL] }];
    await sync();
    expect(await state()).toBe('awaiting-approval');
    await approve(hash, CAROL);
    expect(await state()).toBe('approved');
  });

  it('expire, are told, and are asked for anew even while the forge is down', async () => {
    finops.approvals = [{ quorum: 2, expiresAfter: 'P2D' }];
    const hash = await deliver();
    await approve(hash, BOB);
    clock = '2026-11-21T12:00:00.000Z';
    await approve(hash, CAROL);
    expect(await state()).toBe('approved');
    clock = '2026-11-22T11:59:59.000Z';
    await sync();
    expect(await state()).toBe('approved');
    clock = '2026-11-22T12:00:00.000Z';
    forge.fault = () => {
      throw new ForgeError('unavailable', 'down');
    };
    await sync();
    expect(await state()).toBe('awaiting-approval');
    expect(await events()).toContain('approval-expired');
    expect(status()).toBe('success');
    forge.fault = undefined;
    await sync();
    expect(status()).toBe('pending');
    // The other one still counts; the one that expired may be given anew.
    await approve(hash, BOB);
    expect(await state()).toBe('approved');
    await sync();
    expect(status()).toBe('success');
    clock = '2026-11-23T12:00:00.000Z';
    await sync();
    expect(await state()).toBe('awaiting-approval');
    // Far from complete, each expiry is told once.
    clock = '2026-11-25T12:00:00.000Z';
    await sync();
    await sync();
    expect(
      (await events()).filter(event => event === 'approval-expired'),
    ).toHaveLength(3);
  });

  it('given before the plan changed never count, not even when it changes back', async () => {
    finops.approvals = [{ quorum: 2 }];
    const hash = await deliver();
    await approve(hash, BOB);
    forge.commit({ [MANIFEST_PATH]: MANIFEST.replace('web:1', 'web:2') });
    const other = await deliver();
    expect(other).not.toBe(hash);
    expect(await events()).toContain('approval-voided');
    await expect(approve(hash, CAROL)).rejects.toMatchObject({
      code: 'plan-changed',
    });
    await approve(other, CAROL);
    expect(await state()).toBe('awaiting-approval');
    forge.commit({ [MANIFEST_PATH]: MANIFEST });
    const back = await deliver();
    await approve(back, CAROL);
    expect(await state()).toBe('awaiting-approval');
    await approve(back, BOB);
    expect(await state()).toBe('approved');
  });

  it('stay published though a delivery of the same plan ends at the same time', async () => {
    const hash = await deliver();
    await approve(hash, BOB);
    await stores.deliveries.wantStatus(
      id,
      { state: 'pending', description: 'of a slower delivery' },
      clock,
    );
    await sync();
    await sync();
    expect(status()).toBe('success');
  });

  it('are read and checked at the start', async () => {
    for (const approvals of [
      [{ quorum: 0 }],
      [{ quorum: 1.5 }],
      [{ quorum: 1, environment: 'prod' }],
      [{ quorum: 1, from: [] }],
      [{ quorum: 1, expiresAfter: 'P0D' }],
    ]) {
      await expect(
        createTestLoop({ stores, forge, finops: { approvals } }),
      ).rejects.toThrow(/^finops\.approvals/);
    }
  });
});
