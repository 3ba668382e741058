import fc from 'fast-check';
import { planReplicas } from './planReplicas';
import { ReplicaLoad, ReplicaOptions, Series } from './types';

/** A Sunday at midnight. */
const NOW = '2026-03-08T00:00:00.000Z';
const HOUR_S = 3600;
const OPTIONS: ReplicaOptions = {
  now: NOW,
  currentReplicas: 3,
  autoscaled: false,
  minimumReplicas: 1,
};

/** Hourly values of `days` days up to now. */
function hourly(
  value: (hour: number, weekday: number, daysAgo: number) => number,
  days = 14,
): Series {
  const end = Date.parse(NOW) / 1000;
  const start = end - days * 24 * HOUR_S;
  const values = Float64Array.from({ length: days * 24 }, (_, i) => {
    const time = new Date((start + i * HOUR_S) * 1000);
    return value(
      time.getUTCHours(),
      time.getUTCDay(),
      Math.floor((end - start - i * HOUR_S - 1) / 86_400),
    );
  });
  return { start, step: HOUR_S, values };
}

const load = (rest: Partial<ReplicaLoad> = {}): ReplicaLoad => ({
  cpuTotal: hourly(hour => (hour === 14 ? 1.3 : 0.9)),
  cpuRequestPerPod: 1,
  replicas: hourly(() => 3),
  ...rest,
});

