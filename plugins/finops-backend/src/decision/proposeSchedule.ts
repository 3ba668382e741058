import {
  OffHoursMechanism,
  RunningHours,
  ScheduleOffHoursAction,
} from '@apexlogic/backstage-plugin-finops-common';
import { WorkloadAnalysis } from '../analysis/types';
import { StoredFinding } from '../database/FindingStore';
import { costEvidence, stateEvidence } from './evidence';
import { priceSaving } from './priceSaving';
import { priorityOf } from './priorityOf';
import { Decision } from './types';
import { withhold } from './withhold';
import { joinReason, number, savingInWords } from './words';

const DAY_HOURS = 24;
const WEEK_HOURS = 168;
const ISO_SUNDAY = 7;

/** Hours a week that one pair of times must still save. */
const MINIMUM_OFF_HOURS = 12;

const DAY_NAMES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/**
 * Proposes to run a workload outside production only while it is used: one pair of times on some days,
 * around all hours in which it was. `undefined` where that saves too little, or nothing can stop it.
 *
 * @param mechanism - what the clusters have to stop workloads with
 */
export function proposeSchedule(
  entityRef: string,
  { history, offHours }: WorkloadAnalysis,
  findings: readonly StoredFinding[],
  mechanism: OffHoursMechanism | undefined,
  now: string,
): Decision | undefined {
  const { workload, environment, state } = history.stored;
  const running = offHours && runningHours(offHours);
  // KEDA takes no autoscaler beside it, and a Rollout is stopped by neither.
  const isStoppable =
    ['Deployment', 'StatefulSet'].includes(state.workload.kind) &&
    (mechanism === 'kube-green' || !state.autoscaler);
  const action =
    running && isStoppable
      ? actionOf(workload, running.hours, mechanism, state.replicas)
      : undefined;
  if (!offHours || !running || !action) {
    return undefined;
  }
  const { schedule } = offHours;
  const off = WEEK_HOURS - running.perWeek;
  const priced = priceSaving(
    history,
    {
      replicas: { times: running.perWeek / WEEK_HOURS },
      containers: new Map(),
    },
    now,
  );
  const title = `Run only ${hoursInWords(running.hours)}`;
  if (priced.kind === 'no-price') {
    return withhold(workload, 'schedule', {
      code: 'no-price',
      reason: `${title} would fit, but the saving is unknown. ${priced.reason}`,
      model: schedule.model,
    });
  }
  const { saving, share } = priced;
  return {
    kind: 'draft',
    content: {
      entityRef,
      workload,
      environment,
      action,
      title,
      reason: joinReason([
        `Not used in ${off} hours a week that it runs`,
        `${number(
          schedule.expectedUsedOffHours,
        )} of them are expected to be wanted`,
        savingInWords(saving),
      ]),
      saving,
      risk: 'low',
      effort: 'low',
      priority: priorityOf({ share, environment, relief: false }),
      confidence: schedule.confidence,
      model: schedule.model,
      evidence: [
        ...findings
          .filter(
            finding =>
              finding.kind === 'waste' &&
              finding.signal === 'off-hours' &&
              finding.workload === workload,
          )
          .flatMap(({ evidence }) => evidence),
        ...costEvidence(history, now),
        stateEvidence(history),
      ],
    },
  };
}

function actionOf(
  workload: string,
  hours: RunningHours,
  mechanism: OffHoursMechanism | undefined,
  replicas: number | undefined,
): ScheduleOffHoursAction | undefined {
  const kind = 'schedule-off-hours' as const;
  switch (mechanism) {
    case 'kube-green':
      return { kind, workload, mechanism, ...hours };
    case 'keda-cron':
      return replicas === undefined
        ? undefined
        : { kind, workload, mechanism, runningReplicas: replicas, ...hours };
    default:
      return undefined;
  }
}

/** The least pair of times that holds every hour in which the workload must run. */
function runningHours({
  schedule,
  runs,
}: NonNullable<WorkloadAnalysis['offHours']>):
  | { readonly hours: RunningHours; readonly perWeek: number }
  | undefined {
  const off = new Set(
    runs.flatMap(run =>
      Array.from(
        { length: run.hours },
        (_, index) => (run.from + index) % WEEK_HOURS,
      ),
    ),
  );
  const used = Array.from({ length: WEEK_HOURS }, (_, hour) => hour).filter(
    hour => !off.has(hour),
  );
  // The schedule's week begins on a Sunday.
  const weekdays = [
    ...new Set(used.map(hour => Math.floor(hour / DAY_HOURS) || ISO_SUNDAY)),
  ].sort((a, b) => a - b);
  const ofDay = used.map(hour => hour % DAY_HOURS);
  const up = Math.min(...ofDay);
  const down = Math.max(...ofDay) + 1;
  const perWeek = weekdays.length * (down - up);
  // A window to midnight would end on the day after, on which kube-green may have nothing to say.
  return used.length === 0 ||
    down === DAY_HOURS ||
    WEEK_HOURS - perWeek < MINIMUM_OFF_HOURS
    ? undefined
    : {
        hours: {
          timeZone: schedule.timeZone,
          weekdays,
          up: clock(up),
          down: clock(down),
        },
        perWeek,
      };
}

function clock(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`;
}

function hoursInWords({ weekdays, up, down, timeZone }: RunningHours): string {
  const [first] = weekdays;
  const last = weekdays[weekdays.length - 1];
  const isRow = weekdays.length > 2 && last - first === weekdays.length - 1;
  const days = isRow
    ? `${DAY_NAMES[first - 1]} to ${DAY_NAMES[last - 1]}`
    : weekdays.map(day => DAY_NAMES[day - 1]).join(', ');
  return `${days} ${up} to ${down} (${timeZone})`;
}
