import { TestDatabases } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';
import {
  Environment,
  workloadKey,
} from '@apexlogic/backstage-plugin-finops-common';
import { createTestStores } from '../../__testUtils__/databases';
import {
  CONTENT,
  createTestLoop,
  ENTITY,
  ENTITY_REF,
  givenRecommendation,
  MANIFEST,
  NOW,
  REPOSITORY_URL,
} from '../../__testUtils__/fixtures';
import { MemoryForge } from '../../__testUtils__/MemoryForge';
import { Stores } from '../../database/createStores';
import { Loop } from '../Loop';
import { syncChangeRequests } from '../syncChangeRequests';
import { advanceWaves } from './advanceWaves';
import { resumeWaves, startWaves, stopWaves } from './startWaves';

const databases = TestDatabases.create();

const ALICE = 'user:default/alice';
const HOUR = 3600;

const SERVICES: Readonly<Record<string, Environment>> = {
  trial: 'development',
  api: 'staging',
  web: 'production',
};

const workloadOf = (name: string) =>
  ({
    cluster: 'c1',
    namespace: 'production',
    kind: 'Deployment',
    name,
  } as const);

describe.each(databases.eachSupportedId())('waves on %s', databaseId => {
  let stores: Stores;
  let forge: MemoryForge;
  let loop: Loop;
  let finops: JsonObject;
  let clock: number;
  let running: Record<string, { replicas: number; ready: number }>;

  beforeEach(async () => {
    stores = await createTestStores(databases, databaseId);
    forge = new MemoryForge(
      REPOSITORY_URL,
      Object.fromEntries(
        Object.keys(SERVICES).map(name => [
          `apps/${name}/deployment.yaml`,
          MANIFEST.replaceAll('web', name),
        ]),
      ),
    );
    clock = Date.parse(NOW);
    ({ loop, finops } = await createTestLoop({
      stores,
      forge,
      now: () => new Date(clock).toISOString(),
    }));
    running = {};
    for (const [name, environment] of Object.entries(SERVICES)) {
      const workload = workloadKey(workloadOf(name));
      await givenRecommendation(
        stores,
        {
          ...CONTENT,
          workload,
          environment,
          title: `Scale ${name} from 3 to 2 replicas`,
          action: { kind: 'scale-replicas', workload, from: 3, to: 2 },
        },
        name,
      );
      running[name] = { replicas: 3, ready: 3 };
    }
    await stores.entities.saveEntity(
      { ...ENTITY, gitopsUrl: `${REPOSITORY_URL}/tree/main/apps` },
      { state: 'ready', missing: [] },
    );
    await observe();
  });

  /** What a pass over the cluster sees now. */
  async function observe() {
    await stores.entities.replaceWorkloads(
      ENTITY_REF,
      Object.entries(running).map(([name, { replicas, ready }]) => ({
        workload: workloadKey(workloadOf(name)),
        environment: SERVICES[name],
        sourceId: 'cluster',
        observedAt: loop.now(),
        state: {
          workload: workloadOf(name),
          replicas,
          readyReplicas: ready,
          containers: [{ name }],
          labels: {},
          annotations: {},
        },
      })),
    );
  }

  /** Five-minute use from the hour of the fixtures' present on. */
  async function measure(name: string, hours: number, kills = 0) {
    const series = (
      metric: 'cpu-usage-max' | 'memory-usage-max' | 'oom-kills',
    ) =>
      ({
        workload: workloadKey(workloadOf(name)),
        container: name,
        metric,
        start: Date.parse(NOW) / 1000,
        step: 300,
        values: new Float64Array((hours * HOUR) / 300).fill(
          metric === 'oom-kills' ? kills : 1,
        ),
        sourceId: 'metrics',
        query: metric,
      } as const);
    await stores.usage.saveSeries([
      series('cpu-usage-max'),
      series('memory-usage-max'),
      series('oom-kills'),
    ]);
  }

  const start = async (...ids: string[]) =>
    startWaves(loop, {
      title: 'Fewer replicas',
      recommendations: await Promise.all(
        ids.map(
          async id => (await stores.recommendations.get(id))!.recommendation,
        ),
      ),
      observeMinutes: 60,
      startedBy: ALICE,
    });
  const tick = async () => {
    const { signal } = new AbortController();
    await syncChangeRequests(loop, signal);
    await advanceWaves(loop, signal);
  };
  const titles = () => forge.requests.map(({ input }) => input.title);
  const later = (hours: number) => {
    clock += hours * HOUR * 1000;
  };
  const goLive = async (name: string, ready = 2) => {
    running[name] = { replicas: 2, ready };
    await observe();
  };

  it('goes on only when the wave before is live, was watched, was measured and is well', async () => {
    const id = await start('web', 'trial', 'api');
    const item = async (name: string) =>
      (await stores.waves.get(id))!.items.find(
        ({ recommendationId }) => recommendationId === name,
      )!;
    await tick();
    await tick();
    expect(titles()).toEqual([expect.stringContaining('trial')]);
    expect((await stores.deliveries.get('trial'))!.requesters).toEqual([ALICE]);

    forge.merge(1);
    await tick();
    expect(await item('trial')).toMatchObject({
      note: 'It is merged and not live yet.',
    });
    await goLive('trial');
    await tick();
    expect(await item('trial')).toMatchObject({
      liveSince: loop.now(),
      note: 'It is live and watched until 2026-11-20 13:00 UTC.',
    });
    later(2);
    await tick();
    expect(await item('trial')).toMatchObject({
      note: 'Only 0 % of the time watched was measured; it waits for data.',
    });
    await measure('trial', 2);
    await tick();
    expect(await item('trial')).toMatchObject({
      note: 'Its pods have not been looked at since the time watched ended.',
    });
    expect(titles()).toHaveLength(1);
    await observe();
    await tick();
    expect(await item('trial')).toMatchObject({ outcome: 'healthy' });
    expect(titles()).toEqual([
      expect.anything(),
      expect.stringContaining('api'),
    ]);
  });

  it('halts for what does harm, and goes on only when a person takes that on', async () => {
    const id = await start('web', 'trial');
    await tick();
    forge.merge(1);
    await tick();
    await goLive('trial');
    await tick();
    await measure('trial', 1, 1);
    later(0.5);
    await tick();
    await tick();
    expect(await stores.waves.get(id)).toMatchObject({
      state: 'halted',
      haltedWave: 0,
      haltedBecause:
        'a change of wave 1 does harm. Containers were killed for want of memory since it is live.',
    });
    expect(titles()).toHaveLength(1);
    await resumeWaves(loop, id, ALICE, 'the kill was a test');
    await tick();
    expect(titles()).toHaveLength(2);
    await expect(resumeWaves(loop, id, ALICE, 'again')).rejects.toMatchObject({
      code: 'wrong-state',
    });
    await stopWaves(loop, id, ALICE, 'enough');
    expect(
      (await stores.audit.list('governance')).map(({ event }) => event),
    ).toEqual([
      'waves-started',
      'waves-halted',
      'waves-resumed',
      'waves-stopped',
    ]);
  });

  it('halts when something undoes a change, and when people decided against all of a wave', async () => {
    const undone = await start('trial');
    await tick();
    forge.merge(1);
    await tick();
    await goLive('trial');
    await tick();
    running.trial = { replicas: 3, ready: 3 };
    await observe();
    await tick();
    expect(await stores.waves.get(undone)).toMatchObject({
      state: 'halted',
      haltedBecause: expect.stringContaining('something has undone it'),
    });

    const declined = await start('api', 'web');
    await tick();
    forge.close(2);
    await tick();
    expect(await stores.waves.get(declined)).toMatchObject({
      state: 'halted',
      haltedBecause: 'nothing of wave 1 could be watched.',
      items: [
        { outcome: 'left-out', note: 'A person decided against it.' },
        { recommendationId: 'web', outcome: undefined },
      ],
    });
  });

  it('gives the place of a canary that cannot go out to the next change', async () => {
    forge.commit({
      'apps/trial/deployment.yaml': MANIFEST.replaceAll('web', 'trial').replace(
        'replicas: 3',
        'replicas: 1',
      ),
    });
    const id = await start('trial', 'api', 'web');
    await tick();
    expect(forge.requests).toEqual([]);
    await tick();
    expect(titles()).toEqual([expect.stringContaining('api')]);
    expect(await stores.waves.get(id)).toMatchObject({
      state: 'running',
      items: [
        { recommendationId: 'api', wave: 0 },
        {
          recommendationId: 'trial',
          wave: 0,
          outcome: 'left-out',
          note: 'The files say 1 replicas; the advice was made for 3',
        },
        { recommendationId: 'web', wave: 2 },
      ],
    });
  });

  it('waits while writing is paused or the forge is away, and ends when all is well', async () => {
    const id = await start('trial');
    finops.paused = true;
    await tick();
    expect(forge.requests).toEqual([]);
    expect((await stores.waves.get(id))!.items).toMatchObject([
      { note: expect.stringContaining('paused'), outcome: undefined },
    ]);
    finops.paused = false;
    forge.fault = () => {
      throw new Error('away');
    };
    await tick();
    expect(forge.requests).toEqual([]);
    forge.fault = undefined;
    await tick();
    forge.merge(1);
    await tick();
    await goLive('trial');
    await tick();
    await measure('trial', 2);
    later(1.5);
    await observe();
    await tick();
    expect(await stores.waves.get(id)).toMatchObject({ state: 'done' });
  });

  it('holds a change in one set at a time, and takes only what nobody asked for', async () => {
    const first = await start('web', 'api');
    await expect(start('api', 'trial')).rejects.toMatchObject({
      code: 'wrong-state',
      message: expect.stringContaining('other waves already'),
    });
    const both = await Promise.allSettled([start('trial'), start('trial')]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await tick();
    await expect(start('api')).rejects.toThrow(/is awaiting-approval/);
    await expect(start('web')).rejects.toThrow(/other waves already/);
    await stopWaves(loop, first, ALICE, 'enough');
    await start('web');
  });
});
