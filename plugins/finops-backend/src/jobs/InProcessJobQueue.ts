import { LoggerService } from '@backstage/backend-plugin-api';
import PQueue from 'p-queue';
import { JobHandler, JobQueue } from './JobQueue';

/** Attempts before a job is given up; the scheduler brings it again. */
const MAX_ATTEMPTS = 2;

/** Jobs in this process: for SQLite, which has one process anyway. */
export class InProcessJobQueue implements JobQueue {
  readonly #logger: LoggerService;
  readonly #queue: PQueue;
  readonly #handlers = new Map<string, JobHandler<any>>();
  readonly #waiting = new Set<string>();
  readonly #abort = new AbortController();

  constructor(options: { logger: LoggerService; concurrency: number }) {
    this.#logger = options.logger;
    this.#queue = new PQueue({ concurrency: options.concurrency });
  }

  async register<T extends object>(
    kind: string,
    handler: JobHandler<T>,
  ): Promise<void> {
    if (this.#handlers.has(kind)) {
      throw new Error(`There is a handler for ${kind} jobs already`);
    }
    this.#handlers.set(kind, handler);
  }

  async enqueue(kind: string, key: string, payload: object): Promise<void> {
    const handler = this.#handlers.get(kind);
    if (!handler) {
      throw new Error(`There is no handler for ${kind} jobs`);
    }
    const id = `${kind} ${key}`;
    if (this.#waiting.has(id) || this.#abort.signal.aborted) {
      return;
    }
    this.#waiting.add(id);
    void this.#queue.add(async () => {
      // A job that comes in while this one runs is new work, not the same.
      this.#waiting.delete(id);
      await this.#run(kind, handler, payload);
    });
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    this.#queue.clear();
    await this.#queue.onIdle();
  }

  async #run(
    kind: string,
    handler: JobHandler<any>,
    payload: object,
  ): Promise<void> {
    for (
      let attempt = 1;
      attempt <= MAX_ATTEMPTS && !this.#abort.signal.aborted;
      attempt++
    ) {
      try {
        await handler(payload, this.#abort.signal);
        return;
      } catch (error) {
        if (!this.#abort.signal.aborted) {
          this.#logger.error(`A ${kind} job failed`, {
            attempt,
            error:
              error instanceof Error
                ? error.stack ?? error.message
                : String(error),
          });
        }
      }
    }
  }
}
