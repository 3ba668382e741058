import { Knex } from 'knex';
import { UsageSketch } from '@apexlogic/backstage-plugin-finops-analysis';
import { Day, DAY_MS } from '@apexlogic/backstage-plugin-finops-common';
import { MetricName } from '@apexlogic/backstage-plugin-finops-node';
import { chunksOf, upsertRows } from './rows';

const DAY_SECONDS = DAY_MS / 1000;

/** Resources a sketch is kept of. */
export type SketchedResource = 'cpu' | 'memory';

/** Metrics whose daily distribution is kept, and as what. */
const SKETCHED_METRICS: Readonly<Record<string, SketchedResource | undefined>> =
  {
    'cpu-usage-max': 'cpu',
    'memory-usage-max': 'memory',
  };

/** Metrics kept: those of metric sources, and rates counted from logs. */
export type StoredMetric = MetricName | 'log-request-rate' | 'log-error-rate';

/** Points of one metric on a regular grid; NaN = missing. */
export interface StoredSeries {
  readonly workload: string;
  /** Empty: the workload as a whole. */
  readonly container: string;
  readonly metric: StoredMetric;
  /** Epoch seconds. */
  readonly start: number;
  /** Seconds; divides a day. */
  readonly step: number;
  readonly values: Float64Array;
}

/** One day's distribution of one resource of one container. */
export interface StoredSketch {
  readonly container: string;
  readonly resource: SketchedResource;
  readonly day: Day;
  readonly sketch: UsageSketch;
}

/** Usage over time: daily sketches and regular series. */
export class UsageStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Sketches of a workload on days in `[startDay, endDay)`, oldest first. */
  async getSketches(
    workload: string,
    startDay: Day,
    endDay: Day,
  ): Promise<StoredSketch[]> {
    const found = await this.getSketchesOf([workload], startDay, endDay);
    return found.get(workload) ?? [];
  }

  /** The same of several workloads at once; one without any is absent. */
  async getSketchesOf(
    workloads: readonly string[],
    startDay: Day,
    endDay: Day,
  ): Promise<Map<string, StoredSketch[]>> {
    const found = new Map<string, StoredSketch[]>();
    for (const chunk of chunksOf(workloads)) {
      const rows = await this.#knex('finops_sketches')
        .whereIn('workload', chunk)
        .andWhere('day', '>=', startDay)
        .andWhere('day', '<', endDay)
        .orderBy(['container', 'resource', 'day']);
      for (const row of rows) {
        const sketch: StoredSketch = {
          container: row.container,
          resource: row.resource,
          day: row.day,
          sketch: UsageSketch.decode(new Uint8Array(row.sketch)),
        };
        const list = found.get(row.workload);
        if (list) {
          list.push(sketch);
        } else {
          found.set(row.workload, [sketch]);
        }
      }
    }
    return found;
  }

  /**
   * Writes points over what is stored; a missing point never erases a measured one. The sketches of
   * the days touched are made anew from all their points, so reading a span twice, late or in any
   * order gives the same sketches.
   */
  async saveSeries(
    list: readonly (StoredSeries & {
      readonly sourceId: string;
      readonly query: string;
    })[],
  ): Promise<void> {
    await this.#knex.transaction(async trx => {
      const stored = await storedDays(trx, list);
      const rows = new Map<string, SeriesRow>();
      for (const series of list) {
        for (const row of mergeDays(
          series,
          key => rows.get(key) ?? stored.get(key),
        )) {
          rows.set(keyOf(row), row);
        }
      }
      await upsertRows(
        trx,
        'finops_series',
        ['workload', 'container', 'metric', 'day'],
        [...rows.values()],
      );
      await upsertRows(
        trx,
        'finops_sketches',
        ['workload', 'container', 'resource', 'day'],
        [...rows.values()].flatMap(sketchRow),
      );
      const queries = list.map(
        ({ workload, container, metric, sourceId, query }) => ({
          workload,
          container,
          metric,
          source_id: sourceId,
          query,
        }),
      );
      await upsertRows(
        trx,
        'finops_series_queries',
        ['workload', 'container', 'metric'],
        [
          ...new Map(
            queries.map(row => [
              `${row.workload}\n${row.container}\n${row.metric}`,
              row,
            ]),
          ).values(),
        ],
      );
    });
  }

  /** Series of a workload over whole days `[startDay, endDay)`, one per container and metric. */
  async getSeries(
    workload: string,
    metrics: readonly StoredMetric[],
    startDay: Day,
    endDay: Day,
  ): Promise<StoredSeries[]> {
    const rows = await this.#knex('finops_series')
      .where({ workload })
      .whereIn('metric', metrics as StoredMetric[])
      .andWhere('day', '>=', startDay)
      .andWhere('day', '<', endDay)
      .orderBy(['container', 'metric', 'day']);
    const groups = new Map<string, any[]>();
    for (const row of rows) {
      const key = `${row.container}\n${row.metric}`;
      groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    return [...groups.values()].map(group => {
      // After a change of step the newer grid counts; older days on another grid are left out.
      const step: number = group[group.length - 1].step;
      const days = group.filter(row => row.step === step);
      const start = Date.parse(`${days[0].day}T00:00:00Z`) / 1000;
      const lastDay =
        Date.parse(`${days[days.length - 1].day}T00:00:00Z`) / 1000;
      const values = new Float64Array(
        (lastDay + DAY_SECONDS - start) / step,
      ).fill(NaN);
      for (const row of days) {
        values.set(
          pointsOf(row.points),
          (Date.parse(`${row.day}T00:00:00Z`) / 1000 - start) / step,
        );
      }
      return {
        workload,
        container: group[0].container,
        metric: group[0].metric,
        start,
        step,
        values,
      };
    });
  }

  /** The queries series of a workload came from, by `container` and `metric`. */
  async getQueries(workload: string): Promise<
    {
      container: string;
      metric: StoredMetric;
      sourceId: string;
      query: string;
    }[]
  > {
    const rows = await this.#knex('finops_series_queries').where({ workload });
    return rows.map(row => ({
      container: row.container,
      metric: row.metric,
      sourceId: row.source_id,
      query: row.query,
    }));
  }

  /** Drops sketches and hourly series before one day and finer series before another. */
  async deleteBefore(day: Day, fineDay: Day): Promise<void> {
    await this.#knex('finops_sketches').where('day', '<', day).delete();
    await this.#knex('finops_series').where('day', '<', day).delete();
    await this.#knex('finops_series')
      .where('day', '<', fineDay)
      .andWhere('step', '<', 3600)
      .delete();
  }
}

