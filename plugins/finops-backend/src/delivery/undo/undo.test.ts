import { TestDatabases } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';
import { createTestStores } from '../../__testUtils__/databases';
import {
  createForge,
  createTestLoop,
  givenRecommendation,
  MANIFEST,
  MANIFEST_PATH,
  NOW,
} from '../../__testUtils__/fixtures';
import { MemoryForge } from '../../__testUtils__/MemoryForge';
import { Stores } from '../../database/createStores';
import { reconcile } from '../../decision/reconcile';
import { approveRecommendation } from '../../governance/approveRecommendation';
import { deliverRecommendation } from '../deliverRecommendation';
import { Loop } from '../Loop';
import { planRecommendation } from '../planRecommendation';
import { syncChangeRequests } from '../syncChangeRequests';
import { carryOutReverts } from './carryOutReverts';
import { orderReverts } from './orderReverts';

const databases = TestDatabases.create();

const ALICE = 'user:default/alice';
const BOB = 'user:default/bob';

describe.each(databases.eachSupportedId())('undoing on %s', databaseId => {
  let stores: Stores;
  let forge: MemoryForge;
  let loop: Loop;
  let finops: JsonObject;
  let clock: string;

  const tick = async () => {
    const { signal } = new AbortController();
    await syncChangeRequests(loop, signal);
    await carryOutReverts(loop, signal);
  };

  beforeEach(async () => {
    stores = await createTestStores(databases, databaseId);
    forge = createForge();
    clock = NOW;
    ({ loop, finops } = await createTestLoop({
      stores,
      forge,
      now: () => clock,
    }));
    const id = await givenRecommendation(stores);
    const { stored } = await planRecommendation(loop, id);
    await deliverRecommendation(loop, {
      id,
      planHash: stored.plan!.hash,
      requester: ALICE,
    });
    forge.merge(1);
    await tick();
  });

  const order = (change: object = {}) =>
    orderReverts(loop, {
      scope: 'all',
      since: NOW,
      reason: 'errors rose',
      orderedBy: ALICE,
      ...change,
    });
  const states = async () =>
    (await stores.recommendations.list('component:default/web')).map(
      ({ recommendation: { action, state } }) => [action.kind, state],
    );

  it('opens one request that writes back the very bytes, and marks the change reverted once it is merged', async () => {
    expect(forge.file(MANIFEST_PATH)).toContain('replicas: 2 #');
    expect(await order()).toBe(1);
    expect(await order()).toBe(1);
    await tick();
    await tick();
    expect(forge.requests).toHaveLength(2);
    const [, { input }] = forge.requests;
    expect(input.title).toContain('Undo: Scale from 3 to 2 replicas');
    expect(Buffer.from(input.files[0].content).toString()).toBe(MANIFEST);
    const [revert] = await stores.reverts.list(10);
    expect(revert).toMatchObject({ status: 'asked', orderedBy: ALICE });

    // Whoever ordered it does not approve it.
    const { plan } = (await stores.plans.get(revert.recommendationId))!;
    const approve = (approver: string) =>
      approveRecommendation(loop, {
        id: revert.recommendationId,
        planHash: plan!.hash,
        approver,
      });
    await expect(approve(ALICE)).rejects.toMatchObject({
      code: 'self-approval',
    });
    await approve(BOB);
    forge.merge(2);
    await tick();
    await tick();
    expect(forge.file(MANIFEST_PATH)).toBe(MANIFEST);
    expect(await stores.reverts.list(10)).toMatchObject([{ status: 'done' }]);
    expect((await states()).sort()).toEqual([
      ['rollback', 'merged'],
      ['scale-replicas', 'reverted'],
    ]);
    expect(await order()).toBe(0);
  });

  it('takes what was ordered only: by time, owner and environment', async () => {
    expect(await order({ scope: 'environment:staging' })).toBe(0);
    expect(await order({ scope: 'owner:group:default/others' })).toBe(0);
    expect(await order({ since: '2026-11-20T12:00:00.001Z' })).toBe(0);
    expect(await order({ scope: 'owner:group:default/storefront' })).toBe(1);
  });

  it('waits out a pause and a forge that is away, and is held up by no freeze, limit or window', async () => {
    finops.limits = { concurrentPerRepository: 0 };
    await stores.freezes.freeze({
      scope: 'all',
      reason: 'a sale',
      frozenBy: BOB,
      frozenAt: NOW,
      endsAt: '2026-12-20T12:00:00.000Z',
    });
    finops.paused = true;
    await order();
    await tick();
    expect(forge.requests).toHaveLength(1);
    expect(await stores.reverts.list(10)).toMatchObject([
      { status: 'pending', note: expect.stringContaining('paused') },
    ]);
    finops.paused = false;
    forge.fault = () => {
      throw new Error('away');
    };
    await tick();
    expect(forge.requests).toHaveLength(1);
    forge.fault = undefined;
    await tick();
    expect(forge.requests).toHaveLength(2);
  });

  it('says what a person must do where others changed the same lines, and never writes over them', async () => {
    forge.commit({
      [MANIFEST_PATH]: forge
        .file(MANIFEST_PATH)
        .replace('replicas: 2', 'replicas: 4'),
    });
    await order();
    await tick();
    await tick();
    expect(forge.requests).toHaveLength(1);
    expect(await stores.reverts.list(10)).toMatchObject([
      {
        status: 'refused',
        note: expect.stringMatching(/overlap .*by hand: .*replicas → 3/),
      },
    ]);
  });

  it('does not hang on what is advised', async () => {
    await order();
    await reconcile(stores, 'component:default/web', [], NOW);
    expect(await states()).toContainEqual(['rollback', 'proposed']);
  });
});
