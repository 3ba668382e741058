import { hasPrometheus } from './prometheus';

/** A database the loop runs on. */
export type DatabaseName = 'SQLite' | 'PostgreSQL';

const POSTGRES_VARIABLE =
  'BACKSTAGE_TEST_DATABASE_POSTGRES18_CONNECTION_STRING';

/**
 * What is missing to run the loop on a database, in words; `undefined` when all is there. Throws when
 * `FINOPS_REQUIRE_SERVICES=1` demands it.
 */
export function missingService(database: DatabaseName): string | undefined {
  let missing: string | undefined;
  if (!hasPrometheus()) {
    missing = 'prometheus and promtool on the PATH';
  } else if (database === 'PostgreSQL' && !process.env[POSTGRES_VARIABLE]) {
    missing = POSTGRES_VARIABLE;
  }
  if (missing && process.env.FINOPS_REQUIRE_SERVICES === '1') {
    throw new Error(`FINOPS_REQUIRE_SERVICES=1, but there is no ${missing}`);
  }
  return missing;
}

/** Kubeconfig of a real API server to read the live state from; without it a test source plays it. */
export const KUBECONFIG = process.env.FINOPS_TEST_KUBECONFIG;
