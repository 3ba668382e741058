import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TestDatabases } from '@backstage/backend-test-utils';
import {
  ForgeError,
  ForgeErrorCode,
} from '@apexlogic/backstage-plugin-finops-node';
import { JsonObject } from '@backstage/types';
import { approveRecommendation } from '../governance/approveRecommendation';
import { dismissRecommendation } from '../governance/dismissRecommendation';
import { snoozeRecommendation } from '../governance/snoozeRecommendation';
import { createStores, Stores } from '../database/createStores';
import { createTestStores, DATABASE_IDS } from '../__testUtils__/databases';
import {
  CONTENT,
  createForge,
  createTestLoop,
  ENTITY,
  givenRecommendation,
  MANIFEST,
  MANIFEST_PATH,
  NOW,
} from '../__testUtils__/fixtures';
import { MemoryForge } from '../__testUtils__/MemoryForge';
import { deliverRecommendation } from './deliverRecommendation';
import { Loop } from './Loop';
import { planRecommendation } from './planRecommendation';
import { syncChangeRequests } from './syncChangeRequests';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: DATABASE_IDS });
const ALICE = 'user:default/alice';
const BOB = 'user:default/bob';

const POLICY = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: replica-floor
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: [apps]
        apiVersions: ['*']
        operations: [UPDATE]
        resources: [deployments]
  validations:
    - expression: object.spec.replicas >= 3
      message: keep three replicas
