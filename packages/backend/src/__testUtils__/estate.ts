import { Entity } from '@backstage/catalog-model';
import {
  ANNOTATIONS,
  Workload,
} from '@apexlogic/backstage-plugin-finops-common';
import { openMetricsOf } from './prometheus';

/** Days of metrics; the replica model needs seven. */
export const METRIC_DAYS = 9;
/** A scrape every five minutes keeps the database small. */
export const SCRAPE_SECONDS = 300;
const DAY_SECONDS = 86_400;
const MEMORY_REQUEST_BYTES = 512 * 2 ** 20;
const CPU_REQUEST_CORES = 0.5;
export const REPLICAS = 3;

export const OWNER = 'group:default/storefront';
export const REPOSITORY_URL = 'https://forge.test/acme/estate';
/** Watched by the Prometheus with data. */
export const CLUSTER = 'alpha';
/** Watched by a Prometheus that answers nonsense. */
export const BROKEN_CLUSTER = 'beta';
export const NAMESPACE = `loop-${process.pid}-${Date.now().toString(36)}`;

/** A service of the estate: one entity, one Deployment, one file in the repository. */
export interface Service {
  readonly name: string;
  readonly cluster: string;
}

export function workloadOf({ name, cluster }: Service): Workload {
  return { cluster, namespace: NAMESPACE, kind: 'Deployment', name };
}

export function entityRefOf({ name }: Service): string {
  return `component:default/${name}`;
}

export function manifestPath({ name }: Service): string {
  return `apps/${name}/deployment.yaml`;
}

/** As a team would write it: comments, odd quotes, an annotation of its own. */
export function manifestOf({ name }: Service): string {
  return `# Runs the ${name} service.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: ${NAMESPACE}
  labels:
    backstage.io/kubernetes-id: "${name}"
    environment: production
  annotations:
    team: storefront
spec:
  replicas: ${REPLICAS} # two zones and a spare
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      containers:
        - name: main
          image: 'registry.example/${name}:1.0.0'
          resources:
            requests:
              cpu: 500m
              memory: 512Mi
            limits:
              memory: 1Gi
`;
}

export function catalogEntityOf(service: Service): Entity {
  return {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'Component',
    metadata: {
      name: service.name,
      namespace: 'default',
      annotations: {
        [ANNOTATIONS.kubernetesId]: service.name,
        [ANNOTATIONS.kubernetesNamespace]: NAMESPACE,
        [ANNOTATIONS.kubernetesCluster]: service.cluster,
        [ANNOTATIONS.gitopsPath]: `${REPOSITORY_URL}/tree/main/apps/${service.name}`,
      },
    },
    spec: { type: 'service', lifecycle: 'production', owner: OWNER },
    relations: [{ type: 'ownedBy', targetRef: OWNER }],
  };
}

/** Metrics of the last days up to now in which every service uses about a third of the CPU it requests. */
export function metricsOf(services: readonly Service[]): Iterable<string> {
  const end = Math.floor(Date.now() / 1000 / SCRAPE_SECONDS) * SCRAPE_SECONDS;
  return openMetricsOf({
    start: end - METRIC_DAYS * DAY_SECONDS,
    end: end + 1,
    scrapeSeconds: SCRAPE_SECONDS,
    workloads: services.map(service => ({
      workload: workloadOf(service),
      replicas: () => REPLICAS,
      containers: [
        {
          name: 'main',
          cpu: time =>
            0.16 + 0.03 * Math.sin((2 * Math.PI * time) / DAY_SECONDS),
          memory: () => MEMORY_REQUEST_BYTES / 2,
          cpuRequest: CPU_REQUEST_CORES,
          memoryRequest: MEMORY_REQUEST_BYTES,
          memoryLimit: 2 * MEMORY_REQUEST_BYTES,
        },
      ],
      requests: { rate: () => 1.2, errors: () => 0, latency: () => 0.2 },
    })),
  });
}
