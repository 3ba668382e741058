/**
 * The recorded estate and local forge of the FinOps demo.
 *
 * @packageDocumentation
 */
export { finopsModuleDemo as default } from './module';
