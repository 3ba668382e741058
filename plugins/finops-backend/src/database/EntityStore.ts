import { Knex } from 'knex';
import { Environment } from '@apexlogic/backstage-plugin-finops-common';
import { WorkloadState } from '@apexlogic/backstage-plugin-finops-node';
import { EntityContext, EntitySetup } from '../ingestion/types';
import { EntityFilter, filterEntities } from './entityFilter';
import { chunksOf, upsertRows } from './rows';

interface EntityRow {
  entity_ref: string;
  kind: string;
  context: string;
  setup: string;
  refreshed_at: string | null;
  efficiency: number | null;
}

interface WorkloadRow {
  entity_ref: string;
  workload: string;
  environment: string;
  state: string;
  source_id: string;
  observed_at: string;
}

/** An entity as last seen. */
export interface StoredEntity {
  readonly context: EntityContext;
  readonly setup: EntitySetup;
  /** ISO instant of the end of the last pass; absent before the first. */
  readonly refreshedAt?: string;
  /** Used over requested, weighted by cost, 0..1. */
  readonly efficiency?: number;
}

/** Live state of one workload as last seen. */
export interface StoredWorkload {
  readonly workload: string;
  readonly environment: Environment;
  readonly state: WorkloadState;
  readonly sourceId: string;
  readonly observedAt: string;
}

