import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { finopsSourcesExtensionPoint } from '@apexlogic/backstage-plugin-finops-node';
import { readOpenCostConfig } from './config';
import { OpenCostSource } from './OpenCostSource';

/**
 * Registers a cost source for each entry of `finops.opencost`.
 *
 * @public
 */
export const finopsModuleOpenCost = createBackendModule({
  pluginId: 'finops',
  moduleId: 'opencost',
  register(registration) {
    registration.registerInit({
      deps: {
        config: coreServices.rootConfig,
        sources: finopsSourcesExtensionPoint,
      },
      async init({ config, sources }) {
        for (const instance of readOpenCostConfig(config)) {
          sources.addCostSource(OpenCostSource.create(instance));
        }
      },
    });
  },
});
