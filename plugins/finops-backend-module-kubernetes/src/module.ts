import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import {
  finopsControllersExtensionPoint,
  finopsSourcesExtensionPoint,
} from '@apexlogic/backstage-plugin-finops-node';
import { ClusterMirror } from './ClusterMirror';
import { readClusters, serverNames } from './clusters';
import { KubernetesChangeSource } from './KubernetesChangeSource';
import { KubernetesDeliveryController } from './KubernetesDeliveryController';
import { KubernetesStateSource } from './KubernetesStateSource';

const DEFAULT_PAGE_SIZE = 500;
const DEFAULT_INITIAL_LIST_TIMEOUT_SECONDS = 30;

/**
 * Live state and rollouts of the portal's Kubernetes clusters, read-only.
 *
 * @public
 */
export const finopsModuleKubernetes = createBackendModule({
  pluginId: 'finops',
  moduleId: 'kubernetes',
  register(env) {
    env.registerInit({
      deps: {
        config: coreServices.rootConfig,
        controllers: finopsControllersExtensionPoint,
        lifecycle: coreServices.lifecycle,
        logger: coreServices.logger,
        sources: finopsSourcesExtensionPoint,
      },
      async init({ config, controllers, lifecycle, logger, sources }) {
        const pageSize =
          config.getOptionalNumber('finops.kubernetes.pageSize') ??
          DEFAULT_PAGE_SIZE;
        const timeoutSeconds =
          config.getOptionalNumber(
            'finops.kubernetes.initialListTimeoutSeconds',
          ) ?? DEFAULT_INITIAL_LIST_TIMEOUT_SECONDS;
        const connections = readClusters(config);
        const byServer = serverNames(connections);
        for (const connection of connections) {
          if (connection.kind === 'unusable') {
            logger.warn(
              `Cluster ${connection.name} is not watched: ${connection.fix}`,
            );
            sources.addStateSource(new KubernetesStateSource(connection));
            continue;
          }
          const mirror = new ClusterMirror({
            kubeConfig: connection.kubeConfig,
            pageSize,
            initialListTimeoutMs: timeoutSeconds * 1_000,
          });
          lifecycle.addShutdownHook(() => mirror.stop());
          sources.addStateSource(new KubernetesStateSource(connection, mirror));
          sources.addChangeSource(
            new KubernetesChangeSource(connection.name, mirror),
          );
          controllers.addController(
            new KubernetesDeliveryController(
              { own: connection.name, byServer },
              mirror,
            ),
          );
        }
      },
    });
  },
});
