import { Knex } from 'knex';
import { RecommendationState } from '@apexlogic/backstage-plugin-finops-common';
import {
  AuditLink,
  AuditProblem,
  CHAIN_START,
  ChainEntry,
  chainHash,
  checkEntry,
} from './auditChain';

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

/** Entries read at once. */
const BATCH = 500;

/** Problems that are named; more are only counted. */
const MOST_NAMED = 100;

/** Whether the trail still says what was written. */
export interface AuditVerification {
  /** Links looked at. */
  readonly entries: number;
  /** Hash of the last link: kept elsewhere, it also shows a chain that was rewritten as a whole. */
  readonly head: string;
  readonly problemCount: number;
  readonly problems: readonly AuditProblem[];
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
    return rows.map(eventOf);
  }

  async append(
    recommendationId: string,
    event: Omit<AuditEvent, 'from' | 'to'>,
  ): Promise<void> {
    await this.#knex.transaction(trx =>
      appendAuditEvent(trx, recommendationId, event),
    );
  }

  /** The newest entries before a position, newest first. */
  async page(options: {
    before?: number;
    limit: number;
  }): Promise<ChainEntry[]> {
    const { before, limit } = options;
    const rows = await this.#entries()
      .modify(query =>
        before === undefined
          ? query
          : query.where('finops_audit_chain.position', '<', before),
      )
      .orderBy('finops_audit_chain.position', 'desc')
      .limit(limit);
    return rows.map(entryOf);
  }

  /** Every entry, oldest first; read in batches. */
  async *entries(): AsyncGenerator<ChainEntry> {
    for (let after = 0; ; ) {
      const rows = await this.#entries()
        .where('finops_audit_chain.position', '>', after)
        .orderBy('finops_audit_chain.position')
        .limit(BATCH);
      if (rows.length === 0) {
        return;
      }
      const entries = rows.map(entryOf);
      yield* entries;
      after = entries[entries.length - 1].position;
    }
  }

  /** Looks at the whole trail: what was altered, removed, put in or cut off since it was written. */
  async verify(): Promise<AuditVerification> {
    // What is written meanwhile is left to the next look.
    const head = await this.#knex('finops_audit_head').where({ id: 1 }).first();
    const end = Number(head.position);
    const problems: AuditProblem[] = [];
    let problemCount = 0;
    const tell = (found: readonly AuditProblem[]) => {
      problemCount += found.length;
      problems.push(...found.slice(0, MOST_NAMED - problems.length));
    };
    let before: Pick<AuditLink, 'position' | 'hash'> = {
      position: 0,
      hash: CHAIN_START,
    };
    let entries = 0;
    for await (const entry of this.entries()) {
      if (entry.position > end) {
        break;
      }
      entries += 1;
      tell(checkEntry(entry, before));
      before = entry;
    }
    if (before.position !== end || before.hash !== head.hash) {
      tell([{ kind: 'cut-off', position: before.position + 1 }]);
    }
    const strays = await this.#knex('finops_audit_events')
      .leftJoin(
        'finops_audit_chain',
        'finops_audit_chain.event_id',
        'finops_audit_events.id',
      )
      .whereNull('finops_audit_chain.event_id')
      .orderBy('finops_audit_events.sequence')
      .select(
        'finops_audit_events.id',
        'finops_audit_events.recommendation_id',
      );
    tell(
      strays.map(row => ({
        kind: 'unchained' as const,
        eventId: row.id,
        recommendationId: row.recommendation_id,
      })),
    );
    return { entries, head: head.hash, problemCount, problems };
  }

  #entries(): Knex.QueryBuilder {
    return this.#knex('finops_audit_chain')
      .leftJoin(
        'finops_audit_events',
        'finops_audit_events.id',
        'finops_audit_chain.event_id',
      )
      .select(
        'finops_audit_chain.position',
        'finops_audit_chain.event_id',
        'finops_audit_chain.previous_hash',
        'finops_audit_chain.hash',
        'finops_audit_events.*',
      );
  }
}

/**
 * Writes one entry and its link, as the last write of the transaction of what it tells of: from here on
 * every other writer of the trail waits.
 */
export async function appendAuditEvent(
  trx: Knex.Transaction,
  recommendationId: string,
  event: AuditEvent,
): Promise<void> {
  await trx('finops_audit_events').insert({
    id: event.id,
    recommendation_id: recommendationId,
    at: event.at,
    event: event.event,
    actor: event.actor,
    from_state: event.from ?? null,
    to_state: event.to ?? null,
    detail: event.detail,
  });
  const head = await trx('finops_audit_head')
    .where({ id: 1 })
    .forUpdate()
    .first();
  const position = Number(head.position) + 1;
  const hash = chainHash(head.hash, { ...event, recommendationId });
  await trx('finops_audit_chain').insert({
    position,
    event_id: event.id,
    previous_hash: head.hash,
    hash,
  });
  await trx('finops_audit_head').where({ id: 1 }).update({ position, hash });
}

function eventOf(row: any): AuditEvent {
  return {
    id: row.id,
    at: row.at,
    event: row.event,
    actor: row.actor,
    from: row.from_state ?? undefined,
    to: row.to_state ?? undefined,
    detail: row.detail,
  };
}

function entryOf(row: any): ChainEntry {
  return {
    position: Number(row.position),
    eventId: row.event_id,
    previousHash: row.previous_hash,
    hash: row.hash,
    event:
      row.id === null
        ? undefined
        : { ...eventOf(row), recommendationId: row.recommendation_id },
  };
}
