import {
  addDays,
  Day,
  dayOf,
  daysBetween,
  moneyFromUnits,
  periodOfDays,
  sumMoney,
} from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';

type Block = Schemas['EntityCosts']['currencies'][number];

const GROUPS = [
  { key: 'cpu', label: 'CPU', daily: 18, growth: 1.3 },
  { key: 'memory', label: 'Memory', daily: 9, growth: 1.05 },
  { key: 'storage', label: 'Storage', daily: 4, growth: 1 },
  { key: 'network', label: 'Network', daily: 2.4, growth: 0.9 },
  { key: 'shared', label: 'Shared', daily: 3, growth: 1 },
  { key: 'idle', label: 'Idle', daily: 1.5, growth: 1 },
];

/** One currency of a plausible cost answer with a week's rhythm and the last two days provisional. */
export function fixtureCurrencyBlock(options: {
  currency: string;
  startDay: Day;
  endDay: Day;
  now: number;
}): Block {
  const { currency, startDay, endDay, now } = options;
  const today = dayOf(now);
  const days = daysBetween(
    startDay,
    endDay < today ? endDay : addDays(today, 1),
  );
  const perGroup = GROUPS.map(group => {
    const rows = days.map((day, index) => ({
      day,
      cost: moneyFromUnits(
        group.daily *
          (1 + 0.15 * Math.sin((index * 2 * Math.PI) / 7)) *
          (index > days.length / 2 ? 1.25 : 1),
        currency,
      ),
      provisional: day > addDays(today, -2),
    }));
    const total = sumMoney(
      rows.map(({ cost }) => cost),
      currency,
    );
    return {
      ...group,
      days: rows,
      total,
      previous: moneyFromUnits(
        total.amountMicros / 1e6 / group.growth,
        currency,
      ),
    };
  });
  const total = sumMoney(
    perGroup.map(group => group.total),
    currency,
  );
  const previous = sumMoney(
    perGroup.map(group => group.previous),
    currency,
  );
  const share = (amount: number) =>
    total.amountMicros === 0 ? 0 : amount / total.amountMicros;
  const daily = days.map((day, index) => ({
    day,
    cost: sumMoney(
      perGroup.map(group => group.days[index].cost),
      currency,
    ),
    provisional: day > addDays(today, -2),
  }));
  const mean = total.amountMicros / 1e6 / Math.max(1, days.length);
  return {
    currency,
    total,
    previous,
    changeRatio: total.amountMicros / previous.amountMicros - 1,
    provenance: {
      period: periodOfDays(startDay, endDay),
      freshness: new Date(now - 3 * 3_600_000).toISOString(),
      coverage: 0.92,
    },
    groups: perGroup.map(group => ({
      key: group.key,
      label: group.label,
      total: group.total,
      previous: group.previous,
      changeRatio: group.growth - 1,
      share: share(group.total.amountMicros),
      days: group.days,
      workloads: [
        {
          workload: 'eu-1/shop/Deployment/checkout',
          total: moneyFromUnits(
            (group.total.amountMicros / 1e6) * 0.7,
            currency,
          ),
          share: 0.7 * share(group.total.amountMicros),
        },
        {
          workload: 'eu-1/shop/Deployment/checkout-worker',
          total: moneyFromUnits(
            (group.total.amountMicros / 1e6) * 0.3,
            currency,
          ),
          share: 0.3 * share(group.total.amountMicros),
        },
      ],
    })),
    days: daily,
    forecast:
      endDay > today
        ? daysBetween(addDays(today, 1), addDays(today, 8)).map(
            (day, index) => ({
              day,
              mean: moneyFromUnits(mean * 1.15, currency),
              lower: moneyFromUnits(mean * (1.1 - 0.02 * index), currency),
              upper: moneyFromUnits(mean * (1.2 + 0.02 * index), currency),
            }),
          )
        : undefined,
    forecastModel: { name: 'seasonal-forecast', version: '1.0.0' },
    monthEnd: {
      month: today.slice(0, 7),
      forecast: {
        expected: moneyFromUnits(mean * 30.4, currency),
        lower: moneyFromUnits(mean * 29, currency),
        upper: moneyFromUnits(mean * 32, currency),
        level: 0.8,
      },
    },
    changes: [
      {
        kind: 'usage',
        label: 'CPU of checkout',
        delta: moneyFromUnits(148.2, currency),
        explanation: 'replicas 6 to 9 since the deployment of 4f2a9c1',
      },
      { kind: 'price', label: 'Egress', delta: moneyFromUnits(21.7, currency) },
      {
        kind: 'removed',
        label: 'checkout-canary',
        delta: moneyFromUnits(-44.05, currency),
      },
    ],
    events: fixtureEvents(now),
  };
}

/** Events of several kinds in the days before `now`. */
export function fixtureEvents(now: number): Schemas['TimelineEvent'][] {
  const before = (days: number, hours = 0) =>
    new Date(now - days * 86_400_000 - hours * 3_600_000).toISOString();
  return [
    {
      id: 'event-deploy',
      kind: 'deployment',
      at: before(13),
      title: 'checkout 4f2a9c1',
      link: 'https://git.example.com/fernhill/checkout/commit/4f2a9c1',
    },
    {
      id: 'event-commit',
      kind: 'commit',
      at: before(13, 2),
      title: 'Drop the cache index <script>alert(1)</script>',
      // eslint-disable-next-line no-script-url
      link: 'javascript:alert(1)',
    },
    {
      id: 'event-alert',
      kind: 'alert',
      at: before(12),
      end: before(11),
      title: 'High latency',
    },
    {
      id: 'event-spec',
      kind: 'spec-change',
      at: before(13),
      title: 'replicas 6 to 9',
    },
  ];
}
