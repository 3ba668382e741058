import {
  addDays,
  addMoney,
  Day,
  dayOf,
  Money,
  parseWorkloadKey,
  periodOfDays,
  sumMoney,
  Workload,
  WorkloadKey,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  CostRow,
  METRIC_NAMES,
  MetricName,
  MetricSeries,
  SourceResult,
} from '@apexlogic/backstage-plugin-finops-node';
import fc from 'fast-check';
import { createDemoEstate, DemoEstate } from '.';

// Whole recordings are read and billed here, which takes seconds on a busy machine.
jest.setTimeout(120_000);

const NOW = new Date('2026-11-23T14:20:00Z');
const ANCHOR = '2026-11-23T14:00:00.000Z';
const TODAY: Day = '2026-11-23';
const FIRST_DAY = addDays(TODAY, -60);
const WHOLE = { start: '2020-01-01T00:00:00Z', end: '2030-01-01T00:00:00Z' };
const WEB_APP = 'eu-1/shop/Deployment/my-web-app';
const SEARCH = 'eu-1/shop/Deployment/search';
const US_PROXY = 'us-1/shop/Deployment/image-proxy';
const options = { signal: new AbortController().signal };
// One recording serves all tests: it is immutable, and computing its bills anew for each would be slow.
const estate = createDemoEstate({ seed: 7, now: NOW });

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const result of results) {
    collected.push(result);
  }
  return collected;
}

function data<T>(results: readonly SourceResult<T>[]): T[] {
  return results.map(result => {
    if (result.status !== 'ok') {
      throw new Error(`expected data, got '${result.status}'`);
    }
    return result.data;
  });
}

async function seriesOf(
  key: WorkloadKey,
  period = WHOLE,
  from: DemoEstate = estate,
): Promise<MetricSeries[]> {
  return data(
    await all(
      from.metricSource.readMetrics(
        { workloads: [parseWorkloadKey(key)], period },
        options,
      ),
    ),
  ).flat();
}

function pick(
  series: readonly MetricSeries[],
  metric: MetricName,
): MetricSeries {
  const found = series.find(one => one.metric === metric);
  if (!found) {
    throw new Error(`no series '${metric}'`);
  }
  return found;
}

