import { addDays, DAY_MS } from '@apexlogic/backstage-plugin-finops-common';
import fc from 'fast-check';
import { rightsize } from './rightsize';
import { UsageSketch } from './sketch';
import {
  ContainerUsage,
  RequestAdvice,
  ResourceAdvice,
  RightsizeOptions,
  UsageHistory,
} from './types';

/** A Sunday at midnight, so that the last whole day is a Saturday. */
const NOW = '2026-03-08T00:00:00.000Z';
const MIB = 2 ** 20;

/** Daily sketches of `days` days up to now; `use` gives the value at an hour (0..23) of a day. */
function history(
  kind: 'cpu' | 'memory',
  days: number,
  use: (hour: number, weekday: number, daysAgo: number) => number,
  rest: Partial<UsageHistory> = {},
): UsageHistory {
  return {
    days: Array.from({ length: days }, (_, i) => {
      const daysAgo = days - 1 - i;
      const day = addDays('2026-03-07', -daysAgo);
      const sketch = UsageSketch.empty(kind);
      for (let point = 0; point < 288; point++) {
        sketch.add(
          use(Math.floor(point / 12), new Date(day).getUTCDay(), daysAgo),
        );
      }
      return { day, sketch };
    }),
    ...rest,
  };
}

const cpu = (
  use: Parameters<typeof history>[2],
  rest?: Partial<UsageHistory>,
  days = 14,
) => history('cpu', days, use, rest);
const memory = (
  use: Parameters<typeof history>[2],
  rest?: Partial<UsageHistory>,
  days = 14,
) => history('memory', days, use, rest);
const NONE: UsageHistory = { days: [] };

function advise(
  usage: Partial<ContainerUsage>,
  options: Partial<RightsizeOptions> = {},
): RequestAdvice {
  const advice = rightsize(
    { cpu: NONE, memory: NONE, ...usage },
    { now: NOW, ...options },
  );
  if (advice.kind !== 'advice') {
    throw new Error(`no advice: ${advice.reason}`);
  }
  return advice;
}

function advisedCpu(
  usage: Partial<ContainerUsage>,
  options?: Partial<RightsizeOptions>,
): ResourceAdvice {
  const advice = advise(usage, options).cpu;
  if (advice.kind !== 'advice') {
    throw new Error(`no CPU advice: ${advice.reason}`);
  }
  return advice;
}

function advisedMemory(
  usage: Partial<ContainerUsage>,
  options?: Partial<RightsizeOptions>,
): ResourceAdvice {
  const advice = advise(usage, options).memory;
  if (advice.kind !== 'advice') {
    throw new Error(`no memory advice: ${advice.reason}`);
  }
  return advice;
}

