import { history } from '../__testUtils__/history';
import { NOW } from '../__testUtils__/fixtures';
import { findWaste } from './findWaste';
import { learnOffHours } from './learnOffHours';
import { offRuns, weekInWords } from './offRuns';
import { WorkloadHistory } from './types';

const ENTITY_REF = 'component:default/web';
const DAYS = 20;
const DOLLAR = 1_000_000;

/** A workload that costs 24 a day, a dollar an hour, with the use of each hour and more. */
function workload(options: {
  used: (hourOfWeek: number) => number;
  environment?: WorkloadHistory['stored']['environment'];
  kind?: string;
  requests?: number;
  currencies?: string[];
}): WorkloadHistory {
  const { used, environment = 'production', kind = 'Deployment' } = options;
  const base = history({
    cpuMicros: new Array(DAYS).fill(24 * DOLLAR),
    currencies: options.currencies,
  });
  const load = base.series[0];
  const values = Float64Array.from(load.values, (_, index) => {
    const at = new Date((load.start + index * load.step) * 1000);
    return used(at.getUTCDay() * 24 + at.getUTCHours());
  });
  return {
    ...base,
    stored: {
      ...base.stored,
      environment,
      state: {
        ...base.stored.state,
        workload: { ...base.stored.state.workload, kind },
      },
    },
    series: [
      { ...load, values },
      { ...load, metric: 'cpu-usage-max', values },
      ...(options.requests === undefined
        ? []
        : [
            {
              ...load,
              container: '',
              metric: 'request-rate' as const,
              values: values.map(() => options.requests!),
            },
          ]),
    ],
  };
}

function findWasteOf(history_: WorkloadHistory, now: string) {
  return findWaste(ENTITY_REF, history_, now, learnOffHours(history_, now));
}

const find = (options: Parameters<typeof workload>[0]) =>
  findWasteOf(workload(options), NOW);

/** Monday to Friday from 8 to 18 o'clock. */
const officeHours = (hour: number) =>
  hour % 24 >= 8 && hour % 24 < 18 && hour >= 24 && hour < 144 ? 0.8 : 0.01;

describe('findWaste', () => {
  it('says that a workload does nothing, since when, and what it costs a month', () => {
    const [finding, ...others] = find({ used: () => 0.004, requests: 0 });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'waste',
      signal: 'idle',
      title: 'web does nothing',
      ongoing: true,
      monthlyImpact: { amountMicros: 730 * DOLLAR, currency: 'USD' },
      model: { name: expect.any(String), version: expect.any(String) },
    });
    expect(finding.confidence).toBeGreaterThan(0.9);
    expect(finding.evidence[0].summary).toBe(
      'web does nothing: less than 0.03 cores in 100 % of the hours of 14 days, and fewer than one request a minute.',
    );
    expect(Date.parse(finding.period.end)).toBe(Date.parse(NOW));
    // Nothing is known from before the first of the measured days.
    expect(Date.parse(finding.period.start)).toBe(
      workload({ used: () => 0 }).series[0].start * 1000,
    );
  });

  it('keeps its name from pass to pass', () => {
    const idle = workload({ used: () => 0 });
    const later = new Date(Date.parse(NOW) + 3_600_000).toISOString();
    expect(findWasteOf(idle, later)[0].id).toBe(findWasteOf(idle, NOW)[0].id);
  });

  it.each([
    ['answers requests with little CPU', { requests: 2 }],
    ['is an agent on every node', { kind: 'DaemonSet' }],
    ['is a job', { kind: 'CronJob' }],
    ['works a little', { used: () => 0.05 }],
  ])('says nothing of one that %s', (_, options) => {
    expect(find({ used: () => 0.004, ...options })).toEqual([]);
  });

  it('does not add currencies', () => {
    const [finding] = find({ used: () => 0, currencies: ['USD', 'EUR'] });
    expect(finding.monthlyImpact).toBeUndefined();
  });

  it('tells the nights and weekends in which a copy for development is not used', () => {
    const [finding] = find({ used: officeHours, environment: 'development' });
    expect(finding).toMatchObject({ kind: 'waste', signal: 'off-hours' });
    const hours = Number(/runs (\d+) hours/.exec(finding.title)![1]);
    // 118 hours are free; those beside the used ones are kept.
    expect(hours).toBeGreaterThan(80);
    expect(hours).toBeLessThanOrEqual(118);
    expect(finding.monthlyImpact!.amountMicros).toBeCloseTo(
      (730 * DOLLAR * hours) / 168,
      -1,
    );
    expect(finding.evidence[0].summary).toMatch(/Fri \d\d:00 to Mon \d\d:00/);
    expect(find({ used: officeHours, environment: 'production' })).toEqual([]);
    expect(find({ used: officeHours, environment: 'unknown' })).toEqual([]);
  });
});

describe('weekInWords', () => {
  const week = (isOff: (hour: number) => boolean) =>
    weekInWords(
      offRuns(
        Array.from({ length: 168 }, (_, i) => isOff(i)),
        4,
      ),
    );

  it('tells equal nights once and follows the weekend over the end of the week', () => {
    expect(week(hour => officeHours(hour) < 0.1)).toBe(
      'Mon to Thu 18:00 to 08:00, Fri 18:00 to Mon 08:00',
    );
    expect(week(() => true)).toBe('the whole week');
    expect(week(() => false)).toBe('');
    expect(week(hour => hour % 24 < 3)).toBe('');
    expect(week(hour => hour >= 24 && hour < 48)).toBe(
      'Mon 00:00 to Tue 00:00',
    );
  });

  it('keeps every off hour of a long run and none other', () => {
    for (let seed = 1; seed < 200; seed++) {
      const off = Array.from(
        { length: 168 },
        (_, hour) =>
          Math.sin(seed * 12.9898 + Math.floor(hour / 5) * 78.233) > 0,
      );
      const told = new Array(168).fill(false);
      for (const { from, hours } of offRuns(off, 1)) {
        for (let hour = from; hour < from + hours; hour++) {
          expect(told[hour % 168]).toBe(false);
          told[hour % 168] = true;
        }
      }
      expect(told).toEqual(off);
    }
  });
});
