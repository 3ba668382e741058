import {
  COST_OPTIMIZER,
  planReplicas,
  Series,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { Abstention } from '@apexlogic/backstage-plugin-finops-common';
import { alignReplicas, availabilityNeeds, recentLoad } from './replicaLoad';
import { addSeries, sumOfContainers } from './series';
import { WorkloadAnalysis, WorkloadHistory } from './types';

/** Kinds whose replicas are interchangeable; a StatefulSet's hold data and are not. */
const SCALABLE_KINDS = ['Deployment', 'ReplicaSet', 'Rollout'];

/** Asks the replica model about a workload; `undefined` for kinds without replicas of their own. */
export function adviseReplicas(
  history: WorkloadHistory,
  now: string,
): WorkloadAnalysis['replicas'] {
  const { state } = history.stored;
  if (
    state.replicas === undefined ||
    !SCALABLE_KINDS.includes(state.workload.kind)
  ) {
    return undefined;
  }
  if (state.replicas < 1) {
    return { plan: withheld('no-usage', 'The workload is scaled to zero.') };
  }
  const device = state.containers
    .flatMap(container => Object.keys(container.extendedResources ?? {}))
    .at(0);
  if (device !== undefined) {
    return {
      plan: withheld(
        'conflicting-signals',
        `Each pod requests ${device}, whose use is not measured; CPU alone cannot say how many pods are needed.`,
      ),
    };
  }
  const window = (series: Series | undefined) =>
    series && recentLoad(series, now);
  const cpuTotal = window(sumOfContainers(history.series, 'cpu-usage-sum'));
  if (!cpuTotal || !cpuTotal.values.some(Number.isFinite)) {
    return {
      plan: withheld('no-usage', 'No CPU use of its pods was measured.'),
    };
  }
  const cpuRequestPerPod = sumDefined(
    state.containers.map(container => container.cpuRequest),
  );
  if (!cpuRequestPerPod) {
    return {
      plan: withheld(
        'no-request',
        'Its containers request no CPU, so use has nothing to be compared with.',
      ),
    };
  }
  const replicas = history.series.find(series => series.metric === 'replicas');
  const logRate = window(sumOfContainers(history.series, 'log-request-rate'));
  const requestRate =
    window(sumOfContainers(history.series, 'request-rate')) ?? logRate;
  const network = window(
    addSeries(
      history.series.filter(
        ({ metric }) =>
          metric === 'network-receive' || metric === 'network-transmit',
      ),
    ),
  );
  const plan = planReplicas(
    {
      cpuTotal,
      cpuRequestPerPod,
      replicas: alignReplicas(replicas, cpuTotal, state.replicas),
      requestRate,
      network,
      memoryTotal: window(sumOfContainers(history.series, 'memory-usage-sum')),
      memoryRequestPerPod: sumDefined(
        state.containers.map(container => container.memoryRequest),
      ),
    },
    {
      now,
      currentReplicas: state.replicas,
      autoscaled: state.autoscaler !== undefined,
      ...availabilityNeeds(history.stored),
      specChangedAt: state.specChangedAt,
    },
  );
  return {
    plan,
    load: { cpuTotal, cpuRequestPerPod, requestRate, logRate, network },
  };
}

function sumDefined(
  values: readonly (number | undefined)[],
): number | undefined {
  const defined = values.filter(value => value !== undefined);
  return defined.length > 0
    ? defined.reduce((total, value) => total + value, 0)
    : undefined;
}

function withheld(code: Abstention['code'], reason: string): Abstention {
  return { kind: 'abstention', code, reason, model: COST_OPTIMIZER };
}
