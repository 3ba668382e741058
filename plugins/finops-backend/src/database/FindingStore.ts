import { Knex } from 'knex';
import { Abstention, Finding } from '@apexlogic/backstage-plugin-finops-common';
import { EntityFilter, filterEntities } from './entityFilter';
import { chunksOf, upsertRows } from './rows';

/** A finding and whether it still lasts. */
export interface StoredFinding extends Finding {
  readonly ongoing: boolean;
}

/** Advice withheld: of which workload, and of which part of it. */
export interface WithheldAdvice {
  readonly workload: string;
  /** Container, or `replicas`. */
  readonly subject: string;
  readonly abstention: Abstention;
  readonly at: string;
}

/** Findings and abstentions of the last passes. */
export class FindingStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Replaces the findings that reach into the judged window; older ones stay as they were. */
  async replaceFindings(
    entityRef: string,
    windowStart: string,
    findings: readonly StoredFinding[],
  ): Promise<void> {
    await this.#knex.transaction(async trx => {
      await trx('finops_findings')
        .where({ entity_ref: entityRef })
        .andWhere('ends_at', '>', windowStart)
        .delete();
      await upsertRows(
        trx,
        'finops_findings',
        ['id'],
        findings.map(finding => ({
          id: finding.id,
          entity_ref: entityRef,
          kind: finding.kind,
          starts_at: finding.period.start,
          ends_at: finding.period.end,
          ongoing: finding.ongoing,
          body: JSON.stringify(finding),
        })),
      );
    });
  }

  /** Findings that touch `[start, end)`, newest first. */
  async listFindings(
    entityRef: string,
    start: string,
    end: string,
  ): Promise<StoredFinding[]> {
    const rows = await this.#knex('finops_findings')
      .where({ entity_ref: entityRef })
      .andWhere('starts_at', '<', end)
      .andWhere('ends_at', '>', start)
      .orderBy([{ column: 'starts_at', order: 'desc' }, 'id']);
    return rows.map(row => JSON.parse(row.body));
  }

  /** Ongoing anomalies per entity, and since when the oldest lasts. */
  async countOngoing(
    entityRefs: readonly string[],
    filter?: EntityFilter,
  ): Promise<Map<string, { count: number; since: string }>> {
    const counts = new Map<string, { count: number; since: string }>();
    for (const chunk of chunksOf(entityRefs)) {
      const query = this.#knex('finops_findings')
        .select('entity_ref')
        .count({ count: '*' })
        .min({ since: 'starts_at' })
        .whereIn('entity_ref', chunk)
        .andWhere({ kind: 'anomaly', ongoing: true })
        .groupBy('entity_ref');
      for (const row of (await filterEntities(
        query,
        filter,
        'finops_findings.entity_ref',
      )) as any[]) {
        counts.set(row.entity_ref, {
          count: Number(row.count),
          since: row.since,
        });
      }
    }
    return counts;
  }

  async replaceWithheld(
    entityRef: string,
    withheld: readonly WithheldAdvice[],
  ): Promise<void> {
    await this.#knex.transaction(async trx => {
      await trx('finops_abstentions').where({ entity_ref: entityRef }).delete();
      await upsertRows(
        trx,
        'finops_abstentions',
        ['entity_ref', 'workload', 'subject'],
        withheld.map(({ workload, subject, abstention, at }) => ({
          entity_ref: entityRef,
          workload,
          subject,
          code: abstention.code,
          reason: abstention.reason,
          model: JSON.stringify(abstention.model),
          at,
        })),
      );
    });
  }

  async listWithheld(entityRef: string): Promise<WithheldAdvice[]> {
    const rows = await this.#knex('finops_abstentions')
      .where({ entity_ref: entityRef })
      .orderBy(['workload', 'subject']);
    return rows.map(row => ({
      workload: row.workload,
      subject: row.subject,
      abstention: {
        kind: 'abstention',
        code: row.code,
        reason: row.reason,
        model: JSON.parse(row.model),
      },
      at: row.at,
    }));
  }

  async deleteBefore(instant: string): Promise<void> {
    await this.#knex('finops_findings').where('ends_at', '<', instant).delete();
  }
}
