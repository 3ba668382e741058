import { randomUUID } from 'node:crypto';
import { Knex } from 'knex';
import { appendAuditEvent } from './AuditStore';
import { GOVERNANCE_AUDIT_SUBJECT } from './PauseStore';

/** What a freeze holds: everything, what an owner owns, or one environment. */
export type FreezeScope = 'all' | `owner:${string}` | `environment:${string}`;

/** A freeze that lasts. */
export interface Freeze {
  readonly id: string;
  readonly scope: FreezeScope;
  readonly reason: string;
  /** User ref. */
  readonly frozenBy: string;
  readonly frozenAt: string;
  /** ISO instant from which on it holds nothing. */
  readonly endsAt: string;
}

/** Freezes, kept where every backend looks before each write. They hold until their end, forge or not. */
export class FreezeStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Those that hold at an instant, the first begun first. */
  async active(now: string): Promise<Freeze[]> {
    const rows = await this.#knex('finops_freezes')
      .whereNull('lifted_at')
      .andWhere('ends_at', '>', now)
      .orderBy(['frozen_at', 'id']);
    return rows.map(freezeOf);
  }

  async freeze(freeze: Omit<Freeze, 'id'>): Promise<void> {
    const { scope, reason, frozenBy, frozenAt, endsAt } = freeze;
    await this.#knex.transaction(async trx => {
      await trx('finops_freezes').insert({
        id: randomUUID(),
        scope,
        reason,
        frozen_by: frozenBy,
        frozen_at: frozenAt,
        ends_at: endsAt,
      });
      await appendAuditEvent(trx, GOVERNANCE_AUDIT_SUBJECT, {
        id: randomUUID(),
        at: frozenAt,
        event: 'frozen',
        actor: frozenBy,
        detail: `${scope} until ${endsAt}: ${reason}`,
      });
    });
  }

  /** Ends a freeze before its time; `false` where there is none such that lasts. */
  async lift(id: string, actor: string, now: string): Promise<boolean> {
    return await this.#knex.transaction(async trx => {
      const row = await trx('finops_freezes').where({ id }).first();
      const rows = await trx('finops_freezes')
        .where({ id })
        .whereNull('lifted_at')
        .andWhere('ends_at', '>', now)
        .update({ lifted_at: now });
      if (rows > 0) {
        await appendAuditEvent(trx, GOVERNANCE_AUDIT_SUBJECT, {
          id: randomUUID(),
          at: now,
          event: 'freeze-lifted',
          actor,
          detail: `${row.scope}: ${row.reason}`,
        });
      }
      return rows > 0;
    });
  }

  /** Tells of freezes whose time is over, each once. */
  async tellEnded(actor: string, now: string): Promise<void> {
    const ended = await this.#knex('finops_freezes')
      .whereNull('lifted_at')
      .andWhere('ends_at', '<=', now);
    for (const { id, scope, ends_at: endsAt } of ended) {
      await this.#knex.transaction(async trx => {
        const rows = await trx('finops_freezes')
          .where({ id })
          .whereNull('lifted_at')
          .update({ lifted_at: endsAt });
        if (rows > 0) {
          await appendAuditEvent(trx, GOVERNANCE_AUDIT_SUBJECT, {
            id: randomUUID(),
            at: now,
            event: 'freeze-ended',
            actor,
            detail: `${scope} was frozen until ${endsAt}.`,
          });
        }
      });
    }
  }
}

function freezeOf(row: any): Freeze {
  return {
    id: row.id,
    scope: row.scope,
    reason: row.reason,
    frozenBy: row.frozen_by,
    frozenAt: row.frozen_at,
    endsAt: row.ends_at,
  };
}
