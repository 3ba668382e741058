import { createRouteRef } from '@backstage/core-plugin-api';

export const teamRouteRef = createRouteRef({ id: 'finops' });
export const governanceRouteRef = createRouteRef({ id: 'finops:governance' });
export const wavesRouteRef = createRouteRef({ id: 'finops:waves' });
export const policiesRouteRef = createRouteRef({ id: 'finops:policies' });
export const entityCostRouteRef = createRouteRef({ id: 'finops:entity-cost' });
export const entityAnomaliesRouteRef = createRouteRef({
  id: 'finops:entity-anomalies',
});
export const entityRecommendationsRouteRef = createRouteRef({
  id: 'finops:entity-recommendations',
});
