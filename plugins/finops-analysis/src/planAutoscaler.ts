import { Abstention } from '@apexlogic/backstage-plugin-finops-common';
import {
  abstain,
  COST_OPTIMIZER,
  COST_OPTIMIZER_PARAMETERS,
} from './costOptimizer';
import { quantileOfSorted, sortedFinite } from './robust';
import { availabilityFloor } from './scaling/availabilityFloor';
import { selectWindow } from './scaling/loadWindow';
import { cutSeries } from './cutSeries';
import { busiestWeekdayPeak, peakOutlook } from './scaling/peakOutlook';
import { startUpRise } from './scaling/startUpRise';
import {
  AutoscalerBounds,
  AutoscalerOptions,
  AutoscalerPlan,
  ReplicaLoad,
  Series,
} from './types';

const P = COST_OPTIMIZER_PARAMETERS.autoscaler;

/**
 * Minimum, maximum and CPU target of an HPA from its load.
 *
 * @remarks
 *
 * The target leaves room for the rise of the load while a replica starts, so a workload that starts
 * quickly or rises slowly may run fuller. The minimum holds the low of the load and the largest rise from
 * it in that time, and what availability asks for: the stated minimum, one replica a zone, one more than
 * a disruption budget keeps. The maximum holds the upper end of next week's peak with a margin.
 *
 * Utilisation is measured against requests: where a change of them is advised too, all three are for the
 * requests after it, since the same target would otherwise mean other replicas.
 *
 * @public
 */
export function planAutoscaler(
  load: Pick<ReplicaLoad, 'cpuTotal' | 'cpuRequestPerPod' | 'replicas'>,
  options: AutoscalerOptions,
): AutoscalerPlan | Abstention {
  const { current } = options;
  const request = options.advisedCpuRequestPerPod ?? load.cpuRequestPerPod;
  if (!(load.cpuRequestPerPod > 0 && request > 0)) {
    return abstain(
      'no-request',
      'the pods request no CPU, so utilisation has no meaning',
    );
  }
  const window = selectWindow(load.cpuTotal, options);
  if ('code' in window) {
    return window;
  }
  const cpu = cutSeries(load.cpuTotal, window.from, window.to);
  const observed = busiestWeekdayPeak(cpu);
  if (observed === 0) {
    return abstain(
      'no-usage',
      `the pods used no CPU at all in ${window.days} days`,
    );
  }

  const peak = peakOutlook(cpu, observed);
  const rise = startUpRise(cpu, options.startUpSeconds);
  const targetUtilisation = Math.min(
    Math.max(
      quantised(
        Math.min(
          P.saturation / (1 + rise.relative),
          (options.highestLoadPerReplica ?? Infinity) / request,
        ),
      ),
      P.lowestTarget,
    ),
    P.highestTarget,
  );
  const floor = availabilityFloor(options);
  const low = quantileOfSorted(sortedFinite(cpu.values), P.lowQuantile);
  const minimum = Math.max(
    floor,
    holding(low + rise.absolute, P.saturation * request),
  );
  const maximum = Math.max(
    minimum + 1,
    holding(P.maximumMargin * peak.upper, targetUtilisation * request),
  );
  const bounds: AutoscalerBounds = {
    minimum,
    maximum,
    targetUtilisation: Number(targetUtilisation.toFixed(4)),
  };
  if (isSame(bounds, current)) {
    return abstain(
      'change-too-small',
      `${minimum} to ${maximum} replicas at ${percent(
        targetUtilisation,
      )} are what its load needs`,
    );
  }
  const byTheRule = meanOf(replicasUnder(current, cpu, load.cpuRequestPerPod));
  const ran = meanOf(cutSeries(load.replicas, window.from, window.to));
  const after = meanOf(replicasUnder(bounds, cpu, request)) ?? minimum;
  return {
    kind: 'autoscaler-plan',
    ...bounds,
    meanReplicas: ran ?? byTheRule ?? minimum,
    meanReplicasAfter:
      after * Math.max(1, (ran ?? 0) / (byTheRule ?? Infinity)),
    startUpRise: rise.relative,
    peak,
    floor,
    historyDays: window.days,
    confidence:
      P.confidence.lowest +
      P.confidence.ofHistory *
        Math.min(1, window.days / P.confidence.fullHistoryDays),
    model: COST_OPTIMIZER,
  };
}

function holding(cores: number, perReplica: number): number {
  return Math.ceil(cores / perReplica - 1e-9);
}

function isSame(one: AutoscalerBounds, other: AutoscalerBounds): boolean {
  return (
    one.minimum === other.minimum &&
    one.maximum === other.maximum &&
    Math.abs(one.targetUtilisation - other.targetUtilisation) <
      P.targetQuantum / 2
  );
}

/**
 * Replicas that an HPA with these bounds would run for a load by its rule, on the grid of the load. It
 * scales up within a minute or two and down after some, which is not played here.
 *
 * @param cpu - cores of all pods
 * @param request - cores that one pod requests
 *
 * @public
 */
export function replicasUnder(
  { minimum, maximum, targetUtilisation }: AutoscalerBounds,
  cpu: Series,
  request: number,
): Series {
  const values = cpu.values.map(cores =>
    Math.min(
      Math.max(holding(cores, targetUtilisation * request), minimum),
      maximum,
    ),
  );
  return { start: cpu.start, step: cpu.step, values };
}

/** Of the finite values; `undefined` without one. */
function meanOf({ values }: Series): number | undefined {
  const finite = values.filter(Number.isFinite);
  return finite.length > 0
    ? finite.reduce((sum, value) => sum + value, 0) / finite.length
    : undefined;
}

/** Down; the last term keeps 0.7 from becoming 0.65 by rounding. */
function quantised(target: number): number {
  return Math.floor(target / P.targetQuantum + 1e-9) * P.targetQuantum;
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}
