import { ResourceAdvice } from '@apexlogic/backstage-plugin-finops-analysis';
import { history } from '../__testUtils__/history';
import { NOW } from '../__testUtils__/fixtures';
import { proposeRightsizing } from './proposeRightsizing';

const MODEL = { name: 'CostOptimizer', version: '1.0.0' };

function cpuAdvice(request: number): ResourceAdvice {
  return {
    kind: 'advice',
    request,
    observed: { mean: 0.05, p95: 0.08, p99: 0.09, max: 0.1 },
    timeOver: 0,
    points: 4_032,
    historyDays: 14,
  };
}

function propose(request: number) {
  const decisions = proposeRightsizing(
    'component:default/web',
    {
      history: history({ cpuMicros: [3e6, 3e6, 3e6, 3e6], usedCores: 0.15 }),
      risks: [],
      containers: [
        {
          container: 'web',
          advice: {
            kind: 'advice',
            cpu: cpuAdvice(request),
            memory: {
              kind: 'abstention',
              code: 'change-too-small',
              reason: 'fits',
              model: MODEL,
            },
            confidence: 0.9,
            model: MODEL,
          },
        },
      ],
    },
    NOW,
  );
  const draft = decisions.find(decision => decision.kind === 'draft');
  if (draft?.kind !== 'draft') {
    throw new Error('nothing was proposed');
  }
  return draft.content;
}

describe('proposeRightsizing', () => {
  it('halves a request at most, says so, and prices only that step', () => {
    const content = propose(0.11);
    expect(content.title).toBe('Request CPU of web from 1 to 500m');
    expect(content.action).toMatchObject({
      containers: [{ container: 'web', cpuRequest: '500m' }],
    });
    expect(content.reason).toMatch(/halved as a first step/);
    expect(content.saving.expected.amountMicros).toBeCloseTo(
      (1.5e6 / 24) * 730,
      -1,
    );
  });

  it('takes a smaller cut, or a raise, whole', () => {
    expect(propose(0.6).title).toBe('Request CPU of web from 1 to 600m');
    expect(propose(0.6).reason).not.toMatch(/first step/);
    expect(propose(3).title).toBe('Request CPU of web from 1 to 3');
  });
});
