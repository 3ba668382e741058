import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import knexFactory, { Knex } from 'knex';
import {
  rightsize,
  UsageSketch,
} from '@apexlogic/backstage-plugin-finops-analysis';
import {
  Day,
  workloadKey,
  Workload,
} from '@apexlogic/backstage-plugin-finops-common';
import { BenchReport, BenchResult, Suite } from '../../types';
import { countQueries } from './countQueries';
import { Fleet, makeFleet, STEP_S, useOf } from './fleet';
import { migrateDatabase, UsageStore } from './state';

const CONTAINERS = 10_000;
const PER_NAMESPACE = 100;
const DAYS = 14;
/** A Monday, so that the weeks of the made-up use are those of the calendar. */
const FIRST_DAY = 20_500;

/** Queries of krr's simple strategy for one container: CPU and memory, and how many points each has. */
const KRR_QUERIES_PER_CONTAINER = 4;

/**
 * What the loop costs over a fleet: reading in the history, one pass of advice over all containers from
 * the stored sketches alone, and one more day. CPU seconds of this process, all threads, with the state
 * in a SQLite file; making up the use is not counted. The folder of the data does not matter.
 */
export const pipelineSuite: Suite = {
  name: 'pipeline',
  async run(): Promise<BenchReport> {
    const folder = await mkdtemp(join(tmpdir(), 'finops-pipeline-'));
    const filename = join(folder, 'state.sqlite');
    const knex = knexFactory({
      client: 'better-sqlite3',
      connection: { filename },
      useNullAsDefault: true,
    });
    try {
      await migrateDatabase({ getClient: async () => knex });
      return await measure(knex, filename);
    } finally {
      await knex.destroy();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measure(knex: Knex, filename: string): Promise<BenchReport> {
  const fleet = makeFleet(CONTAINERS, PER_NAMESPACE);
  const usage = new UsageStore(knex);
  const history = await ingest(usage, fleet, FIRST_DAY, DAYS);
  const now = FIRST_DAY + DAYS;
  const pass = await advise(usage, fleet, now);
  const increment = await ingest(usage, fleet, now, 1);
  const day = (index: number) => `${dayName(index)}T00:00:00.000Z`;
  const ours = await countQueries(fleet, {
    start: day(now),
    end: day(now + 1),
  });
  const krr = KRR_QUERIES_PER_CONTAINER * CONTAINERS;
  const sketchBytes = await bytesPerSketch(knex);
  return {
    suite: 'pipeline',
    results: [
      row('seconds-cpu', history, 'history'),
      row('seconds-cpu', pass.seconds, 'pass'),
      row('seconds-cpu', increment, 'increment'),
      row('peak-mib', process.resourceUsage().maxRSS / 1024),
      row('queries', ours, undefined, { krr }),
      row('sketch-bytes', sketchBytes),
      row('state-mib', (await stat(filename)).size / 2 ** 20),
    ],
    cases: [],
    notes: [`${pass.advised} of ${CONTAINERS} containers have advice`],
  };
}

/** CPU seconds to store days of all namespaces, one batch a namespace as the sources bring them. */
async function ingest(
  usage: UsageStore,
  fleet: Fleet,
  firstDay: number,
  days: number,
): Promise<number> {
  let seconds = 0;
  for (const workloads of fleet.namespaces) {
    const series = workloads.flatMap(workload =>
      (['cpu', 'memory'] as const).map(resource => ({
        workload: workloadKey(workload),
        container: 'app',
        metric: `${resource}-usage-max` as const,
        start: firstDay * 86_400,
        step: STEP_S,
        values: useOf(workload, resource, firstDay, days),
        sourceId: 'bench',
        query: resource,
      })),
    );
    seconds += await secondsOf(() => usage.saveSeries(series));
  }
  return seconds;
}

async function advise(
  usage: UsageStore,
  fleet: Fleet,
  now: number,
): Promise<{ seconds: number; advised: number }> {
  let advised = 0;
  const seconds = await secondsOf(async () => {
    for (const workload of fleet.namespaces.flat()) {
      if (await hasAdvice(usage, workload, now)) {
        advised += 1;
      }
    }
  });
  return { seconds, advised };
}

async function hasAdvice(
  usage: UsageStore,
  workload: Workload,
  now: number,
): Promise<boolean> {
  const sketches = await usage.getSketches(
    workloadKey(workload),
    dayName(now - DAYS),
    dayName(now),
  );
  const daysOf = (resource: 'cpu' | 'memory') => ({
    days: sketches
      .filter(sketch => sketch.resource === resource)
      .map(({ day, sketch }): { day: Day; sketch: UsageSketch } => ({
        day,
        sketch,
      })),
  });
  const advice = rightsize(
    { cpu: daysOf('cpu'), memory: daysOf('memory') },
    { now: `${dayName(now)}T00:00:00.000Z` },
  );
  return advice.kind === 'advice';
}

async function bytesPerSketch(knex: Knex): Promise<number> {
  const [{ bytes }] = await knex('finops_sketches').select(
    knex.raw('avg(length(sketch)) as bytes'),
  );
  return Number(bytes);
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function dayName(index: number): Day {
  return new Date(index * 86_400_000).toISOString().slice(0, 10);
}

function row(
  metric: string,
  value: number,
  group?: string,
  baselines: Record<string, number> = {},
): BenchResult {
  return {
    set: `${CONTAINERS}-containers`,
    ...(group === undefined ? {} : { group }),
    metric,
    value,
    n: CONTAINERS,
    baselines,
  };
}
