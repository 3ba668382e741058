/**
 * The typed client of the FinOps backend, generated from its OpenAPI file.
 *
 * @packageDocumentation
 */
import createClient, { Client } from 'openapi-fetch';
import type { components, paths } from './schema.generated';

export type { components, operations, paths } from './schema.generated';

/** Response and request shapes of the API by name. @public */
export type Schemas = components['schemas'];

/** @public */
export type FinopsClient = Client<paths>;

/**
 * Makes a client over the portal's fetch API; `plugin://finops` is resolved by it.
 *
 * @example
 * ```ts
 * const client = createFinopsClient({ fetch: fetchApi.fetch });
 * const { data, error } = await client.GET('/recommendations/{id}', { params: { path: { id } } });
 * ```
 * @public
 */
export function createFinopsClient(options: {
  baseUrl?: string;
  fetch: typeof fetch;
}): FinopsClient {
  const { baseUrl = 'plugin://finops' } = options;
  return createClient<paths>({
    baseUrl,
    // openapi-fetch hands over a Request; the portal's fetch rewrites plugin:// only in strings.
    fetch: async request =>
      options.fetch(request.url, {
        method: request.method,
        headers: request.headers,
        body:
          request.method === 'GET' || request.method === 'HEAD'
            ? undefined
            : await request.text(),
        signal: request.signal,
      }),
  });
}
