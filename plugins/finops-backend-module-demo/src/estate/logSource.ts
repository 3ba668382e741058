import { LogSource, LogSummary } from '@apexlogic/backstage-plugin-finops-node';
import { isoOf, STEP_SECONDS } from './calendar';
import { capabilitiesOf } from './capabilities';
import { Estate, PlacedService } from './estate';
import { noiseStream } from './noise';
import { breathe, clipPeriod, placedWorkloads } from './reads';

const EXAMPLE_LINES = 5;

/** Access logs of the estate as counts per five minutes, with the newest lines as examples. */
export function createLogSource(estate: Estate): LogSource {
  return {
    id: 'demo',
    capabilities: capabilitiesOf(estate, 'log'),
    async *readLogs(read, { signal }) {
      const { start, end } = clipPeriod(estate, read.period);
      let found = false;
      for (const placed of placedWorkloads(estate, read.workloads)) {
        signal.throwIfAborted();
        const from = Math.ceil(
          Math.max(start, placed.createdAt) / STEP_SECONDS,
        );
        const to = Math.floor(end / STEP_SECONDS);
        if (placed.service.servesRequests && from < to) {
          found = true;
          yield {
            status: 'ok',
            data: [summaryOf(estate, placed, from, to)],
            asOf: isoOf(to * STEP_SECONDS),
          };
          await breathe();
        }
      }
      if (!found) {
        yield { status: 'no-data' };
      }
    },
  };
}

function summaryOf(
  estate: Estate,
  placed: PlacedService,
  from: number,
  to: number,
): LogSummary {
  const requests = new Float64Array(to - from);
  const errors = new Float64Array(to - from);
  const dither = noiseStream(estate.seed, `log-counts/${placed.key}`);
  for (let point = 0; point < requests.length; point++) {
    const index = from + point;
    const sample = estate.sampleAt(placed, index);
    requests[point] = Math.round(sample.requestRate * STEP_SECONDS);
    // Whole errors at the right rate also where there is less than one in five minutes.
    errors[point] = Math.min(
      requests[point],
      Math.floor(sample.errorRate * STEP_SECONDS + dither.uniform(index)),
    );
  }
  const { namespace, name } = placed.service;
  return {
    workload: placed.key,
    start: from * STEP_SECONDS,
    step: STEP_SECONDS,
    requests,
    errors,
    examples: examplesOf(estate, placed, from, to),
    query: `kubernetes.namespace_name:"${namespace}" AND kubernetes.labels.app_kubernetes_io/name:"${name}"`,
  };
}

function examplesOf(
  estate: Estate,
  placed: PlacedService,
  from: number,
  to: number,
): LogSummary['examples'] {
  const planted = estate.stories
    .flatMap(story => story.lines ?? [])
    .filter(
      ({ workload, epoch }) =>
        workload === placed.key &&
        epoch >= from * STEP_SECONDS &&
        epoch < to * STEP_SECONDS,
    )
    .map(({ epoch, line }) => ({ at: isoOf(epoch), line }));
  const { logPaths = [] } = placed.service;
  const random = noiseStream(estate.seed, `log-lines/${placed.key}`);
  const ordinary: { at: string; line: string }[] = [];
  for (
    let index = to - 1;
    index >= from &&
    ordinary.length + planted.length < EXAMPLE_LINES &&
    logPaths.length > 0;
    index -= 7
  ) {
    const sample = estate.sampleAt(placed, index);
    if (sample.requestRate > 0) {
      const at = isoOf(
        index * STEP_SECONDS + Math.floor(random.uniform(index) * STEP_SECONDS),
      );
      const path =
        logPaths[Math.floor(random.uniform(-index) * logPaths.length)];
      const milliseconds = Math.max(
        1,
        Math.round(
          sample.latencyP95 * 1000 * (0.2 + 0.7 * random.uniform(index + 1)),
        ),
      );
      ordinary.push({
        at,
        line: `${at} INFO "GET ${path} HTTP/1.1" 200 ${milliseconds}ms`,
      });
    }
  }
  return [...planted, ...ordinary]
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .slice(-EXAMPLE_LINES);
}
