import {
  Level,
  RecommendationState,
} from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';

type Recommendation = Schemas['Recommendation'];

/** What a risk word takes off the expected saving, as a share of it. */
const RISK_SHARE: Record<Level, number> = {
  low: 0.05,
  medium: 0.2,
  high: 0.45,
};

/** saving × confidence − risk, in micro-units a month. */
export function recommendationScore(recommendation: Recommendation): number {
  const expected = recommendation.saving.expected.amountMicros;
  return (
    expected * recommendation.confidence -
    Math.abs(expected) * RISK_SHARE[recommendation.risk]
  );
}

/** Whether it averts a bottleneck, which saves nothing and does not queue with what does. */
function isRelief({ priority, saving }: Recommendation): boolean {
  return priority === 'high' && saving.expected.amountMicros <= 0;
}

/** What averts a bottleneck, then the best; amounts of different currencies are not compared but kept apart by code. */
export function rankRecommendations(
  recommendations: readonly Recommendation[],
): Recommendation[] {
  return [...recommendations].sort((a, b) => {
    if (isRelief(a) !== isRelief(b)) {
      return isRelief(a) ? -1 : 1;
    }
    const currencyA = a.saving.expected.currency;
    const currencyB = b.saving.expected.currency;
    if (currencyA !== currencyB) {
      return currencyA < currencyB ? -1 : 1;
    }
    return (
      recommendationScore(b) - recommendationScore(a) || (a.id < b.id ? -1 : 1)
    );
  });
}

/** Headings of the list, in the order a person works through them. */
export const STATE_GROUPS: readonly {
  readonly title: string;
  readonly states: readonly RecommendationState[];
}[] = [
  { title: 'Waiting for a decision', states: ['proposed', 'needs-input'] },
  {
    title: 'On the way',
    states: [
      'open',
      'awaiting-approval',
      'approved',
      'merged',
      'applied',
      'observing',
    ],
  },
  { title: 'Blocked by a policy', states: ['blocked'] },
  { title: 'Snoozed', states: ['snoozed'] },
  {
    title: 'Closed',
    states: ['realised', 'reverted', 'rejected', 'superseded', 'expired'],
  },
];

/** The groups that hold something, each ranked. */
export function groupByState(recommendations: readonly Recommendation[]): {
  title: string;
  recommendations: Recommendation[];
}[] {
  return STATE_GROUPS.map(({ title, states }) => ({
    title,
    recommendations: rankRecommendations(
      recommendations.filter(({ state }) => states.includes(state)),
    ),
  })).filter(group => group.recommendations.length > 0);
}
