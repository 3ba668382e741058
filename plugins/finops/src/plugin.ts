import {
  createApiFactory,
  createComponentExtension,
  createPlugin,
  createRoutableExtension,
  fetchApiRef,
} from '@backstage/core-plugin-api';
import { DefaultFinopsApi, finopsApiRef } from './api';
import {
  entityAnomaliesRouteRef,
  entityCostRouteRef,
  entityRecommendationsRouteRef,
  governanceRouteRef,
  policiesRouteRef,
  teamRouteRef,
  wavesRouteRef,
} from './routes';

/**
 * The plugin for apps on the legacy frontend system; `./alpha` holds the one for the new system.
 *
 * @public
 */
export const finopsPlugin = createPlugin({
  id: 'finops',
  routes: {
    root: teamRouteRef,
    governance: governanceRouteRef,
    policies: policiesRouteRef,
    waves: wavesRouteRef,
  },
  apis: [
    createApiFactory({
      api: finopsApiRef,
      deps: { fetchApi: fetchApiRef },
      factory: ({ fetchApi }) => DefaultFinopsApi.create({ fetchApi }),
    }),
  ],
});

/**
 * The Cost tab of an entity. Mount it at `/finops-cost`, where the other screens link to.
 *
 * @public
 */
export const EntityFinopsCostContent = finopsPlugin.provide(
  createRoutableExtension({
    name: 'EntityFinopsCostContent',
    component: () =>
      import('./roots/EntityCost').then(module => module.EntityCost),
    mountPoint: entityCostRouteRef,
  }),
);

/**
 * The Anomalies tab of an entity. Mount it at `/finops-anomalies`, where the other screens link to.
 *
 * @public
 */
export const EntityFinopsAnomaliesContent = finopsPlugin.provide(
  createRoutableExtension({
    name: 'EntityFinopsAnomaliesContent',
    component: () =>
      import('./roots/EntityAnomalies').then(module => module.EntityAnomalies),
    mountPoint: entityAnomaliesRouteRef,
  }),
);

/**
 * The Recommendations tab of an entity. Mount it at `/finops-recommendations`, where the other
 * screens link to.
 *
 * @public
 */
export const EntityFinopsRecommendationsContent = finopsPlugin.provide(
  createRoutableExtension({
    name: 'EntityFinopsRecommendationsContent',
    component: () =>
      import('./roots/EntityRecommendations').then(
        module => module.EntityRecommendations,
      ),
    mountPoint: entityRecommendationsRouteRef,
  }),
);

/**
 * The card for the overview of an entity.
 *
 * @public
 */
export const EntityFinopsCard = finopsPlugin.provide(
  createComponentExtension({
    name: 'EntityFinopsCard',
    component: {
      lazy: () =>
        import('./roots/EntityCard').then(module => module.EntityCard),
    },
  }),
);

/**
 * The cost review of what the viewer's groups own, as a page.
 *
 * @public
 */
export const FinopsTeamPage = finopsPlugin.provide(
  createRoutableExtension({
    name: 'FinopsTeamPage',
    component: () =>
      import('./roots/LegacyTeamPage').then(module => module.LegacyTeamPage),
    mountPoint: teamRouteRef,
  }),
);

/**
 * What the portal may do by itself, the switch that pauses it, its limits and the audit trail, as a page.
 *
 * @public
 */
export const FinopsGovernancePage = finopsPlugin.provide(
  createRoutableExtension({
    name: 'FinopsGovernancePage',
    component: () =>
      import('./roots/LegacyGovernancePage').then(
        module => module.LegacyGovernancePage,
      ),
    mountPoint: governanceRouteRef,
  }),
);

/**
 * The policies that every change must pass, their exceptions and tests, and where each bites, as a page.
 *
 * @public
 */
export const FinopsPoliciesPage = finopsPlugin.provide(
  createRoutableExtension({
    name: 'FinopsPoliciesPage',
    component: () =>
      import('./roots/LegacyPoliciesPage').then(
        module => module.LegacyPoliciesPage,
      ),
    mountPoint: policiesRouteRef,
  }),
);

/**
 * Changes that go out in waves, and the start of new ones, as a page.
 *
 * @public
 */
export const FinopsWavesPage = finopsPlugin.provide(
  createRoutableExtension({
    name: 'FinopsWavesPage',
    component: () =>
      import('./roots/LegacyWavesPage').then(module => module.LegacyWavesPage),
    mountPoint: wavesRouteRef,
  }),
);
