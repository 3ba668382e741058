/**
 * A local forge that answers GitHub's REST API and shows its pull requests on small web pages.
 *
 * @packageDocumentation
 */
export { createDemoForge } from './createDemoForge';
export type { DemoForge, DemoForgeOptions, ForgePerson } from './types';
export { ForgeFaults } from './ForgeFaults';
export type { ForgeFault } from './ForgeFaults';
export { startDemoForge } from './startDemoForge';
export type { StandaloneDemoForge } from './startDemoForge';
