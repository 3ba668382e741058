import { randomUUID } from 'node:crypto';
import { RecommendationState } from '@apexlogic/backstage-plugin-finops-common';
import { Knex } from 'knex';
import { BreakerCause, BreakerStep } from '../governance/decideBreaker';
import { appendAuditEvent } from './AuditStore';
import { GOVERNANCE_AUDIT_SUBJECT } from './PauseStore';
import { chunksOf } from './rows';

/** What a breaker stands over: everything, what an owner owns, or one kind of action. */
export type BreakerScope = 'all' | `owner:${string}` | `action:${string}`;

/** A breaker that opened at least once. */
export interface StoredBreaker {
  readonly scope: BreakerScope;
  readonly state: 'closed' | 'open' | 'half-open';
  /** What opened it last. */
  readonly cause: BreakerCause;
  /** In words, with the figures. */
  readonly reason: string;
  readonly since: string;
  /** Recommendation that is tried. */
  readonly canary?: string;
  readonly canaryAt?: string;
  readonly revision: number;
}

/** One thing that happened to a change and counts for breakers. */
export interface ChangeOutcome {
  readonly kind:
    | 'delivered'
    | 'failed'
    | 'declined'
    | 'merged'
    | 'reverted'
    | 'judged'
    | 'policy-error';
  readonly at: string;
  readonly action: string;
  /** Owners of the entity now. */
  readonly owners: readonly string[];
}

/** Most outcomes looked at; a window with more is judged by its newest. */
const MOST_OUTCOMES = 5000;

const DELIVERED = ['opened', 'updated', 'unchanged'].map(
  result => `change-request-${result}`,
);
const EVENTS = ['delivery-failed', 'change-request-closed', ...DELIVERED];
const STATES: readonly RecommendationState[] = ['merged', 'reverted'];

const EVENT_NAMES: Record<BreakerStep['to'], string> = {
  open: 'breaker-opened',
  'half-open': 'breaker-half-open',
  closed: 'breaker-closed',
  'next-canary': 'breaker-canary-gone',
};

/** Ends the transaction of a claim on several breakers when one of them refuses. */
class Refused extends Error {
  constructor(readonly breaker: StoredBreaker) {
    super(breaker.scope);
  }
}

