/**
 * Contracts between the FinOps loop and the outside systems it watches and writes to.
 *
 * @packageDocumentation
 */
export * from './extensions';
export * from './forge';
export * from './results';
export * from './sources';
