import { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { z } from 'zod';
import {
  ConnectionMetricTemplates,
  DEFAULT_CONNECTION_METRICS,
  DEFAULT_REQUEST_METRICS,
  RequestMetricTemplates,
} from './metricQueries';

const DEFAULT_STEP_SECONDS = 300;
const DEFAULT_SCRAPE_INTERVAL_SECONDS = 60;
/** The limit of Prometheus, Thanos, Mimir and Amazon's managed service. */
const DEFAULT_MAX_POINTS_PER_SERIES = 11_000;
const DEFAULT_TIMEOUT_SECONDS = 60;
const DEFAULT_CONCURRENCY = 4;
const DEFAULT_HISTORY_DAYS = 60;
const DEFAULT_CONTAINER_MATCHERS = 'container!="",container!="POD",image!=""';

/** One Prometheus, or what speaks its API, as configured under `finops.prometheus`. @public */
export interface PrometheusInstance {
  readonly id: string;
  /** Base address without a trailing slash; `/api/v1/query_range` is appended. */
  readonly url: string;
  /** Clusters it serves; several only with `clusterLabel`. */
  readonly clusters?: readonly string[];
  /** Label that holds the cluster on every series. */
  readonly clusterLabel?: string;
  /** Sent with every request, credentials included. */
  readonly headers: Readonly<Record<string, string>>;
  readonly stepSeconds: number;
  /** Longest interval between two scrapes of a target. */
  readonly scrapeIntervalSeconds: number;
  readonly maxPointsPerSeries: number;
  readonly timeoutSeconds: number;
  /** Queries in flight at once, over all reads. */
  readonly concurrency: number;
  readonly historyDays: number;
  /** PromQL matchers that leave only real containers. */
  readonly containerMatchers: string;
  readonly requestMetrics: RequestMetricTemplates;
  readonly connectionMetrics: ConnectionMetricTemplates;
}

const text = z.string().min(1);
const positive = z.number().int().positive();

const instanceSchema = z.strictObject({
  id: text,
  url: z.url({ protocol: /^https?$/ }),
  clusters: z.array(text).min(1).optional(),
  clusterLabel: z
    .string()
    .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/)
    .optional(),
  headers: z.record(text, z.string()).default({}),
  basicAuth: z
    .strictObject({ username: text, password: z.string() })
    .optional(),
  bearerToken: text.optional(),
  stepSeconds: positive.default(DEFAULT_STEP_SECONDS),
  scrapeIntervalSeconds: positive.default(DEFAULT_SCRAPE_INTERVAL_SECONDS),
  maxPointsPerSeries: positive.default(DEFAULT_MAX_POINTS_PER_SERIES),
  timeoutSeconds: z.number().positive().default(DEFAULT_TIMEOUT_SECONDS),
  concurrency: positive.default(DEFAULT_CONCURRENCY),
  historyDays: positive.default(DEFAULT_HISTORY_DAYS),
  containerMatchers: z.string().default(DEFAULT_CONTAINER_MATCHERS),
  requestMetrics: z
    .strictObject({
      requestRate: text.default(DEFAULT_REQUEST_METRICS.requestRate),
      errorRate: text.default(DEFAULT_REQUEST_METRICS.errorRate),
      latencyP95: text.default(DEFAULT_REQUEST_METRICS.latencyP95),
    })
    .default(DEFAULT_REQUEST_METRICS),
  connectionMetrics: z
    .strictObject({
      used: text.default(DEFAULT_CONNECTION_METRICS.used),
      limit: text.default(DEFAULT_CONNECTION_METRICS.limit),
    })
    .default(DEFAULT_CONNECTION_METRICS),
});

/**
 * Reads `finops.prometheus`; an absent key is an empty list. Throws `InputError` that names the entry
 * and what to write instead.
 *
 * @public
 */
export function readPrometheusConfig(
  config: Config,
): readonly PrometheusInstance[] {
  const parsed = z
    .array(instanceSchema)
    .safeParse(config.getOptional('finops.prometheus') ?? []);
  if (!parsed.success) {
    throw new InputError(
      `finops.prometheus is not valid: ${z.prettifyError(parsed.error)}`,
    );
  }
  return parsed.data.map(toInstance);
}

function toInstance(entry: z.infer<typeof instanceSchema>): PrometheusInstance {
  const { basicAuth, bearerToken, ...rest } = entry;
  const fail = (problem: string) =>
    new InputError(`finops.prometheus entry '${entry.id}': ${problem}`);
  const url = new URL(entry.url);
  if (url.username || url.password) {
    throw fail('the url holds credentials; write them as basicAuth');
  }
  if (url.search || url.hash) {
    throw fail('the url must not have a query or a fragment');
  }
  if (basicAuth && bearerToken) {
    throw fail('has both basicAuth and bearerToken; keep one');
  }
  if (!entry.clusterLabel && entry.clusters?.length !== 1) {
    throw fail(
      entry.clusters
        ? 'serves several clusters; set clusterLabel to the label that tells them apart'
        : "set clusters to the name of the one cluster it watches, or clusterLabel to the label that tells clusters apart (often 'cluster')",
    );
  }
  if (entry.clusterLabel) {
    const { requestMetrics, connectionMetrics } = entry;
    for (const [key, templates] of Object.entries({
      requestMetrics,
      connectionMetrics,
    })) {
      for (const [name, template] of Object.entries(templates)) {
        if (!/\{\{(matchers|cluster)\}\}/.test(template)) {
          throw fail(
            `${key}.${name} must use {{matchers}} or {{cluster}}, else clusters would mix`,
          );
        }
      }
    }
  }
  const headers: Record<string, string> = { ...entry.headers };
  if (basicAuth) {
    headers.Authorization = `Basic ${Buffer.from(
      `${basicAuth.username}:${basicAuth.password}`,
    ).toString('base64')}`;
  } else if (bearerToken) {
    headers.Authorization = `Bearer ${bearerToken}`;
  }
  return { ...rest, headers, url: entry.url.replace(/\/+$/, '') };
}
