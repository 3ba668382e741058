/**
 * The FinOps control loop.
 *
 * @packageDocumentation
 */
export { finopsPlugin as default, finopsPlugin } from './plugin';
export {
  createFinopsEntityConditionalDecision,
  finopsEntityConditions,
  finopsEntityPermissionResourceRef,
  type FinopsEntityResource,
} from './service/permissions';
export { type EntityCondition } from './database/entityFilter';
