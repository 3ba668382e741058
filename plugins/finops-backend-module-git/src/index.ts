/**
 * Commits and deployments from git as a FinOps source.
 *
 * @packageDocumentation
 */
export { finopsModuleGit as default } from './module';