describe('rightsize: CPU', () => {
  it('cuts a steady, over-requested container to its use with headroom', () => {
    const advice = advisedCpu({ cpu: cpu(() => 0.2, { request: 1 }) });
    expect(advice.request).toBeGreaterThan(0.21);
    expect(advice.request).toBeLessThan(0.25);
    expect(advice).toMatchObject({
      timeOver: 0,
      points: 14 * 288,
      historyDays: 14,
    });
    expect(advice.observed.p99).toBeCloseTo(0.2, 2);
  });

  it('keeps a peak that comes back every Saturday, and is not moved by one odd day', () => {
    const saturdays = cpu((hour, weekday) =>
      weekday === 6 && hour >= 10 && hour < 18 ? 1.5 : 0.3,
    );
    const midweek = '2026-03-04T00:00:00.000Z';
    expect(
      advisedCpu({ cpu: saturdays }, { now: midweek }).request,
    ).toBeGreaterThan(1.2);
    const once = cpu((hour, _, daysAgo) =>
      daysAgo === 8 && hour >= 10 && hour < 18 ? 1.5 : 0.3,
    );
    expect(advisedCpu({ cpu: once }).request).toBeLessThan(0.4);
  });

  it('does not request for starts what a pod needs once in days, and keeps the memory of them', () => {
    /** Fifteen minutes of each third day at `start`, the rest at `usual`: a release and its warm-up. */
    const released = (kind: 'cpu' | 'memory', usual: number, start: number) => {
      const days = history(kind, 14, () => usual).days.map(({ day }, i) => {
        const sketch = UsageSketch.empty(kind);
        for (let point = 0; point < 288; point++) {
          sketch.add(i % 3 === 0 && point < 3 ? start : usual);
        }
        return { day, sketch };
      });
      return { days };
    };
    const steady = advisedCpu({ cpu: cpu(() => 0.2) }).request;
    expect(
      advisedCpu({ cpu: released('cpu', 0.2, 2) }).request,
    ).toBeLessThanOrEqual(steady * 1.1);
    expect(
      advisedMemory({ memory: released('memory', 300 * MIB, 700 * MIB) })
        .request,
    ).toBeGreaterThanOrEqual(700 * MIB);
  });

  it('follows a recent rise', () => {
    const risen = cpu((_, __, daysAgo) => (daysAgo < 3 ? 0.8 : 0.2));
    expect(advisedCpu({ cpu: risen }).request).toBeGreaterThan(0.8);
  });

  it('asks for more where throttling hides the demand, and never cuts there', () => {
    const use = cpu(() => 0.2, { request: 0.5 });
    const limited = cpu(() => 0.45, { request: 0.4 });
    expect(
      rightsize({ cpu: use, memory: NONE, throttledRatio: 0.3 }, { now: NOW }),
    ).toMatchObject({
      kind: 'abstention',
      reason: expect.stringContaining('would change by 0.0 %'),
    });
    const calm = advisedCpu({ cpu: limited }).request;
    expect(
      advisedCpu({ cpu: limited, throttledRatio: 0.3 }).request,
    ).toBeCloseTo(calm * 1.3, 2);
  });

  it('never requests more than the limit', () => {
    expect(
      advisedCpu({ cpu: cpu(() => 0.9, { request: 0.4, limit: 0.5 }) }).request,
    ).toBe(0.5);
  });

  it('gives idle containers the minimum and classes their margin', () => {
    expect(advisedCpu({ cpu: cpu(() => 0, { request: 1 }) }).request).toBe(
      0.01,
    );
    expect(
      advisedCpu({ cpu: cpu(() => 0) }, { minimumCpuCores: 0.05 }).request,
    ).toBe(0.05);
    const use = { cpu: cpu(() => 1) };
    const standard = advisedCpu(use).request;
    expect(
      advisedCpu(use, { workloadClass: 'latency-critical' }).request,
    ).toBeGreaterThan(standard);
    expect(
      advisedCpu(use, { workloadClass: 'non-production' }).request,
    ).toBeLessThan(standard);
  });
});

describe('rightsize: memory', () => {
  it('covers the peaks of a week with a margin', () => {
    const advice = advisedMemory({
      memory: memory(
        (hour, weekday) => (weekday === 1 && hour === 3 ? 400 : 200) * MIB,
        { request: 2048 * MIB },
      ),
    });
    expect(advice.request).toBeGreaterThan(400 * MIB);
    expect(advice.request).toBeLessThan(640 * MIB);
    expect(advice.request % MIB).toBe(0);
    expect(advice.limit).toBeUndefined();
  });

  it('moves the limit with a request that needs it', () => {
    const advice = advisedMemory({
      memory: memory(() => 500 * MIB, { request: 100 * MIB, limit: 512 * MIB }),
    });
    expect(advice.request).toBeGreaterThan(512 * MIB);
    expect(advice.limit).toBe(advice.request);
  });

  it('goes above the bound that was hit after an out-of-memory kill', () => {
    const use = memory(() => 300 * MIB, {
      request: 256 * MIB,
      limit: 2000 * MIB,
    });
    const advice = advisedMemory({ memory: use, oomKills: 1 });
    expect(advice.request).toBe(2400 * MIB);
    expect(advice.limit).toBe(2400 * MIB);
  });

  it('does not cut into a leak', () => {
    const leak = (request: number) =>
      memory((_, __, daysAgo) => (800 - 40 * daysAgo) * MIB, { request });
    expect(
      advise({ cpu: cpu(() => 1), memory: leak(2000 * MIB) }).memory,
    ).toMatchObject({
      kind: 'abstention',
      code: 'conflicting-signals',
      reason: expect.stringContaining('40 MiB a day'),
    });
    // Without a request there is nothing to cut: the advice holds a week more of the leak.
    expect(advisedMemory({ memory: leak(0) }).request).toBeGreaterThan(
      (800 + 7 * 40) * MIB,
    );
  });
});

