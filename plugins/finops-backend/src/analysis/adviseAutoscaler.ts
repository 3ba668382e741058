import {
  AutoscalerBounds,
  AutoscalerPlan,
  COST_OPTIMIZER,
  planAutoscaler,
  Series,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { Abstention } from '@apexlogic/backstage-plugin-finops-common';
import { StoredSketch } from '../database/UsageStore';
import { adviseContainers } from './adviseContainers';
import { firstStep } from './firstStep';
import { alignReplicas, availabilityNeeds, recentLoad } from './replicaLoad';
import { sumOfContainers } from './series';
import { AutoscalerAdvice, WorkloadAnalysis, WorkloadHistory } from './types';

/** A pod whose start nobody timed is taken for this slow, seconds. */
const UNKNOWN_START_SECONDS = 120;

/** The HPA looks every 15 s at a mean of about a minute, so it knows of a rise this late, seconds. */
const REACTION_SECONDS = 75;

/** Share of its memory limit that a pod may be expected to hold when it serves more. */
const MEMORY_ROOM = 0.9;

/**
 * Asks for new settings of an autoscaler on CPU utilisation: with the requests as they are, and with
 * those that the use of a pod would need, since its target is measured by them. `undefined` where no
 * autoscaler follows CPU.
 */
export function adviseAutoscaler(
  history: WorkloadHistory,
  sketches: readonly StoredSketch[],
  now: string,
): WorkloadAnalysis['autoscaler'] {
  const { state } = history.stored;
  const { autoscaler } = state;
  if (!autoscaler?.resources.includes('cpu')) {
    return undefined;
  }
  const inTheWay = notOursToTune(history);
  if (inTheWay) {
    return { advice: inTheWay };
  }
  const cpuTotal = sumOfContainers(history.series, 'cpu-usage-sum');
  if (!cpuTotal || !state.replicas) {
    return {
      advice: withheld(
        'no-usage',
        cpuTotal
          ? 'The workload is scaled to zero.'
          : 'No CPU use of its pods was measured.',
      ),
    };
  }
  const load = recentLoad(cpuTotal, now);
  const requests = new Map(
    state.containers.map(({ name, cpuRequest }) => [name, cpuRequest ?? 0]),
  );
  if (requests.size === 0 || [...requests.values()].includes(0)) {
    return {
      advice: withheld(
        'no-request',
        'A container requests no CPU, so the autoscaler has nothing to measure its use by.',
      ),
    };
  }
  const current: AutoscalerBounds = {
    minimum: autoscaler.minReplicas,
    maximum: autoscaler.maxReplicas,
    targetUtilisation: autoscaler.targetUtilisation!.cpu!,
  };
  const perPod = sumOf(requests);
  const counted = history.series.find(({ metric }) => metric === 'replicas');
  const planFor = (
    advised: ReadonlyMap<string, number>,
  ): AutoscalerAdvice | Abstention => {
    const after = new Map([...requests, ...advised]);
    const plan = planAutoscaler(
      {
        cpuTotal: load,
        cpuRequestPerPod: perPod,
        replicas: alignReplicas(counted, load, state.replicas!),
      },
      {
        now,
        current,
        startUpSeconds:
          REACTION_SECONDS + (state.startUpSeconds ?? UNKNOWN_START_SECONDS),
        ...availabilityNeeds(history.stored),
        specChangedAt: state.specChangedAt,
        advisedCpuRequestPerPod: sumOf(after),
        highestLoadPerReplica:
          current.targetUtilisation * perPod * memoryRoom(history, now),
      },
    );
    return plan.kind === 'abstention'
      ? plan
      : {
          kind: 'autoscaler-advice',
          plan: onlyWider(plan, current, perPod / sumOf(after)),
          current,
          requests: advised,
          requestPerPod: { before: perPod, after: sumOf(after) },
        };
  };
  const asNow = planFor(new Map());
  const advised = advisedRequests(history, sketches, now);
  const plans = [asNow, ...(advised.size > 0 ? [planFor(advised)] : [])].filter(
    plan => plan.kind !== 'abstention',
  );
  return {
    advice: plans.length > 0 ? plans : (asNow as Abstention),
    cpuTotal: load,
  };
}

/** Why the settings are not to be tuned by CPU alone, or not in the HPA. */
function notOursToTune({ stored }: WorkloadHistory): Abstention | undefined {
  const { autoscaler, verticalAutoscaler } = stored.state;
  const { name, otherMetrics, managedBy, targetUtilisation, resources } =
    autoscaler!;
  if (managedBy !== undefined) {
    return withheld(
      'autoscaler-on-resource',
      `${managedBy} writes the autoscaler ${name} and would undo a change of it.`,
    );
  }
  const others = [
    ...(resources.includes('memory') ? ['memory'] : []),
    ...(otherMetrics ?? []),
  ];
  if (others.length > 0 || targetUtilisation?.cpu === undefined) {
    return withheld(
      'autoscaler-on-resource',
      `The autoscaler ${name} also follows ${
        others.join(', ') || 'something else'
      }; CPU alone cannot say what it needs.`,
    );
  }
  if (
    verticalAutoscaler?.mode === 'sets' &&
    verticalAutoscaler.resources.includes('cpu')
  ) {
    return withheld(
      'autoscaler-on-resource',
      `The vertical autoscaler ${verticalAutoscaler.name} sets the CPU requests that the target of ${name} is measured by.`,
    );
  }
  return undefined;
}

/** What the CPU use of a pod asks for, as if its autoscaler moved along; containers that would change. */
function advisedRequests(
  history: WorkloadHistory,
  sketches: readonly StoredSketch[],
  now: string,
): ReadonlyMap<string, number> {
  const { containers } = history.stored.state;
  return new Map(
    adviseContainers(history, sketches, now, { autoscaledOn: [] }).flatMap(
      ({ container, advice }) => {
        const cpu = advice.kind === 'advice' ? advice.cpu : undefined;
        const before =
          containers.find(({ name }) => name === container)?.cpuRequest ?? 0;
        return cpu?.kind === 'advice'
          ? [[container, firstStep(before, cpu.request)]]
          : [];
      },
    ),
  );
}

/** How many times its load a pod may serve before memory stands in the way, were all of it load. */
function memoryRoom({ stored, series }: WorkloadHistory, now: string): number {
  const rooms = stored.state.containers.flatMap(
    ({ name, memoryLimit, memoryRequest }) => {
      const limit = memoryLimit ?? memoryRequest;
      const use = series.find(
        ({ metric, container }) =>
          metric === 'memory-usage-max' && container === name,
      );
      const most = use ? highestOf(recentLoad(use, now)) : 0;
      return limit && most > 0 ? [(MEMORY_ROOM * limit) / most] : [];
    },
  );
  // A pod that is short of memory now is another matter, and no reason to have it serve less.
  return rooms.length > 0 ? Math.max(1, Math.min(...rooms)) : Infinity;
}

/**
 * A maximum above the need costs nothing, and is there for days that no history knows: it goes on
 * holding as many replicas and as many cores.
 */
function onlyWider(
  plan: AutoscalerPlan,
  current: AutoscalerBounds,
  smallerBy: number,
): AutoscalerPlan {
  const sameCores = Math.ceil(current.maximum * smallerBy - 1e-9);
  return {
    ...plan,
    maximum: Math.max(plan.maximum, current.maximum, sameCores),
  };
}

function highestOf({ values }: Series): number {
  return values.reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, value) : most),
    0,
  );
}

function sumOf(requests: ReadonlyMap<string, number>): number {
  return [...requests.values()].reduce((total, value) => total + value, 0);
}

function withheld(code: Abstention['code'], reason: string): Abstention {
  return { kind: 'abstention', code, reason, model: COST_OPTIMIZER };
}
