/**
 * Finds, edits and proves the files that define a workload. No network: the caller brings the bytes.
 *
 * @packageDocumentation
 */
export {
  applyPlan,
  applySplices,
  SpliceError,
  type SpliceErrorCode,
} from './applySplices';
export {
  buildPlanned,
  type BuiltObject,
  type PlannedBuild,
} from './buildPlanned';
export {
  compareTrees,
  type ComparedObject,
  type TreeComparison,
} from './compareTrees';
export {
  createHelmRenderer,
  type HelmRenderer,
  type HelmRenderInput,
} from './helm/renderWithHelm';
export { extract, type Extracted, type ExtractTarget } from './extract';
export {
  createTerraformFormatter,
  type Formatter,
} from './infrastructure/checkFormat';
export {
  type DesiredAutoscaler,
  type DesiredClaim,
  type DesiredContainer,
  type DesiredState,
  podSpecPath,
  readDesiredState,
} from './kubernetes/desiredState';
export {
  createKubectlRenderer,
  type Renderer,
  type RenderInput,
  type RenderResult,
} from './kubernetes/render';
export {
  createObjectValidator,
  type ObjectValidator,
} from './kubernetes/validateObject';
export { locate } from './locate';
export { plan, type PlanOptions } from './plan';
export { planChange } from './planChange';
export { planRevert } from './planRevert';
export { prove, type ProveContext, type ProveOptions } from './prove';
export {
  formatCpu,
  formatMemory,
  parseQuantity,
  type WrittenQuantity,
} from './quantity';
export { changedLines, readSource, type SourceObject } from './readSource';
export * from './types';
