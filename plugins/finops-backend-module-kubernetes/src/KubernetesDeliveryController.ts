import type { Workload } from '@apexlogic/backstage-plugin-finops-common';
import type {
  DeliveryApplication,
  DeliveryController,
  ReadOptions,
  SourceResult,
} from '@apexlogic/backstage-plugin-finops-node';
import { ClusterMirror, MirroredKind } from './ClusterMirror';
import { argoApplications, ClusterNames } from './delivery/argoApplications';
import { fluxApplications } from './delivery/fluxApplications';
import { WorkloadObject } from './workloadState';

const CUSTOM_KINDS = [
  'Application',
  'Kustomization',
  'HelmRelease',
  'GitRepository',
] as const;

/** Kinds that carry the labels of what deploys them. */
const LABELLED_KINDS: readonly MirroredKind[] = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'CronJob',
  'HorizontalPodAutoscaler',
];

/** Argo CD and Flux as they are installed in one cluster, read from their custom resources. */
export class KubernetesDeliveryController implements DeliveryController {
  readonly id: string;
  readonly #clusters: ClusterNames;
  readonly #mirror: ClusterMirror;

  constructor(clusters: ClusterNames, mirror: ClusterMirror) {
    this.id = `kubernetes:${clusters.own}`;
    this.#clusters = clusters;
    this.#mirror = mirror;
  }

  async findApplications(
    workload: Workload,
    { signal }: ReadOptions,
  ): Promise<SourceResult<readonly DeliveryApplication[]>> {
    const status = await this.#mirror.status(signal);
    if (status.status !== 'ready') {
      return status;
    }
    const applications = [
      ...argoApplications(
        workload,
        this.#mirror.list('Application'),
        this.#clusters,
      ),
      ...(workload.cluster === this.#clusters.own ? this.#flux(workload) : []),
    ];
    // A kind that may not be read must not look like a cluster without controllers.
    const gaps = CUSTOM_KINDS.filter(kind => this.#mirror.serves(kind)).flatMap(
      kind => this.#mirror.gapOf(kind) ?? [],
    );
    if (applications.length === 0 && gaps.length > 0) {
      return { status: 'denied', reason: gaps.join('; ') };
    }
    return { status: 'ok', data: applications, asOf: status.asOf };
  }

  #flux(workload: Workload): DeliveryApplication[] {
    const kind = LABELLED_KINDS.find(one => one === workload.kind);
    const live =
      kind &&
      this.#mirror
        .list<WorkloadObject>(kind)
        .find(
          ({ metadata }) =>
            metadata?.namespace === workload.namespace &&
            metadata?.name === workload.name,
        );
    return fluxApplications(workload, live?.metadata?.labels ?? {}, {
      kustomizations: this.#mirror.list('Kustomization'),
      helmReleases: this.#mirror.list('HelmRelease'),
      gitRepositories: this.#mirror.list('GitRepository'),
    });
  }
}
