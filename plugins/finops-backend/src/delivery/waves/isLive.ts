import {
  Action,
  ContainerRequests,
  Quantity,
} from '@apexlogic/backstage-plugin-finops-common';
import type {
  ContainerSpec,
  WorkloadState,
} from '@apexlogic/backstage-plugin-finops-node';

/**
 * Whether a workload runs as an action wants it; `undefined` where its state does not show what the action
 * changes, so that nobody takes it for live.
 */
export function isLive(
  action: Action,
  state: WorkloadState,
): boolean | undefined {
  switch (action.kind) {
    case 'rightsize':
      return 'containers' in action
        ? action.containers.every(wanted => asksFor(wanted, state))
        : undefined;
    case 'scale-replicas':
      return state.replicas === undefined
        ? undefined
        : state.replicas === action.to;
    case 'tune-autoscaler': {
      const { autoscaler } = state;
      const { minReplicas, maxReplicas, cpuUtilisationPercent } = action.to;
      if (autoscaler?.name !== action.autoscaler) {
        return undefined;
      }
      const target = autoscaler.targetUtilisation?.cpu;
      return (
        autoscaler.minReplicas === minReplicas &&
        autoscaler.maxReplicas === maxReplicas &&
        target !== undefined &&
        Math.round(target * 100) === cpuUtilisationPercent &&
        action.containers.every(wanted => asksFor(wanted, state))
      );
    }
    default:
      return undefined;
  }
}

function asksFor(
  wanted: ContainerRequests,
  { containers }: WorkloadState,
): boolean {
  const live = containers.find(({ name }) => name === wanted.container);
  return (
    live !== undefined &&
    (['cpuRequest', 'memoryRequest', 'memoryLimit'] as const).every(field =>
      isSame(wanted[field], live[field]),
    )
  );
}

/** What an action leaves out may be anything. */
function isSame(
  wanted: string | undefined,
  live: ContainerSpec['cpuRequest'],
): boolean {
  return (
    wanted === undefined ||
    (live !== undefined &&
      Quantity.ofNumber(live).compare(Quantity.parse(wanted)) === 0)
  );
}
