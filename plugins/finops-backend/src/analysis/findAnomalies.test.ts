import { dayOf, DAY_MS } from '@apexlogic/backstage-plugin-finops-common';
import { WORKLOAD } from '../__testUtils__/fixtures';
import {
  findCostAnomalies,
  findMetricAnomalies,
  Occasions,
} from './findAnomalies';
import { WorkloadHistory } from './types';

const END = Date.parse('2026-11-20T00:00:00Z');
const ENTITY_REF = 'component:default/web';

/** Daily cost of about 10 a day with a quieter weekend. */
function amounts(days: number, of: (day: string, index: number) => number) {
  return Array.from({ length: days }, (_, index) => {
    const instant = END - (days - index) * DAY_MS;
    const weekend = [0, 6].includes(new Date(instant).getUTCDay());
    const usual = (weekend ? 8 : 10) + Math.sin(index * 2.7) / 5;
    const day = dayOf(instant);
    return {
      day,
      micros: Math.round(usual * of(day, index) * 1e6),
      provisional: index >= days - 2,
    };
  });
}

const cost = (
  list: ReturnType<typeof amounts>,
  coverage = new Map<string, number>(),
  occasions: Occasions = {},
) =>
  findCostAnomalies({
    entityRef: ENTITY_REF,
    sourceId: 'bill',
    currency: 'USD',
    amounts: list,
    coverage,
    occasions,
  });

function metrics(of: (hour: number) => number): WorkloadHistory {
  const hours = 28 * 24;
  return {
    stored: {
      workload: WORKLOAD,
      environment: 'production',
      sourceId: 'cluster',
      observedAt: '',
      state: {
        workload: {
          cluster: 'c1',
          namespace: 'production',
          kind: 'Deployment',
          name: 'web',
        },
        containers: [],
        labels: {},
        annotations: {},
      },
    },
    series: [
      {
        workload: WORKLOAD,
        container: 'web',
        metric: 'cpu-usage-sum',
        start: END / 1000 - hours * 3600,
        step: 3600,
        values: Float64Array.from(
          { length: hours },
          (_, hour) =>
            (2 +
              Math.sin((2 * Math.PI * hour) / 24) +
              Math.sin(hour * 1.3) / 20) *
            of(hours - hour),
        ),
      },
    ],
    origins: [
      {
        container: 'web',
        metric: 'cpu-usage-sum',
        sourceId: 'metrics',
        query: 'cpu',
      },
    ],
    costs: [],
  };
}

describe('findCostAnomalies', () => {
  it('finds a lasting rise with what it costs a month, keeps its id, and says nothing of a usual week', () => {
    expect(cost(amounts(60, () => 1))).toEqual([]);
    const rise = amounts(60, (_, index) => (index >= 48 ? 1.6 : 1));
    const [finding, ...others] = cost(rise);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'anomaly',
      signal: 'cost',
      direction: 'above',
      shape: 'level-shift',
      ongoing: true,
    });
    // What is over costs nothing a month.
    const past = amounts(60, (_, index) =>
      index >= 30 && index < 36 ? 1.6 : 1,
    );
    expect(cost(past)).toMatchObject([{ ongoing: false }]);
    expect(cost(past)[0].monthlyImpact).toBeUndefined();
    expect(finding.monthlyImpact!.amountMicros / 1e6).toBeGreaterThan(100);
    expect(finding.monthlyImpact!.amountMicros / 1e6).toBeLessThan(250);
    expect(finding.evidence[0].series!.map(series => series.role)).toEqual([
      'observed',
      'expected',
      'expected-lower',
      'expected-upper',
    ]);
    expect(cost(rise)[0].id).toBe(finding.id);
  });

  it('takes provisional days and days of collapsed coverage for incomplete, not for cheap', () => {
    const list = amounts(60, (_, index) =>
      index === 40 || index >= 58 ? 0.1 : 1,
    );
    const coverage = new Map(
      list.map(({ day }, index) => [day, index === 40 ? 0.1 : 0.95]),
    );
    expect(cost(list, coverage)).toEqual([]);
    expect(cost(list)).toMatchObject([
      {
        direction: 'below',
        period: { start: `${list[40].day}T00:00:00.000Z` },
      },
    ]);
  });

  it('knows what is planned and what the calendar says', () => {
    const list = amounts(60, (_, index) => (index === 50 ? 1.9 : 1));
    const start = Date.parse(`${list[50].day}T00:00:00Z`) / 1000;
    const span = { start, end: start + 86_400 };
    expect(cost(list)).toHaveLength(1);
    expect(cost(list, undefined, { maintenance: [span] })).toEqual([]);
    const sale = cost(list, undefined, {
      calendar: [{ ...span, label: 'Spring sale' }],
    });
    expect(sale).toMatchObject([{ occasion: 'Spring sale' }]);
    expect(sale[0].confidence).toBeLessThan(cost(list)[0].confidence);
  });

  it('says nothing with too few days', () => {
    expect(cost(amounts(10, (_, index) => (index === 5 ? 9 : 1)))).toEqual([]);
    expect(cost([])).toEqual([]);
  });
});

describe('findMetricAnomalies', () => {
  it('finds a surge with its query, and leaves small deviations unsaid', () => {
    expect(
      findMetricAnomalies(
        ENTITY_REF,
        metrics(() => 1),
        0,
      ),
    ).toEqual([]);
    expect(
      findMetricAnomalies(
        ENTITY_REF,
        metrics(ago => (ago <= 6 ? 1.15 : 1)),
        0,
      ),
    ).toEqual([]);
    expect(
      findMetricAnomalies(
        ENTITY_REF,
        metrics(ago => (ago <= 6 ? 4 : 1)),
        0,
      ),
    ).toMatchObject([
      {
        signal: 'cpu',
        workload: WORKLOAD,
        direction: 'above',
        ongoing: true,
        evidence: [{ sourceId: 'metrics', query: 'cpu' }],
      },
    ]);
  });
});