function measured(series: MetricSeries): number[] {
  return [...series.values].filter(value => !Number.isNaN(value));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function between(
  series: MetricSeries,
  startDaysAgo: number,
  endDaysAgo: number,
): number[] {
  const at = (days: number) =>
    (Date.parse(`${addDays(TODAY, -days)}T00:00:00Z`) / 1000 - series.start) /
    series.step;
  return [...series.values.slice(at(startDaysAgo), at(endDaysAgo))].filter(
    value => !Number.isNaN(value),
  );
}

function workloadsByNamespace(): Workload[][] {
  const groups = new Map<string, Workload[]>();
  for (const key of estate.truth.workloads) {
    const workload = parseWorkloadKey(key);
    const id = `${workload.cluster}/${workload.namespace}`;
    groups.set(id, [...(groups.get(id) ?? []), workload]);
  }
  return [...groups.values()];
}

async function costsOf(workloads: readonly Workload[], period = WHOLE) {
  const batches = data(
    await all(estate.costSource.readCosts({ workloads, period }, options)),
  );
  return {
    rows: batches.flatMap(batch => batch.rows),
    coverage: batches.flatMap(batch => batch.coverage),
  };
}

function storyOf(id: string) {
  const story = estate.truth.stories.find(one => one.id === id);
  if (!story) {
    throw new Error(`no story '${id}'`);
  }
  return story;
}

describe('createDemoEstate', () => {
  it('is the same for the same seed and hour, and another for another seed', async () => {
    const sameHour = createDemoEstate({
      seed: 7,
      now: new Date('2026-11-23T14:59:59Z'),
    });
    const otherSeed = createDemoEstate({ seed: 8, now: NOW });
    const lastWeek = periodOfDays(addDays(TODAY, -7), TODAY);
    const [first, again, other] = await Promise.all(
      [estate, sameHour, otherSeed].map(one => seriesOf(SEARCH, lastWeek, one)),
    );
    expect(again).toEqual(first);
    expect(other.map(series => series.metric)).toEqual(
      first.map(series => series.metric),
    );
    expect(pick(other, 'cpu-usage-sum').values).not.toEqual(
      pick(first, 'cpu-usage-sum').values,
    );
    expect(sameHour.truth.invoices(addDays(TODAY, -1))).toEqual(
      estate.truth.invoices(addDays(TODAY, -1)),
    );
  });

  it('gives any window the points that the whole recording has there', async () => {
    const whole = await seriesOf(SEARCH);
    const start = pick(whole, 'replicas').start;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 60 * 86_400 }),
        fc.integer({ min: 301, max: 90_000 }),
        async (offset, length) => {
          const period = {
            start: new Date((start + offset) * 1000).toISOString(),
            end: new Date((start + offset + length) * 1000).toISOString(),
          };
          const part = await seriesOf(SEARCH, period);
          for (const [position, series] of part.entries()) {
            const from = (series.start - start) / series.step;
            expect(series.start).toBeGreaterThanOrEqual(start + offset);
            expect(series.start).toBeLessThan(start + offset + 300);
            expect(series.values).toEqual(
              whole[position].values.slice(from, from + series.values.length),
            );
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  it('ends at now and goes on with a clock, without changing the past', async () => {
    let clock = NOW;
    const living = createDemoEstate({ seed: 7, now: NOW, clock: () => clock });
    const before = pick(
      await seriesOf(WEB_APP, WHOLE, living),
      'cpu-usage-sum',
    );
    expect(before.start + before.values.length * before.step).toBe(
      Date.parse('2026-11-23T14:20:00Z') / 1000,
    );
    const still = pick(await seriesOf(WEB_APP), 'cpu-usage-sum');
    expect(still.start + still.values.length * still.step).toBe(
      Date.parse(ANCHOR) / 1000,
    );

    clock = new Date('2026-11-25T00:10:00Z');
    const after = pick(await seriesOf(WEB_APP, WHOLE, living), 'cpu-usage-sum');
    expect(after.values.slice(0, before.values.length)).toEqual(before.values);
    expect(living.truth.invoices(addDays(TODAY, -1))).toEqual(
      estate.truth.invoices(addDays(TODAY, -1)),
    );
    expect(living.truth.invoices(addDays(TODAY, 1)).length).toBe(3);
    expect(living.truth.invoices(addDays(TODAY, 2))).toEqual([]);
  });

  it.each([
    { seed: 1.5, now: NOW },
    { seed: 1, now: new Date('never') },
    { seed: 1, now: NOW, days: 0 },
    { seed: 1, now: NOW, noise: -1 },
    { seed: 1, now: NOW, noise: NaN },
  ])('refuses %p', bad => {
    expect(() => createDemoEstate(bad)).toThrow(RangeError);
  });
});

describe('metricSource', () => {
  it('keeps its contract for every workload', async () => {
    for (const workloads of workloadsByNamespace()) {
      const results = await all(
        estate.metricSource.readMetrics(
          {
            workloads,
            period: periodOfDays(addDays(TODAY, -3), addDays(TODAY, 3)),
          },
          options,
        ),
      );
      const series = data(results).flat();
      expect(new Set(series.map(one => one.workload)).size).toBe(
        workloads.length,
      );
      for (const one of series) {
        expect(METRIC_NAMES).toContain(one.metric);
        expect(one.step).toBe(300);
        expect(one.start % one.step).toBe(0);
        expect(one.start + one.values.length * one.step).toBe(
          Date.parse(ANCHOR) / 1000,
        );
        expect(one.query).toContain(`namespace="${workloads[0].namespace}"`);
        const bad = measured(one).filter(
          value => !(value >= 0 && Number.isFinite(value)),
        );
        expect(bad).toEqual([]);
      }
      for (const max of series.filter(
        one =>
          one.metric === 'cpu-usage-max' || one.metric === 'memory-usage-max',
      )) {
        const sum = series.find(
          one =>
            one.workload === max.workload &&
            one.container === max.container &&
            one.metric === max.metric.replace('max', 'sum'),
        )!;
        const replicas = pick(
          series.filter(one => one.workload === max.workload),
          'replicas',
        );
        const violations = [...max.values].filter(
          (value, point) =>
            value > sum.values[point] * (1 + 1e-9) ||
            value * replicas.values[point] < sum.values[point] * (1 - 1e-9),
        );
        expect(violations).toEqual([]);
      }
    }
  });

  it('answers no data for what it does not know or did not record', async () => {
    const unknown = { ...parseWorkloadKey(WEB_APP), namespace: 'nowhere' };
    const noData = [{ status: 'no-data' }];
    expect(
      await all(
        estate.metricSource.readMetrics(
          { workloads: [unknown], period: WHOLE },
          options,
        ),
      ),
    ).toEqual(noData);
    const before = {
      workloads: [parseWorkloadKey(WEB_APP)],
      period: periodOfDays('2020-01-01', '2020-02-01'),
    };
    expect(await all(estate.metricSource.readMetrics(before, options))).toEqual(
      noData,
    );
    expect(await all(estate.costSource.readCosts(before, options))).toEqual(
      noData,
    );
    expect(await all(estate.logSource.readLogs(before, options))).toEqual(
      noData,
    );
  });

  it('stops when asked to', async () => {
    const stopped = AbortSignal.abort(new Error('enough'));
    const read = { workloads: [parseWorkloadKey(WEB_APP)], period: WHOLE };
    await expect(
      all(estate.metricSource.readMetrics(read, { signal: stopped })),
    ).rejects.toThrow('enough');
    await expect(
      all(estate.costSource.readCosts(read, { signal: stopped })),
    ).rejects.toThrow('enough');
  });

  it('misses a few points, and none without noise', async () => {
    const noisy = pick(await seriesOf(WEB_APP), 'cpu-usage-sum');
    const missing = 1 - measured(noisy).length / noisy.values.length;
    expect(missing).toBeGreaterThan(0.001);
    expect(missing).toBeLessThan(0.01);
    const clean = pick(
      await seriesOf(
        WEB_APP,
        WHOLE,
        createDemoEstate({ seed: 7, now: NOW, noise: 0 }),
      ),
      'cpu-usage-sum',
    );
    expect(measured(clean).length).toBe(clean.values.length);
    // Noise moves points, not the level.
    expect(mean(measured(noisy)) / mean(measured(clean))).toBeCloseTo(1, 1);
  });

  it('has days and weeks that look alike', async () => {
    const cpu = pick(
      await seriesOf('eu-1/shop/Deployment/checkout'),
      'request-rate',
    );
    const perWeek = (7 * 86_400) / 300;
    const pairs = [...cpu.values.slice(0, -perWeek)]
      .map((value, point) => [value, cpu.values[point + perWeek]])
      .filter(([a, b]) => !Number.isNaN(a + b));
    const [meanA, meanB] = [
      mean(pairs.map(([a]) => a)),
      mean(pairs.map(([, b]) => b)),
    ];
    const covariance = mean(pairs.map(([a, b]) => (a - meanA) * (b - meanB)));
    const deviation = (values: number[], centre: number) =>
      Math.sqrt(mean(values.map(value => (value - centre) ** 2)));
    const correlation =
      covariance /
      deviation(
        pairs.map(([a]) => a),
        meanA,
      ) /
      deviation(
        pairs.map(([, b]) => b),
        meanB,
      );
    expect(correlation).toBeGreaterThan(0.9);
  });
});

describe('costSource', () => {
  it('adds up to the bills, to the micro-unit, and marks what may be restated', async () => {
    const rows: CostRow[] = [];
    for (const workloads of workloadsByNamespace()) {
      rows.push(...(await costsOf(workloads)).rows);
    }
    const sums = new Map<string, Money>();
    for (const { day, cost } of rows) {
      const id = `${day} ${cost.currency}`;
      const sum = sums.get(id);
      sums.set(id, sum ? addMoney(sum, cost) : cost);
    }
    const firstProvisional = addDays(TODAY, -2);
    for (let day = FIRST_DAY; day < TODAY; day = addDays(day, 1)) {
      const invoices = estate.truth.invoices(day);
      expect(invoices.length).toBe(day === addDays(TODAY, -12) ? 2 : 3);
      for (const invoice of invoices) {
        expect(
          sumMoney(
            invoice.lines.map(line => line.cost),
            invoice.currency,
          ),
        ).toEqual(invoice.total);
      }
      for (const currency of ['USD', 'EUR']) {
        const billed = sumMoney(
          invoices
            .filter(invoice => invoice.currency === currency)
            .map(invoice => invoice.total),
          currency,
        ).amountMicros;
        const seen = sums.get(`${day} ${currency}`)!.amountMicros;
        if (day < firstProvisional) {
          expect(seen).toBe(billed);
        } else {
          expect(seen).toBeLessThan(billed);
          expect(seen).toBeGreaterThan(billed * 0.93);
        }
      }
    }
    expect(
      rows.every(row => row.provisional === row.day >= firstProvisional),
    ).toBe(true);
    expect(rows.every(row => row.day >= FIRST_DAY && row.day < TODAY)).toBe(
      true,
    );
    expect(rows.every(row => row.cost.amountMicros > 0)).toBe(true);
    const euros = new Set(
      rows
        .filter(row => row.cost.currency === 'EUR')
        .map(row => parseWorkloadKey(row.workload).namespace),
    );
    expect([...euros].sort()).toEqual(['payments', 'payments-staging']);
  });

  it('prices what the metrics show: reserved or used, whichever is more', async () => {
    const clean = createDemoEstate({ seed: 7, now: NOW, noise: 0 });
    const day = addDays(TODAY, -4);
    const series = await seriesOf(
      SEARCH,
      periodOfDays(day, addDays(day, 1)),
      clean,
    );
    const [used, request, replicas] = (
      ['cpu-usage-sum', 'cpu-request', 'replicas'] as const
    ).map(metric => pick(series, metric).values);
    const coreHours = [...used].reduce(
      (sum, value, point) =>
        sum + Math.max(value, request[point] * replicas[point]) / 12,
      0,
    );
    expect(coreHours).toBeGreaterThan(4 * 24);
    const row = clean.truth
      .invoices(day)
      .flatMap(invoice => invoice.rows)
      .find(
        ({ workload, category }) => workload === SEARCH && category === 'cpu',
      )!;
    expect(row.cost.amountMicros).toBeCloseTo(coreHours * 31_611, -1);
  });

  it('reads days whole and half-open', async () => {
    const workloads = [parseWorkloadKey(WEB_APP)];
    const two = await costsOf(
      workloads,
      periodOfDays(addDays(TODAY, -20), addDays(TODAY, -18)),
    );
    expect([...new Set(two.rows.map(row => row.day))]).toEqual([
      addDays(TODAY, -20),
      addDays(TODAY, -19),
    ]);
    expect(two.coverage.map(({ day }) => day)).toEqual([
      addDays(TODAY, -20),
      addDays(TODAY, -19),
    ]);
  });

  it('says which part of a namespace it explains, and shows the missing day as a hole', async () => {
    const { rows, coverage } = await costsOf([parseWorkloadKey(US_PROXY)]);
    const missing = dayOf(storyOf('missing-day').startsAt!);
    expect(rows.some(row => row.day === missing)).toBe(false);
    expect(rows.some(row => row.day === addDays(missing, 1))).toBe(true);
    for (const { day, ratio } of coverage) {
      expect(day === missing ? ratio === 0 : ratio > 0.9 && ratio < 1).toBe(
        true,
      );
    }
    const day = await seriesOf(
      US_PROXY,
      periodOfDays(missing, addDays(missing, 1)),
    );
    expect(measured(pick(day, 'cpu-usage-sum'))).toEqual([]);
    const sameNamespaceElsewhere = await seriesOf(
      'eu-1/shop/Deployment/image-proxy',
      periodOfDays(missing, addDays(missing, 1)),
    );
    expect(
      measured(pick(sameNamespaceElsewhere, 'cpu-usage-sum')).length,
    ).toBeGreaterThan(270);
  });
});

describe('stories', () => {
  it('my-web-app uses a third of what it reserves, and its peak fits two pods', async () => {
    const series = await seriesOf(
      WEB_APP,
      periodOfDays(addDays(TODAY, -14), TODAY),
    );
    const cpu = measured(pick(series, 'cpu-usage-sum'));
    const request = pick(series, 'cpu-request').values[0];
    expect(mean(cpu) / (3 * request)).toBeCloseTo(0.3, 1);
    expect(Math.max(...cpu) / (2 * request)).toBeLessThan(0.65);
    expect(
      Math.max(...measured(pick(series, 'memory-usage-sum'))) /
        (2 * pick(series, 'memory-request').values[0]),
    ).toBeLessThan(0.8);
    const [log] = data(
      await all(
        estate.logSource.readLogs(
          { workloads: [parseWorkloadKey(WEB_APP)], period: WHOLE },
          options,
        ),
      ),
    ).flat();
    expect(mean([...log.requests]) / 300).toBeLessThan(2);
    expect(
      log.requests.every(
        (count, point) => Number.isInteger(count) && log.errors[point] <= count,
      ),
    ).toBe(true);
    expect(log.examples.length).toBe(5);
  });

  it('writes a bounded sample of log lines that stands for all requests and fails as often as they do', async () => {
    const { startsAt } = storyOf('search-index');
    const released = Date.parse(startsAt!) / 1000;
    const period = {
      start: new Date((released - 48 * 3600) * 1000).toISOString(),
      end: new Date((released + 48 * 3600) * 1000).toISOString(),
    };
    const read = { workloads: [parseWorkloadKey(SEARCH)], period };
    const [batch] = data(await all(estate.logSource.readLines!(read, options)));
    const hours = new Map<number, number>();
    const failed = [0, 0];
    for (const { at, line, standsFor = 1 } of batch.lines) {
      const hour = Math.floor(Date.parse(at) / 3_600_000);
      hours.set(hour, (hours.get(hour) ?? 0) + 1);
      if (line.includes(' ERROR ')) {
        failed[Date.parse(at) / 1000 < released ? 0 : 1] += standsFor;
      }
    }
    expect(hours.size).toBe(96);
    expect(Math.max(...hours.values())).toBeLessThanOrEqual(
      estate.logSource.linesPerHour!,
    );
    expect(failed[1]).toBeGreaterThan(5 * failed[0]);
    const warned = batch.lines.filter(({ line }) => line.includes('no index'));
    expect(warned.length).toBeGreaterThan(2);
    expect(warned.every(({ at }) => at >= startsAt!)).toBe(true);
    expect(data(await all(estate.logSource.readLines!(read, options)))).toEqual(
      [batch],
    );
  });

  it('checkout is decided by its Saturdays', async () => {
    const cpu = pick(
      await seriesOf('eu-1/shop/Deployment/checkout'),
      'cpu-usage-max',
    );
    const peaks = new Map<number, number>();
    cpu.values.forEach((value, point) => {
      const weekday = new Date(
        (cpu.start + point * cpu.step) * 1000,
      ).getUTCDay();
      peaks.set(weekday, Math.max(peaks.get(weekday) ?? 0, value || 0));
    });
    const others = [0, 1, 2, 3, 4, 5].map(weekday => peaks.get(weekday)!);
    expect(peaks.get(6)!).toBeGreaterThan(1.4 * Math.max(...others));
    expect(peaks.get(6)!).toBeLessThan(0.6 * 2);
  });

  it('search has been worse since the release its commit went out with', async () => {
    const series = await seriesOf(SEARCH);
    const story = storyOf('search-index');
    for (const [metric, factor] of [
      ['cpu-usage-sum', 2],
      ['latency-p95', 3],
      ['error-rate', 10],
      ['request-rate', 1],
    ] as const) {
      const after = mean(between(pick(series, metric), 5, 1));
      const before = mean(between(pick(series, metric), 12, 8));
      if (factor === 1) {
        expect(after / before).toBeCloseTo(1, 0);
      } else {
        expect(after / before).toBeGreaterThan(factor);
      }
    }
    const day = addDays(TODAY, -4);
    const cost = estate.truth.cost(SEARCH, day)!.amountMicros;
    const without = estate.truth.costWithout(
      'search-index',
      SEARCH,
      day,
    )!.amountMicros;
    expect(cost / without).toBeGreaterThan(1.2);
    expect(
      estate.truth.costWithout('search-index', SEARCH, addDays(TODAY, -9)),
    ).toEqual(estate.truth.cost(SEARCH, addDays(TODAY, -9)));

    const [{ events }] = data(
      await all(
        estate.changeSource.readChanges(
          [
            {
              entityRef: 'component:default/search',
              sourceUrls: [],
              workloads: [parseWorkloadKey(SEARCH)],
            },
          ],
          periodOfDays(addDays(TODAY, -7), TODAY),
          options,
        ),
      ),
    );
    const commit = events.find(event => event.id === story.cause)!;
    const deployment = events.find(event => event.kind === 'deployment')!;
    expect(deployment.at).toBe(story.startsAt);
    expect(deployment.revision).toBe(commit.revision);
    expect(commit.at < deployment.at).toBe(true);
  });

  it('payments-api leaks since its release, restart or not', async () => {
    const memory = pick(
      await seriesOf('eu-1/payments/Deployment/payments-api'),
      'memory-usage-max',
    );
    const perDay = (startDaysAgo: number, endDaysAgo: number) => {
      const values = between(memory, startDaysAgo, endDaysAgo);
      const half = Math.floor(values.length / 2);
      return (
        (mean(values.slice(half)) - mean(values.slice(0, half))) /
        ((startDaysAgo - endDaysAgo) / 2)
      );
    };
    const leak = storyOf('memory-leak').facts.leakBytesPerDay;
    expect(perDay(15, 9) / leak).toBeCloseTo(1, 1);
    expect(perDay(7, 0) / leak).toBeCloseTo(1, 1);
    expect(Math.abs(perDay(40, 20))).toBeLessThan(leak / 20);
    expect(Math.max(...measured(memory))).toBeLessThan(
      pick(
        await seriesOf('eu-1/payments/Deployment/payments-api'),
        'memory-limit',
      ).values[0],
    );
  });

  it('image-proxy has little CPU and much network', async () => {
    const series = await seriesOf('eu-1/shop/Deployment/image-proxy');
    expect(
      mean(measured(pick(series, 'cpu-usage-sum'))) / (4 * 0.5),
    ).toBeLessThan(0.15);
    expect(mean(measured(pick(series, 'network-transmit')))).toBeGreaterThan(
      30e6,
    );
  });

  it('fraud-scoring works at night, reports-legacy not at all, dev copies by day', async () => {
    const hourly = async (key: WorkloadKey) => {
      const cpu = pick(
        await seriesOf(key, periodOfDays(addDays(TODAY, -14), TODAY)),
        'cpu-usage-sum',
      );
      return (from: number, to: number) =>
        mean(
          [...cpu.values].filter((value, point) => {
            const hour = ((cpu.start + point * cpu.step) % 86_400) / 3_600;
            return hour >= from && hour < to && !Number.isNaN(value);
          }),
        );
    };
    const fraud = await hourly('eu-1/insights/Deployment/fraud-scoring');
    expect(fraud(1.5, 4)).toBeGreaterThan(5);
    expect(fraud(6, 23)).toBeLessThan(0.15);
    expect(
      (await hourly('eu-1/insights/StatefulSet/reports-legacy'))(0, 24),
    ).toBeLessThan(0.02);
    const dev = await hourly('eu-1/shop-dev/Deployment/checkout');
    expect(dev(10, 14) / dev(22, 24)).toBeGreaterThan(4);
  });

  it('edge is abused at night while the SIEM alerts on it', async () => {
    const edge = 'eu-1/platform/Deployment/edge';
    const cpu = pick(await seriesOf(edge), 'cpu-usage-sum');
    const at = (daysAgo: number, hour: number) =>
      cpu.values[
        (Date.parse(`${addDays(TODAY, -daysAgo)}T00:00:00Z`) / 1000 +
          hour * 3_600 -
          cpu.start) /
          300
      ];
    expect(at(2, 2) / at(9, 2)).toBeGreaterThan(5);
    expect(at(2, 12) / at(9, 12)).toBeLessThan(1.5);
    const read = {
      workloads: [parseWorkloadKey(edge), parseWorkloadKey(WEB_APP)],
      period: periodOfDays(addDays(TODAY, -2), TODAY),
    };
    const [alerts] = data(
      await all(estate.alertSource.readAlerts(read, options)),
    );
    expect(alerts.map(alert => alert.workload)).toEqual([edge, edge]);
    expect(
      alerts.every(
        alert =>
          alert.severity === 'critical' && alert.startsAt < alert.endsAt!,
      ),
    ).toBe(true);
  });

  it('egress is dearer since day 30 at the same use', () => {
    const raised = dayOf(storyOf('egress-price').startsAt!);
    const priced = (day: Day) => {
      const row = estate.truth
        .invoices(day)
        .flatMap(invoice => invoice.rows)
        .find(
          ({ workload, category }) =>
            workload === US_PROXY && category === 'network',
        )!;
      return (
        row.cost.amountMicros / estate.truth.quantities(US_PROXY, day).egressGib
      );
    };
    expect(priced(addDays(raised, -1))).toBeCloseTo(120_000, -2);
    expect(priced(raised)).toBeCloseTo(150_000, -2);
  });

  it('wishlist is three days old', async () => {
    const cpu = pick(
      await seriesOf('eu-1/shop/Deployment/wishlist'),
      'cpu-usage-sum',
    );
    expect((cpu.values.length * cpu.step) / 86_400).toBeGreaterThan(3);
    expect((cpu.values.length * cpu.step) / 86_400).toBeLessThan(4);
  });

  it('plants its injected text where it says', async () => {
    const workloads = storyOf('injected-text').workloads.map(parseWorkloadKey);
    const [{ events }] = data(
      await all(
        estate.changeSource.readChanges(
          [
            {
              entityRef: 'component:default/inventory',
              sourceUrls: [],
              workloads,
            },
          ],
          WHOLE,
          options,
        ),
      ),
    );
    expect(
      events.filter(event => event.title.includes('assistant:')).length,
    ).toBe(1);
    const logs = data(
      await all(
        estate.logSource.readLogs({ workloads, period: WHOLE }, options),
      ),
    ).flat();
    expect(
      logs
        .flatMap(log => log.examples)
        .filter(({ line }) => line.includes('New instructions')).length,
    ).toBe(1);
  });

  it('names only workloads that exist', () => {
    for (const story of estate.truth.stories) {
      expect(estate.truth.workloads).toEqual(
        expect.arrayContaining([...story.workloads]),
      );
    }
  });
});
