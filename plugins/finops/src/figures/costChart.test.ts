import {
  moneyFromUnits,
  sumMoney,
} from '@apexlogic/backstage-plugin-finops-common';
import { fixtureCurrencyBlock } from '../__testUtils__/fixtureCosts';
import { buildCostChart, MAX_DRAWN_GROUPS, OTHER_KEY } from './costChart';
import { costSentence } from './costSentence';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const block = fixtureCurrencyBlock({
  currency: 'USD',
  startDay: '2026-10-25',
  endDay: '2026-11-24',
  now: NOW,
});

describe('buildCostChart', () => {
  it('stacks groups largest first so that the layers of a day sum to its total', () => {
    const chart = buildCostChart(block);
    expect(chart.layers.map(({ key }) => key).slice(0, 2)).toEqual([
      'cpu',
      'memory',
    ]);
    const known = chart.points.filter(({ total }) => total !== undefined);
    expect(known).toHaveLength(30);
    for (const point of known) {
      const sum = Object.values(point.layers ?? {}).reduce((a, b) => a + b, 0);
      expect(sum).toBe(point.total);
    }
    expect(chart.provisionalFrom).toBe('2026-11-22');
  });

  it('puts the forecast after the known days and never over them', () => {
    const overlapping = {
      ...block,
      forecast: [
        { ...block.forecast![0], day: '2026-11-20' },
        ...block.forecast!,
      ],
    };
    const chart = buildCostChart(overlapping);
    const forecast = chart.points.filter(point => point.forecast);
    expect(forecast[0].day).toBe('2026-11-24');
    expect(forecast.every(({ layers }) => layers === undefined)).toBe(true);
    expect(new Set(chart.points.map(({ day }) => day)).size).toBe(
      chart.points.length,
    );
  });

  it('folds the smallest of many groups into one without losing an amount', () => {
    const groups = Array.from({ length: 12 }, (_, index) => ({
      key: `g${index}`,
      label: `Group ${index}`,
      total: moneyFromUnits(12 - index, 'USD'),
      share: 1 / 12,
      days: [
        {
          day: '2026-11-01',
          cost: moneyFromUnits(12 - index, 'USD'),
          provisional: false,
        },
      ],
    }));
    const total = sumMoney(
      groups.map(group => group.total),
      'USD',
    );
    const chart = buildCostChart({
      ...block,
      groups,
      forecast: undefined,
      days: [{ day: '2026-11-01', cost: total, provisional: false }],
    });
    expect(chart.layers).toHaveLength(MAX_DRAWN_GROUPS);
    expect(chart.layers.at(-1)).toEqual({ key: OTHER_KEY, label: '5 others' });
    expect(chart.points[0].layers?.[OTHER_KEY]).toBe(15_000_000);
  });
});

describe('costSentence', () => {
  const say = (overrides: object) =>
    costSentence({
      name: 'checkout',
      periodWords: '30 days',
      block: { ...block, ...overrides },
    });
  const group = (label: string, total: number, previous?: number) => ({
    key: label,
    label,
    total: moneyFromUnits(total, 'USD'),
    previous:
      previous === undefined ? undefined : moneyFromUnits(previous, 'USD'),
    share: 0,
    days: [],
  });

  it('answers with cost, change and what moved it', () => {
    expect(
      say({
        total: moneyFromUnits(1240, 'USD'),
        previous: moneyFromUnits(1050, 'USD'),
        changeRatio: 190 / 1050,
        groups: [group('CPU', 900, 773), group('Memory', 340, 277)],
      }),
    ).toBe(
      'checkout cost $1.24k in 30 days, 18 % more than in the span before; 67 % of the rise is CPU.',
    );
  });

  it('does not name more than the whole when groups moved both ways', () => {
    expect(
      say({
        total: moneyFromUnits(110, 'USD'),
        previous: moneyFromUnits(100, 'USD'),
        changeRatio: 0.1,
        groups: [group('CPU', 80, 50), group('Memory', 30, 50)],
      }),
    ).toContain('all of the rise is CPU');
  });

  it('says so when there is nothing to compare with, or nothing moved', () => {
    expect(say({ previous: undefined, changeRatio: undefined })).toContain(
      'there is nothing before it to compare with',
    );
    expect(say({ changeRatio: 0 })).toContain(
      'about the same as in the span before',
    );
  });

  it('names no group when none has an earlier figure', () => {
    expect(
      say({ groups: [group('CPU', 900), group('Memory', 100)] }),
    ).not.toContain('of the rise');
  });
});
