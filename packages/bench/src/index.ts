export { runBench, UsageError } from './runBench';
export * from './types';