/** Breakers, kept where every backend looks before each write. */
export class BreakerStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  async list(): Promise<StoredBreaker[]> {
    const rows = await this.#knex('finops_breakers').orderBy('scope');
    return rows.map(breakerOf);
  }

  /** Those over any of the scopes. */
  async over(scopes: readonly BreakerScope[]): Promise<StoredBreaker[]> {
    const rows = await this.#knex('finops_breakers')
      .whereIn('scope', [...scopes])
      .orderBy('scope');
    return rows.map(breakerOf);
  }

  /**
   * Takes the place of the one change that is tried, in every half-open breaker over the scopes or in
   * none; one recommendation at most holds it, over all replicas. Returns the breaker that refuses.
   *
   * @param exempt - breakers that do not hold the recommendation
   */
  async claimCanary(
    scopes: readonly BreakerScope[],
    recommendationId: string,
    now: string,
    exempt: (breaker: StoredBreaker) => boolean,
  ): Promise<StoredBreaker | undefined> {
    try {
      await this.#knex.transaction(async trx => {
        const rows = await trx('finops_breakers')
          .whereIn('scope', [...scopes])
          .whereNot({ state: 'closed' })
          .orderBy('scope');
        for (const breaker of rows.map(breakerOf)) {
          if (exempt(breaker) || breaker.canary === recommendationId) {
            continue;
          }
          const claimed = await trx('finops_breakers')
            .where({ scope: breaker.scope, state: 'half-open' })
            .whereNull('canary')
            .update({
              canary: recommendationId,
              canary_at: now,
              revision: trx.raw('revision + 1'),
            });
          if (claimed !== 1) {
            throw new Refused(breaker);
          }
        }
      });
      return undefined;
    } catch (error) {
      if (error instanceof Refused) {
        return error.breaker;
      }
      throw error;
    }
  }

  /** Makes a step, unless somebody else changed the breaker meanwhile; audited with it. */
  async apply(options: {
    scope: BreakerScope;
    /** The breaker as the step was decided on; absent where there is none yet. */
    from: StoredBreaker | undefined;
    step: BreakerStep;
    actor: string;
    now: string;
  }): Promise<boolean> {
    const { scope, from, step, actor, now } = options;
    return await this.#knex.transaction(async trx => {
      const cause =
        step.to === 'open' && step.cause !== 'canary'
          ? step.cause
          : from?.cause ?? 'failed-deliveries';
      const row = {
        state: step.to === 'next-canary' ? 'half-open' : step.to,
        cause,
        reason: step.reason,
        since: step.to === 'next-canary' && from ? from.since : now,
        canary: null,
        canary_at: null,
      };
      if (!(await write(trx, scope, from, row))) {
        return false;
      }
      await appendAuditEvent(trx, GOVERNANCE_AUDIT_SUBJECT, {
        id: randomUUID(),
        at: now,
        event: EVENT_NAMES[step.to],
        actor,
        detail: `${scope}: ${step.reason}`,
      });
      return true;
    });
  }

  /** Closes a breaker because a person says so; nothing where it is closed. */
  async reset(
    scope: string,
    reason: string,
    actor: string,
    now: string,
  ): Promise<boolean> {
    return await this.#knex.transaction(async trx => {
      const rows = await trx('finops_breakers')
        .where({ scope })
        .whereNot({ state: 'closed' })
        .update({
          state: 'closed',
          reason,
          since: now,
          canary: null,
          canary_at: null,
          revision: trx.raw('revision + 1'),
        });
      if (rows > 0) {
        await appendAuditEvent(trx, GOVERNANCE_AUDIT_SUBJECT, {
          id: randomUUID(),
          at: now,
          event: 'breaker-reset',
          actor,
          detail: `${scope}: ${reason}`,
        });
      }
      return rows > 0;
    });
  }

  /** What happened to changes since an instant, newest first. */
  async outcomesSince(start: string): Promise<ChangeOutcome[]> {
    const told = await this.#knex('finops_audit_events as event')
      .join(
        'finops_recommendations as recommendation',
        'recommendation.id',
        'event.recommendation_id',
      )
      .where('event.at', '>=', start)
      .andWhere(builder =>
        builder
          .whereIn('event.event', EVENTS)
          .orWhereIn('event.to_state', [...STATES]),
      )
      .orderBy('event.sequence', 'desc')
      .limit(MOST_OUTCOMES)
      .select(
        'event.at',
        'event.event',
        'event.to_state',
        'recommendation.action_kind',
        'recommendation.entity_ref',
      );
    const plans = await this.#knex('finops_plans as plan')
      .join(
        'finops_recommendations as recommendation',
        'recommendation.id',
        'plan.recommendation_id',
      )
      .where('plan.planned_at', '>=', start)
      .whereNot('plan.verdicts', '[]')
      .orderBy('plan.planned_at', 'desc')
      .limit(MOST_OUTCOMES)
      .select(
        'plan.planned_at as at',
        'plan.verdicts',
        'recommendation.action_kind',
        'recommendation.entity_ref',
      );
    const owners = await this.#owners(
      [...told, ...plans].map(row => row.entity_ref),
    );
    const outcome = (row: any, kind: ChangeOutcome['kind']): ChangeOutcome => ({
      kind,
      at: row.at,
      action: row.action_kind,
      owners: owners.get(row.entity_ref) ?? [],
    });
    return [
      ...told.map(row => outcome(row, kindOf(row))),
      ...plans.map(row =>
        outcome(
          row,
          JSON.parse(row.verdicts).some(
            ({ cause }: { cause: string }) => cause === 'policy-error',
          )
            ? 'policy-error'
            : 'judged',
        ),
      ),
    ];
  }

  /** Newest UTC day of any cost. */
  async newestCostDay(): Promise<string | undefined> {
    const row = await this.#knex('finops_cost_days')
      .max({ day: 'day' })
      .first();
    return row?.day ?? undefined;
  }

  async #owners(entityRefs: readonly string[]): Promise<Map<string, string[]>> {
    const owners = new Map<string, string[]>();
    for (const chunk of chunksOf([...new Set(entityRefs)])) {
      const rows = await this.#knex('finops_entity_owners').whereIn(
        'entity_ref',
        chunk,
      );
      for (const { entity_ref: entity, owner_ref: owner } of rows) {
        owners.set(entity, [...(owners.get(entity) ?? []), owner]);
      }
    }
    return owners;
  }
}

async function write(
  trx: Knex.Transaction,
  scope: BreakerScope,
  from: StoredBreaker | undefined,
  row: object,
): Promise<boolean> {
  if (from) {
    const rows = await trx('finops_breakers')
      .where({ scope, revision: from.revision })
      .update({ ...row, revision: from.revision + 1 });
    return rows === 1;
  }
  const token = randomUUID();
  await trx('finops_breakers')
    // The token tells whose row it is; what onConflict().ignore() returns differs between the engines.
    .insert({ scope, ...row, canary: token, revision: 1 })
    .onConflict('scope')
    .ignore();
  const rows = await trx('finops_breakers')
    .where({ scope, canary: token })
    .update({ canary: null });
  return rows === 1;
}

function kindOf(row: { event: string; to_state: string | null }) {
  if (row.event === 'delivery-failed') {
    return 'failed';
  }
  if (row.event === 'change-request-closed') {
    return 'declined';
  }
  return row.to_state === 'merged' || row.to_state === 'reverted'
    ? row.to_state
    : 'delivered';
}

function breakerOf(row: any): StoredBreaker {
  return {
    scope: row.scope,
    state: row.state,
    cause: row.cause,
    reason: row.reason,
    since: row.since,
    canary: row.canary ?? undefined,
    canaryAt: row.canary_at ?? undefined,
    revision: row.revision,
  };
}
