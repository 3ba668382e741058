import {
  SourceCapabilities,
  ReadOptions,
  SourceResult,
  StateSource,
  WorkloadSelector,
  WorkloadState,
} from '@apexlogic/backstage-plugin-finops-node';
import { V1Node, V1PodDisruptionBudget } from '@kubernetes/client-node';
import { AutoscalerObject, VerticalAutoscalerObject } from './autoscalers';
import { ClusterMirror, MirroredKind } from './ClusterMirror';
import { ClusterConnection } from './clusters';
import { parseLabelSelector } from './labelSelector';
import { ownerKey, podsByOwner } from './podOwners';
import { toWorkloadState, WorkloadObject } from './workloadState';

const KUBERNETES_ID_LABEL = 'backstage.io/kubernetes-id';
const WORKLOAD_KINDS: readonly MirroredKind[] = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'CronJob',
];

type Found = {
  readonly entityRef: string;
  readonly states: readonly WorkloadState[];
};

/** Live state of the workloads in one cluster. One source a cluster, so that one that is down hides no other. */
export class KubernetesStateSource implements StateSource {
  readonly id: string;
  readonly clusters: readonly string[];
  readonly capabilities: SourceCapabilities = {
    kind: 'state',
    historyDays: 0,
    resolutionSeconds: 0,
    batchSize: 10_000,
    freshnessSeconds: 60,
  };
  readonly #connection: ClusterConnection;
  readonly #mirror?: ClusterMirror;

  constructor(connection: ClusterConnection, mirror?: ClusterMirror) {
    this.id = `kubernetes:${connection.name}`;
    this.clusters = [connection.name];
    this.#connection = connection;
    this.#mirror = mirror;
  }

  async *readState(
    selectors: readonly WorkloadSelector[],
    options: ReadOptions,
  ): AsyncIterable<SourceResult<Found>> {
    if (this.#connection.kind === 'unusable' || !this.#mirror) {
      yield {
        status: 'not-configured',
        fix:
          this.#connection.kind === 'unusable'
            ? this.#connection.fix
            : 'no connection',
      };
      return;
    }
    const status = await this.#mirror.status(options.signal);
    if (status.status !== 'ready') {
      yield status;
      return;
    }
    const autoscalers = {
      horizontal: this.#mirror.list<AutoscalerObject>(
        'HorizontalPodAutoscaler',
      ),
      vertical: this.#mirror.list<VerticalAutoscalerObject>(
        'VerticalPodAutoscaler',
      ),
    };
    const availability = {
      budgets: this.#mirror.list<V1PodDisruptionBudget>('PodDisruptionBudget'),
      budgetsGap: this.#mirror.gapOf('PodDisruptionBudget'),
      nodes: this.#mirror.list<V1Node>('Node'),
      nodesGap: this.#mirror.gapOf('Node'),
      // Most clusters have none, and then there is nothing to be unknown.
      verticalGap: this.#mirror.serves('VerticalPodAutoscaler')
        ? this.#mirror.gapOf('VerticalPodAutoscaler')
        : undefined,
    };
    const pods = podsByOwner(
      this.#mirror.list('Pod'),
      this.#mirror.list('ReplicaSet'),
    );
    const objects = WORKLOAD_KINDS.flatMap(kind =>
      this.#mirror!.list<WorkloadObject>(kind).map(object => ({
        kind,
        object,
      })),
    );
    for (const selector of selectors) {
      if (
        selector.cluster !== undefined &&
        selector.cluster !== this.#connection.name
      ) {
        continue;
      }
      const matches = matcher(selector);
      if (matches.kind === 'malformed') {
        yield { status: 'malformed', reason: matches.reason };
        continue;
      }
      const states = objects
        .filter(({ object }) => matches.test(object))
        .map(({ kind, object }) =>
          toWorkloadState(
            this.#connection.name,
            kind,
            object,
            autoscalers,
            pods.get(ownerKey(kind, object)) ?? [],
            availability,
          ),
        );
      yield {
        status: 'ok',
        data: { entityRef: selector.entityRef, states },
        asOf: status.asOf,
      };
    }
  }
}

type Matcher =
  | {
      readonly kind: 'matcher';
      readonly test: (object: WorkloadObject) => boolean;
    }
  | { readonly kind: 'malformed'; readonly reason: string };

function matcher(selector: WorkloadSelector): Matcher {
  const inNamespace = (object: WorkloadObject) =>
    selector.namespace === undefined ||
    object.metadata?.namespace === selector.namespace;
  if (selector.labelSelector !== undefined) {
    try {
      const matches = parseLabelSelector(selector.labelSelector);
      return {
        kind: 'matcher',
        test: object =>
          inNamespace(object) && matches(object.metadata?.labels ?? {}),
      };
    } catch (error) {
      return {
        kind: 'malformed',
        reason: `${selector.entityRef}: ${(error as Error).message}`,
      };
    }
  }
  if (selector.kubernetesId !== undefined) {
    // As the portal's own Kubernetes plugin matches.
    return {
      kind: 'matcher',
      test: object =>
        inNamespace(object) &&
        object.metadata?.labels?.[KUBERNETES_ID_LABEL] ===
          selector.kubernetesId,
    };
  }
  return {
    kind: 'malformed',
    reason: `${selector.entityRef} names neither an id nor a label selector`,
  };
}
