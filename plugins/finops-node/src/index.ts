/**
 * Contracts between the FinOps loop and the outside systems it watches and writes to, and what their
 * modules share.
 *
 * @packageDocumentation
 */
export * from './changeRequests';
export * from './controllers';
export * from './extensions';
export * from './forge';
export * from './repositoryWebUrl';
export * from './requestText';
export * from './results';
export * from './sharedNamespace';
export * from './sources';
