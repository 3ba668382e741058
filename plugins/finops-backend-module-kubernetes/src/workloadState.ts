import { Quantity } from '@apexlogic/backstage-plugin-finops-common';
import type {
  ContainerSpec,
  PodState,
  WorkloadState,
} from '@apexlogic/backstage-plugin-finops-node';
import {
  KubernetesObject,
  V1Container,
  V1Pod,
  V1TopologySpreadConstraint,
} from '@kubernetes/client-node';
import { AvailabilityObjects, availabilityOf } from './availability';
import { AutoscalerObjects, autoscalersOf } from './autoscalers';
import { runtimeSettings } from './runtimeSettings';
import { startUpSeconds } from './startUpSeconds';

/** The parts of the mirrored kinds this module reads; list and watch answers differ in the rest. */
export interface WorkloadObject extends KubernetesObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: {
      readonly spec?: {
        readonly containers?: readonly V1Container[];
        readonly topologySpreadConstraints?: V1TopologySpreadConstraint[];
      };
      readonly metadata?: { readonly labels?: Record<string, string> };
    };
    readonly jobTemplate?: {
      readonly spec?: {
        readonly template?: {
          readonly spec?: { readonly containers?: readonly V1Container[] };
        };
      };
    };
  };
  readonly status?: { readonly readyReplicas?: number };
}

/** The state of one workload as the API shows it. */
export function toWorkloadState(
  cluster: string,
  kind: string,
  object: WorkloadObject,
  autoscalers: AutoscalerObjects,
  pods: readonly V1Pod[],
  availability: AvailabilityObjects,
): WorkloadState {
  const { name = '', namespace = '' } = object.metadata ?? {};
  const template =
    object.spec?.template ?? object.spec?.jobTemplate?.spec?.template;
  return {
    workload: { cluster, namespace, kind, name },
    replicas:
      kind === 'Deployment' || kind === 'StatefulSet'
        ? object.spec?.replicas ?? 1
        : undefined,
    readyReplicas: object.status?.readyReplicas,
    containers: (template?.spec?.containers ?? []).map(toContainer),
    ...autoscalersOf({ namespace, kind, name }, autoscalers),
    startUpSeconds: startUpSeconds(pods),
    ...availabilityOf(namespace, object.spec?.template, pods, availability),
    pods: pods.map(toPodState),
    labels: object.metadata?.labels ?? {},
    annotations: object.metadata?.annotations ?? {},
    specChangedAt: specChangedAt(object),
  };
}

function toPodState(pod: V1Pod): PodState {
  const statuses = pod.status?.containerStatuses ?? [];
  return {
    name: pod.metadata?.name ?? '',
    ready:
      pod.status?.conditions?.some(
        condition => condition.type === 'Ready' && condition.status === 'True',
      ) ?? false,
    restarts: statuses.reduce((sum, status) => sum + status.restartCount, 0),
    oomKilled: statuses.some(
      status => status.lastState?.terminated?.reason === 'OOMKilled',
    ),
  };
}

function toContainer(container: V1Container): ContainerSpec {
  const { requests = {}, limits = {} } = container.resources ?? {};
  return {
    name: container.name,
    image: container.image,
    cpuRequest: scalar(requests.cpu),
    cpuLimit: scalar(limits.cpu),
    memoryRequest: scalar(requests.memory),
    memoryLimit: scalar(limits.memory),
    extendedResources: extendedResources({ ...limits, ...requests }),
    runtime: runtimeSettings(container),
  };
}

/** Only extended resources carry a domain; a request left out equals the limit. */
function extendedResources(
  quantities: Readonly<Record<string, string>>,
): ContainerSpec['extendedResources'] {
  const extended = Object.entries(quantities).flatMap(([name, quantity]) => {
    const count = name.includes('/') ? scalar(quantity) : undefined;
    return count ? [[name, count] as const] : [];
  });
  return extended.length > 0 ? Object.fromEntries(extended) : undefined;
}

function scalar(quantity: string | undefined): number | undefined {
  return quantity === undefined
    ? undefined
    : Quantity.parse(quantity).asApproximateFloat();
}

/**
 * When somebody last wrote the spec. `managedFields` say it per writer; what an autoscaler writes
 * through the scale subresource is not a change of the spec's author.
 */
function specChangedAt(object: WorkloadObject): string | undefined {
  const times = (object.metadata?.managedFields ?? [])
    .filter(
      entry => entry.subresource === undefined && entry.time !== undefined,
    )
    .filter(entry => entry.fieldsV1 !== undefined && 'f:spec' in entry.fieldsV1)
    // Lists are deserialised to dates, watch events are not.
    .map(entry => new Date(entry.time as Date | string).toISOString());
  return times.sort().at(-1);
}
