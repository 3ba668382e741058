import { Knex } from 'knex';

/** How far the undoing of a change is. */
export type RevertStatus =
  /** Its change request is still to be opened. */
  | 'pending'
  /** It is open on the forge. */
  | 'asked'
  /** It cannot be undone by the portal; the note says what a person must do. */
  | 'refused'
  /** It is merged. */
  | 'done';

/** A merged change that somebody wants undone. */
export interface Revert {
  /** Of the recommendation that undoes. */
  readonly recommendationId: string;
  /** Of the one that is undone. */
  readonly reverts: string;
  /** User ref. */
  readonly orderedBy: string;
  readonly orderedAt: string;
  readonly reason: string;
  readonly status: RevertStatus;
  /** What was last said of it, in words. */
  readonly note?: string;
}

/** Undoings that people ordered. */
export class RevertStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Writes an order down; one that is there already stands. */
  async order(revert: Omit<Revert, 'status' | 'note'>): Promise<void> {
    await this.#knex('finops_reverts')
      .insert({
        recommendation_id: revert.recommendationId,
        reverts: revert.reverts,
        ordered_by: revert.orderedBy,
        ordered_at: revert.orderedAt,
        reason: revert.reason,
        status: 'pending',
      })
      .onConflict('recommendation_id')
      .ignore();
  }

  async settle(
    recommendationId: string,
    status: RevertStatus,
    note: string | undefined,
  ): Promise<void> {
    await this.#knex('finops_reverts')
      .where({ recommendation_id: recommendationId })
      .update({ status, note: note ?? null });
  }

  /** Those that are not over yet, in the order in which they were written down. */
  async listOpen(limit = 200): Promise<Revert[]> {
    const rows = await this.#knex('finops_reverts')
      .whereIn('status', ['pending', 'asked'])
      .orderBy(['ordered_at', 'recommendation_id'])
      .limit(limit);
    return rows.map(revertOf);
  }

  /** Newest first. */
  async list(limit: number): Promise<Revert[]> {
    const rows = await this.#knex('finops_reverts')
      .orderBy([{ column: 'ordered_at', order: 'desc' }, 'recommendation_id'])
      .limit(limit);
    return rows.map(revertOf);
  }
}

function revertOf(row: any): Revert {
  return {
    recommendationId: row.recommendation_id,
    reverts: row.reverts,
    orderedBy: row.ordered_by,
    orderedAt: row.ordered_at,
    reason: row.reason,
    status: row.status,
    note: row.note ?? undefined,
  };
}
