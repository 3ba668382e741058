import { randomUUID } from 'node:crypto';
import { Knex } from 'knex';
import {
  canTransition,
  RecommendationState,
} from '@apexlogic/backstage-plugin-finops-common';
import { appendAuditEvent } from '../database/AuditStore';
import { isActive } from '../database/RecommendationStore';

/** Actor of what nobody asked for. */
export const SYSTEM = 'system';

/** One step of the state machine. */
export interface Transition {
  readonly id: string;
  /** The recommendation as the caller saw it; the step is made only if it is still so. */
  readonly from: {
    readonly state: RecommendationState;
    readonly revision: number;
  };
  readonly to: RecommendationState;
  /** User ref, `model:…` or {@link SYSTEM}. */
  readonly actor: string;
  /** Short name of what happened, e.g. `approved`. */
  readonly event: string;
  /** In words, for the history. */
  readonly detail: string;
  readonly now: string;
  readonly snoozedUntil?: string;
}

/** Either the step was made, or somebody else was faster and nothing was written. */
export type TransitionResult =
  | {
      readonly result: 'done';
      readonly state: RecommendationState;
      readonly revision: number;
    }
  | { readonly result: 'stale' };

/**
 * The only place where a recommendation changes its state: by conditional update, with the audit
 * event and `alongside` in the same transaction. Throws on a step the state machine does not have.
 *
 * @param alongside - further writes that must stand or fall with the step
 */
export async function transition(
  knex: Knex,
  step: Transition,
  alongside?: (trx: Knex.Transaction) => Promise<void>,
): Promise<TransitionResult> {
  return await knex.transaction(trx => transitionWithin(trx, step, alongside));
}

/** The same within a transaction that is open already; throw to undo it. */
export async function transitionWithin(
  trx: Knex.Transaction,
  step: Transition,
  alongside?: (trx: Knex.Transaction) => Promise<void>,
): Promise<TransitionResult> {
  const { id, from, to, actor, event, detail, now, snoozedUntil } = step;
  if (!canTransition(from.state, to)) {
    throw new Error(`A recommendation cannot go from ${from.state} to ${to}`);
  }
  const rows = await trx('finops_recommendations')
    .where({ id, state: from.state, revision: from.revision })
    .update({
      state: to,
      revision: from.revision + 1,
      updated_at: now,
      snoozed_until: snoozedUntil ?? null,
      ...(isActive(to) ? {} : { active_key: null }),
    });
  if (rows > 1) {
    throw new Error(
      `Unexpectedly updated ${rows} recommendations with id ${id}`,
    );
  }
  if (rows === 0) {
    return { result: 'stale' };
  }
  await alongside?.(trx);
  await appendAuditEvent(trx, id, {
    id: randomUUID(),
    at: now,
    event,
    actor,
    from: from.state,
    to,
    detail,
  });
  return { result: 'done', state: to, revision: from.revision + 1 };
}
