import { Period, workloadKey } from '@apexlogic/backstage-plugin-finops-common';
import {
  ChangeEvent,
  ChangeRead,
  ChangeSource,
  ReadOptions,
  SourceCapabilities,
  SourceResult,
} from '@apexlogic/backstage-plugin-finops-node';
import { ClusterMirror } from './ClusterMirror';
import { controllerOf } from './podOwners';
import { WorkloadObject } from './workloadState';

const REVISION_ANNOTATION = 'deployment.kubernetes.io/revision';

/**
 * Rollouts of Deployments as the cluster remembers them: each ReplicaSet is one. Kubernetes keeps ten
 * of them unless told, so the history is as long as that.
 */
export class KubernetesChangeSource implements ChangeSource {
  readonly id: string;
  readonly clusters: readonly string[];
  readonly capabilities: SourceCapabilities = {
    kind: 'change',
    historyDays: 90,
    resolutionSeconds: 1,
    batchSize: 10_000,
    freshnessSeconds: 60,
  };
  readonly #cluster: string;
  readonly #mirror: ClusterMirror;

  constructor(cluster: string, mirror: ClusterMirror) {
    this.id = `kubernetes:${cluster}`;
    this.clusters = [cluster];
    this.#cluster = cluster;
    this.#mirror = mirror;
  }

  async *readChanges(
    reads: readonly ChangeRead[],
    period: Period,
    options: ReadOptions,
  ): AsyncIterable<
    SourceResult<{
      readonly entityRef: string;
      readonly events: readonly ChangeEvent[];
    }>
  > {
    const status = await this.#mirror.status(options.signal);
    if (status.status !== 'ready') {
      yield status;
      return;
    }
    const rollouts = this.#rolloutsByDeployment();
    for (const read of reads) {
      const events = read.workloads
        .filter(
          workload =>
            workload.cluster === this.#cluster &&
            workload.kind === 'Deployment',
        )
        .flatMap(workload =>
          (rollouts.get(`${workload.namespace}/${workload.name}`) ?? []).map(
            replicaSet => toEvent(workloadKey(workload), replicaSet),
          ),
        )
        .filter(event => event.at >= period.start && event.at < period.end);
      yield {
        status: 'ok',
        data: { entityRef: read.entityRef, events },
        asOf: status.asOf,
      };
    }
  }

  #rolloutsByDeployment(): Map<string, WorkloadObject[]> {
    const byDeployment = new Map<string, WorkloadObject[]>();
    for (const replicaSet of this.#mirror.list<WorkloadObject>('ReplicaSet')) {
      const owner = controllerOf(replicaSet);
      if (owner?.kind === 'Deployment') {
        const key = `${replicaSet.metadata?.namespace}/${owner.name}`;
        byDeployment.set(key, [...(byDeployment.get(key) ?? []), replicaSet]);
      }
    }
    return byDeployment;
  }
}

function toEvent(workload: string, replicaSet: WorkloadObject): ChangeEvent {
  const images = (replicaSet.spec?.template?.spec?.containers ?? [])
    .map(container => container.image)
    .filter(Boolean);
  const revision = replicaSet.metadata?.annotations?.[REVISION_ANNOTATION];
  return {
    id: `kubernetes:${replicaSet.metadata?.uid}`,
    kind: 'deployment',
    at: new Date(
      replicaSet.metadata?.creationTimestamp as Date | string,
    ).toISOString(),
    title: `Rollout${revision ? ` ${revision}` : ''}: ${
      images.join(', ') || 'no image'
    }`,
    revision: images[0],
    workload,
  };
}
