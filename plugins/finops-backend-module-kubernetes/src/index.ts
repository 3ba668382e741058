/**
 * Live Kubernetes state as a FinOps source.
 *
 * @packageDocumentation
 */
export { finopsModuleKubernetes as default } from './module';
