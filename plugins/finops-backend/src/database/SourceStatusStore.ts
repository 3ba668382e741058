import { Knex } from 'knex';
import { SourceStatus } from '@apexlogic/backstage-plugin-finops-common';
import { chunksOf } from './rows';

/** How the last read of each source went, per entity. */
export class SourceStatusStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Writes the statuses of one pass; `since` stays while the status is the same. Other sources are dropped. */
  async replace(
    entityRef: string,
    statuses: readonly SourceStatus[],
    now: string,
  ): Promise<void> {
    await this.#knex.transaction(async trx => {
      const before: {
        kind: string;
        source_id: string;
        status: string;
        since: string;
      }[] = await trx('finops_source_status').where({ entity_ref: entityRef });
      const byKey = new Map(
        statuses.map(status => [keyOf(status.kind, status.sourceId), status]),
      );
      // Several backends may judge one entity at once: rows are written over in one order, so that
      // neither waits for the other, and only what is gone is deleted.
      for (const [, status] of [...byKey].sort(([one], [other]) =>
        one < other ? -1 : 1,
      )) {
        const old = before.find(
          row => row.kind === status.kind && row.source_id === status.sourceId,
        );
        await trx('finops_source_status')
          .insert({
            entity_ref: entityRef,
            kind: status.kind,
            source_id: status.sourceId,
            status: status.status,
            detail: JSON.stringify(status),
            since: old?.status === status.status ? old.since : now,
          })
          .onConflict(['entity_ref', 'kind', 'source_id'])
          .merge();
      }
      for (const { kind, source_id: sourceId } of before) {
        if (!byKey.has(keyOf(kind, sourceId))) {
          await trx('finops_source_status')
            .where({ entity_ref: entityRef, kind, source_id: sourceId })
            .delete();
        }
      }
    });
  }

  async list(
    entityRefs: readonly string[],
  ): Promise<Map<string, SourceStatus[]>> {
    const found = new Map<string, SourceStatus[]>();
    for (const chunk of chunksOf(entityRefs)) {
      const rows = await this.#knex('finops_source_status')
        .whereIn('entity_ref', chunk)
        .orderBy(['entity_ref', 'kind', 'source_id']);
      for (const row of rows) {
        const detail = JSON.parse(row.detail);
        const status: SourceStatus =
          row.status === 'down' ? { ...detail, since: row.since } : detail;
        found.set(row.entity_ref, [
          ...(found.get(row.entity_ref) ?? []),
          status,
        ]);
      }
    }
    return found;
  }
}

function keyOf(kind: string, sourceId: string): string {
  return `${kind} ${sourceId}`;
}
