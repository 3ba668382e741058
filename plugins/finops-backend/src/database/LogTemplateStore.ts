import { Knex } from 'knex';
import {
  Day,
  DAY_MS,
  dayOf,
  daysBetween,
} from '@apexlogic/backstage-plugin-finops-common';
import { chunksOf, upsertRows } from './rows';

const HOUR_SECONDS = 3600;
const HOURS = 24;

/** Stands for all lines of a workload among the counts. */
const ALL_LINES = '';

/** One kind of log message. Texts are redacted, and still of strangers. */
export interface StoredLogTemplate {
  readonly id: string;
  readonly template: string;
  readonly wordings: readonly (readonly string[])[];
  readonly examples: readonly string[];
  readonly sourceId: string;
  readonly query: string;
}

/** What one read of whole hours found of one workload. */
export interface LogRead {
  readonly workload: string;
  /** Epoch seconds of the first hour. */
  readonly start: number;
  /** All lines of each hour. */
  readonly totals: Float64Array;
  /** Templates seen or changed; the rest of the stored ones stay. */
  readonly templates: readonly StoredLogTemplate[];
  /** Lines of each hour by template; hours of templates not named are 0. */
  readonly counts: ReadonlyMap<string, Float64Array>;
  /** Stored templates that turned out to be another one, and which. */
  readonly merged: ReadonlyMap<string, string>;
}

/** Lines per hour of a workload, on one grid. */
export interface StoredLogCounts {
  /** Epoch seconds of the first hour. */
  readonly start: number;
  /** All lines; NaN = hour not read. */
  readonly totals: Float64Array;
  readonly templates: readonly (StoredLogTemplate & {
    readonly counts: Float64Array;
  })[];
}

