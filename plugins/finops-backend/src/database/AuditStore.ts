import { Knex } from 'knex';
import { RecommendationState } from '@apexlogic/backstage-plugin-finops-common';

/** One entry of a recommendation's history. */
export interface AuditEvent {
  readonly id: string;
  readonly at: string;
  readonly event: string;
  /** User ref, `model:<name>-v<version>` or `system`. */
  readonly actor: string;
  readonly from?: RecommendationState;
  readonly to?: RecommendationState;
  readonly detail: string;
}

/** Reads the append-only history; entries are written with what they tell of. */
export class AuditStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  async list(recommendationId: string): Promise<AuditEvent[]> {
    const rows = await this.#knex('finops_audit_events')
      .where({ recommendation_id: recommendationId })
      .orderBy('sequence');
    return rows.map(row => ({
      id: row.id,
      at: row.at,
      event: row.event,
      actor: row.actor,
      from: row.from_state ?? undefined,
      to: row.to_state ?? undefined,
      detail: row.detail,
    }));
  }

  async append(
    recommendationId: string,
    event: Omit<AuditEvent, 'from' | 'to'>,
  ): Promise<void> {
    await appendAuditEvent(this.#knex, recommendationId, event);
  }
}

/** Writes one entry, inside the transaction of what it tells of. */
export async function appendAuditEvent(
  knex: Knex,
  recommendationId: string,
  event: AuditEvent,
): Promise<void> {
  await knex('finops_audit_events').insert({
    id: event.id,
    recommendation_id: recommendationId,
    at: event.at,
    event: event.event,
    actor: event.actor,
    from_state: event.from ?? null,
    to_state: event.to ?? null,
    detail: event.detail,
  });
}
