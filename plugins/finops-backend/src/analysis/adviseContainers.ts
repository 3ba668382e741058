import {
  cutSeries,
  rightsize,
  RightsizeOptions,
  UsageHistory,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { addDays, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import { ContainerSpec } from '@apexlogic/backstage-plugin-finops-node';
import { StoredWorkload } from '../database/EntityStore';
import { StoredSketch } from '../database/UsageStore';
import { meanOf } from './series';
import { ContainerAdvice, WorkloadHistory, WorkloadTunings } from './types';

/** Days of sketches the model is given: two weekly seasons and their repetition. */
export const SKETCH_DAYS = 28;

/** Throttling and out-of-memory kills older than this say nothing of the present, seconds. */
const RECENT_SECONDS = 14 * 86_400;

/** Kinds that keep data of their own. */
const STATEFUL_KINDS = ['StatefulSet'];
const BATCH_KINDS = ['Job', 'CronJob'];

/**
 * Asks the rightsizing model about every container of a workload.
 *
 * @param options - `autoscaledOn`: resources whose requests an autoscaler's target is measured by, which
 *   may then not be advised alone; those of its autoscaler unless told
 */
export function adviseContainers(
  history: Pick<WorkloadHistory, 'stored' | 'series'>,
  sketches: readonly StoredSketch[],
  now: string,
  options: Pick<RightsizeOptions, 'autoscaledOn'> & {
    readonly tunings?: WorkloadTunings;
    /** Relative change that is worth a review; the model's own unless told. */
    readonly minimumChange?: number;
  } = {},
): ContainerAdvice[] {
  const { stored } = history;
  const { autoscaler, verticalAutoscaler } = stored.state;
  return stored.state.containers.map(container => {
    const tuning = options.tunings?.get(container.name);
    const advice = rightsize(
      {
        cpu: usageOf(sketches, container, 'cpu', now),
        memory: usageOf(sketches, container, 'memory', now),
        throttledRatio: recent(
          history,
          container.name,
          'cpu-throttled-ratio',
          now,
          values => meanOf(values),
        ),
        oomKills: recent(history, container.name, 'oom-kills', now, sumOf),
        runtime: container.runtime,
      },
      {
        now,
        workloadClass: classOf(stored),
        autoscaledOn: options.autoscaledOn ?? autoscaler?.resources,
        setByAutoscaler:
          verticalAutoscaler?.mode === 'sets'
            ? verticalAutoscaler.resources
            : undefined,
        specChangedAt: stored.state.specChangedAt,
        tuning,
        minimumChange: options.minimumChange,
      },
    );
    return { container: container.name, advice, ...(tuning && { tuning }) };
  });
}

function usageOf(
  sketches: readonly StoredSketch[],
  container: ContainerSpec,
  resource: 'cpu' | 'memory',
  now: string,
): UsageHistory {
  const first = addDays(dayOf(now), -SKETCH_DAYS);
  return {
    days: sketches
      .filter(
        sketch =>
          sketch.container === container.name &&
          sketch.resource === resource &&
          sketch.day >= first,
      )
      .map(({ day, sketch }) => ({ day, sketch })),
    request:
      resource === 'cpu' ? container.cpuRequest : container.memoryRequest,
    limit: resource === 'cpu' ? container.cpuLimit : container.memoryLimit,
  };
}

function recent(
  { series }: Pick<WorkloadHistory, 'series'>,
  container: string,
  metric: 'cpu-throttled-ratio' | 'oom-kills',
  now: string,
  reduce: (values: Float64Array) => number | undefined,
): number | undefined {
  const found = series.find(
    item => item.container === container && item.metric === metric,
  );
  const end = Date.parse(now) / 1000;
  return found && reduce(cutSeries(found, end - RECENT_SECONDS, end).values);
}

function sumOf(values: Float64Array): number | undefined {
  const measured = values.filter(value => Number.isFinite(value));
  return measured.length > 0
    ? measured.reduce((total, value) => total + value, 0)
    : undefined;
}

/** What the model takes a workload for. */
export function classOf({
  state,
  environment,
}: StoredWorkload): NonNullable<RightsizeOptions['workloadClass']> {
  if (STATEFUL_KINDS.includes(state.workload.kind)) {
    return 'stateful';
  }
  if (BATCH_KINDS.includes(state.workload.kind)) {
    return 'batch';
  }
  const declared = state.labels['finops.apexlogic.com/workload-class'];
  if (declared === 'latency-critical') {
    return 'latency-critical';
  }
  return environment === 'development' || environment === 'staging'
    ? 'non-production'
    : 'standard';
}
