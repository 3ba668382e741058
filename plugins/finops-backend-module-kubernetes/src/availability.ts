import type {
  DisruptionBudgetState,
  WorkloadState,
} from '@apexlogic/backstage-plugin-finops-node';
import {
  V1LabelSelector,
  V1Node,
  V1Pod,
  V1PodDisruptionBudget,
  V1PodTemplateSpec,
} from '@kubernetes/client-node';
import { matches, Requirement } from './labelSelector';

const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** What of a cluster tells how available its workloads are to be. */
export interface AvailabilityObjects {
  readonly budgets: readonly V1PodDisruptionBudget[];
  /** Why budgets cannot be read now; absent when they can. */
  readonly budgetsGap?: string;
  readonly nodes: readonly V1Node[];
  readonly nodesGap?: string;
  /** Why a `VerticalPodAutoscaler` that may be there cannot be read. */
  readonly verticalGap?: string;
}

type Availability = Pick<
  WorkloadState,
  'disruptionBudget' | 'zones' | 'availabilityUnknown'
>;

/** The parts of a pod template read here. */
type Template = {
  readonly metadata?: Pick<
    NonNullable<V1PodTemplateSpec['metadata']>,
    'labels'
  >;
  readonly spec?: Pick<
    NonNullable<V1PodTemplateSpec['spec']>,
    'topologySpreadConstraints'
  >;
};

/** The disruption budget on a workload's pods and the zones they are to be spread over. */
export function availabilityOf(
  namespace: string,
  template: Template | undefined,
  pods: readonly V1Pod[],
  objects: AvailabilityObjects,
): Availability {
  const unknown: string[] = [];
  const disruptionBudget = budgetOf(namespace, template, objects, unknown);
  const zones = zonesOf(template, pods, objects, unknown);
  if (objects.verticalGap !== undefined) {
    unknown.push(
      `Whether a VerticalPodAutoscaler sets its requests is unknown: ${objects.verticalGap}.`,
    );
  }
  return {
    disruptionBudget,
    zones,
    availabilityUnknown: unknown.length > 0 ? unknown : undefined,
  };
}

function budgetOf(
  namespace: string,
  template: Template | undefined,
  { budgets, budgetsGap }: AvailabilityObjects,
  unknown: string[],
): DisruptionBudgetState | undefined {
  if (budgetsGap !== undefined) {
    unknown.push(`Disruption budgets are unknown: ${budgetsGap}.`);
    return undefined;
  }
  const labels = template?.metadata?.labels ?? {};
  const selecting = budgets.filter(
    ({ metadata, spec }) =>
      metadata?.namespace === namespace &&
      spec?.selector !== undefined &&
      selects(spec.selector, labels),
  );
  if (selecting.length > 1) {
    // Kubernetes evicts no pod with several; which one is meant is the owner's to say.
    unknown.push(
      `The disruption budget is unclear: ${selecting
        .map(({ metadata }) => metadata?.name)
        .sort()
        .join(', ')} all select its pods.`,
    );
    return undefined;
  }
  const { minAvailable, maxUnavailable } = selecting[0]?.spec ?? {};
  return minAvailable === undefined && maxUnavailable === undefined
    ? undefined
    : { minAvailable, maxUnavailable };
}

function zonesOf(
  template: Template | undefined,
  pods: readonly V1Pod[],
  { nodes, nodesGap }: AvailabilityObjects,
  unknown: string[],
): number | undefined {
  // Pods that lie in several zones by chance ask for nothing.
  const constraints = (template?.spec?.topologySpreadConstraints ?? []).filter(
    ({ topologyKey }) => topologyKey === ZONE_LABEL,
  );
  if (constraints.length === 0) {
    return undefined;
  }
  if (nodesGap !== undefined) {
    unknown.push(`The zones of its nodes are unknown: ${nodesGap}.`);
  }
  const zoneOfNode = new Map(
    nodes.map(({ metadata }) => [
      metadata?.name,
      metadata?.labels?.[ZONE_LABEL],
    ]),
  );
  const used = new Set(
    pods
      .map(pod => zoneOfNode.get(pod.spec?.nodeName))
      .filter(zone => zone !== undefined),
  );
  const zones = Math.max(
    used.size,
    ...constraints.map(({ minDomains }) => minDomains ?? 0),
  );
  return zones > 0 ? zones : undefined;
}

const OPERATORS: Readonly<Record<string, Requirement['operator']>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: 'absent',
};

/** As `policy/v1` reads a selector: an empty one selects every pod. */
function selects(
  { matchLabels = {}, matchExpressions = [] }: V1LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) =>
      matches({ key, operator: 'in', values: [value] }, labels),
    ) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const known = OPERATORS[operator];
      return (
        known !== undefined && matches({ key, operator: known, values }, labels)
      );
    })
  );
}