/** Log messages of workloads and how often they came. */
export class LogTemplateStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Templates of a workload with all lines counted of each. */
  async getTemplates(
    workload: string,
  ): Promise<(StoredLogTemplate & { readonly lines: number })[]> {
    const lines = new Map<string, number>();
    for (const row of await this.#knex('finops_log_counts').where({
      workload,
    })) {
      const sum = countsOf(row.counts).reduce((a, b) => a + b, 0);
      lines.set(row.template_id, (lines.get(row.template_id) ?? 0) + sum);
    }
    return (await templatesOf(this.#knex, workload)).map(template => ({
      ...template,
      lines: lines.get(template.id) ?? 0,
    }));
  }

  /** Replaces what is stored of the hours read, so that reading them twice changes nothing. */
  async saveRead(read: LogRead): Promise<void> {
    const { workload, start, totals, counts, merged } = read;
    await this.#knex.transaction(async trx => {
      const days = new Map<string, Float64Array>();
      const keyOf = (id: string, day: Day) => `${id}\n${day}`;
      const load = async (query: Knex.QueryBuilder) => {
        for (const row of await query) {
          days.set(keyOf(row.template_id, row.day), countsOf(row.counts));
        }
      };
      const table = () => trx('finops_log_counts').where({ workload });
      const readDays = daysBetween(
        dayOf(start * 1000),
        dayOf((start + totals.length * HOUR_SECONDS) * 1000 + DAY_MS - 1),
      );
      await load(
        table()
          .where('day', '>=', readDays[0])
          .andWhere('day', '<=', readDays[readDays.length - 1]),
      );
      for (const chunk of chunksOf([
        ...new Set([...merged.keys(), ...merged.values()]),
      ])) {
        await load(table().whereIn('template_id', chunk));
      }
      for (const [from, to] of merged) {
        for (const [key, values] of [...days]) {
          const [id, day] = key.split('\n');
          if (id === from) {
            const before = days.get(keyOf(to, day));
            days.set(
              keyOf(to, day),
              values.map((value, hour) => value + (before?.[hour] ?? 0)),
            );
            days.delete(key);
          }
        }
      }
      for (const chunk of chunksOf([...merged.keys()])) {
        await table().whereIn('template_id', chunk).delete();
        await trx('finops_log_templates')
          .where({ workload })
          .whereIn('template_id', chunk)
          .delete();
      }
      const touched = new Set([
        ALL_LINES,
        ...counts.keys(),
        ...[...days.keys()].map(key => key.split('\n')[0]),
      ]);
      for (const id of touched) {
        const values = id === ALL_LINES ? totals : counts.get(id);
        for (let index = 0; index < totals.length; index++) {
          const at = start + index * HOUR_SECONDS;
          const key = keyOf(id, dayOf(at * 1000));
          const value = values?.[index] ?? 0;
          let ofDay = days.get(key);
          if (!ofDay && (id === ALL_LINES || value > 0)) {
            ofDay = new Float64Array(HOURS).fill(id === ALL_LINES ? NaN : 0);
            days.set(key, ofDay);
          }
          if (ofDay) {
            ofDay[Math.floor(at / HOUR_SECONDS) % HOURS] = value;
          }
        }
      }
      await upsertRows(
        trx,
        'finops_log_counts',
        ['workload', 'template_id', 'day'],
        [...days].map(([key, values]) => {
          const [id, day] = key.split('\n');
          return {
            workload,
            template_id: id,
            day,
            counts: Buffer.from(values.buffer),
          };
        }),
      );
      await upsertRows(
        trx,
        'finops_log_templates',
        ['workload', 'template_id'],
        read.templates.map(template => ({
          workload,
          template_id: template.id,
          template: template.template,
          wordings: JSON.stringify(template.wordings),
          examples: JSON.stringify(template.examples),
          source_id: template.sourceId,
          query: template.query,
        })),
      );
    });
  }

  /** Counts on the days `[startDay, endDay)`; `undefined` when no hour of them was read. */
  async getCounts(
    workload: string,
    startDay: Day,
    endDay: Day,
  ): Promise<StoredLogCounts | undefined> {
    const rows = await this.#knex('finops_log_counts')
      .where({ workload })
      .andWhere('day', '>=', startDay)
      .andWhere('day', '<', endDay)
      .orderBy(['template_id', 'day']);
    const read = rows.filter(row => row.template_id === ALL_LINES);
    if (read.length === 0) {
      return undefined;
    }
    const start = Date.parse(`${read[0].day}T00:00:00Z`);
    const last = Date.parse(`${read[read.length - 1].day}T00:00:00Z`);
    const hours = ((last - start) / DAY_MS + 1) * HOURS;
    const grids = new Map<string, Float64Array>();
    for (const row of rows) {
      let grid = grids.get(row.template_id);
      if (!grid) {
        grid = new Float64Array(hours).fill(
          row.template_id === ALL_LINES ? NaN : 0,
        );
        grids.set(row.template_id, grid);
      }
      const first =
        ((Date.parse(`${row.day}T00:00:00Z`) - start) / DAY_MS) * HOURS;
      grid.set(countsOf(row.counts), first);
    }
    return {
      start: start / 1000,
      totals: grids.get(ALL_LINES) as Float64Array,
      templates: (await templatesOf(this.#knex, workload)).flatMap(template => {
        const counts = grids.get(template.id);
        return counts ? [{ ...template, counts }] : [];
      }),
    };
  }

  /** Drops counts before a day, and templates without any left. */
  async deleteBefore(day: Day): Promise<void> {
    await this.#knex('finops_log_counts').where('day', '<', day).delete();
    await this.#knex('finops_log_templates')
      .whereNotExists(builder =>
        builder
          .select(this.#knex.raw('1'))
          .from('finops_log_counts')
          .whereRaw(
            'finops_log_counts.workload = finops_log_templates.workload',
          )
          .whereRaw(
            'finops_log_counts.template_id = finops_log_templates.template_id',
          ),
      )
      .delete();
  }
}

async function templatesOf(
  knex: Knex,
  workload: string,
): Promise<StoredLogTemplate[]> {
  const rows = await knex('finops_log_templates')
    .where({ workload })
    .orderBy('template_id');
  return rows.map(row => ({
    id: row.template_id,
    template: row.template,
    wordings: JSON.parse(row.wordings),
    examples: JSON.parse(row.examples),
    sourceId: row.source_id,
    query: row.query,
  }));
}

function countsOf(stored: Buffer | Uint8Array): Float64Array {
  // Drivers hand out views at any offset; floats need an aligned copy.
  return new Float64Array(Uint8Array.from(stored).buffer);
}
