import {
  moneyFromUnits,
  RECOMMENDATION_STATES,
} from '@apexlogic/backstage-plugin-finops-common';
import { fixtureRecommendation } from '../__testUtils__/fixtureRecommendations';
import {
  groupByState,
  rankRecommendations,
  STATE_GROUPS,
} from './rankRecommendations';

function saving(units: number, currency = 'USD') {
  const amount = moneyFromUnits(units, currency);
  return { expected: amount, lower: amount, upper: amount };
}

describe('rankRecommendations', () => {
  const make = (
    id: string,
    changes: Parameters<typeof fixtureRecommendation>[1],
  ) => fixtureRecommendation(0, { id, ...changes });

  it('puts what averts a bottleneck first, then saving × confidence − risk', () => {
    const ranked = rankRecommendations([
      make('unsure', { saving: saving(100), confidence: 0.3, risk: 'low' }),
      make('risky', { saving: saving(100), confidence: 0.9, risk: 'high' }),
      make('sure', { saving: saving(100), confidence: 0.9, risk: 'low' }),
      make('costs', {
        saving: saving(-50),
        confidence: 0.9,
        risk: 'low',
        priority: 'low',
      }),
      make('averts', {
        saving: saving(-5, 'JPY'),
        confidence: 0.5,
        risk: 'low',
        priority: 'high',
      }),
    ]);
    expect(ranked.map(({ id }) => id)).toEqual([
      'averts',
      'sure',
      'risky',
      'unsure',
      'costs',
    ]);
  });

  it('does not compare amounts of two currencies', () => {
    const ranked = rankRecommendations([
      make('usd', { saving: saving(1) }),
      make('yen', { saving: saving(100_000, 'JPY') }),
      make('eur', { saving: saving(1, 'EUR') }),
    ]);
    expect(ranked.map(({ id }) => id)).toEqual(['eur', 'yen', 'usd']);
  });

  it('has exactly one group for every state', () => {
    expect(STATE_GROUPS.flatMap(({ states }) => states).sort()).toEqual(
      [...RECOMMENDATION_STATES].sort(),
    );
    const all = RECOMMENDATION_STATES.map(state => make(state, { state }));
    expect(
      groupByState(all).flatMap(group => group.recommendations),
    ).toHaveLength(all.length);
  });
});
