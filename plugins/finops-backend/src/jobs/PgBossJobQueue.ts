import { LoggerService } from '@backstage/backend-plugin-api';
import { Knex } from 'knex';
import { fromKnex, PgBoss } from 'pg-boss';
import { JobHandler, JobQueue } from './JobQueue';

/** Attempts after the first, and the wait between them. */
const RETRY_LIMIT = 3;
const RETRY_DELAY_SECONDS = 30;

/** A job whose process died is given to another after this time. */
const EXPIRE_SECONDS = 900;

const POLLING_SECONDS = 2;

/** How long stopping waits for running jobs, milliseconds. */
const STOP_TIMEOUT_MS = 10_000;

/** Jobs on PostgreSQL, spread over all replicas; on the plugin's own connection pool. */
export class PgBossJobQueue implements JobQueue {
  readonly #boss: PgBoss;
  readonly #concurrency: number;
  readonly #abort = new AbortController();

  private constructor(boss: PgBoss, concurrency: number) {
    this.#boss = boss;
    this.#concurrency = concurrency;
  }

  /** Starts the queue in a schema beside the plugin's own. */
  static async create(options: {
    knex: Knex;
    logger: LoggerService;
    concurrency: number;
    skipMigrations: boolean;
  }): Promise<PgBossJobQueue> {
    const { knex, logger, concurrency, skipMigrations } = options;
    const boss = new PgBoss({
      db: fromKnex(knex),
      schema: await jobSchema(knex),
      migrate: !skipMigrations,
      createSchema: !skipMigrations,
      // Recurring work comes from the portal's scheduler.
      schedule: false,
    });
    boss.on('error', error =>
      logger.error('The job queue reported an error', error),
    );
    await boss.start();
    return new PgBossJobQueue(boss, concurrency);
  }

  async register<T extends object>(
    kind: string,
    handler: JobHandler<T>,
  ): Promise<void> {
    // `short` keeps one waiting job a key; a running one does not hold back the next.
    await this.#boss.createQueue(kind, {
      policy: 'short',
      retryLimit: RETRY_LIMIT,
      retryDelay: RETRY_DELAY_SECONDS,
      expireInSeconds: EXPIRE_SECONDS,
    });
    await this.#boss.work<T>(
      kind,
      {
        pollingIntervalSeconds: POLLING_SECONDS,
        localConcurrency: this.#concurrency,
      },
      async jobs => {
        for (const job of jobs) {
          await handler(
            job.data,
            AbortSignal.any([this.#abort.signal, job.signal]),
          );
        }
      },
    );
  }

  async enqueue(kind: string, key: string, payload: object): Promise<void> {
    await this.#boss.send(kind, payload, { singletonKey: key });
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#boss.stop({ graceful: true, timeout: STOP_TIMEOUT_MS });
  }
}

/** Under `pluginDivisionMode: schema` several plugins share a database; the schema tells them apart. */
async function jobSchema(knex: Knex): Promise<string> {
  const { rows } = await knex.raw('select current_schema() as schema');
  const schema: string = rows[0].schema;
  return schema === 'public' ? 'finops_jobs' : `${schema}_jobs`;
}
