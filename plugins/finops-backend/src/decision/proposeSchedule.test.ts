import {
  OffHoursMechanism,
  ScheduleOffHoursAction,
} from '@apexlogic/backstage-plugin-finops-common';
import { findWaste } from '../analysis/findWaste';
import { learnOffHours } from '../analysis/learnOffHours';
import { WorkloadAnalysis } from '../analysis/types';
import { NOW, WORKLOAD } from '../__testUtils__/fixtures';
import { history } from '../__testUtils__/history';
import { decideEntity } from './decideEntity';
import { Decision, Draft } from './types';

const ENTITY_REF = 'component:default/web';
const DAYS = 20;
const DOLLAR = 1_000_000;

/** Monday to Friday from 8 to 18 o'clock. */
const officeHours = (hour: number) =>
  hour % 24 >= 8 && hour % 24 < 18 && hour >= 24 && hour < 144;

/** A workload of three pods that costs 24 a day. */
function analysed(options: {
  isUsed?: (hourOfWeek: number) => boolean;
  environment?: 'production' | 'development';
  autoscaled?: boolean;
  priced?: boolean;
}): WorkloadAnalysis {
  const { isUsed = officeHours, environment = 'development' } = options;
  const base = history({ cpuMicros: new Array(DAYS).fill(24 * DOLLAR) });
  const load = base.series[0];
  const values = Float64Array.from(load.values, (_, index) => {
    const at = new Date((load.start + index * load.step) * 1000);
    return isUsed(at.getUTCDay() * 24 + at.getUTCHours()) ? 0.8 : 0.01;
  });
  const own = {
    ...base,
    costs: options.priced === false ? [] : base.costs,
    stored: {
      ...base.stored,
      environment,
      state: {
        ...base.stored.state,
        ...(options.autoscaled && {
          replicas: undefined,
          autoscaler: {
            kind: 'HorizontalPodAutoscaler' as const,
            name: 'web',
            minReplicas: 2,
            maxReplicas: 4,
            resources: [],
          },
        }),
      },
    },
    series: [
      { ...load, values },
      { ...load, metric: 'cpu-usage-max' as const, values },
    ],
  };
  return {
    history: own,
    containers: [],
    risks: [],
    offHours: learnOffHours(own, NOW),
  };
}

function decide(
  workload: WorkloadAnalysis,
  mechanism?: OffHoursMechanism,
): Decision[] {
  return decideEntity(
    {
      entityRef: ENTITY_REF,
      now: NOW,
      workloads: [workload],
      findings: findWaste(ENTITY_REF, workload.history, NOW, workload.offHours),
      windowStart: NOW,
    },
    new Map(),
    mechanism,
  );
}

function scheduleOf(decision: Decision): ScheduleOffHoursAction {
  const { action } = (decision as Draft).content;
  if (action.kind !== 'schedule-off-hours') {
    throw new Error(`${action.kind} was decided`);
  }
  return action;
}

describe('proposing to stop off hours', () => {
  it('keeps every used hour within one pair of times, at the price of the rest', () => {
    const [decision, ...others] = decide(analysed({}), 'kube-green');
    expect(others).toEqual([]);
    const action = scheduleOf(decision);
    expect(action).toMatchObject({
      workload: WORKLOAD,
      mechanism: 'kube-green',
      timeZone: 'UTC',
    });
    for (const day of [1, 2, 3, 4, 5]) {
      expect(action.weekdays).toContain(day);
    }
    const [up, down] = [action.up, action.down].map(time => parseInt(time, 10));
    expect(up).toBeLessThanOrEqual(8);
    expect(down).toBeGreaterThanOrEqual(18);
    const { saving, evidence, title, risk, reason } = (decision as Draft)
      .content;
    // Of 730 dollars a month the share of the week in which it is off.
    const off = 1 - (action.weekdays.length * (down - up)) / 168;
    expect(saving.expected.amountMicros / DOLLAR).toBeGreaterThan(
      0.9 * 730 * off,
    );
    expect(saving.expected.amountMicros / DOLLAR).toBeLessThanOrEqual(
      730 * off + 1,
    );
    expect(title).toContain(`${action.up} to ${action.down} (UTC)`);
    expect(reason).toMatch(/^Not used in \d+ hours a week that it runs;/);
    expect(risk).toBe('low');
    expect(evidence.map(({ id }) => id)).toEqual([
      'off-hours-usage',
      'cost-usd',
      'state',
    ]);
  });

  it('tells KEDA how many are to run', () => {
    const [decision] = decide(analysed({}), 'keda-cron');
    expect(scheduleOf(decision)).toMatchObject({
      mechanism: 'keda-cron',
      runningReplicas: 3,
    });
    expect(decide(analysed({ autoscaled: true }), 'keda-cron')).toEqual([]);
    expect(decide(analysed({ autoscaled: true }), 'kube-green')).toHaveLength(
      1,
    );
  });

  it('proposes nothing that cannot be done, or in production', () => {
    expect(decide(analysed({}))).toEqual([]);
    expect(
      decide(analysed({ environment: 'production' }), 'kube-green'),
    ).toEqual([]);
    expect(decide(analysed({ isUsed: () => true }), 'kube-green')).toEqual([]);
    expect(decide(analysed({ isUsed: () => false }), 'kube-green')).toEqual([]);
    // Used around midnight, no pair of times of one day holds it.
    const nights = (hour: number) => hour % 24 < 4 || hour % 24 >= 20;
    expect(decide(analysed({ isUsed: nights }), 'kube-green')).toEqual([]);
  });

  it('says so where the price is not known', () => {
    expect(decide(analysed({ priced: false }), 'kube-green')).toMatchObject([
      {
        kind: 'withheld',
        subject: 'schedule',
        abstention: { code: 'no-price' },
      },
    ]);
  });

  it('comes before what saves less, and after what saves more', () => {
    const workload = analysed({});
    const plan = {
      kind: 'replica-plan',
      replicas: 2,
      peakUtilisation: 0.3,
      peakUtilisationAfter: 0.4,
      historyDays: 20,
      confidence: 0.9,
      model: { name: 'm', version: '1.0.0' },
    } as unknown as NonNullable<WorkloadAnalysis['replicas']>['plan'];
    const load = {
      cpuTotal: workload.history.series[0],
      cpuRequestPerPod: 1,
    };
    const kinds = (replicas: number) =>
      decide(
        {
          ...workload,
          replicas: { plan: { ...plan, replicas } as never, load },
        },
        'kube-green',
      ).map(decision =>
        decision.kind === 'draft'
          ? decision.content.action.kind
          : `${decision.subject} ${decision.abstention.code}`,
      );
    expect(kinds(2)).toEqual([
      'schedule-off-hours',
      'replicas other-advice-first',
    ]);
    expect(kinds(0)).toEqual(['scale-replicas', 'schedule other-advice-first']);
  });
});
