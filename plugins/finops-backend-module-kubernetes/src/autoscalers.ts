import type {
  AutoscalerState,
  VerticalAutoscalerState,
  WorkloadState,
} from '@apexlogic/backstage-plugin-finops-node';
import { KubernetesObject } from '@kubernetes/client-node';

/** What `autoscaling/v1` keeps of metrics it has no fields for. */
const V1_METRICS_ANNOTATION = 'autoscaling.alpha.kubernetes.io/metrics';

interface ResourceMetric {
  readonly name?: string;
  readonly container?: string;
  readonly target?: { readonly averageUtilization?: number };
}

/** An HPA of any served version; the parts read here. */
export interface AutoscalerObject extends KubernetesObject {
  readonly spec?: {
    readonly scaleTargetRef?: {
      readonly kind?: string;
      readonly name?: string;
    };
    readonly minReplicas?: number;
    readonly maxReplicas?: number;
    /** `autoscaling/v1` */
    readonly targetCPUUtilizationPercentage?: number;
    /** `autoscaling/v2` */
    readonly metrics?: readonly {
      readonly type?: string;
      readonly resource?: ResourceMetric;
      readonly containerResource?: ResourceMetric;
      readonly pods?: { readonly metric?: { readonly name?: string } };
      readonly object?: { readonly metric?: { readonly name?: string } };
      readonly external?: { readonly metric?: { readonly name?: string } };
    }[];
  };
}

/** A `VerticalPodAutoscaler` of `autoscaling.k8s.io/v1`; the parts read here. */
export interface VerticalAutoscalerObject extends KubernetesObject {
  readonly spec?: {
    readonly targetRef?: { readonly kind?: string; readonly name?: string };
    readonly updatePolicy?: { readonly updateMode?: string };
    readonly resourcePolicy?: {
      readonly containerPolicies?: readonly {
        readonly containerName?: string;
        readonly mode?: string;
        readonly controlledResources?: readonly string[];
      }[];
    };
  };
}

/** The autoscalers of a cluster. */
export interface AutoscalerObjects {
  readonly horizontal: readonly AutoscalerObject[];
  readonly vertical: readonly VerticalAutoscalerObject[];
}

const RESOURCES = ['cpu', 'memory'] as const;

/** The autoscalers that target a workload. */
export function autoscalersOf(
  workload: {
    readonly namespace: string;
    readonly kind: string;
    readonly name: string;
  },
  { horizontal, vertical }: AutoscalerObjects,
): Pick<WorkloadState, 'autoscaler' | 'verticalAutoscaler'> {
  const targets = (
    object: KubernetesObject,
    reference: { readonly kind?: string; readonly name?: string } | undefined,
  ) =>
    object.metadata?.namespace === workload.namespace &&
    reference?.kind === workload.kind &&
    reference.name === workload.name;
  const hpa = horizontal.find(one => targets(one, one.spec?.scaleTargetRef));
  const vpa = vertical.find(one => targets(one, one.spec?.targetRef));
  return {
    autoscaler: hpa && toAutoscaler(hpa),
    verticalAutoscaler: vpa && toVerticalAutoscaler(vpa),
  };
}

function toAutoscaler({
  metadata,
  spec = {},
}: AutoscalerObject): AutoscalerState {
  const targets: { cpu?: number; memory?: number } = {};
  const resources = new Set<'cpu' | 'memory'>();
  const others: string[] = [];
  for (const metric of spec.metrics ?? []) {
    const { resource, containerResource, pods, object, external } = metric;
    const source = resource ?? containerResource;
    const name = RESOURCES.find(one => one === source?.name);
    const utilisation = source?.target?.averageUtilization;
    if (name) {
      resources.add(name);
    }
    if (name && containerResource) {
      others.push(`${name} of container ${containerResource.container}`);
    } else if (name && utilisation === undefined) {
      others.push(`an absolute amount of ${name}`);
    } else if (name && utilisation !== undefined) {
      targets[name] = utilisation / 100;
    } else {
      const custom = pods ?? object ?? external;
      others.push(`${metric.type} metric ${custom?.metric?.name ?? 'unnamed'}`);
    }
  }
  if (spec.targetCPUUtilizationPercentage !== undefined) {
    resources.add('cpu');
    targets.cpu = spec.targetCPUUtilizationPercentage / 100;
  }
  if (metadata?.annotations?.[V1_METRICS_ANNOTATION] !== undefined) {
    others.push('metrics that autoscaling/v1 does not show');
  }
  const owner = metadata?.ownerReferences?.find(
    ({ controller }) => controller === true,
  );
  return {
    kind: 'HorizontalPodAutoscaler',
    name: metadata?.name ?? '',
    minReplicas: spec.minReplicas ?? 1,
    maxReplicas: spec.maxReplicas ?? spec.minReplicas ?? 1,
    resources: [...resources],
    targetUtilisation: targets,
    otherMetrics: others.length > 0 ? others : undefined,
    managedBy: owner && `${owner.kind} ${owner.name}`,
  };
}

function toVerticalAutoscaler({
  metadata,
  spec = {},
}: VerticalAutoscalerObject): VerticalAutoscalerState {
  const policies = spec.resourcePolicy?.containerPolicies ?? [];
  // Containers that no policy names are controlled whole.
  const stated = policies.some(({ containerName }) => containerName === '*')
    ? policies
    : [{}, ...policies];
  const controlled = stated.flatMap(({ mode, controlledResources }) =>
    mode === 'Off' ? [] : controlledResources ?? RESOURCES,
  );
  return {
    name: metadata?.name ?? '',
    mode: spec.updatePolicy?.updateMode === 'Off' ? 'recommends' : 'sets',
    resources: RESOURCES.filter(resource => controlled.includes(resource)),
  };
}
