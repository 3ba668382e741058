import fc from 'fast-check';
import { createReplicaScaler } from './createReplicaScaler';
import { simulateScaling } from './simulateScaling';

const CAPACITY = 10;
const OPTIONS = { capacityPerReplica: CAPACITY, startUpMinutes: 2 };

/** What the safety constraint asks for, computed from the demand alone. */
const held = (demand: number[], minutes: number, utilisation: number) =>
  Math.ceil(
    Math.max(...demand.slice(-minutes)) / (utilisation * CAPACITY) - 1e-9,
  );

/** A day's wave with even noise around it. */
const wave = (minute: number, extra: number) =>
  80 + 50 * Math.sin((2 * Math.PI * minute) / 1440) + extra;

/** Repeatable noise within ±`size`. */
function noise(size: number): () => number {
  let state = 12345;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return size * (state / 0x3fffffff - 1);
  };
}

describe('createReplicaScaler', () => {
  it('never wants fewer than the safety constraint, whatever the demand', () => {
    const demand = fc.oneof(
      { weight: 8, arbitrary: fc.double({ min: 0, max: 400, noNaN: true }) },
      { weight: 1, arbitrary: fc.double({ min: 0, max: 1e300, noNaN: true }) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, -5),
      },
    );
    fc.assert(
      fc.property(
        fc.array(demand, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 5 }),
        (values, startUpMinutes) => {
          const scaler = createReplicaScaler({
            ...OPTIONS,
            startUpMinutes,
            minimumReplicas: 2,
            maximumReplicas: 100,
          });
          const seen: number[] = [];
          const bounds: (number | undefined)[] = [];
          let surgeUntil = -1;
          let before = 2;
          for (const value of values) {
            const decision = scaler.observe(value);
            if (!(value >= 0 && Number.isFinite(value))) {
              expect(decision.replicas).toBe(before);
              continue;
            }
            const bound = bounds[seen.length - startUpMinutes];
            if (bound !== undefined && value > bound * (1 + 1e-9)) {
              surgeUntil = seen.length + 4;
            }
            seen.push(value);
            bounds.push(decision.surgeAbove);
            const hpaHolds =
              seen.length - 1 <= surgeUntil ||
              decision.surgeAbove === undefined;
            const floor = Math.max(
              2,
              held(seen, 3, 0.8),
              hpaHolds ? held(seen, 5, 0.7) : 0,
            );
            expect(decision.replicas).toBeGreaterThanOrEqual(
              Math.min(floor, 100),
            );
            expect(decision.replicas).toBeLessThanOrEqual(100);
            expect(decision.floor).toBeLessThanOrEqual(decision.replicas);
            expect(Object.values(decision)).not.toContain(NaN);
            before = decision.replicas;
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('falls short less than an HPA at 70 % with no more replicas on noisy demand', () => {
    const random = noise(35);
    const demand = Float64Array.from({ length: 8 * 1440 }, (_, minute) =>
      Math.max(0, wave(minute, random())),
    );
    const half = demand.length / 2;
    const trace = {
      demand: demand.subarray(half),
      capacityPerReplica: CAPACITY,
      startUpSteps: 2,
    };
    const scaler = createReplicaScaler(OPTIONS);
    demand.subarray(0, half).forEach(value => scaler.observe(value));
    const ours = simulateScaling(
      trace,
      value => scaler.observe(value).replicas,
    );
    const seen: number[] = [];
    const hpa = simulateScaling(trace, value => {
      seen.push(value);
      return held(seen, 5, 0.7);
    });
    expect(ours.shortSteps).toBeLessThanOrEqual(hpa.shortSteps);
    expect(ours.replicaSteps).toBeLessThan(0.95 * hpa.replicaSteps);
  });

  it('looks one start-up time ahead along the season of the day', () => {
    const startUpMinutes = 20;
    const scaler = createReplicaScaler({ ...OPTIONS, startUpMinutes });
    const random = noise(1);
    let ours = 0;
    let persistence = 0;
    const expected: number[] = [];
    for (let minute = 0; minute < 5 * 1440; minute++) {
      const demand = wave(minute, random());
      if (minute >= 4 * 1440) {
        ours += Math.abs(expected[minute - startUpMinutes] - demand);
        persistence += Math.abs(wave(minute - startUpMinutes, 0) - demand);
      }
      expected.push(scaler.observe(demand).expected ?? demand);
    }
    expect(ours).toBeLessThan(0.7 * persistence);
  });

  it('goes up at once, asks for what the HPA would in a surge, and comes down after it', () => {
    const random = noise(5);
    const scaler = createReplicaScaler(OPTIONS);
    let calm = 0;
    for (let minute = 0; minute < 600; minute++) {
      calm = scaler.observe(60 + random()).replicas;
    }
    const surge = scaler.observe(140);
    expect(surge).toMatchObject({ surge: true, floor: 20 });
    for (let minute = 0; minute < 4; minute++) {
      expect(scaler.observe(60).floor).toBe(20);
    }
    let after = scaler.observe(60);
    expect(after.surge).toBe(false);
    for (let minute = 0; minute < 240; minute++) {
      after = scaler.observe(60 + random());
    }
    expect(Math.abs(after.replicas - calm)).toBeLessThanOrEqual(1);
  });

  it('recovers from a wrong measurement, which the maximum bounds', () => {
    const random = noise(5);
    const scaler = createReplicaScaler({ ...OPTIONS, maximumReplicas: 30 });
    let calm = 0;
    for (let minute = 0; minute < 600; minute++) {
      calm = scaler.observe(60 + random()).replicas;
    }
    expect(scaler.observe(1e12).replicas).toBe(30);
    for (let minute = 0; minute < 30; minute++) {
      scaler.observe(60 + random());
    }
    expect(scaler.observe(60).replicas).toBeLessThanOrEqual(calm + 2);
  });

  it('refuses options that make no sense', () => {
    for (const wrong of [
      { capacityPerReplica: 0 },
      { startUpMinutes: -1 },
      { stepMinutes: NaN },
      { minimumReplicas: 5, maximumReplicas: 4 },
      { shortfallPrice: Infinity },
    ]) {
      expect(() => createReplicaScaler({ ...OPTIONS, ...wrong })).toThrow(
        RangeError,
      );
    }
  });
});

describe('simulateScaling', () => {
  it('serves ups after the start-up time and downs from the next step', () => {
    const wants = [3, 3, 1, 2, 2, 2, 2];
    let step = 0;
    const run = simulateScaling(
      {
        demand: Float64Array.from([5, 15, 25, 5, 15, 15, 15]),
        capacityPerReplica: 10,
        startUpSteps: 2,
      },
      () => wants[step++],
    );
    expect([...run.replicas]).toEqual([1, 1, 3, 3, 2, 2, 2]);
    expect([...run.short]).toEqual([0, 1, 0, 0, 0, 0, 0]);
    expect(run).toMatchObject({
      steps: 7,
      shortSteps: 1,
      replicaSteps: 14,
      idealSteps: 1 + 2 + 3 + 1 + 2 + 2 + 2,
    });
  });
});
