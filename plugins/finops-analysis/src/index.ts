export * from './sketch';
export * from './types';
