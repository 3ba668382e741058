import fc from 'fast-check';
import { createReplicaScaler } from './createReplicaScaler';
import {
  emptyLearnedScaling,
  LearnedScaling,
  learnScaling,
  parseLearnedScaling,
  PRICES,
  ScalingFeedback,
  STATES,
} from './learnedScaling';
import { mayDeployScaling } from './mayDeployScaling';
import { ScalingRun, simulateScaling } from './simulateScaling';
import { createLearnedScaler, trainScaling } from './trainScaling';

const SHAPE = { capacityPerReplica: 10, startUpSteps: 2 };
const OPTIONS = { capacityPerReplica: 10, startUpMinutes: 2 };

function repeatable(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

/** Demand that doubles for a few minutes now and then, out of nowhere. */
function bursty(steps: number): Float64Array {
  const random = repeatable(7);
  let burst = 0;
  return Float64Array.from({ length: steps }, () => {
    burst = random() < 0.01 ? 8 : burst - 1;
    return 60 + 20 * random() + (burst > 0 ? 60 : 0);
  });
}

const costOfRun = (run: ScalingRun) => run.replicaSteps + 50 * run.shortSteps;

describe('trainScaling', () => {
  const trace = { ...SHAPE, demand: bursty(3000) };

  it('trains the same policy from the same numbers, and one that survives export', () => {
    const train = () => trainScaling([trace], { random: repeatable(3) });
    const learned = train();
    expect(train()).toEqual(learned);
    expect(parseLearnedScaling(JSON.parse(JSON.stringify(learned)))).toEqual(
      learned,
    );
    expect(learned.visits.flat().some(count => count >= 20)).toBe(true);
    expect(learned).not.toEqual(emptyLearnedScaling());
  });

  it('makes a policy that costs little more than the rule where it learned', () => {
    const learned = trainScaling([trace], { random: repeatable(3) });
    const run = (scaler: { observe(demand: number): { replicas: number } }) =>
      simulateScaling(trace, demand => scaler.observe(demand).replicas);
    expect(costOfRun(run(createLearnedScaler(learned, OPTIONS)))).toBeLessThan(
      1.05 * costOfRun(run(createReplicaScaler(OPTIONS))),
    );
  });

  it('does what the rule does while it knows nothing, and keeps the floor when it is wrong', () => {
    const rule = createReplicaScaler(OPTIONS);
    const reset = createLearnedScaler(emptyLearnedScaling(), OPTIONS);
    // Believes the cheapest price to be free everywhere.
    const wrong = createLearnedScaler(
      {
        ...emptyLearnedScaling(),
        costs: Array.from({ length: STATES }, () =>
          PRICES.map((_, action) => (action === 0 ? 0 : 30)),
        ),
        visits: Array.from({ length: STATES }, () => PRICES.map(() => 1000)),
      },
      OPTIONS,
    );
    let fewer = 0;
    for (const demand of trace.demand) {
      const ruled = rule.observe(demand);
      expect(reset.observe(demand)).toEqual(ruled);
      const wanted = wrong.observe(demand);
      expect(wanted.floor).toBe(ruled.floor);
      expect(wanted.replicas).toBeGreaterThanOrEqual(ruled.floor);
      fewer += wanted.replicas < ruled.replicas ? 1 : 0;
    }
    expect(fewer).toBeGreaterThan(0);
  });
});

describe('learnScaling', () => {
  const start = trainScaling([{ ...SHAPE, demand: bursty(1000) }], {
    random: repeatable(1),
  });

  it('lets no feedback break the policy or move a known value far', () => {
    const wild = fc.oneof(
      fc.integer({ min: -5, max: 50 }),
      fc.double(),
      fc.constantFrom(NaN, Infinity, -Infinity, 1e300),
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ state: wild, action: wild, cost: wild, next: wild }),
          { maxLength: 40 },
        ),
        feedbacks => {
          const after = feedbacks.reduce<LearnedScaling>(learnScaling, start);
          expect(parseLearnedScaling(after)).toEqual(after);
        },
      ),
    );
    const [state, action] = mostVisited(start);
    const feedback: ScalingFeedback = { state, action, cost: 1e9, next: state };
    const moved = learnScaling(start, feedback);
    // Twenty at most, and what is to come after it at most as much again.
    expect(
      moved.costs[state][action] - start.costs[state][action],
    ).toBeLessThanOrEqual(0.2 * 40);
    expect(moved.visits[state][action]).toBe(start.visits[state][action] + 1);
    expect(learnScaling(start, { ...feedback, cost: -1 })).toBe(start);
    expect(learnScaling(start, { ...feedback, action: 9 })).toBe(start);
  });

  function mostVisited({ visits }: LearnedScaling): [number, number] {
    const flat = visits.flat();
    const at = flat.indexOf(Math.max(...flat));
    return [Math.floor(at / PRICES.length), at % PRICES.length];
  }
});

describe('parseLearnedScaling', () => {
  const good = emptyLearnedScaling();
  it.each<[string, unknown]>([
    ['not an object', 'text'],
    ['kind', { ...good, kind: 'other' }],
    ['another model', { ...good, model: { ...good.model, version: '0.1' } }],
    ['shape', { ...good, costs: good.costs.slice(1) }],
    ['out of bounds', { ...good, costs: good.costs.map(r => r.map(() => -1)) }],
    ['bounds', { ...good, visits: good.visits.map(r => r.map(() => 0.5)) }],
    ['values', { ...good, costs: good.costs.map(r => r.map(() => NaN)) }],
  ])('refuses what is wrong: %s', (reason, input) => {
    expect(parseLearnedScaling(input)).toEqual({
      kind: 'invalid',
      reason: expect.stringContaining(reason),
    });
  });
});

describe('mayDeployScaling', () => {
  const run = (replicas: number, shortEvery: number, steps = 4800) => {
    const short = Uint8Array.from({ length: steps }, (_, i) =>
      i % shortEvery === 0 ? 1 : 0,
    );
    return {
      steps,
      shortSteps: short.reduce((sum, value) => sum + value, 0),
      replicaSteps: steps * replicas,
      idealSteps: steps * 5,
      replicas: new Uint16Array(steps).fill(replicas),
      short,
    };
  };
  const trial = {
    learned: run(8, 100),
    rule: run(9, 100),
    hpa: run(9, 80),
    seasonal: run(10, 50),
    safetyBreaches: 0,
    random: repeatable(5),
  };

  it('lets a policy go live that wins everywhere', () => {
    expect(mayDeployScaling(trial)).toEqual({ kind: 'deploy' });
  });

  it.each([
    ['safety constraint', { safetyBreaches: 1 }],
    ['fell short', { hpa: run(9, 200) }],
    ['steps to judge', { learned: run(8, 100, 500) }],
    ['surely beat the HPA', { hpa: run(8, 100) }],
    ['surely beat the seasonal rule', { seasonal: run(7, 100) }],
    ['than the rule', { rule: run(8, 100) }],
  ])('keeps the rule otherwise: %s', (reason, change) => {
    expect(mayDeployScaling({ ...trial, ...change })).toEqual({
      kind: 'keep-rule',
      reason: expect.stringContaining(reason),
    });
  });
});
