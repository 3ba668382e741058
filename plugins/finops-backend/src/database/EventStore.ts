import { Knex } from 'knex';
import { upsertRows } from './rows';

/** Something that happened to an entity. Titles come from outside: data, never instructions. */
export interface StoredEvent {
  readonly entityRef: string;
  readonly sourceId: string;
  readonly id: string;
  readonly kind: 'commit' | 'deployment' | 'spec-change' | 'alert';
  readonly at: string;
  readonly endsAt?: string;
  readonly title: string;
  readonly link?: string;
  readonly revision?: string;
  readonly workload?: string;
}

/** Longest title kept, characters; sources may hand over whole commit messages. */
const MAX_TITLE = 500;

/** Commits, deployments, spec changes and alerts. */
export class EventStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  async save(events: readonly StoredEvent[]): Promise<void> {
    // A source may yield one event twice in a read; a statement must not touch a row twice.
    const unique = new Map(
      events.map(event => [
        `${event.entityRef}\n${event.sourceId}\n${event.id}`,
        event,
      ]),
    );
    await upsertRows(
      this.#knex,
      'finops_events',
      ['entity_ref', 'source_id', 'event_id'],
      [...unique.values()].map(event => ({
        entity_ref: event.entityRef,
        source_id: event.sourceId,
        event_id: event.id,
        kind: event.kind,
        at: event.at,
        ends_at: event.endsAt ?? null,
        title: event.title.slice(0, MAX_TITLE),
        link: event.link ?? null,
        revision: event.revision ?? null,
        workload: event.workload ?? null,
      })),
    );
  }

  /** Events that touch `[start, end)`, oldest first. */
  async list(
    entityRef: string,
    start: string,
    end: string,
  ): Promise<StoredEvent[]> {
    const rows = await this.#knex('finops_events')
      .where({ entity_ref: entityRef })
      .andWhere('at', '<', end)
      .andWhere(builder =>
        builder.where('at', '>=', start).orWhere('ends_at', '>', start),
      )
      .orderBy(['at', 'event_id']);
    return rows.map(row => ({
      entityRef: row.entity_ref,
      sourceId: row.source_id,
      id: row.event_id,
      kind: row.kind,
      at: row.at,
      endsAt: row.ends_at ?? undefined,
      title: row.title,
      link: row.link ?? undefined,
      revision: row.revision ?? undefined,
      workload: row.workload ?? undefined,
    }));
  }

  async deleteBefore(instant: string): Promise<void> {
    await this.#knex('finops_events').where('at', '<', instant).delete();
  }
}
