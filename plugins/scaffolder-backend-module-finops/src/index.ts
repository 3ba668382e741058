/**
 * Scaffolder actions that plan FinOps recommendations and open their change requests.
 *
 * @packageDocumentation
 */
export { scaffolderModuleFinops as default } from './module';
export { createOpenChangeRequestAction } from './actions/openChangeRequest';
export { createPlanRecommendationAction } from './actions/plan';
export type { FinopsApiDependencies } from './finopsApi';
