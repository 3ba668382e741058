/**
 * Cost allocations of OpenCost and Kubecost as a FinOps source.
 *
 * @packageDocumentation
 */
export { finopsModuleOpenCost as default } from './module';
export { readOpenCostConfig, type OpenCostInstance } from './config';
export { OpenCostSource, type OpenCostSourceOptions } from './OpenCostSource';
