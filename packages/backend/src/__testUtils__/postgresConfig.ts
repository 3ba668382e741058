import { TestDatabases } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';

/** What `backend.database` says to use the database of a connection. */
export function postgresConfig(
  knex: Awaited<ReturnType<TestDatabases['init']>>,
): JsonObject {
  const { host, port, user, password, database } =
    knex.client.config.connection;
  return {
    client: 'pg',
    connection: {
      host,
      port: Number(port),
      user,
      database,
      ...(password && { password }),
    },
    // As where the portal may not create databases: one for all plugins.
    pluginDivisionMode: 'schema',
    ensureSchemaExists: true,
  };
}
