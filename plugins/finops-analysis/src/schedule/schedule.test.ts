import fc from 'fast-check';
import { isIdle } from './isIdle';
import { learnSchedule } from './learnSchedule';
import { CpuUsage, WeeklySchedule } from './types';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const START_S = Date.UTC(2026, 2, 1) / 1000; // a Sunday
const NOW_S = START_S + 14 * DAY_S;
const STEP_S = 300;

/** Two weeks of a machine of four cores from what it uses at a time. */
function usageOf(coresAt: (time: Date) => number, days = 14): CpuUsage {
  const times = Float64Array.from(
    { length: (days * DAY_S) / STEP_S },
    (_, i) => NOW_S - days * DAY_S + i * STEP_S,
  );
  return {
    times,
    used: times.map(time => coresAt(new Date(time * 1000))),
    capacity: 4,
  };
}

const atWork = (from: number, to: number) => (time: Date) =>
  time.getUTCDay() % 6 !== 0 &&
  time.getUTCHours() >= from &&
  time.getUTCHours() < to
    ? 2
    : 0.05;

function learn(
  usage: CpuUsage,
  options: Parameters<typeof learnSchedule>[1] = {},
): WeeklySchedule {
  const schedule = learnSchedule(usage, { now: NOW_S, ...options });
  if (schedule.kind === 'abstention') {
    throw new Error(schedule.reason);
  }
  return schedule;
}

/** Hours of a weekday that are on, 0 = Sunday. */
const onHours = ({ off }: WeeklySchedule, weekday: number) =>
  Array.from({ length: 24 }, (_, hour) => hour).filter(
    hour => !off[weekday * 24 + hour],
  );

describe('isIdle', () => {
  it('wants two idle weeks, and the latest days idle too', () => {
    expect(
      isIdle(
        usageOf(() => 0.01),
        { now: NOW_S, pricePerHour: 0.5 },
      ),
    ).toEqual({
      kind: 'idle',
      idleShare: 1,
      latestIdleShare: 1,
      confidence: 0.96,
      usedHoursPerWeek: 0,
      money: { savingPerMonth: 365, costOfErrorPerWeek: 0 },
      model: { name: 'UsageSchedule', version: '1.1.0' },
    });
    // A short job each night does not make a machine used, but makes us less sure.
    const nightly = isIdle(
      usageOf(time =>
        time.getUTCHours() === 2 && time.getUTCMinutes() < 30 ? 1 : 0.01,
      ),
      { pricePerHour: 2 },
    );
    expect(nightly).toMatchObject({ kind: 'idle', confidence: 0.9 });
    expect(nightly).toHaveProperty('usedHoursPerWeek', expect.closeTo(3.5));
    expect(nightly).toHaveProperty(
      'money.costOfErrorPerWeek',
      expect.closeTo(7),
    );
    expect(
      isIdle(usageOf(time => (time.getUTCHours() === 2 ? 1 : 0.01))),
    ).toMatchObject({ kind: 'in-use', confidence: 0 });
    // Taken into use two hours ago: 99.4 % of the window was idle, but not 97 % of two days.
    expect(
      isIdle(
        usageOf(time =>
          time.getTime() / 1000 >= NOW_S - 2 * HOUR_S ? 3 : 0.01,
        ),
        { now: NOW_S },
      ),
    ).toMatchObject({ kind: 'in-use', idleShare: expect.closeTo(1 - 2 / 336) });
  });
});

