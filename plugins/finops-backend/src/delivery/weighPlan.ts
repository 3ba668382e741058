import {
  ChangePlan,
  parseWorkloadKey,
  Recommendation,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  deploymentsOf,
  Impact,
  impactOf,
  shareRemoved,
} from '../governance/impactOf';
import { Loop } from './Loop';

/** Gathers what is known of a planned change and weighs it. */
export async function weighPlan(
  { stores, config }: Loop,
  recommendation: Recommendation,
  plan: ChangePlan,
): Promise<Impact> {
  const { action, workload, environment, entityRef, saving, confidence } =
    recommendation;
  const entity = await stores.entities.getEntity(entityRef);
  const live = (await stores.entities.getWorkloadsByKey([workload])).get(
    workload,
  );
  return impactOf(
    {
      environment,
      kind: parseWorkloadKey(workload).kind,
      replicasAfter: replicasAfter(action) ?? live?.state.replicas,
      shareRemoved: shareRemoved(plan),
      monthlySaving: saving.expected,
      deployments: deploymentsOf(plan),
      dataClass: entity?.context.dataClass,
      confidence,
      firstOfItsKind: !(await stores.recommendations.wasMerged(
        workload,
        action.kind,
      )),
    },
    config.moneyWeights,
  );
}

function replicasAfter(action: Recommendation['action']): number | undefined {
  switch (action.kind) {
    case 'scale-replicas':
      return action.to;
    case 'tune-autoscaler':
      return action.to.minReplicas;
    default:
      return undefined;
  }
}
