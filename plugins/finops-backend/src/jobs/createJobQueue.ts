import { DatabaseService, LoggerService } from '@backstage/backend-plugin-api';
import { Knex } from 'knex';
import { InProcessJobQueue } from './InProcessJobQueue';
import { JobQueue } from './JobQueue';
import { PgBossJobQueue } from './PgBossJobQueue';

/** Jobs of one kind that run at once in one process. */
const CONCURRENCY = 2;

/** The queue that fits the database. */
export async function createJobQueue(options: {
  database: DatabaseService;
  knex: Knex;
  logger: LoggerService;
}): Promise<JobQueue> {
  const { database, knex, logger } = options;
  if (knex.client.config.client === 'pg') {
    const skipMigrations = database.migrations?.skip ?? false;
    return await PgBossJobQueue.create({
      knex,
      logger,
      concurrency: CONCURRENCY,
      skipMigrations,
    });
  }
  // SQLite has one writer; more would only wait for it.
  return new InProcessJobQueue({ logger, concurrency: 1 });
}