`;

describe.each(databases.eachSupportedId())('delivery on %s', databaseId => {
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

  const plan = async (on = loop) =>
    (await planRecommendation(on, id)).stored.plan!;
  const deliver = (planHash: string, requester = ALICE, on = loop) =>
    deliverRecommendation(on, { id, planHash, requester });
  const state = async () =>
    (await stores.recommendations.get(id))!.recommendation.state;
  const events = async () =>
    (await stores.audit.list(id)).map(event => event.event);
  const sync = () => syncChangeRequests(loop, new AbortController().signal);

  it('opens a request that changes the one line and adds the three annotations', async () => {
    const { hash, files } = await plan();
    expect(forge.requests).toEqual([]);
    await deliver(hash);

    const [{ input, statuses, changeRequest }] = forge.requests;
    const after = Buffer.from(input.files[0].content).toString();
    expect(after).toBe(
      MANIFEST.replace('replicas: 3 #', 'replicas: 2 #').replace(
        '    team: storefront\n',
        [
          '    team: storefront',
          `    ai.apexlogic.com/optimisation-reason: ${
            after.match(/optimisation-reason: (.*)/)![1]
          }`,
          '    ai.apexlogic.com/proposed-by-model: CostOptimizer-v1.0.0',
          '    ai.apexlogic.com/review-priority: medium',
          '',
        ].join('\n'),
      ),
    );
    expect(after).toContain(CONTENT.reason);
    expect(input).toMatchObject({
      branch: expect.stringMatching(/^finops\/[0-9a-f]{12}$/),
      draft: false,
      labels: ['finops'],
    });
    expect(input.body).toContain(files[0].diff);
    expect(statuses).toEqual({ 'finops/approval': 'pending' });
    expect(changeRequest.state).toBe('open');
    expect(await state()).toBe('awaiting-approval');
    expect(await events()).toEqual([
      'proposed',
      'change-request-opened',
      'approval-asked',
    ]);
  });

  it('deletes the file of an orphan when its request is merged, and tells policies what goes', async () => {
    id = await givenRecommendation(
      stores,
      {
        ...CONTENT,
        action: { kind: 'remove-orphan', workload: CONTENT.workload },
        title: 'Remove an unused workload',
      },
      'r2',
    );
    const judge = jest.spyOn(loop.policies, 'judge');
    const { stored } = await planRecommendation(loop, id);
    const [[{ objects }]] = judge.mock.calls;
    expect(stored.plan!.files).toMatchObject([
      { path: MANIFEST_PATH, deleted: true },
    ]);
    expect(objects).toMatchObject([
      { path: MANIFEST_PATH, oldObject: { kind: 'Deployment' } },
    ]);
    expect(objects[0].object).toBeUndefined();
    await deliver(stored.plan!.hash);
    const [{ input, changeRequest }] = forge.requests;
    expect(input).toMatchObject({ files: [], deletions: [MANIFEST_PATH] });
    forge.merge(changeRequest.number);
    expect(forge.paths()).not.toContain(MANIFEST_PATH);
  });

  it('opens one request though two backends and several callers race', async () => {
    const { loop: other } = await createTestLoop({
      stores: createStores(stores.knex),
      forge,
    });
    const { hash } = await plan();
    forge.fault = async () =>
      await new Promise(resolve => setImmediate(resolve));
    await Promise.all([
      deliver(hash),
      deliver(hash, BOB, other),
      deliver(hash, ALICE, other),
      deliver(hash, BOB),
    ]);
    expect(forge.requests).toHaveLength(1);
    expect(await state()).toBe('awaiting-approval');
    expect(
      (await events()).filter(event => event.startsWith('change-request')),
    ).toHaveLength(1);
    // Both asked for it, so neither may approve it.
    await expect(
      approveRecommendation(loop, { id, planHash: hash, approver: BOB }),
    ).rejects.toMatchObject({
      code: 'self-approval',
      statusCode: 403,
    });
  });

  it('writes nothing when the file changed since the plan, and says which', async () => {
    const { hash } = await plan();
    forge.commit({ [MANIFEST_PATH]: MANIFEST.replace('web:1', 'web:2') });
    await expect(deliver(hash)).rejects.toMatchObject({
      code: 'plan-changed',
      statusCode: 409,
      message: expect.stringContaining(`${MANIFEST_PATH} changed on main`),
    });
    expect(forge.requests).toEqual([]);
    const fresh = (await stores.plans.get(id))!.plan!;
    expect(fresh.hash).not.toBe(hash);
    await expect(deliver(hash)).rejects.toMatchObject({ code: 'plan-changed' });
    await deliver(fresh.hash);
    expect(
      Buffer.from(forge.requests[0].input.files[0].content).toString(),
    ).toContain('web:2');
  });

  it('keeps the plan people saw when the repository moves elsewhere', async () => {
    const { hash } = await plan();
    forge.commit({ 'apps/other/readme.md': 'other' });
    expect((await plan()).hash).toBe(hash);
    await deliver(hash);
    expect(forge.requests).toHaveLength(1);
  });

  it.each<[ForgeErrorCode, number]>([
    ['unauthorized', 502],
    ['conflict', 409],
    ['rejected', 502],
    ['rate-limited', 503],
    ['unavailable', 502],
  ])(
    'answers forge %s with %i, loses nothing, and a retry succeeds',
    async (code, statusCode) => {
      const { hash } = await plan();
      forge.fault = operation => {
        if (operation === 'deliver') {
          throw new ForgeError(code, 'said the forge');
        }
      };
      await expect(deliver(hash)).rejects.toMatchObject({
        code: `forge-${code}`,
        statusCode,
        message: expect.stringContaining('said the forge'),
      });
      expect(forge.requests).toEqual([]);
      expect(await state()).toBe('proposed');
      forge.fault = undefined;
      await deliver(hash);
      expect(forge.requests).toHaveLength(1);
      expect(await state()).toBe('awaiting-approval');
    },
  );

  it('finishes by itself what a crash after the write left half done', async () => {
    const { hash } = await plan();
    forge.afterWrite = () => {
      forge.afterWrite = undefined;
      throw new Error('connection lost');
    };
    await expect(deliver(hash)).rejects.toThrow('connection lost');
    expect(forge.requests).toHaveLength(1);
    expect(await state()).toBe('proposed');
    await sync();
    expect(forge.requests).toHaveLength(1);
    expect(forge.requests[0].statuses).toEqual({
      'finops/approval': 'pending',
    });
    expect(await state()).toBe('awaiting-approval');
  });

  it('drops an interrupted delivery that people decided against or that is too old', async () => {
    const { hash } = await plan();
    forge.fault = operation => {
      if (operation === 'deliver') {
        throw new ForgeError('unavailable', 'down');
      }
    };
    await expect(deliver(hash)).rejects.toMatchObject({
      code: 'forge-unavailable',
    });
    clock = '2026-11-20T14:00:00.000Z';
    forge.fault = undefined;
    await sync();
    expect(forge.requests).toEqual([]);
    expect((await stores.deliveries.get(id))!.status).toBe('failed');
  });

  it('writes nothing while paused or below autonomy 2, and drafts at 2', async () => {
    const { hash } = await plan();
    finops.paused = true;
    await expect(deliver(hash)).rejects.toMatchObject({ code: 'paused' });
    finops.paused = false;
    finops.autonomy = 1;
    await expect(deliver(hash)).rejects.toMatchObject({
      code: 'autonomy-too-low',
    });
    expect(forge.requests).toEqual([]);
    finops.autonomy = 2;
    await deliver(hash);
    expect(forge.requests[0].changeRequest.draft).toBe(true);
  });

  it('goes by the first rule of autonomy that matches owner, environment and action', async () => {
    const { hash } = await plan();
    finops.autonomyRules = [
      { environment: 'staging', autonomy: 3 },
      { owner: 'storefront', action: 'scale-replicas', autonomy: 1 },
      { autonomy: 3 },
    ];
    await expect(deliver(hash)).rejects.toMatchObject({
      code: 'autonomy-too-low',
    });
    expect(forge.requests).toEqual([]);
    finops.autonomy = 0;
    finops.autonomyRules = [
      { owner: 'payments', autonomy: 1 },
      { environment: 'production', autonomy: 2 },
    ];
    await deliver(hash);
    expect(forge.requests[0].changeRequest.draft).toBe(true);
    finops.autonomyRules = [{ environment: 'prod', autonomy: 2 }];
    await expect(deliver(hash)).rejects.toThrow(/'prod' is not one of/);
    for (const mistake of [
      { autonomy: 4 },
      { autonomyRules: [{ action: 'resize', autonomy: 1 }] },
      { autonomyRules: [{ impact: 'huge', autonomy: 1 }] },
      { impact: { money: [{ medium: '9 USD', high: '1 USD' }] } },
      { limits: { concurrentPerTeam: -1 } },
    ]) {
      await expect(
        createTestLoop({ stores, forge, finops: mistake }),
      ).rejects.toThrow(/^finops\./);
    }
  });

  it('weighs the planned change, tells reviewers and policies, and lets rules go by it', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'finops-policies-'));
    try {
      ({ loop, finops } = await createTestLoop({
        stores,
        forge,
        finops: {
          policies: [{ path: folder }],
          autonomyRules: [{ impact: 'high', autonomy: 1 }],
        },
      }));
      await stores.entities.saveEntity(
        { ...ENTITY, dataClass: 'personal' },
        { state: 'ready', missing: [] },
      );
      await writeFile(
        path.join(folder, 'impact.yaml'),
        POLICY.replace(
          'object.spec.replicas >= 3',
          "change.impact == 'high' && change.dataClass == 'personal'",
        ),
      );
      const { stored } = await planRecommendation(loop, id);
      expect(stored.verdicts).toMatchObject([{ outcome: 'allow' }]);
      expect((await stores.plans.get(id))!.impact).toEqual({
        level: 'high',
        reasons: [
          {
            fact: 'data-class',
            level: 'high',
            text: 'It handles data of class personal.',
          },
          expect.objectContaining({ fact: 'environment' }),
          {
            fact: 'share-removed',
            level: 'medium',
            text: 'It takes away 33 % of what is asked for now.',
          },
          expect.objectContaining({ fact: 'novelty' }),
        ],
      });
      await expect(deliver(stored.plan!.hash)).rejects.toMatchObject({
        code: 'autonomy-too-low',
      });
      finops.autonomyRules = [{ impact: 'medium', autonomy: 1 }];
      await deliver(stored.plan!.hash);
      expect(forge.requests[0].input.body).toContain(
        'Impact high: It handles data of class personal.',
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('opens nothing beyond the limits but what keeps a service well, and says which limit', async () => {
    finops.limits = { concurrentPerRepository: 0 };
    const { hash } = await plan();
    await expect(deliver(hash)).rejects.toMatchObject({
      code: 'limit-reached',
      message: expect.stringContaining('finops.limits.concurrentPerRepository'),
    });
    expect(forge.requests).toEqual([]);
    expect(await state()).toBe('proposed');
    finops.limits = {};
    await deliver(hash);
    expect(forge.requests).toHaveLength(1);
    // An open one goes on though the limit was lowered meanwhile.
    finops.limits = { concurrentPerRepository: 0 };
    await deliver(hash);
    expect(forge.requests).toHaveLength(1);
  });

  it('opens and updates within its windows and from its age on, relief at any time', async () => {
    const { hash } = await plan();
    finops.minimumAge = 'P2D';
    await expect(deliver(hash)).rejects.toMatchObject({
      code: 'too-young',
      retryAt: '2026-11-22T12:00:00.000Z',
    });
    clock = '2026-11-22T12:00:00.000Z';
    finops.windows = [
      {
        environment: 'production',
        timeZone: 'Europe/Berlin',
        weekdays: ['monday', 'tuesday'],
        from: '09:00',
        to: '16:00',
      },
    ];
    await expect(deliver(hash)).rejects.toMatchObject({
      code: 'outside-window',
      statusCode: 409,
      retryAt: '2026-11-23T08:00:00.000Z',
      message: expect.stringContaining('from 2026-11-23T08:00:00.000Z on'),
    });
    // It closes while the delivery is under way: the last look is what counts.
    clock = '2026-11-23T14:59:59.000Z';
    forge.fault = operation => {
      clock = operation === 'listFiles' ? '2026-11-23T15:00:00.000Z' : clock;
    };
    await expect(deliver(hash)).rejects.toMatchObject({
      code: 'outside-window',
    });
    expect(forge.requests).toEqual([]);
    forge.fault = undefined;
    clock = '2026-11-24T08:00:00.000Z';
    await deliver(hash);
    expect(forge.requests).toHaveLength(1);
    // People approve when they like.
    clock = '2026-11-24T20:00:00.000Z';
    await approveRecommendation(loop, { id, planHash: hash, approver: BOB });
    expect(await state()).toBe('approved');
    await expect(deliver(hash)).rejects.toMatchObject({
      code: 'outside-window',
    });
    await stores
      .knex('finops_recommendations')
      .where({ id })
      .update({ saving_micros: -1 });
    await deliver(hash);
    for (const windows of [
      [{ timeZone: 'Mars/Olympus', from: '09:00', to: '17:00' }],
      [{ timeZone: 'UTC', from: '9', to: '17:00' }],
      [{ timeZone: 'UTC', from: '09:00', to: '09:00' }],
      [{ timeZone: 'UTC', weekdays: ['mon'], from: '09:00', to: '17:00' }],
    ]) {
      await expect(
        createTestLoop({ stores, forge, finops: { windows } }),
      ).rejects.toThrow(/^finops\.windows/);
    }
  });

  it('checks the pause last, after everything was read', async () => {
    const { hash } = await plan();
    forge.fault = operation => {
      // Somebody pauses while the delivery is under way.
      finops.paused = operation === 'listFiles' || finops.paused === true;
    };
    await expect(deliver(hash)).rejects.toMatchObject({ code: 'paused' });
    expect(forge.requests).toEqual([]);
  });

  it('blocks what a policy denies, now or by the time of delivery', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'finops-policies-'));
    try {
      ({ loop } = await createTestLoop({
        stores,
        forge,
        finops: { policies: [{ path: folder }] },
      }));
      const { hash } = await plan();
      const file = path.join(folder, 'floor.yaml');
      await writeFile(file, POLICY);
      await expect(deliver(hash)).rejects.toMatchObject({
        code: 'policy-denied',
        statusCode: 409,
        message: expect.stringContaining('three replicas'),
      });
      expect(await state()).toBe('blocked');
      await writeFile(file, 'apiVersion: [broken');
      expect(
        (await planRecommendation(loop, id)).stored.verdicts,
      ).toMatchObject([{ outcome: 'deny', cause: 'policy-error' }]);
      expect(forge.requests).toEqual([]);
      await rm(file);
      await plan();
      expect(await state()).toBe('proposed');
      await rm(folder, { recursive: true });
      expect(
        (await planRecommendation(loop, id)).stored.verdicts,
      ).toMatchObject([{ outcome: 'deny' }]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('tells policies who owns the workload and what they may spend', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'finops-policies-'));
    try {
      ({ loop } = await createTestLoop({
        stores,
        forge,
        finops: {
          policies: [{ path: folder }],
          budgets: [
            { entity: 'storefront', monthly: '500 EUR' },
            { entity: 'storefront', monthly: '700 USD' },
          ],
        },
      }));
      await writeFile(
        path.join(folder, 'team.yaml'),
        POLICY.replace(
          'object.spec.replicas >= 3',
          `team.name == 'group:default/storefront' && team.monthlyBudgetMicros == 700000000 && team.monthlyBudgetCurrency == 'USD'`,
        ),
      );
      expect(
        (await planRecommendation(loop, id)).stored.verdicts,
      ).toMatchObject([{ outcome: 'allow' }]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('refuses in words when the repository cannot take the edit', async () => {
    forge.commit({
      [MANIFEST_PATH]: MANIFEST.replace('replicas: 3', 'replicas: 5'),
    });
    const { stored } = await planRecommendation(loop, id);
    expect(stored.refusal).toMatchObject({
      code: 'value-changed',
      reason: expect.stringContaining('5'),
    });
    await expect(deliver('a'.repeat(64))).rejects.toMatchObject({
      code: 'plan-refused',
    });

    const { loop: without } = await createTestLoop({ stores });
    expect(
      (await planRecommendation(without, id)).stored.refusal,
    ).toMatchObject({ code: 'no-forge' });
    expect(await state()).toBe('needs-input');
  });

  it('lets another person approve exactly the delivered plan, follows the merge and repairs lost statuses', async () => {
    const { hash } = await plan();
    await expect(
      approveRecommendation(loop, { id, planHash: hash, approver: BOB }),
    ).rejects.toMatchObject({
      code: 'wrong-state',
    });
    await deliver(hash);
    await expect(
      approveRecommendation(loop, {
        id,
        planHash: 'b'.repeat(64),
        approver: BOB,
      }),
    ).rejects.toMatchObject({
      code: 'plan-changed',
    });
    forge.fault = operation => {
      if (operation === 'setStatus') {
        throw new ForgeError('unavailable', 'down');
      }
    };
    await approveRecommendation(loop, { id, planHash: hash, approver: BOB });
    expect(await state()).toBe('approved');
    expect(forge.requests[0].statuses).toEqual({
      'finops/approval': 'pending',
    });
    forge.fault = undefined;
    await sync();
    expect(forge.requests[0].statuses).toEqual({
      'finops/approval': 'success',
    });

    forge.merge(1);
    await sync();
    expect(await state()).toBe('merged');
    expect(forge.file(MANIFEST_PATH)).toContain('replicas: 2');
    await expect(deliver(hash)).rejects.toMatchObject({ code: 'wrong-state' });
  });

  it('voids an approval when the branch moves under it', async () => {
    const { hash } = await plan();
    await deliver(hash);
    await approveRecommendation(loop, { id, planHash: hash, approver: BOB });
    const ours = forge.requests[0].changeRequest.headSha;
    forge.requests[0].changeRequest = {
      ...forge.requests[0].changeRequest,
      headSha: 'somebody-elses',
    };
    await sync();
    expect(await state()).toBe('awaiting-approval');
    expect(await events()).toContain('approval-voided');
    expect(forge.requests[0].statuses).toEqual({
      'finops/approval': 'pending',
    });
    // Approving the plan again must not approve what somebody else put on top of it.
    await expect(
      approveRecommendation(loop, { id, planHash: hash, approver: BOB }),
    ).rejects.toMatchObject({ code: 'branch-taken-over' });
    forge.requests[0].changeRequest = {
      ...forge.requests[0].changeRequest,
      headSha: ours,
    };
    await sync();
    await approveRecommendation(loop, { id, planHash: hash, approver: BOB });
    expect(await state()).toBe('approved');
  });

  it('takes a closed request for a no, and fails the status of a dismissed one', async () => {
    const { hash } = await plan();
    await deliver(hash);
    await dismissRecommendation(loop, {
      id,
      reason: 'too-risky',
      comment: 'Black Friday',
      actor: BOB,
    });
    expect(await state()).toBe('rejected');
    expect(forge.requests[0].statuses).toEqual({
      'finops/approval': 'failure',
    });

    id = await givenRecommendation(stores, undefined, 'r2');
    const again = await plan();
    forge.close(1);
    await expect(deliver(again.hash)).rejects.toMatchObject({
      code: 'change-request-declined',
    });
    expect(await state()).toBe('rejected');
  });

  it('wakes snoozed advice when its time is over', async () => {
    await expect(
      snoozeRecommendation(loop, {
        id,
        until: '2027-11-20T12:00:00Z',
        actor: ALICE,
      }),
    ).rejects.toMatchObject({
      code: 'bad-input',
    });
    await snoozeRecommendation(loop, {
      id,
      until: '2026-11-21T12:00:00Z',
      actor: ALICE,
    });
    await sync();
    expect(await state()).toBe('snoozed');
    await expect(planRecommendation(loop, id)).rejects.toMatchObject({
      code: 'wrong-state',
    });
    clock = '2026-11-21T12:00:00.000Z';
    await sync();
    expect(await state()).toBe('proposed');
  });
});
