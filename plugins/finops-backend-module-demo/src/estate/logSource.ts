import {
  LogLine,
  LogSource,
  LogSummary,
} from '@apexlogic/backstage-plugin-finops-node';
import { HOUR_SECONDS, isoOf, STEP_SECONDS } from './calendar';
import { capabilitiesOf } from './capabilities';
import { Estate, PlacedService } from './estate';
import { noiseStream } from './noise';
import { breathe, clipPeriod, placedWorkloads } from './reads';

const EXAMPLE_LINES = 5;

/** Lines of served and of failed requests written out of each hour; each stands for its share. */
const SERVED_LINES = 6;
const FAILED_LINES = 3;
/** Planted lines come on top and stand for themselves. */
const LINES_PER_HOUR = SERVED_LINES + FAILED_LINES + 16;

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
    linesPerHour: LINES_PER_HOUR,
    async *readLines(read, { signal }) {
      const { start, end } = clipPeriod(estate, read.period);
      let found = false;
      for (const placed of placedWorkloads(estate, read.workloads)) {
        signal.throwIfAborted();
        const from = Math.ceil(
          Math.max(start, placed.createdAt) / HOUR_SECONDS,
        );
        const to = Math.floor(end / HOUR_SECONDS);
        if (placed.service.servesRequests && from < to) {
          found = true;
          yield {
            status: 'ok',
            data: {
              workload: placed.key,
              lines: linesOf(estate, placed, from, to),
              query: queryOf(placed),
            },
            asOf: isoOf(to * HOUR_SECONDS),
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
  return {
    workload: placed.key,
    start: from * STEP_SECONDS,
    step: STEP_SECONDS,
    requests,
    errors,
    examples: examplesOf(estate, placed, from, to),
    query: queryOf(placed),
  };
}

function queryOf({ service: { namespace, name } }: PlacedService): string {
  return `kubernetes.namespace_name:"${namespace}" AND kubernetes.labels.app_kubernetes_io/name:"${name}"`;
}

/** Lines of the hours `[from, to)`, counted from the epoch: a sample of the requests, all planted ones. */
function linesOf(
  estate: Estate,
  placed: PlacedService,
  from: number,
  to: number,
): LogLine[] {
  const { logPaths = [] } = placed.service;
  const random = noiseStream(estate.seed, `log-stream/${placed.key}`);
  const lines: LogLine[] = plantedIn(
    estate,
    placed,
    from * HOUR_SECONDS,
    to * HOUR_SECONDS,
  );
  for (let hour = from; hour < to && logPaths.length > 0; hour++) {
    const sample = estate.sampleAt(
      placed,
      Math.floor(((hour + 0.5) * HOUR_SECONDS) / STEP_SECONDS),
    );
    const failed = Math.floor(
      sample.errorRate * HOUR_SECONDS + random.uniform(hour),
    );
    const served = Math.max(
      0,
      Math.round(sample.requestRate * HOUR_SECONDS) - failed,
    );
    const write = (
      count: number,
      most: number,
      line: (path: string, at: string, roll: number) => string,
    ) => {
      const written = Math.min(count, most);
      for (let index = 0; index < written; index++) {
        const roll = random.uniform(hour * 100 + most * 10 + index);
        const at = isoOf(hour * HOUR_SECONDS + Math.floor(roll * HOUR_SECONDS));
        const path =
          logPaths[Math.floor(((roll * 1000) % 1) * logPaths.length)];
        lines.push({
          at,
          line: line(path, at, roll),
          standsFor: count / written,
        });
      }
    };
    write(served, SERVED_LINES, (path, at, roll) => {
      const milliseconds = Math.max(
        1,
        Math.round(sample.latencyP95 * 1000 * (0.2 + 0.7 * roll)),
      );
      return `${at} INFO "GET ${path} HTTP/1.1" 200 ${milliseconds}ms`;
    });
    write(
      failed,
      FAILED_LINES,
      (path, at) =>
        `${at} ERROR request failed with status 500: GET ${path.split('?')[0]}`,
    );
  }
  return lines;
}

function plantedIn(
  estate: Estate,
  placed: PlacedService,
  start: number,
  end: number,
): { at: string; line: string }[] {
  return estate.stories
    .flatMap(story => story.lines ?? [])
    .filter(
      ({ workload, epoch }) =>
        workload === placed.key && epoch >= start && epoch < end,
    )
    .map(({ epoch, line }) => ({ at: isoOf(epoch), line }));
}

function examplesOf(
  estate: Estate,
  placed: PlacedService,
  from: number,
  to: number,
): LogSummary['examples'] {
  const planted = plantedIn(
    estate,
    placed,
    from * STEP_SECONDS,
    to * STEP_SECONDS,
  );
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
