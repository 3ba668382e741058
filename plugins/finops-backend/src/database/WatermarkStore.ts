import { Knex } from 'knex';
import { SignalKind } from '@apexlogic/backstage-plugin-finops-common';
import { chunksOf, upsertRows } from './rows';

/** What is read apart: a signal, or the lines of logs beside their volumes. */
export type ReadKind = SignalKind | 'log-lines';

/** Up to where each source was read, per workload or entity. */
export class WatermarkStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** ISO instants by subject; a subject never read is absent. */
  async get(
    sourceId: string,
    kind: ReadKind,
    subjects: readonly string[],
  ): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const chunk of chunksOf(subjects)) {
      const rows = await this.#knex('finops_watermarks')
        .where({ source_id: sourceId, kind })
        .whereIn('subject', chunk);
      for (const row of rows) {
        found.set(row.subject, row.through);
      }
    }
    return found;
  }

  async set(
    sourceId: string,
    kind: ReadKind,
    subjects: readonly string[],
    through: string,
  ): Promise<void> {
    await upsertRows(
      this.#knex,
      'finops_watermarks',
      ['source_id', 'kind', 'subject'],
      subjects.map(subject => ({
        source_id: sourceId,
        kind,
        subject,
        through,
      })),
    );
  }
}
