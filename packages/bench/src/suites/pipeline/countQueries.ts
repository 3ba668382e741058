import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import {
  DEFAULT_CONNECTION_METRICS,
  DEFAULT_REQUEST_METRICS,
  PrometheusMetricSource,
} from '@apexlogic/backstage-plugin-finops-backend-module-prometheus';
import { Period } from '@apexlogic/backstage-plugin-finops-common';
import { Fleet } from './fleet';

/** Range queries that the source sends for a period of a fleet, counted by a server that has no data. */
export async function countQueries(
  fleet: Fleet,
  period: Period,
): Promise<number> {
  let queries = 0;
  const server = createServer((request, response) => {
    queries += 1;
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        status: 'success',
        data: { resultType: 'matrix', result: [] },
      }),
    );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const source = PrometheusMetricSource.create({
      id: 'bench',
      url: `http://127.0.0.1:${port}`,
      headers: {},
      stepSeconds: 300,
      scrapeIntervalSeconds: 30,
      maxPointsPerSeries: 11_000,
      timeoutSeconds: 60,
      concurrency: 4,
      historyDays: 15,
      containerMatchers: 'container!=""',
      requestMetrics: DEFAULT_REQUEST_METRICS,
      connectionMetrics: DEFAULT_CONNECTION_METRICS,
    });
    for (const workloads of fleet.namespaces) {
      for await (const result of source.readMetrics(
        { workloads, period },
        { signal: new AbortController().signal },
      )) {
        if (result.status === 'down') {
          throw new Error(`the counting server was not understood`);
        }
      }
    }
    return queries;
  } finally {
    server.close();
  }
}
