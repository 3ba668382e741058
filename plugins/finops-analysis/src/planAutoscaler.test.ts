import fc from 'fast-check';
import { planAutoscaler } from './planAutoscaler';
import { AutoscalerOptions, AutoscalerPlan, Series } from './types';

/** A Sunday at midnight. */
const NOW = '2026-03-08T00:00:00.000Z';
const STEP_S = 300;
const OPTIONS: AutoscalerOptions = {
  now: NOW,
  current: { minimum: 10, maximum: 40, targetUtilisation: 0.5 },
  startUpSeconds: 300,
  minimumReplicas: 2,
};

/** Five-minute values of the days up to now. */
function series(value: (hour: number) => number, days = 14): Series {
  const end = Date.parse(NOW) / 1000;
  const start = end - days * 86_400;
  return {
    start,
    step: STEP_S,
    values: Float64Array.from({ length: (days * 86_400) / STEP_S }, (_, i) =>
      value(((i * STEP_S) % 86_400) / 3600),
    ),
  };
}

const load = (value: (hour: number) => number, days = 14) => ({
  cpuTotal: series(value, days),
  cpuRequestPerPod: 1,
  replicas: series(() => 12, days),
});

/** 2 cores at night, 8 at noon, smooth. */
const smooth = (hour: number) => 5 - 3 * Math.cos((Math.PI * hour) / 12);
/** 2 cores, and 8 from one moment to the next during office hours. */
const sudden = (hour: number) => (hour >= 9 && hour < 17 ? 8 : 2);

const planned = (
  value: (hour: number) => number,
  change: Partial<AutoscalerOptions> = {},
) => planAutoscaler(load(value), { ...OPTIONS, ...change }) as AutoscalerPlan;

describe('planAutoscaler', () => {
  it('fits target, minimum and maximum to a smooth load', () => {
    const plan = planned(smooth);
    expect(plan).toMatchObject({
      kind: 'autoscaler-plan',
      // It rises by a few percent in five minutes, so it may run nearly full.
      targetUtilisation: 0.8,
      minimum: 3,
      maximum: 12,
      meanReplicas: 12,
      floor: 2,
      historyDays: 14,
      peak: { expected: expect.closeTo(8, 1), growth: 0 },
      model: { name: 'CostOptimizer' },
    });
    expect(plan.meanReplicasAfter).toBeGreaterThan(5 / 0.8);
    expect(plan.meanReplicasAfter).toBeLessThan(5 / 0.8 + 1);
  });

  it('leaves room for what comes while a replica starts', () => {
    // A quarter more in each step at the busy hours.
    const rising = (hour: number) =>
      4 * 1.25 ** Math.max(0, Math.min(12 * (hour - 8), 6));
    const slow = planned(rising, { startUpSeconds: 900 });
    const quick = planned(rising, { startUpSeconds: 30 });
    expect(slow.targetUtilisation).toBeLessThan(quick.targetUtilisation);
    expect(slow.startUpRise).toBeGreaterThan(quick.startUpRise);
    // The jump from the low must be held by the minimum alone.
    expect(planned(sudden, { startUpSeconds: 600 }).minimum).toBe(
      Math.ceil(8 / 0.9),
    );
  });

  it('means the same replicas after a change of the requests', () => {
    const before = planned(smooth);
    const after = planned(smooth, { advisedCpuRequestPerPod: 0.5 });
    expect(after.targetUtilisation).toBe(before.targetUtilisation);
    expect(after.meanReplicasAfter).toBeCloseTo(
      2 * before.meanReplicasAfter,
      0,
    );
    expect(after.maximum).toBeGreaterThanOrEqual(2 * before.maximum - 1);
  });

  it('owes availability its replicas', () => {
    expect(planned(smooth, { zones: 5 })).toMatchObject({
      minimum: 5,
      floor: 5,
    });
    expect(
      planned(smooth, { disruptionBudget: { minAvailable: 6 } }),
    ).toMatchObject({ minimum: 7, floor: 7 });
  });

  it('says nothing where nothing would change or nothing is known', () => {
    const { minimum, maximum, targetUtilisation } = planned(smooth);
    expect(
      planned(smooth, { current: { minimum, maximum, targetUtilisation } }),
    ).toMatchObject({ kind: 'abstention', code: 'change-too-small' });
    const code = (input: ReturnType<typeof load>) =>
      planAutoscaler(input, OPTIONS);
    expect(code({ ...load(smooth), cpuRequestPerPod: 0 })).toMatchObject({
      code: 'no-request',
    });
    expect(code(load(() => 0))).toMatchObject({ code: 'no-usage' });
    expect(code(load(smooth, 3))).toMatchObject({ code: 'not-enough-history' });
    expect(
      planned(smooth, { specChangedAt: '2026-03-06T00:00:00Z' }),
    ).toMatchObject({ code: 'spec-changed' });
  });

  it('keeps bounds in order and above the floor, and follows demand', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            {
              weight: 9,
              arbitrary: fc.double({ min: 0, max: 50, noNaN: true }),
            },
            { weight: 1, arbitrary: fc.constant(NaN) },
          ),
          { minLength: 24, maxLength: 24 },
        ),
        fc.double({ min: 1, max: 3, noNaN: true }),
        fc.integer({ min: 0, max: 3600 }),
        fc.integer({ min: 1, max: 9 }),
        (day, factor, startUpSeconds, zones) => {
          const [less, more] = [1, factor].map(times =>
            planAutoscaler(
              load(hour => times * day[Math.floor(hour)]),
              { ...OPTIONS, startUpSeconds, zones },
            ),
          );
          for (const plan of [less, more]) {
            if (plan.kind === 'autoscaler-plan') {
              expect(plan.minimum).toBeGreaterThanOrEqual(plan.floor);
              expect(plan.floor).toBeGreaterThanOrEqual(zones);
              expect(plan.maximum).toBeGreaterThan(plan.minimum);
              expect(plan.targetUtilisation).toBeGreaterThanOrEqual(0.3);
              expect(plan.targetUtilisation).toBeLessThanOrEqual(0.8);
              // JSON writes null for NaN and infinity.
              expect(JSON.stringify(plan)).not.toContain('null');
            }
          }
          if (
            less.kind === 'autoscaler-plan' &&
            more.kind === 'autoscaler-plan'
          ) {
            expect(more.minimum).toBeGreaterThanOrEqual(less.minimum);
            expect(more.maximum).toBeGreaterThanOrEqual(less.maximum);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
