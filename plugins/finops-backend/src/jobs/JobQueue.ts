/** Work of one kind; throwing means it will be tried again. */
export type JobHandler<T> = (payload: T, signal: AbortSignal) => Promise<void>;

/**
 * Where the loop's work waits. Jobs may run more than once and in any order; that is harmless here,
 * since every write is conditional or repeatable.
 */
export interface JobQueue {
  /** Takes work of this kind from now on. */
  register<T extends object>(
    kind: string,
    handler: JobHandler<T>,
  ): Promise<void>;
  /** Adds a job; one that waits already under the same key is not added twice. */
  enqueue(kind: string, key: string, payload: object): Promise<void>;
  /** Lets running jobs end and takes no more. */
  stop(): Promise<void>;
}