describe('planReplicas', () => {
  it('takes the fewest replicas that hold the peak below the target', () => {
    expect(planReplicas(load(), OPTIONS)).toEqual({
      kind: 'plan',
      replicas: 2,
      meanUtilisation: expect.closeTo((23 * 0.9 + 1.3) / 24 / 3, 6),
      peakUtilisation: expect.closeTo(1.3 / 3, 2),
      peakUtilisationAfter: expect.closeTo(1.3 / 2, 2),
      peak: {
        expected: expect.closeTo(1.3, 1),
        lower: expect.any(Number),
        upper: expect.any(Number),
        growth: 0,
      },
      floor: 1,
      underusedRatio: expect.closeTo(1 - (23 * 0.9 + 1.3) / 24 / 3, 6),
      historyDays: 14,
      confidence: expect.any(Number),
      model: { name: 'CostOptimizer', version: '2.0.0' },
    });
  });

  it('is surer with few requests, and judges use by the replicas that ran', () => {
    const plain = planReplicas(load(), OPTIONS);
    const quiet = planReplicas(
      load({
        requestRate: hourly(() => 0.5),
        replicas: hourly((_, __, ago) => (ago < 7 ? 3 : 6)),
      }),
      OPTIONS,
    );
    expect(quiet).toMatchObject({
      replicas: 2,
      underusedRatio: expect.closeTo(1 - (23 * 0.9 + 1.3) / 24 / 4.5, 6),
    });
    expect((quiet as { confidence: number }).confidence).toBeGreaterThan(
      (plain as { confidence: number }).confidence,
    );
  });

  it('keeps the peak of one weekday', () => {
    const saturdays = hourly((hour, weekday) =>
      weekday === 6 && hour > 9 && hour < 18 ? 2 : 0.3,
    );
    expect(planReplicas(load({ cpuTotal: saturdays }), OPTIONS)).toMatchObject({
      kind: 'abstention',
      code: 'change-too-small',
    });
  });

  it('removes at most half of the replicas and keeps the minimum', () => {
    const idle = load({ cpuTotal: hourly(() => 0.1) });
    expect(
      planReplicas(idle, { ...OPTIONS, currentReplicas: 10 }),
    ).toMatchObject({ replicas: 5 });
    expect(
      planReplicas(idle, { ...OPTIONS, minimumReplicas: 2 }),
    ).toMatchObject({ replicas: 2 });
    expect(
      planReplicas(idle, {
        ...OPTIONS,
        currentReplicas: 2,
        minimumReplicas: 2,
      }),
    ).toMatchObject({ code: 'change-too-small' });
  });

  it('shows the weighing when a busy network contradicts idle CPU', () => {
    const busy = load({
      network: hourly(() => 60e6),
      requestRate: hourly(() => 240),
    });
    const plan = planReplicas(busy, OPTIONS);
    expect(plan).toMatchObject({
      kind: 'abstention',
      code: 'conflicting-signals',
    });
    expect((plan as { reason: string }).reason).toMatch(
      /CPU says 2 of 3 replicas are enough \(weight 0\.5\); a network peak of 30\.0 MB\/s .* contradicts it \(weight 0\.6\); a peak of 120 requests/,
    );
  });

  it('lets memory decide and sees rising requests', () => {
    const memory = { memoryRequestPerPod: 512 * 2 ** 20 };
    expect(
      planReplicas(
        load({ ...memory, memoryTotal: hourly(() => 1400 * 2 ** 20) }),
        OPTIONS,
      ),
    ).toMatchObject({
      code: 'conflicting-signals',
      reason: expect.stringContaining('memory needs 4'),
    });
    expect(
      planReplicas(
        load({ ...memory, memoryTotal: hourly(() => 700 * 2 ** 20) }),
        OPTIONS,
      ),
    ).toMatchObject({ replicas: 2 });
    const rising = hourly((_, __, ago) => (ago < 7 ? 60 : 30));
    expect(planReplicas(load({ requestRate: rising }), OPTIONS)).toMatchObject({
      code: 'conflicting-signals',
      reason: expect.stringContaining('a rise of requests by 100 %'),
    });
    expect(
      planReplicas(load({ cpuTotal: hourly(() => 2.9) }), OPTIONS),
    ).toMatchObject({
      code: 'conflicting-signals',
      reason: expect.stringContaining('97 % of the requests'),
    });
  });

  it('owes availability its replicas: zones, a budget, and what is left while it is used', () => {
    const idle = load({ cpuTotal: hourly(() => 0.1) });
    const six = { ...OPTIONS, currentReplicas: 6 };
    const fewest = (change: Partial<ReplicaOptions>) =>
      planReplicas(idle, { ...six, ...change });
    expect(fewest({})).toMatchObject({ replicas: 3, floor: 1 });
    expect(fewest({ zones: 4 })).toMatchObject({ replicas: 4, floor: 4 });
    expect(fewest({ disruptionBudget: { minAvailable: 4 } })).toMatchObject({
      replicas: 5,
    });
    expect(fewest({ disruptionBudget: { minAvailable: '50%' } })).toMatchObject(
      { replicas: 3, floor: 2 },
    );
    // Never drained at any number, so there is nothing that replicas could mend.
    expect(fewest({ disruptionBudget: { maxUnavailable: 0 } })).toMatchObject({
      replicas: 3,
      floor: 1,
    });
    // 1.9 cores need three pods at 70 %, and two full ones; with two away that is four.
    expect(
      planReplicas(load({ cpuTotal: hourly(() => 1.9) }), {
        ...six,
        disruptionBudget: { maxUnavailable: 2 },
      }),
    ).toMatchObject({ replicas: 4 });
    expect(() =>
      fewest({ disruptionBudget: { minAvailable: 'half' } }),
    ).toThrow(RangeError);
  });

  it('fills the requests that are advised at the same time', () => {
    const steady = load({ cpuTotal: hourly(() => 1.3) });
    const six = { ...OPTIONS, currentReplicas: 6 };
    expect(planReplicas(steady, six)).toMatchObject({ replicas: 3 });
    expect(
      planReplicas(steady, { ...six, advisedCpuRequestPerPod: 0.4 }),
    ).toMatchObject({
      replicas: 5,
      peakUtilisationAfter: expect.closeTo(1.3 / 2, 6),
    });
    expect(
      planReplicas(steady, { ...six, advisedCpuRequestPerPod: 0.2 }),
    ).toMatchObject({ code: 'conflicting-signals' });
  });

  it('carries a growth of use on that the weekdays agree on', () => {
    const growing = load({
      cpuTotal: hourly((_, __, ago) => (ago < 7 ? 1.3 : 1)),
    });
    const six = { ...OPTIONS, currentReplicas: 6 };
    expect(planReplicas(growing, six)).toMatchObject({
      replicas: 3,
      peak: {
        expected: expect.closeTo(1.69, 6),
        growth: expect.closeTo(0.3, 6),
      },
    });
    const oneDay = load({
      cpuTotal: hourly((_, __, ago) => (ago === 2 ? 1.3 : 1)),
    });
    expect(planReplicas(oneDay, six)).toMatchObject({ peak: { growth: 0 } });
  });

  it('stays between floor and present number, and never falls when demand rises', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 3, noNaN: true }), {
          minLength: 24,
          maxLength: 24,
        }),
        fc.double({ min: 1, max: 2, noNaN: true }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 4 }),
        (day, factor, minimumReplicas, maxUnavailable) => {
          const planned = (times: number) =>
            planReplicas(
              load({ cpuTotal: hourly(hour => times * day[hour]) }),
              {
                ...OPTIONS,
                currentReplicas: 8,
                minimumReplicas,
                disruptionBudget: { maxUnavailable },
              },
            );
          const [less, more] = [planned(1), planned(factor)];
          for (const plan of [less, more]) {
            if (plan.kind === 'plan') {
              expect(plan.replicas).toBeGreaterThanOrEqual(plan.floor);
              expect(plan.replicas).toBeLessThan(8);
              expect(plan.peak.lower).toBeLessThanOrEqual(plan.peak.expected);
              expect(plan.peak.upper).toBeGreaterThanOrEqual(
                plan.peak.expected,
              );
              expect(JSON.stringify(plan)).not.toContain('null');
            }
          }
          if (less.kind === 'plan' && more.kind === 'plan') {
            expect(more.replicas).toBeGreaterThanOrEqual(less.replicas);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each<[string, Partial<ReplicaLoad>, Partial<ReplicaOptions>]>([
    ['autoscaler-on-resource', {}, { autoscaled: true }],
    ['no-request', { cpuRequestPerPod: 0 }, {}],
    ['not-enough-history', { cpuTotal: hourly(() => 0.5, 3) }, {}],
    ['not-enough-history', { cpuTotal: hourly(() => NaN) }, {}],
    ['no-usage', { cpuTotal: hourly(() => 0) }, {}],
    ['stale-data', {}, { now: '2026-03-11T00:00:00Z' }],
    ['spec-changed', {}, { specChangedAt: '2026-03-05T00:00:00Z' }],
  ])('abstains with %s', (code, change, options) => {
    expect(
      planReplicas(load(change), { ...OPTIONS, ...options }),
    ).toMatchObject({ kind: 'abstention', code });
  });

  it('ignores missing points, and what came before a change of the spec', () => {
    const gaps = hourly((hour, _, ago) => {
      if (ago > 9) {
        return 2.9;
      }
      return hour % 5 === 0 ? NaN : 1;
    });
    expect(
      planReplicas(load({ cpuTotal: gaps }), {
        ...OPTIONS,
        specChangedAt: '2026-02-26T00:00:00Z',
      }),
    ).toMatchObject({
      replicas: 2,
      historyDays: 10,
    });
  });
});
