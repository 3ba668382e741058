import { TestDatabases } from '@backstage/backend-test-utils';
import {
  armProbability,
  ARMS,
  BASELINE_ARM,
  createLearner,
  LEARNER_BUDGET,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { Stores } from '../database/createStores';
import { createTestStores, DATABASE_IDS } from '../__testUtils__/databases';
import { ENTITY_REF, NOW } from '../__testUtils__/fixtures';
import { chances, createFleet, dayBefore, later } from '../__testUtils__/fleet';
import { chooseTunings } from './chooseTunings';
import { learn } from './learn';
import { resetLearner } from './resetLearner';

jest.setTimeout(120_000);

const databases = TestDatabases.create({ ids: DATABASE_IDS });
const FLEET = 80;

describe.each(databases.eachSupportedId())('learning on %s', id => {
  let stores: Stores;
  let fleet: ReturnType<typeof createFleet>;
  let random: () => number;
  beforeEach(async () => {
    stores = await createTestStores(databases, id);
    random = chances(1);
  });

  const given = async (size: number, days = 60) => {
    fleet = createFleet(stores, size);
    await fleet.save();
    await fleet.measure(dayBefore(NOW, days), dayBefore(NOW, 0));
  };
  const pass = (now: string, maintenance: Parameters<typeof learn>[1] = []) =>
    learn({ stores, now, random }, maintenance, new AbortController().signal);
  const choose = (now: string) =>
    chooseTunings({ stores, now, random }, [ENTITY_REF]);
  const verdicts = async () =>
    Object.fromEntries(
      (await stores.learning.getState()).verdicts.map(verdict => [
        verdict.context,
        verdict,
      ]),
    );

  it('acts where replayed use says that it gains within its budget, and goes on from what came of it', async () => {
    await given(FLEET);
    expect((await choose(NOW)).size).toBe(0);
    expect(await stores.learning.listChoices()).toEqual([]);

    await pass(NOW);
    const { 'standard/cpu': cpu, 'standard/memory': memory } = await verdicts();
    expect(memory).toMatchObject({ acts: true, evaluatedAt: NOW });
    expect(memory.evaluation.loss.upper).toBeLessThan(0);
    expect(cpu).toMatchObject({ acts: false });
    // Both parts of the fleet were replayed, each for its purpose only.
    const taught = (await stores.learning.getState()).learner.contexts[
      'standard/memory'
    ].arms['bold/14']!.loss.weight;
    expect(taught + memory.windows).toBe(FLEET * 4);
    expect(memory.windows).toBeGreaterThan(FLEET);

    const first = await choose(NOW);
    const log = await stores.learning.listChoices();
    expect(log).toHaveLength(2 * FLEET);
    const of = (resource: string) =>
      log.filter(choice => choice.resource === resource);
    for (const choice of of('cpu')) {
      expect(choice).toMatchObject({
        arm: BASELINE_ARM,
        propensity: 1,
        guarded: true,
        request: choice.baselineRequest,
      });
    }
    const bold = of('memory').filter(({ arm }) => arm === 'bold/14');
    expect(bold.length).toBeGreaterThan(0.8 * FLEET);
    expect(bold.length).toBeLessThan(FLEET);
    for (const choice of of('memory')) {
      expect(choice.propensity).toBeCloseTo(
        (choice.arm === 'bold/14' ? 0.95 : 0) + 0.05 / ARMS.length,
        10,
      );
    }
    for (const { workload, container, request, baselineRequest } of bold) {
      expect(request).toBeLessThan(baselineRequest);
      expect(first.get(workload)!.get(container)).toEqual({
        memory: { risk: 'bold', windowDays: 14 },
      });
    }

    // However often it is analysed, and while the outcome is awaited, the choice stays.
    expect(await choose(later(NOW, 1))).toEqual(first);
    await fleet.measure(dayBefore(NOW, 0), dayBefore(NOW, -8));
    await pass(later(NOW, 8));
    expect(await choose(later(NOW, 8))).toEqual(first);
    expect(await stores.learning.listChoices()).toEqual(log);

    await fleet.measure(dayBefore(NOW, -8), dayBefore(NOW, -9));
    await pass(later(NOW, 9));
    const settled = await stores.learning.listChoices();
    expect(settled.map(choice => choice.settled?.kind)).toEqual(
      log.map(() => 'learnt'),
    );
    const { learner } = await stores.learning.getState();
    expect(learner.pending).toEqual({});
    for (const context of Object.values(learner.contexts)) {
      expect(context.plays).toBe(FLEET);
      expect(context.spent).toBeLessThanOrEqual(LEARNER_BUDGET * FLEET);
    }
    await choose(later(NOW, 9));
    expect(await stores.learning.listChoices()).toHaveLength(4 * FLEET);
  });

  it('goes back to the baseline when a class turns against what it learnt', async () => {
    await given(FLEET);
    await pass(NOW);
    await choose(NOW);
    // The baseline holds these bursts, the bold request does not.
    await fleet.measure(dayBefore(NOW, 0), dayBefore(NOW, -9), {
      burstMebibytes: 440,
    });
    // After two such days the baseline is back, although the choices are still awaited.
    await pass(later(NOW, 2));
    expect((await verdicts())['standard/memory']).toMatchObject({
      acts: false,
      evaluatedAt: later(NOW, 2),
    });
    const log = await stores.learning.listChoices();
    expect((await choose(later(NOW, 2))).size).toBe(0);
    expect(await stores.learning.listChoices()).toEqual(log);

    await pass(later(NOW, 9));
    const { learner } = await stores.learning.getState();
    const { plays, spent } = learner.contexts['standard/memory'];
    expect(spent).toBeGreaterThan(LEARNER_BUDGET * plays);
    // What is overdrawn forbids every arm but the baseline, and the gate stays shut.
    expect(armProbability(learner, 'standard/memory', BASELINE_ARM)).toBe(1);
    expect((await verdicts())['standard/memory'].acts).toBe(false);
    expect((await choose(later(NOW, 9))).size).toBe(0);
    expect(await stores.learning.listAwaitedIds()).toHaveLength(2 * FLEET);
  });

  it('judges a choice by the seven days after it, for the request and the baseline alike', async () => {
    await given(4);
    await pass(NOW);
    await choose(NOW);
    await fleet.measure(dayBefore(NOW, 0), dayBefore(NOW, -9));
    await pass(later(NOW, 9));
    const choices = await stores.learning.listChoices();
    for (const { workload, resource, settled, ...choice } of choices) {
      const [{ values }] = await stores.usage.getSeries(
        workload,
        [resource === 'cpu' ? 'cpu-usage-max' : 'memory-usage-max'],
        dayBefore(NOW, -1),
        dayBefore(NOW, -8),
      );
      const over = (request: number) =>
        values.filter(value => value > request).length / values.length;
      const { timeOver } = settled as Extract<
        typeof settled,
        { kind: 'learnt' }
      >;
      // The buckets of a sketch are 3 % wide.
      expect(timeOver).toBeGreaterThanOrEqual(over(choice.request * 1.031));
      expect(timeOver).toBeLessThanOrEqual(over(choice.request / 1.031));
      expect(settled).toEqual({
        kind: 'learnt',
        timeOver,
        baselineTimeOver: timeOver,
        at: later(NOW, 9),
      });
    }
    expect(
      choices.filter(({ settled }) => (settled as any).timeOver > 0.005).length,
    ).toBeGreaterThan(0);
  });

  it('withdraws what was hardly measured, was planned work, is gone or lost, and counts none of it as healthy', async () => {
    await given(4);
    await pass(NOW);
    await choose(NOW);
    const [rare, enough, gone, measured] = fleet.keys;
    await fleet.measure(dayBefore(NOW, -1), dayBefore(NOW, -5), {
      keys: [rare],
    });
    await fleet.measure(dayBefore(NOW, -1), dayBefore(NOW, -6), {
      keys: [enough],
    });
    await fleet.measure(dayBefore(NOW, -1), dayBefore(NOW, -9), {
      keys: [gone, measured],
    });
    await fleet.save(
      fleet.workloads.filter(({ workload }) => workload !== gone),
    );
    await pass(later(NOW, 9));
    const became = async () =>
      Object.fromEntries(
        (await stores.learning.listChoices())
          .filter(({ resource }) => resource === 'memory')
          .map(({ workload, settled }) => [
            workload,
            settled?.kind === 'withdrawn' ? settled.reason : settled?.kind,
          ]),
      );
    expect(await became()).toEqual({
      [rare]: 'too few of its days were measured',
      [enough]: 'learnt',
      [gone]: 'the container is gone',
      [measured]: 'learnt',
    });
    const { learner } = await stores.learning.getState();
    expect(learner.pending).toEqual({});
    expect(learner.contexts['standard/memory'].plays).toBe(2);

    // Three days of planned work leave four, and what is no longer in the log is not awaited for ever.
    await choose(later(NOW, 9));
    await fleet.measure(dayBefore(NOW, -9), dayBefore(NOW, -20));
    const planned = {
      start: Date.parse(later(NOW, 12)) / 1000,
      end: Date.parse(later(NOW, 14)) / 1000,
    };
    await pass(later(NOW, 18), [planned]);
    expect(await became()).toMatchObject({
      [measured]: 'too few of its days were measured',
    });
    await choose(later(NOW, 18));
    expect(await stores.learning.listAwaitedIds()).not.toEqual([]);
    await stores.learning.deleteBefore(later(NOW, 19));
    await pass(later(NOW, 19));
    expect((await stores.learning.getState()).learner.pending).toEqual({});
  });

  it('makes one choice when two backends analyse at once', async () => {
    await given(6);
    await pass(NOW);
    await Promise.all([choose(NOW), choose(NOW), choose(NOW)]);
    const ids = (await stores.learning.listChoices()).map(choice => choice.id);
    expect(ids).toHaveLength(2 * 6);
    const { learner } = await stores.learning.getState();
    expect(Object.keys(learner.pending).sort()).toEqual(ids.sort());
  });

  it('is judged once a week, and not before there is anything to judge by', async () => {
    await given(4, 5);
    await pass(NOW);
    expect(await stores.learning.getState()).toMatchObject({ version: 0 });

    await fleet.measure(dayBefore(NOW, 60), dayBefore(NOW, 5));
    await pass(NOW);
    const { version } = await stores.learning.getState();
    await pass(later(NOW, 6));
    expect((await stores.learning.getState()).version).toBe(version);
    await fleet.measure(dayBefore(NOW, 0), dayBefore(NOW, -7));
    await pass(later(NOW, 7));
    const state = await stores.learning.getState();
    expect(state.taughtAt).toBe(later(NOW, 7));
    // The week that was not replayed yet teaches, and only that.
    const teachers =
      state.learner.contexts['standard/cpu'].arms['bold/7']!.loss.weight / 5;
    expect(Number.isInteger(teachers)).toBe(true);
    expect((await verdicts())['standard/cpu'].windows).toBe(4 * (4 - teachers));
  });

  it('forgets when told to, once, and leaves the log', async () => {
    await given(4);
    await pass(NOW);
    await choose(NOW);
    const reset = () =>
      resetLearner({ stores, now: NOW }, 'user:default/alice');
    await reset();
    const state = await stores.learning.getState();
    expect(state).toMatchObject({
      learner: createLearner(),
      verdicts: [],
      // Taught, chosen for all at once, reset.
      version: 3,
    });
    expect(state.taughtAt).toBeUndefined();
    await reset();
    expect((await stores.learning.getState()).version).toBe(state.version);
    expect(await stores.audit.list('learning')).toMatchObject([
      { event: 'learning-reset', actor: 'user:default/alice' },
    ]);
    expect(
      (await stores.learning.listChoices()).map(({ settled }) => settled),
    ).toEqual(
      Array(8).fill({
        kind: 'withdrawn',
        reason: 'what was learnt was reset',
        at: NOW,
      }),
    );
    expect((await choose(NOW)).size).toBe(0);
    await pass(later(NOW, 1));
    expect((await stores.learning.getState()).taughtAt).toBe(later(NOW, 1));
  });
});
