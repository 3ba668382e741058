import {
  CpuUsage,
  learnSchedule,
  Series,
  WeeklySchedule,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { addDays, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import { Occasions } from './findAnomalies';
import { OffRun, offRuns } from './offRuns';
import { sumOfContainers } from './series';
import { WorkloadHistory } from './types';

/** Kinds that wait for work; to a job or an agent on every node doing nothing is normal. */
export const SERVING_KINDS = [
  'Deployment',
  'ReplicaSet',
  'Rollout',
  'StatefulSet',
];

/** Shorter pauses are not worth a stop and a start. */
const MINIMUM_OFF_HOURS = 4;

/** A schedule that saves less than a night a week is not worth having. */
const MINIMUM_OFF_HOURS_A_WEEK = 12;

/** Hours of the week in which nobody uses a workload. */
export interface OffHours {
  readonly schedule: WeeklySchedule;
  /** Long enough to stop for. */
  readonly runs: readonly OffRun[];
  /** Of all runs together, a week. */
  readonly hours: number;
  /** Peak CPU of all pods that it was learned from. */
  readonly peak: Series;
  /** CPU that one pod requests, cores. */
  readonly request: number;
}

/** Learns when a workload outside production is not used; `undefined` where that is not worth a stop. */
export function learnOffHours(
  history: WorkloadHistory,
  now: string,
  { calendar = [] }: Occasions = {},
): OffHours | undefined {
  const { environment, state } = history.stored;
  const peak = sumOfContainers(history.series, 'cpu-usage-max');
  const request = state.containers.reduce(
    (total, container) => total + (container.cpuRequest ?? 0),
    0,
  );
  if (
    !peak ||
    request === 0 ||
    state.replicas === 0 ||
    !SERVING_KINDS.includes(state.workload.kind) ||
    (environment !== 'development' && environment !== 'staging')
  ) {
    return undefined;
  }
  const schedule = learnSchedule(usageOf(peak, request), {
    now: Date.parse(now) / 1000,
    holidays: calendar.flatMap(({ start, end }) => daysOf(start, end)),
  });
  if (schedule.kind !== 'schedule') {
    return undefined;
  }
  const runs = offRuns(schedule.off, MINIMUM_OFF_HOURS);
  const hours = runs.reduce((total, run) => total + run.hours, 0);
  return hours < MINIMUM_OFF_HOURS_A_WEEK
    ? undefined
    : { schedule, runs, hours, peak, request };
}

/** CPU use as the models of schedules take it. */
export function usageOf(
  { start, step, values }: Series,
  capacity: number,
): CpuUsage {
  return {
    times: Float64Array.from(values, (_, index) => start + index * step),
    used: values,
    capacity,
  };
}

/** Days that `[start, end)`, epoch seconds, touches. */
function daysOf(start: number, end: number): string[] {
  const days: string[] = [];
  const last = dayOf(new Date(Math.max(start, end - 1) * 1000));
  for (
    let day = dayOf(new Date(start * 1000));
    day <= last;
    day = addDays(day, 1)
  ) {
    days.push(day);
  }
  return days;
}
