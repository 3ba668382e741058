import { Knex } from 'knex';
import { Day } from '@apexlogic/backstage-plugin-finops-common';
import { CostCategory } from '@apexlogic/backstage-plugin-finops-node';
import { EntityFilter, filterEntities } from './entityFilter';
import { chunksOf, upsertRows } from './rows';

/** Cost of one workload, day and category, as stored. */
export interface StoredCost {
  readonly entityRef: string;
  readonly sourceId: string;
  readonly workload: string;
  readonly day: Day;
  readonly category: CostCategory;
  readonly currency: string;
  /** Integer micro-units. */
  readonly micros: number;
  readonly provisional: boolean;
  readonly environment: string;
  readonly ownerRef?: string;
}

interface CostRow {
  entity_ref: string;
  source_id: string;
  workload: string;
  day: string;
  category: string;
  currency: string;
  micros: number | string;
  provisional: boolean | number;
  environment: string;
  owner_ref: string | null;
}

/** Sum over a span of one entity and workload. */
export interface WorkloadTotal {
  readonly entityRef: string;
  readonly workload: string;
  readonly currency: string;
  readonly micros: number;
}

/** Coverage of one namespace and day. */
export interface StoredCoverage {
  readonly sourceId: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly day: Day;
  /** 0..1 */
  readonly ratio: number;
}

/** Daily cost rows and how much of the spend they explain. */
export class CostStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /**
   * Replaces what a source said of an entity's workloads on the given days: a row that billing took
   * back must vanish, not linger beside its restatement.
   */
  async replaceDays(options: {
    entityRef: string;
    sourceId: string;
    workloads: readonly string[];
    days: readonly Day[];
    rows: readonly StoredCost[];
  }): Promise<void> {
    const { entityRef, sourceId, workloads, days, rows } = options;
    await this.#knex.transaction(async trx => {
      for (const chunk of chunksOf(workloads)) {
        await trx('finops_cost_days')
          .where({ entity_ref: entityRef, source_id: sourceId })
          .whereIn('workload', chunk)
          .whereIn('day', days as Day[])
          .delete();
      }
      await upsertRows(
        trx,
        'finops_cost_days',
        ['entity_ref', 'source_id', 'workload', 'day', 'category', 'currency'],
        rows.map(row => ({
          entity_ref: row.entityRef,
          source_id: row.sourceId,
          workload: row.workload,
          day: row.day,
          category: row.category,
          currency: row.currency,
          micros: row.micros,
          provisional: row.provisional,
          environment: row.environment,
          owner_ref: row.ownerRef ?? null,
        })),
      );
    });
  }

  async saveCoverage(rows: readonly StoredCoverage[]): Promise<void> {
    await upsertRows(
      this.#knex,
      'finops_cost_coverage',
      ['source_id', 'cluster', 'namespace', 'day'],
      rows.map(({ sourceId, ...row }) => ({ source_id: sourceId, ...row })),
    );
  }

  /** Rows of an entity in `[startDay, endDay)`. */
  async getCosts(
    entityRef: string,
    startDay: Day,
    endDay: Day,
  ): Promise<StoredCost[]> {
    const rows: CostRow[] = await this.#knex<CostRow>('finops_cost_days')
      .where({ entity_ref: entityRef })
      .andWhere('day', '>=', startDay)
      .andWhere('day', '<', endDay)
      .orderBy(['day', 'workload', 'category', 'source_id', 'currency']);
    return rows.map(row => ({
      entityRef: row.entity_ref,
      sourceId: row.source_id,
      workload: row.workload,
      day: row.day,
      category: row.category as CostCategory,
      currency: row.currency,
      micros: Number(row.micros),
      provisional: Boolean(row.provisional),
      environment: row.environment,
      ownerRef: row.owner_ref ?? undefined,
    }));
  }

  /** Totals of several entities in `[startDay, endDay)`, summed by the database. */
  async getTotals(
    entityRefs: readonly string[],
    startDay: Day,
    endDay: Day,
    filter?: EntityFilter,
  ): Promise<WorkloadTotal[]> {
    const totals: WorkloadTotal[] = [];
    for (const chunk of chunksOf(entityRefs)) {
      const query = this.#knex('finops_cost_days')
        .select('entity_ref', 'workload', 'currency')
        .sum({ micros: 'micros' })
        .whereIn('entity_ref', chunk)
        .andWhere('day', '>=', startDay)
        .andWhere('day', '<', endDay)
        .groupBy('entity_ref', 'workload', 'currency');
      const rows = await filterEntities(
        query,
        filter,
        'finops_cost_days.entity_ref',
      );
      totals.push(
        ...rows.map((row: any) => ({
          entityRef: row.entity_ref,
          workload: row.workload,
          currency: row.currency,
          micros: Number(row.micros),
        })),
      );
    }
    return totals;
  }

  /** Daily totals of several entities in one currency each, and whether a day is provisional. */
  async getDailyTotals(
    entityRefs: readonly string[],
    startDay: Day,
    endDay: Day,
    filter?: EntityFilter,
  ): Promise<
    {
      entityRef: string;
      workload: string;
      day: Day;
      currency: string;
      micros: number;
      provisional: boolean;
    }[]
  > {
    const totals = [];
    for (const chunk of chunksOf(entityRefs)) {
      const query = this.#knex('finops_cost_days')
        .select('entity_ref', 'workload', 'day', 'currency')
        .sum({ micros: 'micros' })
        // Engines differ on max() of a boolean.
        .select(
          this.#knex.raw(
            'max(case when provisional then 1 else 0 end) as provisional',
          ),
        )
        .whereIn('entity_ref', chunk)
        .andWhere('day', '>=', startDay)
        .andWhere('day', '<', endDay)
        .groupBy('entity_ref', 'workload', 'day', 'currency');
      const rows = await filterEntities(
        query,
        filter,
        'finops_cost_days.entity_ref',
      );
      for (const row of rows as any[]) {
        totals.push({
          entityRef: row.entity_ref as string,
          workload: row.workload as string,
          day: row.day as Day,
          currency: row.currency as string,
          micros: Number(row.micros),
          provisional: Number(row.provisional) === 1,
        });
      }
    }
    return totals;
  }

  /** Coverage of namespaces in `[startDay, endDay)`; the subjects are `cluster/namespace`. */
  async getCoverage(
    subjects: ReadonlySet<string>,
    startDay: Day,
    endDay: Day,
  ): Promise<StoredCoverage[]> {
    const namespaces = [
      ...new Set([...subjects].map(subject => subject.split('/')[1])),
    ];
    const found: StoredCoverage[] = [];
    for (const chunk of chunksOf(namespaces)) {
      const rows = await this.#knex('finops_cost_coverage')
        .whereIn('namespace', chunk)
        .andWhere('day', '>=', startDay)
        .andWhere('day', '<', endDay);
      for (const row of rows) {
        if (subjects.has(`${row.cluster}/${row.namespace}`)) {
          found.push({
            sourceId: row.source_id,
            cluster: row.cluster,
            namespace: row.namespace,
            day: row.day,
            ratio: Number(row.ratio),
          });
        }
      }
    }
    return found;
  }

  /** Drops rows before a day. */
  async deleteBefore(day: Day): Promise<void> {
    await this.#knex('finops_cost_days').where('day', '<', day).delete();
    await this.#knex('finops_cost_coverage').where('day', '<', day).delete();
  }
}
