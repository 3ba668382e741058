import { TestDatabaseId, TestDatabases } from '@backstage/backend-test-utils';
import { createStores, Stores } from '../database/createStores';
import { migrateDatabase } from '../database/migrateDatabase';

/** SQLite always, PostgreSQL where a server is given. */
export const DATABASE_IDS: TestDatabaseId[] = [
  'SQLITE_3',
  ...(process.env.BACKSTAGE_TEST_DATABASE_POSTGRES18_CONNECTION_STRING
    ? (['POSTGRES_18'] as const)
    : []),
];

/** Stores on a fresh, migrated database. */
export async function createTestStores(
  databases: TestDatabases,
  id: TestDatabaseId,
): Promise<Stores> {
  const knex = await databases.init(id);
  await migrateDatabase({ getClient: async () => knex });
  return createStores(knex);
}
