import { randomUUID } from 'node:crypto';
import { Knex } from 'knex';
import { appendAuditEvent } from './AuditStore';

/** Subject of audit entries that concern no recommendation. */
export const GOVERNANCE_AUDIT_SUBJECT = 'governance';

/** A pause that lasts. */
export interface Pause {
  readonly reason: string;
  /** User ref. */
  readonly pausedBy: string;
  readonly pausedAt: string;
}

/** Pauses of all writing to the outside, kept where every backend looks before each write. */
export class PauseStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  async current(): Promise<Pause | undefined> {
    const row = await this.#knex('finops_pauses')
      .whereNull('resumed_at')
      .first();
    return (
      row && {
        reason: row.reason,
        pausedBy: row.paused_by,
        pausedAt: row.paused_at,
      }
    );
  }

  /** Pauses, unless it is paused already: then the first reason stands. */
  async pause({ reason, pausedBy, pausedAt }: Pause): Promise<void> {
    await this.#knex.transaction(async trx => {
      const id = randomUUID();
      await trx('finops_pauses')
        .insert({
          id,
          reason,
          paused_by: pausedBy,
          paused_at: pausedAt,
        })
        .onConflict()
        .ignore();
      if (await trx('finops_pauses').where({ id }).first('id')) {
        await appendAuditEvent(trx, GOVERNANCE_AUDIT_SUBJECT, {
          id: randomUUID(),
          at: pausedAt,
          event: 'paused',
          actor: pausedBy,
          detail: reason,
        });
      }
    });
  }

  /** Lets writing go on; nothing where it is not paused. */
  async resume(actor: string, now: string): Promise<void> {
    await this.#knex.transaction(async trx => {
      const rows = await trx('finops_pauses')
        .whereNull('resumed_at')
        .update({ resumed_at: now });
      if (rows > 0) {
        await appendAuditEvent(trx, GOVERNANCE_AUDIT_SUBJECT, {
          id: randomUUID(),
          at: now,
          event: 'resumed',
          actor,
          detail: 'Writing goes on.',
        });
      }
    });
  }
}
