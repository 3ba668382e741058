import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { finopsSourcesExtensionPoint } from '@apexlogic/backstage-plugin-finops-node';
import PromiseRouter from 'express-promise-router';
import { createDemoEstate } from './estate';
import { createDemoForge } from './forge';
import { readDemoConfig } from './readDemoConfig';

/** Below the plugin's own path, i.e. `/api/finops/demo/forge`. */
const FORGE_PATH = '/demo/forge';

/**
 * With `finops.demo` in the configuration: sources of a recorded organisation, and a forge that
 * answers GitHub's API below `/api/finops/demo/forge/api/v3` and shows its pull requests beside it.
 *
 * @public
 */
export const finopsModuleDemo = createBackendModule({
  pluginId: 'finops',
  moduleId: 'demo',
  register(env) {
    env.registerInit({
      deps: {
        config: coreServices.rootConfig,
        discovery: coreServices.discovery,
        httpRouter: coreServices.httpRouter,
        lifecycle: coreServices.lifecycle,
        logger: coreServices.logger,
        sources: finopsSourcesExtensionPoint,
      },
      async init({
        config,
        discovery,
        httpRouter,
        lifecycle,
        logger,
        sources,
      }) {
        const demo = readDemoConfig(config);
        if (!demo) {
          return;
        }

        const estate = createDemoEstate({
          seed: demo.seed,
          days: demo.days,
          noise: demo.noise,
          now: demo.now ?? new Date(),
          clock: demo.now ? undefined : () => new Date(),
        });
        sources.addMetricSource(estate.metricSource);
        sources.addCostSource(estate.costSource);
        sources.addChangeSource(estate.changeSource);
        sources.addStateSource(estate.stateSource);
        sources.addLogSource(estate.logSource);
        sources.addAlertSource(estate.alertSource);

        const publicUrl = `${await discovery.getExternalBaseUrl(
          'finops',
        )}${FORGE_PATH}`;
        const forge = await createDemoForge({ publicUrl, ...demo });
        lifecycle.addShutdownHook(() => forge.stop());
        const router = PromiseRouter();
        router.use(FORGE_PATH, forge.router);
        httpRouter.use(router);
        // The forge stands for a system outside the portal: its API has tokens of its own, its pages are public.
        httpRouter.addAuthPolicy({
          path: FORGE_PATH,
          allow: 'unauthenticated',
        });
        logger.info(
          `The demo forge shows its repository at ${forge.repositoryUrl}`,
        );
      },
    });
  },
});
