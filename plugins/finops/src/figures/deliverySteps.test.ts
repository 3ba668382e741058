import { RECOMMENDATION_STATES } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { fixtureRecommendation } from '../__testUtils__/fixtureRecommendations';
import { deliverySteps } from './deliverySteps';
import { countDiffLines } from './planning';
import { DIFF } from '../__testUtils__/fixtureRecommendations';

function detailIn(
  state: Schemas['RecommendationState'],
  moves: [string, Schemas['RecommendationState']][] = [],
): Schemas['RecommendationDetail'] {
  return {
    recommendation: fixtureRecommendation(0, { state }),
    verdicts: [],
    approvals: [],
    approval: { given: 0, needed: 1 },
    allowed: { deliver: false, approve: false, snooze: false, dismiss: false },
    history: moves.map(([at, to], index) => ({
      id: String(index),
      at,
      to,
      event: to,
      actor: 'user:default/guest',
      detail: '',
    })),
  };
}

describe('deliverySteps', () => {
  it('marks what is done with its time, what is now, and what is ahead', () => {
    const steps = deliverySteps(
      detailIn('merged', [
        ['2026-11-01T00:00:00Z', 'proposed'],
        ['2026-11-02T00:00:00Z', 'open'],
        ['2026-11-02T00:00:01Z', 'awaiting-approval'],
        ['2026-11-03T00:00:00Z', 'approved'],
        ['2026-11-04T00:00:00Z', 'merged'],
      ]),
    );
    expect(steps.map(({ status }) => status)).toEqual([
      'done',
      'done',
      'done',
      'current',
      'ahead',
      'ahead',
      'ahead',
    ]);
    expect(steps[1]).toMatchObject({
      label: 'Pull request open',
      at: '2026-11-02T00:00:00Z',
    });
    expect(steps[4].at).toBeUndefined();
  });

  it('ends the row where a change left it', () => {
    const steps = deliverySteps(
      detailIn('rejected', [
        ['2026-11-02T00:00:00Z', 'open'],
        ['2026-11-03T00:00:00Z', 'rejected'],
      ]),
    );
    expect(steps.map(({ label }) => label)).toEqual([
      'Proposed',
      'Pull request open',
      'Dismissed',
    ]);
    expect(steps.at(-1)).toMatchObject({
      status: 'current',
      at: '2026-11-03T00:00:00Z',
    });
  });

  it.each(RECOMMENDATION_STATES)('has one present step in state %s', state => {
    const steps = deliverySteps(detailIn(state));
    expect(steps.filter(({ status }) => status === 'current')).toHaveLength(1);
  });
});

describe('countDiffLines', () => {
  it('counts lines of hunks and not the headers', () => {
    expect(countDiffLines(DIFF)).toEqual({ added: 4, removed: 1 });
  });
});
