import fc from 'fast-check';
import {
  canTransition,
  CLOSED_STATES,
  nextStates,
  RECOMMENDATION_STATES,
  RecommendationState,
} from './recommendation';

describe('recommendation states', () => {
  it('lets every open state end, and nothing leave a closed one', () => {
    for (const state of RECOMMENDATION_STATES) {
      if (CLOSED_STATES.includes(state)) {
        expect(nextStates(state)).toEqual([]);
      } else {
        expect(reachable(state).some(end => CLOSED_STATES.includes(end))).toBe(
          true,
        );
      }
    }
  });

  it('never merges what was not opened, whatever the path', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 30 }), choices => {
        const path: RecommendationState[] = ['proposed'];
        for (const choice of choices) {
          const next = nextStates(path[path.length - 1]);
          if (next.length === 0) break;
          path.push(next[choice % next.length]);
        }
        const merged = path.indexOf('merged');
        if (merged >= 0) expect(path.slice(0, merged)).toContain('open');
        const realised = path.indexOf('realised');
        if (realised >= 0)
          expect(path.slice(0, realised)).toEqual(
            expect.arrayContaining(['merged', 'applied', 'observing']),
          );
      }),
    );
  });

  it('needs an approval before approved counts', () => {
    expect(canTransition('proposed', 'approved')).toBe(false);
    expect(canTransition('open', 'approved')).toBe(false);
    expect(canTransition('awaiting-approval', 'approved')).toBe(true);
  });
});

function reachable(start: RecommendationState): RecommendationState[] {
  const seen = new Set<RecommendationState>();
  const queue = [start];
  for (let state = queue.pop(); state; state = queue.pop()) {
    for (const next of nextStates(state)) {
      if (!seen.has(next)) {
        seen.add(next);
        queue.push(next);
      }
    }
  }
  return [...seen];
}
