import { TestDatabases } from '@backstage/backend-test-utils';
import { ForgeError } from '@apexlogic/backstage-plugin-finops-node';
import { createTestStores, DATABASE_IDS } from '../__testUtils__/databases';
import {
  createForge,
  createTestLoop,
  givenRecommendation,
  NOW,
} from '../__testUtils__/fixtures';
import { MemoryForge } from '../__testUtils__/MemoryForge';
import { Stores } from '../database/createStores';
import { FreezeScope } from '../database/FreezeStore';
import { deliverRecommendation } from '../delivery/deliverRecommendation';
import { Loop } from '../delivery/Loop';
import { planRecommendation } from '../delivery/planRecommendation';
import { syncChangeRequests } from '../delivery/syncChangeRequests';
import { approveRecommendation } from './approveRecommendation';
import { assertMayWrite } from './mayWrite';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: DATABASE_IDS });
const ALICE = 'user:default/alice';
const BOB = 'user:default/bob';
const END = '2026-11-21T12:00:00.000Z';

describe.each(databases.eachSupportedId())('freezes on %s', databaseId => {
  let stores: Stores;
  let forge: MemoryForge;
  let loop: Loop;
  let clock: string;
  let id: string;

  beforeEach(async () => {
    stores = await createTestStores(databases, databaseId);
    forge = createForge();
    clock = NOW;
    ({ loop } = await createTestLoop({ stores, forge, now: () => clock }));
    id = await givenRecommendation(stores);
  });

  const freeze = (scope: FreezeScope) =>
    stores.freezes.freeze({
      scope,
      reason: 'a sale',
      frozenBy: BOB,
      frozenAt: clock,
      endsAt: END,
    });
  const deliver = async () => {
    const { stored } = await planRecommendation(loop, id);
    const { hash } = stored.plan!;
    await deliverRecommendation(loop, { id, planHash: hash, requester: ALICE });
    return hash;
  };
  const status = () => forge.requests[0].statuses['finops/approval'];
  const sync = () => syncChangeRequests(loop, new AbortController().signal);
  const told = async () =>
    (await stores.audit.list('governance')).map(({ event }) => event);

  it.each<[FreezeScope, boolean]>([
    ['all', true],
    ['owner:group:default/storefront', true],
    ['owner:group:default/payments', false],
    ['environment:production', true],
    ['environment:staging', false],
  ])('of %s hold the change: %s', async (scope, holds) => {
    await freeze(scope);
    if (holds) {
      await expect(deliver()).rejects.toMatchObject({
        code: 'frozen',
        retryAt: END,
        message: expect.stringContaining(`${BOB} froze such changes`),
      });
    } else {
      await deliver();
    }
    expect(forge.requests).toHaveLength(holds ? 0 : 1);
  });

  it('fail the check of open requests and lift it again, though the forge was down meanwhile', async () => {
    const hash = await deliver();
    await approveRecommendation(loop, { id, planHash: hash, approver: BOB });
    expect(status()).toBe('success');
    forge.fault = () => {
      throw new ForgeError('unavailable', 'down');
    };
    await freeze('all');
    await sync();
    expect(status()).toBe('success');
    forge.fault = undefined;
    await sync();
    expect(status()).toBe('failure');
    // What people decided stands; only its publication waits.
    expect((await stores.recommendations.get(id))!.recommendation.state).toBe(
      'approved',
    );
    await assertMayWrite(
      loop,
      (await stores.recommendations.get(id))!.recommendation,
    );
    clock = END;
    await sync();
    expect(status()).toBe('success');
    await sync();
    expect(await told()).toEqual(['frozen', 'freeze-ended']);
  });

  it('are lifted by hand, once; another one over the same change still holds', async () => {
    const hash = await deliver();
    await freeze('all');
    await freeze('environment:production');
    await sync();
    expect(status()).toBe('failure');
    await expect(
      approveRecommendation(loop, { id, planHash: hash, approver: BOB }),
    ).rejects.toMatchObject({ code: 'frozen' });
    const [first, second] = await stores.freezes.active(clock);
    expect(await stores.freezes.lift(first.id, ALICE, clock)).toBe(true);
    expect(await stores.freezes.lift(first.id, ALICE, clock)).toBe(false);
    await sync();
    expect(status()).toBe('failure');
    await stores.freezes.lift(second.id, ALICE, clock);
    await sync();
    expect(status()).toBe('pending');
    expect(await told()).toEqual([
      'frozen',
      'frozen',
      'freeze-lifted',
      'freeze-lifted',
    ]);
    expect(await stores.audit.verify()).toMatchObject({ problemCount: 0 });
  });
});
