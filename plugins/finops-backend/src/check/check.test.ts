import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TestDatabases } from '@backstage/backend-test-utils';
import { ConfigReader } from '@backstage/config';
import { JsonObject } from '@backstage/types';
import { DAY_MS, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import {
  ChangeRequestEvent,
  ForgeError,
} from '@apexlogic/backstage-plugin-finops-node';
import { checkIdOf } from '../database/CheckStore';
import { createStores, Stores } from '../database/createStores';
import { deliverRecommendation } from '../delivery/deliverRecommendation';
import { planRecommendation } from '../delivery/planRecommendation';
import { createTestStores, DATABASE_IDS } from '../__testUtils__/databases';
import {
  createTestLoop,
  ENTITY,
  ENTITY_REF,
  givenRecommendation,
  MANIFEST,
  MANIFEST_PATH,
  NOW,
  REPOSITORY_URL,
  WORKLOAD,
} from '../__testUtils__/fixtures';
import { PeopleForge } from '../__testUtils__/PeopleForge';
import { approveCheck } from './approveCheck';
import { CheckContext } from './CheckContext';
import { readCheckConfig } from './config';
import { receiveEvent } from './receiveEvent';
import { runCheck } from './runCheck';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: DATABASE_IDS });
const MEBIBYTE = 1024 ** 2;
const STEP = 3600;

const policy = (name: string, expression: string, outcome?: string) => `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: ${name}
  ${
    outcome
      ? `annotations: { finops.apexlogic.com/outcome: ${outcome} }`
      : 'labels: {}'
  }
spec:
  matchConstraints:
    resourceRules:
      - { apiGroups: [apps], apiVersions: ['*'], operations: [UPDATE], resources: [deployments] }
  validations:
    - expression: ${JSON.stringify(expression)}
      message: ${name} says no
`;
const POLICIES = {
  'floor.yaml': policy('replica-floor', 'object.spec.replicas >= 2'),
  'many.yaml': policy(
    'many-replicas',
    "change.author == 'bot' || object.spec.replicas <= 5",
    'require-approval',
  ),
};

