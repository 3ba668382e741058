import { RecommendationState } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';

/** One step on the way of a change, with the time it was reached. */
export interface DeliveryStep {
  readonly label: string;
  readonly status: 'done' | 'current' | 'ahead';
  readonly at?: string;
}

const STEPS: readonly {
  label: string;
  states: readonly RecommendationState[];
}[] = [
  {
    label: 'Proposed',
    states: ['proposed', 'needs-input', 'blocked', 'snoozed'],
  },
  { label: 'Pull request open', states: ['open', 'awaiting-approval'] },
  { label: 'Approved', states: ['approved'] },
  { label: 'Merged', states: ['merged'] },
  { label: 'Applied', states: ['applied'] },
  { label: 'Observing', states: ['observing'] },
  { label: 'Saving realised', states: ['realised'] },
];

/** Words for the ends that leave the row of steps. */
const LEFT: Partial<Record<RecommendationState, string>> = {
  rejected: 'Dismissed',
  superseded: 'Replaced by newer advice',
  expired: 'Expired',
  reverted: 'Rolled back',
};

/** The row of steps from proposal to realised saving, with times from the history. */
export function deliverySteps(
  detail: Schemas['RecommendationDetail'],
): DeliveryStep[] {
  const { recommendation, history } = detail;
  const reached = STEPS.map(({ label, states }, index) => ({
    label,
    at:
      [...history]
        .sort((a, b) => (a.at < b.at ? -1 : 1))
        .find(
          event =>
            event.to !== undefined &&
            states.includes(event.to as RecommendationState),
        )?.at ?? (index === 0 ? recommendation.createdAt : undefined),
  }));
  const current = STEPS.findIndex(({ states }) =>
    states.includes(recommendation.state),
  );
  if (current === -1) {
    const leftAs = LEFT[recommendation.state] ?? recommendation.state;
    const leftAt = [...history]
      .reverse()
      .find(event => event.to === recommendation.state)?.at;
    return [
      ...reached
        .filter(({ at }) => at !== undefined)
        .map(step => ({ ...step, status: 'done' as const })),
      {
        label: leftAs,
        status: 'current',
        at: leftAt ?? recommendation.updatedAt,
      },
    ];
  }
  return reached.map(({ label, at }, index) => {
    if (index > current) {
      return { label, status: 'ahead' };
    }
    return { label, at, status: index === current ? 'current' : 'done' };
  });
}
