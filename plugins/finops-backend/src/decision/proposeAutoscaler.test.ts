import {
  timeToSaturation,
  UsageSketch,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { addDays, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import { WorkloadState } from '@apexlogic/backstage-plugin-finops-node';
import { NOW, WORKLOAD } from '../__testUtils__/fixtures';
import { history } from '../__testUtils__/history';
import { adviseAutoscaler } from '../analysis/adviseAutoscaler';
import { adviseContainers } from '../analysis/adviseContainers';
import { CapacityRisk } from '../analysis/findCapacityRisks';
import { WorkloadAnalysis, WorkloadHistory } from '../analysis/types';
import { StoredSketch } from '../database/UsageStore';
import { decideEntity } from './decideEntity';
import { Decision, Draft } from './types';

const ENTITY_REF = 'component:default/web';
const GIB = 2 ** 30;
const DAYS = 20;
const AUTOSCALER = {
  kind: 'HorizontalPodAutoscaler',
  name: 'web-hpa',
  minReplicas: 3,
  maxReplicas: 20,
  resources: ['cpu'],
  targetUtilisation: { cpu: 0.5 },
} as const;

/** Cores of all pods, two at night and six at noon. */
const daily = (hour: number) => 4 - 2 * Math.cos((Math.PI * hour) / 12);

/** Pods of a core each that an autoscaler keeps at half of it, or what it is told. */
function autoscaled(
  state: Partial<WorkloadState> = {},
  options: { cores?: (hour: number) => number; memory?: number } = {},
): WorkloadHistory {
  const { cores = daily, memory = 0.3 * GIB } = options;
  const base = history({ cpuMicros: Array.from({ length: DAYS }, () => 9e6) });
  const [{ start, step, values }] = base.series;
  const along = (value: (hour: number) => number) =>
    Float64Array.from(values, (_, i) => value(i % 24));
  const series = (
    metric: 'cpu-usage-sum' | 'memory-usage-max' | 'replicas',
    container: string,
    value: (hour: number) => number,
  ) => ({
    workload: WORKLOAD,
    container,
    metric,
    start,
    step,
    values: along(value),
  });
  return {
    ...base,
    stored: {
      ...base.stored,
      state: {
        ...base.stored.state,
        replicas: 8,
        containers: [
          {
            name: 'web',
            cpuRequest: 1,
            memoryRequest: GIB,
            memoryLimit: GIB,
          },
        ],
        autoscaler: AUTOSCALER,
        startUpSeconds: 20,
        ...state,
      },
    },
    series: [
      series('cpu-usage-sum', 'web', cores),
      series('memory-usage-max', 'web', () => memory),
      series('replicas', '', hour => Math.max(3, Math.ceil(cores(hour) / 0.5))),
    ],
  };
}

/** A pod that uses so many cores, all day. */
function sketchesOf(cores: number): StoredSketch[] {
  return Array.from({ length: DAYS }, (_, day) => {
    const sketch = UsageSketch.empty('cpu');
    sketch.addSeries(new Float64Array(288).fill(cores));
    return {
      container: 'web',
      resource: 'cpu' as const,
      day: addDays(dayOf(NOW), day - DAYS),
      sketch,
    };
  });
}

function decide(
  ofWorkload: WorkloadHistory,
  sketches: readonly StoredSketch[] = [],
  risks: readonly CapacityRisk[] = [],
): Decision[] {
  const workload: WorkloadAnalysis = {
    history: ofWorkload,
    containers: adviseContainers(ofWorkload, sketches, NOW),
    risks,
    autoscaler: adviseAutoscaler(ofWorkload, sketches, NOW),
  };
  return decideEntity(
    {
      entityRef: ENTITY_REF,
      now: NOW,
      workloads: [workload],
      findings: [],
      windowStart: NOW,
    },
    new Map(),
  );
}

const draftOf = (decisions: readonly Decision[]) =>
  (decisions.find(({ kind }) => kind === 'draft') as Draft | undefined)
    ?.content;

const withheldOf = (decisions: readonly Decision[], subject: string) =>
  decisions.find(
    decision => decision.kind === 'withheld' && decision.subject === subject,
  );

it('proposes a fuller target where the load rises slowly, priced by the replicas it spares', () => {
  const decisions = decide(autoscaled());
  const content = draftOf(decisions)!;
  expect(content.action).toEqual({
    kind: 'tune-autoscaler',
    workload: WORKLOAD,
    autoscaler: 'web-hpa',
    from: { minReplicas: 3, maxReplicas: 20, cpuUtilisationPercent: 50 },
    // Never a lower maximum: it costs nothing, and holds what no history knows.
    to: { minReplicas: 3, maxReplicas: 20, cpuUtilisationPercent: 80 },
    containers: [],
  });
  // Half of the request is used, so that 50 % spent on replicas become about 80 %: three in eight less.
  const spend = (9 / 24) * 730;
  const saved = content.saving.expected.amountMicros / 1e6 / spend;
  expect(saved).toBeGreaterThan(0.25);
  expect(saved).toBeLessThan(0.4);
  expect(content.title).toBe(
    'Tune autoscaler web-hpa: target from 50 % to 80 %',
  );
  expect(content.evidence.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['cpu', 'replicas', 'state']),
  );
  // What is tuned together is not also said to be in the way.
  expect(
    decisions.filter(
      decision =>
        decision.kind === 'withheld' &&
        decision.abstention.code === 'autoscaler-on-resource',
    ),
  ).toEqual([]);
});

it('changes requests and settings together where smaller pods cost less', () => {
  // Three pods would do for the night at a fifth of what they request.
  const quiet = autoscaled({}, { cores: () => 0.6 });
  const content = draftOf(decide(quiet, sketchesOf(0.2)))!;
  expect(content.action).toMatchObject({
    kind: 'tune-autoscaler',
    // No more than half at once.
    containers: [{ container: 'web', cpuRequest: '500m' }],
    // As many cores as before at its largest.
    to: { maxReplicas: 40 },
  });
  expect(content.title).toContain('CPU of web from 1 to 500m');
});

it('does not have a pod serve more than its memory may hold', () => {
  const target = (memory: number) => {
    const { action } = draftOf(decide(autoscaled({}, { memory }))) ?? {};
    return action?.kind === 'tune-autoscaler'
      ? action.to.cpuUtilisationPercent
      : undefined;
  };
  expect(target(0.3 * GIB)).toBe(80);
  expect(target(0.7 * GIB)).toBe(60);
  // Short of memory as it is: that is no reason to serve less.
  expect(target(0.95 * GIB)).toBeUndefined();
});

it('leaves room for a slow start', () => {
  const sudden = (hour: number) => (hour >= 9 && hour < 17 ? 6 : 4.5);
  const targetAt = (startUpSeconds: number) => {
    const { advice } = adviseAutoscaler(
      autoscaled({ startUpSeconds }, { cores: sudden }),
      [],
      NOW,
    )!;
    return 'code' in advice ? undefined : advice[0].plan.targetUtilisation;
  };
  expect(targetAt(3600)!).toBeLessThan(targetAt(10)!);
});

it.each([
  [
    'another object writes it',
    { autoscaler: { ...AUTOSCALER, managedBy: 'ScaledObject web' } },
    /ScaledObject web writes/,
  ],
  [
    'it follows something else too',
    { autoscaler: { ...AUTOSCALER, otherMetrics: ['External metric queue'] } },
    /External metric queue/,
  ],
  [
    'it follows memory too',
    {
      autoscaler: {
        ...AUTOSCALER,
        resources: ['cpu', 'memory'] as const,
        targetUtilisation: { cpu: 0.5, memory: 0.7 },
      },
    },
    /also follows memory/,
  ],
  [
    'it follows an absolute amount',
    {
      autoscaler: {
        ...AUTOSCALER,
        targetUtilisation: {},
        otherMetrics: ['an absolute amount of cpu'],
      },
    },
    /absolute amount/,
  ],
  [
    'a vertical autoscaler sets the requests',
    {
      verticalAutoscaler: {
        name: 'web-vpa',
        mode: 'sets',
        resources: ['cpu'],
      } as const,
    },
    /web-vpa sets the CPU requests/,
  ],
])('withholds advice where %s', (_name, state, reason) => {
  const decisions = decide(autoscaled(state));
  expect(draftOf(decisions)).toBeUndefined();
  expect(withheldOf(decisions, 'autoscaler')).toMatchObject({
    abstention: {
      code: 'autoscaler-on-resource',
      reason: expect.stringMatching(reason),
    },
  });
});

it('lets a vertical autoscaler that only recommends be, and heeds one that sets', () => {
  const alone = { autoscaler: undefined };
  const verticalAutoscaler = { name: 'v', resources: ['cpu'] } as const;
  const advised = (mode: 'sets' | 'recommends') =>
    adviseContainers(
      autoscaled({
        ...alone,
        verticalAutoscaler: { ...verticalAutoscaler, mode },
      }),
      sketchesOf(0.2),
      NOW,
    )[0].advice;
  expect(advised('recommends')).toMatchObject({ cpu: { kind: 'advice' } });
  expect(JSON.stringify(advised('sets'))).toContain('vertical autoscaler');
});

it('raises a maximum that the load is about to reach, before any saving', () => {
  const limit = 20;
  const use = {
    start: Date.parse(NOW) / 1000 - 14 * 86_400,
    step: 3600,
    values: Float64Array.from({ length: 14 * 24 }, (_, i) => 10 + i / 40),
  };
  const saturation = timeToSaturation(use, limit);
  if (saturation.kind === 'abstention') {
    throw new Error(saturation.reason);
  }
  const risk: CapacityRisk = {
    signal: 'autoscaler-maximum',
    use,
    limit,
    saturation,
  };
  const decisions = decide(autoscaled(), [], [risk]);
  const content = draftOf(decisions)!;
  const { action } = content;
  expect(action).toMatchObject({
    kind: 'tune-autoscaler',
    from: { maxReplicas: 20, cpuUtilisationPercent: 50 },
    to: { minReplicas: 3, cpuUtilisationPercent: 50 },
    containers: [],
  });
  const raised = action.kind === 'tune-autoscaler' ? action.to.maxReplicas : 0;
  expect(raised).toBeGreaterThan(20);
  expect(raised).toBeLessThanOrEqual(40);
  expect(content.saving.expected.amountMicros).toBe(0);
  expect(content.priority).toBe('high');
  expect(withheldOf(decisions, 'autoscaler')).toMatchObject({
    abstention: { code: 'other-advice-first' },
  });
  const managed = { ...AUTOSCALER, managedBy: 'ScaledObject web' };
  expect(draftOf(decide(autoscaled({ autoscaler: managed }), [], [risk]))).toBe(
    undefined,
  );
});