describe.each(databases.eachSupportedId())('checks on %s', databaseId => {
  let stores: Stores;
  let forge: PeopleForge;
  let context: CheckContext;
  let finops: JsonObject;
  let clock: string;
  let folder: string;
  let deliveries: number;
  let queued: string[];

  beforeEach(async () => {
    stores = await createTestStores(databases, databaseId);
    forge = new PeopleForge(REPOSITORY_URL, { [MANIFEST_PATH]: MANIFEST });
    clock = NOW;
    forge.clock = () => clock;
    deliveries = 0;
    queued = [];
    folder = await mkdtemp(path.join(tmpdir(), 'finops-check-'));
    for (const [name, text] of Object.entries(POLICIES)) {
      await writeFile(path.join(folder, name), text);
    }
    context = await contextWith({});
    await givenWorkload(stores);
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function contextWith(check: JsonObject, on = stores) {
    const made = await createTestLoop({
      stores: on,
      forge,
      finops: { policies: [{ path: folder }] },
      now: () => clock,
    });
    finops = made.finops;
    return {
      ...made.loop,
      checks: readCheckConfig(
        new ConfigReader({ finops: { check: { enabled: true, ...check } } }),
      ),
    };
  }

  function pass(seconds: number): void {
    clock = new Date(Date.parse(clock) + seconds * 1000).toISOString();
  }

  async function tell(
    number: number,
    event: Partial<ChangeRequestEvent> = {},
  ): Promise<void> {
    deliveries++;
    await receiveEvent(
      context,
      'github',
      {
        kind: 'change-request',
        deliveryId: `delivery-${deliveries}`,
        digest: `digest-${deliveries}`,
        repositoryUrl: REPOSITORY_URL,
        number,
        headSha: forge.proposals[number - 1].headSha,
        updatedAt: clock,
        ...event,
      } as ChangeRequestEvent,
      async id => {
        queued.push(id);
      },
    );
  }

  const work = async (on = context) => {
    for (const id of await stores.checks.listDue(clock)) {
      await runCheck(on, id, new AbortController().signal);
    }
  };
  const check = async (number = 1) =>
    (await stores.checks.get(checkIdOf(REPOSITORY_URL, number)))!;
  const status = (number = 1) =>
    forge.statusOf(forge.proposals[number - 1].headSha);
  const comments = (number = 1) => forge.proposals[number - 1].comments;
  const events = async (number = 1) =>
    (await stores.audit.list(checkIdOf(REPOSITORY_URL, number))).map(
      ({ event }) => event,
    );
  const replicas = (count: number) => ({
    [MANIFEST_PATH]: MANIFEST.replace('replicas: 3', `replicas: ${count}`),
  });

  it('tells cost, policies and suggestions in one comment, and edits it with the next push', async () => {
    await forge.propose({
      [MANIFEST_PATH]: MANIFEST.replace('cpu: 500m', "cpu: '2'")
        .replace('image: web:1', 'image: web:latest')
        .replace(
          '              memory: 512Mi\n',
          '              memory: 512Mi\n            limits:\n              memory: 100Mi\n          securityContext: {privileged: true}\n',
        ),
    });
    await tell(1);
    expect(queued).toEqual([checkIdOf(REPOSITORY_URL, 1)]);
    await work();

    const { report } = await check();
    expect(report).toMatchObject({
      objects: 1,
      entityRefs: [ENTITY_REF],
      risk: { level: 'high' },
      problems: [],
    });
    // Three pods request a core and a half in all at 3 USD a day; six cores at the same price.
    expect(report!.cost.monthly).toEqual([
      { currency: 'USD', amountMicros: expect.any(Number) },
    ]);
    expect(report!.cost.monthly[0].amountMicros / 1e6).toBeCloseTo(
      3 * 3 * (730 / 24),
      0,
    );
    expect(report!.cost).toMatchObject({ priced: 1, unpriced: [] });
    expect(
      report!.suggestions.map(({ rule, line }) => [rule, line]).sort(),
    ).toEqual([
      ['image-not-pinned', 20],
      ['limit-below-peak', 26],
      ['privileged', 27],
      ['request-too-high', 23],
    ]);
    expect(comments()).toHaveLength(1);
    const first = { ...comments()[0] };
    const { marker, commentId } = await check();
    expect(first.id).toBe(commentId);
    expect(first.body.startsWith(marker)).toBe(true);
    expect(first.body).toContain('+$273.7');
    expect(first.body).toMatch(/-\s+cpu: '2'\n\+\s+cpu: '0\.\d+'/);
    expect(first.body).toContain('privileged: false');
    expect(status()).toMatchObject({
      state: 'success',
      description: '2 policies passed, 4 suggestions',
    });
    expect(forge.published.map(({ state }) => state)).toEqual([
      'pending',
      'success',
    ]);
    expect(await events()).toEqual([
      'check-pending',
      'check-comment-created',
      'check-success',
    ]);
    expect((await stores.audit.verify()).problemCount).toBe(0);

    pass(60);
    forge.push(1, { [MANIFEST_PATH]: MANIFEST.replace('500m', '600m') });
    await tell(1);
    await work();
    expect(comments()).toHaveLength(1);
    expect(comments()[0].id).toBe(first.id);
    expect(comments()[0].body).not.toBe(first.body);
    expect(comments()[0].body).toContain('+$18.25');
    expect(status()?.state).toBe('success');
    expect(await stores.checks.listDue(clock)).toEqual([]);
  });

  it('takes no delivery twice and none that comes too late', async () => {
    await forge.propose(replicas(4));
    await tell(1);
    await work();
    const written = forge.published.length;
    pass(60);

    await tell(1, { deliveryId: 'delivery-1' });
    // The same words under another id: the id is not signed.
    await tell(1, { digest: 'digest-1' });
    expect(queued).toHaveLength(1);
    await tell(1, { updatedAt: '2026-11-20T11:59:59.000Z', headSha: 'old' });
    expect(queued).toHaveLength(1);
    await work();
    expect(forge.published).toHaveLength(written);
    expect((await events()).slice(-3)).toEqual([
      'check-delivery-replayed',
      'check-delivery-replayed',
      'check-delivery-out-of-order',
    ]);
    await tell(1);
    expect(queued).toHaveLength(2);

    await stores.checks.deleteBefore(clock, clock);
    expect((await check()).state).toBe('open');
    await tell(1, { deliveryId: 'delivery-1' });
    expect(queued).toHaveLength(3);
  });

  it('leaves repositories alone that nobody named', async () => {
    await forge.propose(replicas(4));
    const about = (repositoryUrl: string) => tell(1, { repositoryUrl });
    await about('https://elsewhere.test/org/gitops');
    await stores.entities.saveEntity(
      { ...ENTITY, gitopsUrl: `${REPOSITORY_URL}-2/tree/main` },
      { state: 'ready', missing: [] },
    );
    await about(REPOSITORY_URL);
    expect(queued).toEqual([]);
    context = await contextWith({ repositories: ['https://forge.test/ORG/'] });
    await about(REPOSITORY_URL);
    expect(queued).toHaveLength(1);
    context = await contextWith({ repositories: ['https://forge.test/or'] });
    await about(REPOSITORY_URL);
    expect(queued).toHaveLength(1);
  });

  it('fails what a policy denies and what cannot be judged', async () => {
    await forge.propose(replicas(1));
    await tell(1);
    await work();
    expect(status()).toMatchObject({
      state: 'failure',
      description: 'Denied by replica-floor',
    });
    expect(comments()[0].body).toContain(
      '**deny** replica-floor: Deployment production/web: replica-floor says no',
    );

    await forge.propose({ 'apps/web/more.yaml': 'apiVersion: v1\nkind: {' });
    await tell(2);
    await work();
    expect(status(2)).toMatchObject({
      state: 'failure',
      description: expect.stringMatching(
        /^Could not be judged: apps\/web\/more.yaml/,
      ),
    });

    await writeFile(path.join(folder, 'broken.yaml'), policy('x', 'nothing('));
    await forge.propose({ 'README.md': 'hello' });
    await tell(3);
    await work();
    expect(status(3)?.state).toBe('failure');
    await forge.propose(replicas(4));
    await tell(4);
    await work();
    expect(status(4)?.state).toBe('failure');
    // Where the portal keeps its policies is nobody's business there.
    expect(comments(4)[0].body).toContain('broken.yaml');
    for (const number of [3, 4]) {
      expect(comments(number)[0].body).not.toContain(folder);
    }
  });

  it('waits for a person where a policy asks for one, and for each commit anew', async () => {
    await forge.propose(replicas(6));
    await tell(1);
    await work();
    expect(status()).toMatchObject({
      state: 'pending',
      description: 'Waiting for approval in the portal',
    });
    const { id, report } = await check();
    const approve = (options: object = {}) =>
      approveCheck(context, {
        id,
        hash: report!.hash,
        approver: 'user:default/bob',
        forgeLogins: ['bob'],
        ...options,
      });
    await expect(approve({ forgeLogins: ['Octavia'] })).rejects.toMatchObject({
      code: 'self-approval',
    });
    await expect(approve({ forgeLogins: [] })).rejects.toMatchObject({
      code: 'not-allowed',
    });
    await expect(approve({ hash: 'other' })).rejects.toMatchObject({
      code: 'plan-changed',
    });
    await approve();
    await work();
    expect(status()).toMatchObject({
      state: 'success',
      description: expect.stringContaining('approved by user:default/bob'),
    });

    pass(60);
    forge.push(1, replicas(7));
    await tell(1);
    await work();
    expect(status()?.state).toBe('pending');
    await expect(approve()).rejects.toMatchObject({ code: 'plan-changed' });

    // A bot may, says the policy.
    await forge.propose(replicas(6), { author: 'deps[bot]', isBot: true });
    await tell(2);
    await work();
    expect(status(2)?.state).toBe('success');
  });

  it('writes one comment though four workers race', async () => {
    await forge.propose(replicas(4));
    await tell(1);
    forge.fault = async () => await new Promise(wake => setImmediate(wake));
    const other = await contextWith({}, createStores(stores.knex));
    await Promise.all([work(), work(other), work(), work(other)]);
    expect(comments()).toHaveLength(1);
    expect(status()?.state).toBe('success');
  });

  it.each(['upsertComment', 'setStatus'] as const)(
    'ends with one comment and the right status when it is killed after %s',
    async operation => {
      await forge.propose(replicas(4));
      await tell(1);
      // The process dies: what it did stands, and nobody hears of it.
      let dead: (reason: Error) => void = () => {};
      let reached: () => void = () => {};
      const dying = new Promise<void>(resolve => {
        reached = resolve;
      });
      const until = operation === 'setStatus' ? 2 : 1;
      let calls = 0;
      forge.fault = async name => {
        if (name === operation && ++calls === until) {
          reached();
          await new Promise<void>((_, reject) => {
            dead = reject;
          });
        }
      };
      const first = work();
      await dying;
      forge.fault = undefined;

      const restarted = await contextWith({}, createStores(stores.knex));
      await work(restarted);
      expect(forge.published).toHaveLength(1);
      pass(301);
      await work(restarted);
      expect(comments()).toHaveLength(1);
      expect(status()?.state).toBe('success');

      // Should the first one only have slept, it sees that the check is not its own any more.
      const written = forge.published.length;
      dead(new ForgeError('unavailable', 'The connection was lost'));
      await first;
      expect(comments()).toHaveLength(1);
      expect(forge.published).toHaveLength(written);
    },
  );

  it('finds its comment again when the answer was lost', async () => {
    await forge.propose(replicas(4));
    await tell(1);
    forge.afterWriting = operation => {
      if (operation === 'upsertComment') {
        throw new ForgeError('unavailable', 'The connection was lost');
      }
    };
    await work();
    expect(status()).toMatchObject({
      state: 'failure',
      description: 'Could not be checked: The connection was lost',
    });
    forge.afterWriting = undefined;
    pass(61);
    await work();
    expect(comments()).toHaveLength(1);
    expect(status()?.state).toBe('success');
    expect((await check()).attempts).toBe(0);
  });

  it('fails closed while the forge cannot be read, and gives up in the end', async () => {
    await forge.propose(replicas(4));
    await tell(1);
    forge.fault = operation => {
      if (operation === 'readBlob') {
        throw new ForgeError('unavailable', 'The forge does not answer');
      }
    };
    for (let attempt = 0; attempt < 12; attempt++) {
      await work();
      expect(status()?.state).toBe('failure');
      pass(3600 * 3);
    }
    expect(await stores.checks.listDue(clock)).toEqual([]);
    forge.fault = undefined;
    await tell(1);
    await work();
    expect(status()?.state).toBe('success');
  });

  it('writes nothing while writing is paused', async () => {
    await forge.propose(replicas(4));
    await tell(1);
    finops.paused = true;
    await work();
    expect({ published: forge.published, comments: comments() }).toEqual({
      published: [],
      comments: [],
    });
    finops.paused = false;
    await stores.pauses.pause({
      reason: 'An incident',
      pausedBy: 'user:default/ann',
      pausedAt: clock,
    });
    pass(61);
    await work();
    expect(forge.published).toEqual([]);
    await stores.pauses.resume('user:default/ann', clock);
    pass(61);
    await work();
    expect(status()?.state).toBe('success');
  });

  it('says nothing twice on a change request of the loop, until somebody else changes it', async () => {
    const id = await givenRecommendation(stores);
    const { stored } = await planRecommendation(context, id);
    await deliverRecommendation(context, {
      id,
      planHash: stored.plan!.hash,
      requester: 'user:default/alice',
    });
    const [{ input, changeRequest }] = forge.requests;
    await forge.propose(
      Object.fromEntries(
        input.files.map(file => [
          file.path,
          Buffer.from(file.content).toString(),
        ]),
      ),
      { author: 'finops-bot', isBot: true },
    );
    forge.requests[0].changeRequest = {
      ...changeRequest,
      headSha: forge.proposals[0].headSha,
    };
    await stores.deliveries.recordChangeRequest(
      id,
      forge.requests[0].changeRequest,
      clock,
    );
    await tell(1);
    await work();
    expect(status()?.state).toBe('success');
    expect(comments()).toEqual([]);

    pass(60);
    forge.push(1, replicas(1));
    await tell(1);
    await work();
    expect(status()?.state).toBe('failure');
    expect(comments()).toHaveLength(1);
  });

  it('ends with the change request', async () => {
    await forge.propose(replicas(4));
    await tell(1);
    await work();
    forge.proposals[0].state = 'merged';
    pass(60);
    await tell(1);
    const written = forge.published.length;
    await work();
    expect((await check()).state).toBe('merged');
    expect(forge.published).toHaveLength(written);
    await stores.checks.deleteBefore(clock, '2027-01-01T00:00:00.000Z');
    expect(await check()).toBeUndefined();
  });

  it('prices a removal, what has no price, and what may be any of two clusters', async () => {
    await forge.propose({ [MANIFEST_PATH]: null });
    await tell(1);
    await work();
    const removed = (await check()).report!;
    expect(removed.cost.monthly[0].amountMicros / 1e6).toBeCloseTo(
      -3 * (730 / 24),
      0,
    );
    expect(removed.risk).toMatchObject({ level: 'high' });

    await forge.propose({
      'apps/web/new.yaml': MANIFEST.replace('name: web', 'name: fresh'),
    });
    await tell(2);
    await work();
    expect((await check(2)).report!.cost).toMatchObject({
      monthly: [],
      priced: 0,
      unpriced: [{ subject: 'Deployment production/fresh' }],
    });
    expect(comments(2)[0].body).toContain('1 could not be priced');

    const [own] = await stores.entities.getWorkloads(ENTITY_REF);
    await stores.entities.replaceWorkloads(ENTITY_REF, [
      own,
      { ...own, workload: WORKLOAD.replace('c1', 'c2') },
    ]);
    await forge.propose(replicas(4));
    await tell(3);
    await work();
    expect((await check(3)).report!.cost.unpriced).toEqual([
      {
        subject: 'Deployment production/web',
        reason: expect.stringMatching(/may be any of c1.*c2/),
      },
    ]);
  });

  describe('tests', () => {
    const LOAD_TEST = {
      files: ['apps/**'],
      workflow: 'load-test.yaml',
      inputs: { target: 'web' },
    };

    async function given(check_: JsonObject = {}): Promise<void> {
      context = await contextWith({ tests: [LOAD_TEST], ...check_ });
      await forge.propose(replicas(4));
      await tell(1);
      await work();
    }

    it('starts what a change calls for once a head, and waits for it', async () => {
      await given();
      expect(forge.runs).toMatchObject([
        {
          workflow: 'load-test.yaml',
          branch: 'branch-1',
          inputs: { target: 'web' },
        },
      ]);
      expect(status()).toMatchObject({
        state: 'pending',
        description: 'Waiting for tests: load-test.yaml',
      });
      for (let round = 0; round < 3; round++) {
        pass(61);
        await work();
      }
      await tell(1);
      await work();
      expect(forge.runs).toHaveLength(1);

      forge.finish(0, 'success');
      await tell(1, {
        kind: 'tests-finished',
        headSha: forge.proposals[0].headSha,
      });
      await work();
      expect(status()?.state).toBe('success');
      expect(comments()[0].body).toContain('[passed](');

      pass(60);
      forge.push(1, replicas(5));
      await tell(1);
      await work();
      expect(forge.runs).toHaveLength(2);
      forge.finish(1, 'failure');
      pass(61);
      await work();
      expect(status()).toMatchObject({
        state: 'failure',
        description: 'Tests failed: load-test.yaml',
      });
      // Somebody had it run again.
      forge.finish(1, 'success');
      await tell(1, {
        kind: 'tests-finished',
        headSha: forge.proposals[0].headSha,
      });
      await work();
      expect(status()?.state).toBe('success');
      expect(forge.runs).toHaveLength(2);
    });

    it('does not start a test again whose answer was lost, and starts one that was not', async () => {
      forge.afterWriting = operation => {
        if (operation === 'startWorkflow') {
          throw new ForgeError('unavailable', 'The connection was lost');
        }
      };
      await given();
      forge.afterWriting = undefined;
      pass(61);
      await work();
      expect(forge.runs).toHaveLength(1);
      expect(status()?.state).toBe('pending');

      forge.fault = operation => {
        if (operation === 'startWorkflow') {
          throw new ForgeError('unavailable', 'The forge does not answer');
        }
      };
      forge.push(1, replicas(5));
      await tell(1);
      await work();
      forge.fault = undefined;
      pass(61);
      await work();
      expect(forge.runs).toHaveLength(2);
    });

    it('fails a test that does not end, is not there, or lies in a fork', async () => {
      await given({ testTimeout: { minutes: 10 } });
      pass(601);
      await work();
      expect(status()?.state).toBe('failure');
      expect(comments()[0].body).toContain('did not end in time');

      context = await contextWith({
        tests: [{ ...LOAD_TEST, workflow: 'absent.yaml' }],
      });
      await forge.propose(replicas(4));
      await tell(2);
      await work();
      expect(status(2)?.state).toBe('failure');

      context = await contextWith({ tests: [LOAD_TEST] });
      await forge.propose(replicas(4), { isFork: true });
      await tell(3);
      await work();
      expect(status(3)?.state).toBe('failure');
      expect(comments(3)[0].body).toContain('branch of a fork');
    });

    it('asks for no more than is required, allowed or called for', async () => {
      await given({
        tests: [
          { ...LOAD_TEST, required: false },
          { ...LOAD_TEST, workflow: 'risky.yaml', risk: 'high' },
          { ...LOAD_TEST, workflow: 'docs.yaml', files: ['docs/**'] },
          {
            ...LOAD_TEST,
            workflow: 'other.yaml',
            repository: 'https://forge.test/org/other',
          },
        ],
      });
      expect(forge.runs.map(run => run.workflow)).toEqual(['load-test.yaml']);
      expect(status()?.state).toBe('success');

      // A second one within the hour is one too many.
      context = await contextWith({ tests: [LOAD_TEST], testsPerHour: 1 });
      await forge.propose(replicas(5));
      await tell(2);
      await work();
      expect(forge.runs).toHaveLength(1);
      expect(status(2)?.state).toBe('pending');
      pass(3601);
      await work();
      expect(forge.runs).toHaveLength(2);

      // What is denied anyway is not tested.
      await forge.propose(replicas(1));
      await tell(3);
      await work();
      expect(forge.runs).toHaveLength(2);
    });
  });
});

/** The fixture's entity with a running workload that costs 3 USD a day for its CPU and uses a fifth of it. */
async function givenWorkload(stores: Stores): Promise<void> {
  const [cluster, namespace, kind, name] = WORKLOAD.split('/');
  await stores.entities.saveEntity(ENTITY, { state: 'ready', missing: [] });
  await stores.entities.replaceWorkloads(ENTITY_REF, [
    {
      workload: WORKLOAD,
      environment: 'production',
      sourceId: 'cluster',
      observedAt: NOW,
      state: {
        workload: { cluster, namespace, kind, name },
        replicas: 3,
        containers: [
          { name: 'web', cpuRequest: 0.5, memoryRequest: 512 * MEBIBYTE },
        ],
        labels: {},
        annotations: {},
      },
    },
  ]);
  const days = Array.from({ length: 21 }, (_, index) =>
    dayOf(Date.parse(NOW) - (21 - index) * DAY_MS),
  );
  await stores.costs.replaceDays({
    entityRef: ENTITY_REF,
    sourceId: 'bill',
    workloads: [WORKLOAD],
    days,
    rows: days.map(day => ({
      entityRef: ENTITY_REF,
      sourceId: 'bill',
      workload: WORKLOAD,
      day,
      category: 'cpu' as const,
      currency: 'USD',
      micros: 3_000_000,
      provisional: false,
      environment: 'production',
    })),
  });
  const start = Date.parse(`${days[0]}T00:00:00Z`) / 1000;
  const points = (days.length * 86_400) / STEP;
  const series = (
    metric: 'cpu-usage-max' | 'cpu-usage-sum' | 'memory-usage-max' | 'replicas',
    value: (index: number) => number,
  ) => ({
    workload: WORKLOAD,
    container: metric === 'replicas' ? '' : 'web',
    metric,
    start,
    step: STEP,
    values: Float64Array.from({ length: points }, (_, index) => value(index)),
    sourceId: 'metrics',
    query: metric,
  });
  const cores = (index: number) => 0.1 + 0.02 * Math.sin(index / 4);
  await stores.usage.saveSeries([
    series('cpu-usage-max', cores),
    series('cpu-usage-sum', index => 3 * cores(index)),
    series('memory-usage-max', () => 300 * MEBIBYTE),
    series('replicas', () => 3),
  ]);
}