describe('rightsize: abstention', () => {
  const steady = {
    cpu: cpu(() => 0.2, { request: 1 }),
    memory: memory(() => 300 * MIB, { request: 900 * MIB }),
  };

  it.each<[string, Partial<ContainerUsage>, Partial<RightsizeOptions>]>([
    [
      'not-enough-history',
      { cpu: cpu(() => 0.2, {}, 3), memory: memory(() => MIB, {}, 3) },
      {},
    ],
    ['not-enough-history', { cpu: NONE, memory: NONE }, {}],
    [
      'not-enough-points',
      {
        cpu: {
          days: [
            { day: '2026-03-07', sketch: UsageSketch.empty('cpu').add(1) },
          ],
        },
        memory: NONE,
      },
      { minimumHistoryDays: 1 },
    ],
    ['stale-data', steady, { now: '2026-03-11T06:00:00Z' }],
    ['spec-changed', steady, { specChangedAt: '2026-03-05T12:00:00Z' }],
    ['autoscaler-on-resource', steady, { autoscaledOn: ['cpu', 'memory'] }],
    ['no-usage', { cpu: cpu(() => 0), memory: memory(() => 0) }, {}],
    [
      'change-too-small',
      {
        cpu: cpu(() => 0.2, { request: 0.23 }),
        memory: memory(() => 300 * MIB, { request: 450 * MIB }),
      },
      {},
    ],
  ])('says %s', (code, usage, options) => {
    const advice = rightsize({ ...steady, ...usage }, { now: NOW, ...options });
    expect(advice).toMatchObject({
      kind: 'abstention',
      code,
      model: { name: 'CostOptimizer', version: '2.0.0' },
    });
  });

  it('uses what came after a change of the spec when it is long enough, and nothing of the future', () => {
    const changed = cpu((_, __, daysAgo) => (daysAgo < 8 ? 0.2 : 3));
    const advice = advisedCpu(
      { cpu: changed },
      { specChangedAt: '2026-02-27T18:00:00Z' },
    );
    expect(advice).toMatchObject({ historyDays: 8 });
    expect(advice.request).toBeLessThan(0.3);
    const future = cpu((_, __, daysAgo) => (daysAgo < 2 ? 9 : 0.2));
    expect(
      advisedCpu(
        { cpu: future },
        { now: new Date(Date.parse(NOW) - 2 * DAY_MS).toISOString() },
      ).request,
    ).toBeLessThan(0.3);
  });

  it('abstains on one resource and advises on the other', () => {
    const advice = advise(steady, { autoscaledOn: ['cpu'] });
    expect(advice.cpu).toMatchObject({
      kind: 'abstention',
      code: 'autoscaler-on-resource',
    });
    expect(advice.memory).toMatchObject({ kind: 'advice' });
  });
});

