import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { finopsSourcesExtensionPoint } from '@apexlogic/backstage-plugin-finops-node';
import { readPrometheusConfig } from './config';
import { PrometheusMetricSource } from './PrometheusMetricSource';

/**
 * Registers a metric source for each entry of `finops.prometheus`.
 *
 * @public
 */
export const finopsModulePrometheus = createBackendModule({
  pluginId: 'finops',
  moduleId: 'prometheus',
  register(registration) {
    registration.registerInit({
      deps: {
        config: coreServices.rootConfig,
        sources: finopsSourcesExtensionPoint,
      },
      async init({ config, sources }) {
        for (const instance of readPrometheusConfig(config)) {
          sources.addMetricSource(PrometheusMetricSource.create(instance));
        }
      },
    });
  },
});
