import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { scaffolderActionsExtensionPoint } from '@backstage/plugin-scaffolder-node';
import { createOpenChangeRequestAction } from './actions/openChangeRequest';
import { createPlanRecommendationAction } from './actions/plan';

/**
 * Adds the actions `finops:recommendation:plan` and `finops:recommendation:open-change-request` to the
 * scaffolder. Nothing to configure.
 *
 * @public
 */
export const scaffolderModuleFinops = createBackendModule({
  pluginId: 'scaffolder',
  moduleId: 'finops',
  register(env) {
    env.registerInit({
      deps: {
        actions: scaffolderActionsExtensionPoint,
        auth: coreServices.auth,
        discovery: coreServices.discovery,
      },
      async init({ actions, auth, discovery }) {
        actions.addActions(
          createPlanRecommendationAction({ auth, discovery }),
          createOpenChangeRequestAction({ auth, discovery }),
        );
      },
    });
  },
});
