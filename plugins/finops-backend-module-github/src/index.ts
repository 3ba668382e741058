/**
 * GitHub as the forge of FinOps change requests.
 *
 * @packageDocumentation
 */
export { finopsModuleGithub as default } from './module';
export { GithubForge } from './GithubForge';
export type { GithubForgeOptions } from './GithubForge';