/** Entities the loop watches, their owners and their workloads. */
export class EntityStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Writes what is known of an entity; the time of its last pass stays. */
  async saveEntity(context: EntityContext, setup: EntitySetup): Promise<void> {
    await this.#knex.transaction(async trx => {
      await trx('finops_entities')
        .insert({
          entity_ref: context.entityRef,
          kind: context.kind,
          context: JSON.stringify(context),
          setup: JSON.stringify(setup),
        })
        .onConflict('entity_ref')
        .merge(['kind', 'context', 'setup']);
      await trx('finops_entity_owners')
        .where({ entity_ref: context.entityRef })
        .delete();
      await upsertRows(
        trx,
        'finops_entity_owners',
        ['entity_ref', 'owner_ref'],
        [...new Set(context.ownerRefs)].map(owner => ({
          entity_ref: context.entityRef,
          owner_ref: owner,
        })),
      );
    });
  }

  async markRefreshed(
    entityRef: string,
    at: string,
    efficiency: number | undefined,
  ): Promise<void> {
    await this.#knex('finops_entities')
      .where({ entity_ref: entityRef })
      .update({ refreshed_at: at, efficiency: efficiency ?? null });
  }

  async getEntity(entityRef: string): Promise<StoredEntity | undefined> {
    const row = await this.#knex<EntityRow>('finops_entities')
      .where({ entity_ref: entityRef })
      .first();
    return row && entityOf(row);
  }

  async getEntities(
    entityRefs: readonly string[],
    filter?: EntityFilter,
  ): Promise<StoredEntity[]> {
    const found: StoredEntity[] = [];
    for (const chunk of chunksOf(entityRefs)) {
      const query = this.#knex<EntityRow>('finops_entities').whereIn(
        'entity_ref',
        chunk,
      );
      const rows: EntityRow[] = await filterEntities(
        query,
        filter,
        'finops_entities.entity_ref',
      );
      found.push(...rows.map(entityOf));
    }
    return found;
  }

  /** Replaces the workloads of an entity by those seen now. */
  async replaceWorkloads(
    entityRef: string,
    workloads: readonly StoredWorkload[],
  ): Promise<void> {
    await this.#knex.transaction(async trx => {
      await trx('finops_workloads').where({ entity_ref: entityRef }).delete();
      await upsertRows(
        trx,
        'finops_workloads',
        ['entity_ref', 'workload'],
        workloads.map(workload => ({
          entity_ref: entityRef,
          workload: workload.workload,
          environment: workload.environment,
          state: JSON.stringify(workload.state),
          source_id: workload.sourceId,
          observed_at: workload.observedAt,
        })),
      );
    });
  }

  async getWorkloads(entityRef: string): Promise<StoredWorkload[]> {
    const rows: WorkloadRow[] = await this.#knex<WorkloadRow>(
      'finops_workloads',
    )
      .where({ entity_ref: entityRef })
      .orderBy('workload');
    return rows.map(workloadOf);
  }

  /** Keys of all workloads. */
  async listWorkloadKeys(): Promise<string[]> {
    const rows = await this.#knex<WorkloadRow>('finops_workloads')
      .distinct('workload')
      .orderBy('workload');
    return rows.map(row => row.workload);
  }

  /** Workloads by key, whichever entities claim them; unknown ones are absent. */
  async getWorkloadsByKey(
    workloads: readonly string[],
  ): Promise<Map<string, StoredWorkload>> {
    const found = new Map<string, StoredWorkload>();
    for (const chunk of chunksOf(workloads)) {
      const rows: WorkloadRow[] = await this.#knex<WorkloadRow>(
        'finops_workloads',
      )
        .whereIn('workload', chunk)
        .orderBy('observed_at');
      for (const row of rows) {
        found.set(row.workload, workloadOf(row));
      }
    }
    return found;
  }

  /** Workloads of a name in any cluster, with the entities that claim them. */
  async findWorkloads(which: {
    /** Any, where it is not known. */
    readonly namespace?: string;
    readonly kind: string;
    readonly name: string;
  }): Promise<
    { readonly entity: StoredEntity; readonly stored: StoredWorkload }[]
  > {
    const { namespace, kind, name } = which;
    const escaped = (text: string) => text.replace(/[\\%_]/g, '\\$&');
    const rows: WorkloadRow[] = await this.#knex<WorkloadRow>(
      'finops_workloads',
    )
      .whereRaw(`workload like ? escape '\\'`, [
        `%/${namespace === undefined ? '%' : escaped(namespace)}/${escaped(
          kind,
        )}/${escaped(name)}`,
      ])
      .orderBy(['workload', 'entity_ref']);
    const entities = new Map(
      (
        await this.getEntities([...new Set(rows.map(row => row.entity_ref))])
      ).map(entity => [entity.context.entityRef, entity]),
    );
    return rows.flatMap(row => {
      const entity = entities.get(row.entity_ref);
      const stored = workloadOf(row);
      const { workload } = stored.state;
      // The pattern crosses slashes, which names do not have.
      return entity && workload.kind === kind && workload.name === name
        ? [{ entity, stored }]
        : [];
    });
  }

  /** Entities whose URLs hold a text, in any case; whether they name it is for the caller to see. */
  async listMentioning(text: string): Promise<StoredEntity[]> {
    const pattern = JSON.stringify(text.toLocaleLowerCase('en-US'))
      .slice(1, -1)
      .replace(/[\\%_]/g, '\\$&');
    const rows: EntityRow[] = await this.#knex<EntityRow>(
      'finops_entities',
    ).whereRaw(`lower(context) like ? escape '\\'`, [`%${pattern}%`]);
    return rows.map(entityOf);
  }

  /**
   * Of several entities that claim one workload, the one that advises on it: the one with the fewest
   * workloads, which knows it best. Keyed by workload; only workloads of the given entity.
   */
  async getAdvisers(entityRef: string): Promise<Map<string, string>> {
    const claims: {
      workload: string;
      claimant: string;
      size: number | string;
    }[] = await this.#knex('finops_workloads as own')
      .join('finops_workloads as claim', 'own.workload', 'claim.workload')
      .join('finops_workloads as size', 'claim.entity_ref', 'size.entity_ref')
      .where('own.entity_ref', entityRef)
      .groupBy('own.workload', 'claim.entity_ref')
      .select({ workload: 'own.workload', claimant: 'claim.entity_ref' })
      .count({ size: '*' });
    claims.sort(
      (a, b) =>
        Number(a.size) - Number(b.size) || (a.claimant < b.claimant ? -1 : 1),
    );
    const advisers = new Map<string, string>();
    for (const { workload, claimant } of claims) {
      if (!advisers.has(workload)) {
        advisers.set(workload, claimant);
      }
    }
    return advisers;
  }

  /** Environments each entity runs in. */
  async getEnvironments(
    entityRefs: readonly string[],
  ): Promise<Map<string, Environment[]>> {
    const environments = new Map<string, Environment[]>();
    for (const chunk of chunksOf(entityRefs)) {
      const rows = await this.#knex<WorkloadRow>('finops_workloads')
        .distinct('entity_ref', 'environment')
        .whereIn('entity_ref', chunk);
      for (const row of rows) {
        environments.set(row.entity_ref, [
          ...(environments.get(row.entity_ref) ?? []),
          row.environment as Environment,
        ]);
      }
    }
    return environments;
  }
}

function workloadOf(row: WorkloadRow): StoredWorkload {
  return {
    workload: row.workload,
    environment: row.environment as Environment,
    state: JSON.parse(row.state),
    sourceId: row.source_id,
    observedAt: row.observed_at,
  };
}

function entityOf(row: EntityRow): StoredEntity {
  return {
    context: JSON.parse(row.context),
    setup: JSON.parse(row.setup),
    refreshedAt: row.refreshed_at ?? undefined,
    efficiency: row.efficiency ?? undefined,
  };
}