describe('rightsize: always', () => {
  it('advises between the floor and what a container plausibly needs, whatever it used', () => {
    const levels = fc.array(fc.double({ min: 0, max: 64, noNaN: true }), {
      minLength: 14,
      maxLength: 14,
    });
    fc.assert(
      fc.property(
        levels,
        fc.option(fc.double({ min: 0.05, max: 64, noNaN: true }), {
          nil: undefined,
        }),
        (days, limit) => {
          const use = cpu(
            (_, __, daysAgo) => days[daysAgo],
            limit === undefined ? {} : { limit },
          );
          const { request, timeOver } = advisedCpu({ cpu: use });
          const peak = Math.max(...days);
          expect(request).toBeGreaterThanOrEqual(0.01);
          expect(request).toBeLessThanOrEqual(
            Math.min(
              limit ?? Infinity,
              peak * 1.03 + 0.04 * Math.sqrt(peak * 1.03) + 0.02,
            ),
          );
          expect(timeOver).toBeGreaterThanOrEqual(0);
          expect(timeOver).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('never requests less memory than the peak of the last week', () => {
    const levels = fc.array(fc.integer({ min: 1, max: 64_000 }), {
      minLength: 14,
      maxLength: 14,
    });
    fc.assert(
      fc.property(levels, days => {
        const { request } = advisedMemory({
          memory: memory((_, __, daysAgo) => days[daysAgo] * MIB),
        });
        expect(request).toBeGreaterThanOrEqual(
          Math.max(...days.slice(0, 7)) * MIB,
        );
      }),
      { numRuns: 50 },
    );
  });

  it('is not moved by 5 % of hostile measurements beyond what the limit allows', () => {
    const usage = (size: number) => ({
      cpu: hostile('cpu', size, hour => 0.5 + 0.2 * Math.sin(hour)),
      memory: hostile('memory', size * MIB, () => 1024 * MIB, {
        limit: 2048 * MIB,
      }),
    });
    const clean = advise({
      cpu: hostile('cpu', 0.5, hour => 0.5 + 0.2 * Math.sin(hour)),
      memory: hostile('memory', 1024 * MIB, () => 1024 * MIB, {
        limit: 2048 * MIB,
      }),
    });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), size => {
        const { cpu: advisedCores, memory: advisedBytes } = advise(usage(size));
        const requestOf = (advice: RequestAdvice['cpu']) =>
          advice.kind === 'advice' ? advice.request : 0;
        expect(requestOf(advisedCores)).toBeLessThanOrEqual(
          1.5 * requestOf(clean.cpu),
        );
        // As if the limit had been reached, with the margin that a peak gets.
        expect(requestOf(advisedBytes)).toBeLessThanOrEqual(1.5 * 2048 * MIB);
      }),
      { numRuns: 30 },
    );
  });
});

describe('rightsize: with a language runtime', () => {
  const GIB = 1024 * MIB;
  const jvm = { kind: 'jvm', memoryBytes: 3 * GIB } as const;
  const used = () => 0.5 * GIB;

  it('does not cut below a heap that can fill at any time, and says which would fit', () => {
    const usage = { cpu: cpu(() => 0.5), runtime: jvm };
    const advice = advise({
      ...usage,
      memory: memory(used, { request: 3.8 * GIB }),
    });
    expect(advice.memory).toMatchObject({
      kind: 'abstention',
      code: 'conflicting-signals',
      reason:
        'its use would allow 753 MiB, but its JVM may fill a heap of 3072 MiB; a heap of 497 MiB would fit',
    });
    // Of a far larger request the part above the heap goes.
    expect(
      advise({ ...usage, memory: memory(used, { request: 8 * GIB }) }).memory,
    ).toMatchObject({ kind: 'advice', request: 3.75 * GIB });
    // A heap larger than the request was no reason to ask for more before, and is none now.
    const small = advise({
      ...usage,
      memory: memory(used, { request: 0.5 * GIB }),
    }).memory;
    expect(small).toMatchObject({ kind: 'advice', request: 753 * MIB });
  });

  it('is never below the heap nor above the present request because of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 64, max: 16_384 }),
        fc.integer({ min: 64, max: 16_384 }),
        (peak, heap, request) => {
          const options = { minimumChange: 0 };
          const history_ = memory(() => peak * 64 * MIB, {
            request: request * MIB,
          });
          const plain = advise({ memory: history_ }, options).memory;
          const bounded = advise(
            {
              memory: history_,
              runtime: { kind: 'jvm', memoryBytes: heap * MIB },
            },
            options,
          ).memory;
          if (plain.kind !== 'advice' || bounded.kind !== 'advice') {
            throw new Error('both are advised');
          }
          expect(bounded.request).toBeGreaterThanOrEqual(
            Math.min(heap, request) * MIB,
          );
          expect(bounded.request).toBeLessThanOrEqual(
            Math.max(plain.request, request * MIB),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it('asks Go to stay below the limit, and its threads to fit the throttled CPU limit', () => {
    const go = {
      cpu: cpu(() => 0.5, { request: 1, limit: 1.5 }),
      memory: memory(used, { request: 2 * GIB, limit: 2 * GIB }),
      throttledRatio: 0.2,
    };
    expect(
      advise({ ...go, runtime: { kind: 'go', processors: 16 } }).hints,
    ).toEqual([
      {
        setting: 'GOMEMLIMIT',
        advised: 1843 * MIB,
        unit: 'bytes',
        reason: expect.any(String),
      },
      {
        setting: 'GOMAXPROCS',
        present: 16,
        advised: 2,
        unit: 'processors',
        reason: expect.any(String),
      },
    ]);
    expect(
      advise({
        ...go,
        throttledRatio: 0,
        runtime: { kind: 'go', memoryBytes: GIB },
      }).hints,
    ).toBeUndefined();
  });
});

/** Every twentieth measurement is what somebody wants it to be. */
function hostile(
  kind: 'cpu' | 'memory',
  size: number,
  use: (hour: number) => number,
  rest: Partial<UsageHistory> = {},
): UsageHistory {
  return {
    days: Array.from({ length: 14 }, (_, i) => {
      const sketch = UsageSketch.empty(kind);
      for (let point = 0; point < 288; point++) {
        sketch.add(point % 20 === 7 ? size : use(Math.floor(point / 12)));
      }
      return { day: addDays('2026-03-07', i - 13), sketch };
    }),
    ...rest,
  };
}
