import { createBackendModule } from '@backstage/backend-plugin-api';
import { AppsV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import {
  finopsSourcesExtensionPoint,
  StateSource,
  WorkloadState,
} from '@apexlogic/backstage-plugin-finops-node';
import { parse } from 'yaml';
import { manifestOf, NAMESPACE, Service, workloadOf } from './estate';

/** When the manifests were last applied, long before the metrics begin. */
const APPLIED_DAYS_AGO = 30;
const DAY_MS = 86_400_000;

/** Applies the services' manifests to a real API server, as if that had been done long ago. */
export async function applyManifests(
  kubeconfig: string,
  services: readonly Service[],
): Promise<{ remove(): Promise<void> }> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const apps = config.makeApiClient(AppsV1Api);
  await core.createNamespace({ body: { metadata: { name: NAMESPACE } } });
  const appliedAt = new Date(Date.now() - APPLIED_DAYS_AGO * DAY_MS);
  for (const service of services) {
    const created = await apps.createNamespacedDeployment({
      namespace: NAMESPACE,
      body: parse(manifestOf(service)),
    });
    // The server takes the field owners a client sends, with their times.
    created.metadata!.managedFields!.forEach(entry => {
      entry.time = appliedAt as typeof entry.time;
    });
    await apps.replaceNamespacedDeployment({
      namespace: NAMESPACE,
      name: service.name,
      body: created,
    });
  }
  return {
    async remove() {
      await core.deleteNamespace({ name: NAMESPACE });
    },
  };
}

/** Plays the API server where there is none: the state that the manifests describe. */
export function manifestStateModule(services: readonly Service[]) {
  const source: StateSource = {
    id: 'manifests',
    capabilities: {
      kind: 'state',
      historyDays: 0,
      resolutionSeconds: 0,
      batchSize: 100,
      freshnessSeconds: 60,
    },
    async *readState(selectors) {
      for (const { entityRef, kubernetesId } of selectors) {
        yield {
          status: 'ok',
          asOf: new Date().toISOString(),
          data: {
            entityRef,
            states: services
              .filter(({ name }) => name === kubernetesId)
              .map(stateOf),
          },
        };
      }
    },
  };
  return createBackendModule({
    pluginId: 'finops',
    moduleId: 'manifest-state',
    register(env) {
      env.registerInit({
        deps: { sources: finopsSourcesExtensionPoint },
        async init({ sources }) {
          sources.addStateSource(source);
        },
      });
    },
  });
}

function stateOf(service: Service): WorkloadState {
  const { metadata, spec } = parse(manifestOf(service));
  return {
    workload: workloadOf(service),
    replicas: spec.replicas,
    containers: [
      {
        name: 'main',
        cpuRequest: 0.5,
        memoryRequest: 512 * 2 ** 20,
        memoryLimit: 2 ** 30,
      },
    ],
    labels: metadata.labels,
    annotations: metadata.annotations,
  };
}
