/**
 * The vocabulary of the FinOps plugins. Free of Backstage: permissions live in `./permissions`, the
 * API client in `./client`.
 *
 * @packageDocumentation
 */
export * from './action';
export * from './annotations';
export * from './figure';
export * from './finding';
export * from './money';
export * from './period';
export * from './plan';
export * from './quantity';
export * from './recommendation';
export * from './workload';
