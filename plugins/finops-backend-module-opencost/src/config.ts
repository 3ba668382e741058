import { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { z } from 'zod';

const DEFAULT_CURRENCY = 'USD';
const DEFAULT_TIMEOUT_SECONDS = 120;
/** OpenCost itself runs five queries at a time; one request makes many. */
const DEFAULT_CONCURRENCY = 2;
const DEFAULT_PROVISIONAL_DAYS = 2;
/** OpenCost computes from Prometheus, which keeps 15 days; Kubecost stores daily sets for about three months. */
const DEFAULT_HISTORY_DAYS = { opencost: 15, kubecost: 90 } as const;

/** One OpenCost or Kubecost, as configured under `finops.opencost`. @public */
export interface OpenCostInstance {
  readonly id: string;
  /** Base address without a trailing slash. */
  readonly url: string;
  readonly flavour: 'opencost' | 'kubecost';
  /** ISO 4217; the answers do not say. */
  readonly currency: string;
  /** Clusters it serves, as workloads name them. */
  readonly clusters?: readonly string[];
  /** How the server calls its one cluster, when that differs. */
  readonly clusterId?: string;
  /** Sent with every request, credentials included. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /** Requests in flight at once, over all reads. */
  readonly concurrency: number;
  /** Whole days before today that billing may still restate. */
  readonly provisionalDays: number;
  readonly historyDays: number;
}

const text = z.string().min(1);
const positive = z.number().int().positive();

const instanceSchema = z.strictObject({
  id: text,
  url: z.url({ protocol: /^https?$/ }),
  flavour: z.enum(['opencost', 'kubecost']).default('opencost'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default(DEFAULT_CURRENCY),
  clusters: z.array(text).min(1).optional(),
  clusterId: text.optional(),
  headers: z.record(text, z.string()).default({}),
  timeoutSeconds: z.number().positive().default(DEFAULT_TIMEOUT_SECONDS),
  concurrency: positive.default(DEFAULT_CONCURRENCY),
  provisionalDays: z.number().int().min(0).default(DEFAULT_PROVISIONAL_DAYS),
  historyDays: positive.optional(),
});

/**
 * Reads `finops.opencost`; an absent key is an empty list. Throws `InputError` that names the entry
 * and what to write instead.
 *
 * @public
 */
export function readOpenCostConfig(
  config: Config,
): readonly OpenCostInstance[] {
  const parsed = z
    .array(instanceSchema)
    .safeParse(config.getOptional('finops.opencost') ?? []);
  if (!parsed.success) {
    throw new InputError(
      `finops.opencost is not valid: ${z.prettifyError(parsed.error)}`,
    );
  }
  return parsed.data.map(entry => {
    const fail = (problem: string) =>
      new InputError(`finops.opencost entry '${entry.id}': ${problem}`);
    const url = new URL(entry.url);
    if (url.username || url.password) {
      throw fail(
        'the url holds credentials; write them as an Authorization header',
      );
    }
    if (url.search || url.hash) {
      throw fail('the url must not have a query or a fragment');
    }
    if (entry.clusterId && entry.clusters?.length !== 1) {
      throw fail(
        'clusterId renames one cluster; set clusters to its name in the portal',
      );
    }
    return {
      ...entry,
      url: entry.url.replace(/\/+$/, ''),
      historyDays: entry.historyDays ?? DEFAULT_HISTORY_DAYS[entry.flavour],
    };
  });
}