interface SeriesRow {
  workload: string;
  container: string;
  metric: string;
  day: Day;
  step: number;
  points: Buffer;
}

function keyOf(
  row: Pick<SeriesRow, 'workload' | 'container' | 'metric' | 'day'>,
): string {
  return `${row.workload}\n${row.container}\n${row.metric}\n${row.day}`;
}

/** What is stored of the days that the series touch, asked for once and not a series at a time. */
async function storedDays(
  knex: Knex,
  list: readonly StoredSeries[],
): Promise<Map<string, SeriesRow>> {
  const days = list
    .flatMap(({ start, step, values }) =>
      daysOf(start, start + step * values.length),
    )
    .sort();
  const metrics = [...new Set(list.map(({ metric }) => metric))];
  const workloads = [...new Set(list.map(({ workload }) => workload))];
  const stored = new Map<string, SeriesRow>();
  if (days.length === 0) {
    return stored;
  }
  for (const chunk of chunksOf(workloads)) {
    const rows: SeriesRow[] = await knex('finops_series')
      .whereIn('workload', chunk)
      .whereIn('metric', metrics)
      .andWhere('day', '>=', days[0])
      .andWhere('day', '<=', days[days.length - 1]);
    for (const row of rows) {
      stored.set(keyOf(row), row);
    }
  }
  return stored;
}

function mergeDays(
  series: StoredSeries,
  known: (key: string) => SeriesRow | undefined,
): SeriesRow[] {
  const { workload, container, metric, step, start, values } = series;
  const days = daysOf(start, start + step * values.length);
  return days.map(day => {
    const dayStart = Date.parse(`${day}T00:00:00Z`) / 1000;
    const points = new Float32Array(DAY_SECONDS / step).fill(NaN);
    const before = known(keyOf({ workload, container, metric, day }));
    if (before?.step === step) {
      points.set(pointsOf(before.points));
    }
    for (let slot = 0; slot < points.length; slot++) {
      const value = values[(dayStart + slot * step - start) / step];
      if (Number.isFinite(value)) {
        points[slot] = value;
      }
    }
    return {
      workload,
      container,
      metric,
      day,
      step,
      points: Buffer.from(points.buffer),
    };
  });
}

function sketchRow(row: SeriesRow) {
  const resource = SKETCHED_METRICS[row.metric];
  if (!resource) {
    return [];
  }
  const sketch = UsageSketch.empty(resource);
  sketch.addSeries(Float64Array.from(pointsOf(row.points)));
  if (sketch.count === 0) {
    return [];
  }
  const { workload, container, day } = row;
  return [
    {
      workload,
      container,
      resource,
      day,
      sketch: Buffer.from(sketch.encode()),
    },
  ];
}

function daysOf(start: number, end: number): Day[] {
  const days: Day[] = [];
  for (
    let at = Math.floor(start / DAY_SECONDS) * DAY_SECONDS;
    at < end;
    at += DAY_SECONDS
  ) {
    days.push(new Date(at * 1000).toISOString().slice(0, 10));
  }
  return days;
}

function pointsOf(stored: Buffer | Uint8Array): Float32Array {
  // Drivers hand out views at any offset; floats need an aligned copy.
  const bytes = Uint8Array.from(stored);
  return new Float32Array(
    bytes.buffer,
    0,
    bytes.byteLength / Float32Array.BYTES_PER_ELEMENT,
  );
}