describe('learnSchedule', () => {
  it('keeps the hours of use with one around them, and switches off the rest', () => {
    const schedule = learn(usageOf(atWork(8, 18)), { pricePerHour: 1 });
    for (const weekday of [1, 2, 3, 4, 5]) {
      expect(onHours(schedule, weekday)).toEqual([
        7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
      ]);
    }
    // Two free weekends are believed, though less than a free night; one worked Saturday is enough not to.
    expect(onHours(schedule, 6)).toEqual([]);
    expect(schedule.chanceOfUse[6 * 24 + 12]).toBeGreaterThan(
      2 * schedule.chanceOfUse[6 * 24 + 3],
    );
    const once = learn(
      usageOf(time =>
        atWork(8, 18)(time) > 1 ||
        (time.getUTCDate() === 7 && time.getUTCHours() === 12)
          ? 2
          : 0.05,
      ),
    );
    expect(onHours(once, 6)).toContain(12);
    expect(schedule.offHoursPerWeek).toBe(schedule.off.filter(Boolean).length);
    expect(schedule.confidence).toBeGreaterThan(0.97);
    expect(schedule.expectedUsedOffHours).toBeCloseTo(
      (1 - schedule.confidence) * schedule.offHoursPerWeek,
    );
    expect(schedule.money).toEqual({
      savingPerMonth: (730 * schedule.offHoursPerWeek) / 168,
      costOfErrorPerWeek: schedule.expectedUsedOffHours,
    });
  });

  it('follows the clock of people', () => {
    // 9 to 17 in Kolkata (UTC+5:30) is 3:30 to 11:30 UTC, on all days.
    const usage = usageOf(time => {
      const minutes = time.getUTCHours() * 60 + time.getUTCMinutes();
      return minutes >= 210 && minutes < 690 ? 2 : 0;
    });
    const schedule = learn(usage, { timeZone: 'Asia/Kolkata' });
    expect(schedule.timeZone).toBe('Asia/Kolkata');
    expect(onHours(schedule, 3)).toEqual([
      8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
    ]);
    expect(learnSchedule(usage, { timeZone: 'Mars/Base' })).toMatchObject({
      kind: 'abstention',
      code: 'not-supported',
    });
  });

  it('learns holidays apart from other days', () => {
    const holidays = ['2026-03-03', '2026-03-10'];
    const usage = usageOf(time =>
      holidays.includes(time.toISOString().slice(0, 10))
        ? 0
        : atWork(8, 18)(time),
    );
    // Both Tuesdays were holidays, so that nothing is known of a usual one: it stays on.
    const schedule = learn(usage, { holidays });
    expect(onHours(schedule, 2)).toHaveLength(24);
    expect(schedule.holidayOff).toEqual(new Array(24).fill(true));
    expect(learn(usage, { holidays: ['2026-03-03'] }).holidayOff).toBe(
      undefined,
    );
    expect(learn(usage).holidayOff).toBe(undefined);
  });

  it('forgets: what was taken into use lately stays on', () => {
    const since = NOW_S - 2 * DAY_S;
    const usage = usageOf(time => (time.getTime() / 1000 < since ? 0 : 3));
    expect(learn(usage).offHoursPerWeek).toBe(0);
    expect(learn(usage).confidence).toBe(0);
  });

  it('takes a machine that is switched off for unused, and use of unknown capacity for use', () => {
    const usage = usageOf(() => 0);
    const without = (capacity: number, used: number) =>
      learn({
        times: usage.times,
        used: usage.used.fill(used),
        capacity: new Float64Array(usage.times.length).fill(capacity),
      }).offHoursPerWeek;
    expect(without(0, 0)).toBe(168);
    expect(without(NaN, 0)).toBe(168);
    expect(without(NaN, 0.1)).toBe(0);
    expect(without(0, 0.1)).toBe(0);
  });
});

describe('with bad input', () => {
  it('abstains with a reason', () => {
    const cases: [CpuUsage, number | undefined, string][] = [
      [usageOf(() => 0, 0), undefined, 'not-enough-history'],
      [usageOf(() => NaN), NOW_S, 'not-enough-history'],
      [usageOf(() => Infinity), NOW_S, 'not-enough-history'],
      [usageOf(() => -1), NOW_S, 'not-enough-history'],
      [usageOf(() => 0, 3), NOW_S, 'not-enough-history'],
      [usageOf(() => 0), NaN, 'not-enough-history'],
      [usageOf(() => 0), NOW_S + 5 * DAY_S, 'stale-data'],
      [
        {
          times: Float64Array.from({ length: 14 }, (_, i) => i * DAY_S),
          used: new Float64Array(14),
          capacity: 1,
        },
        undefined,
        'not-enough-points',
      ],
      [
        {
          times: Float64Array.from({ length: 5000 }, (_, i) => 1e15 + i * 300),
          used: new Float64Array(5000),
          capacity: 1,
        },
        undefined,
        'not-enough-history',
      ],
    ];
    for (const [usage, now, code] of cases) {
      expect(isIdle(usage, { now })).toMatchObject({
        kind: 'abstention',
        code,
      });
      expect(learnSchedule(usage, { now })).toMatchObject({
        kind: 'abstention',
        code,
      });
    }
    expect(() =>
      isIdle({
        times: new Float64Array(3),
        used: new Float64Array(2),
        capacity: 1,
      }),
    ).toThrow(TypeError);
  });

  it('never says anything but numbers, whatever the order and values', () => {
    const value = fc.oneof(
      fc.double(),
      fc.double({ min: 0, max: 4, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 50 }),
        fc.array(fc.integer({ min: 0, max: 14 * DAY_S }), {
          minLength: 1,
          maxLength: 600,
        }),
        fc.boolean(),
        (values, offsets, isReversed) => {
          const times = Float64Array.from(offsets, at => START_S + at);
          if (isReversed) {
            times.reverse();
          }
          const column = times.map((_, i) => values[i % values.length]);
          const usage = { times, used: column, capacity: column };
          const schedule = learnSchedule(usage, { pricePerHour: values[0] });
          if (schedule.kind === 'schedule') {
            expect(schedule.off).toHaveLength(168);
            expect(schedule.chanceOfUse.every(p => p >= 0 && p <= 1)).toBe(
              true,
            );
            expect(JSON.stringify(schedule.money ?? {})).not.toContain('null');
          }
          const verdict = isIdle(usage, { now: NOW_S });
          if (verdict.kind !== 'abstention') {
            expect(verdict.idleShare).toBeGreaterThanOrEqual(0);
            expect(verdict.idleShare).toBeLessThanOrEqual(1);
            expect(verdict.latestIdleShare).not.toBeNaN();
          }
        },
      ),
    );
  });

  it('reads a million measurements', () => {
    const times = Float64Array.from(
      { length: 1_000_000 },
      (_, i) => START_S + i * 1.2,
    );
    const usage = { times, used: times.map(() => 0.01), capacity: 1 };
    const started = performance.now();
    expect(isIdle(usage)).toMatchObject({ kind: 'idle' });
    expect(
      learn(usage, { now: undefined, timeZone: 'Europe/Berlin' })
        .offHoursPerWeek,
    ).toBe(168);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
