import { Knex } from 'knex';
import {
  CLOSED_STATES,
  Environment,
  money,
  Recommendation,
  RecommendationState,
} from '@apexlogic/backstage-plugin-finops-common';
import { appendAuditEvent } from './AuditStore';
import { EntityFilter, filterEntities } from './entityFilter';
import { chunksOf } from './rows';

interface RecommendationRow {
  id: string;
  subject_key: string;
  active_key: string | null;
  entity_ref: string;
  workload: string;
  environment: string;
  action_kind: string;
  state: string;
  revision: number;
  saving_micros: number | string;
  saving_lower_micros: number | string;
  saving_upper_micros: number | string;
  currency: string;
  body: string;
  content_hash: string;
  snoozed_until: string | null;
  created_at: string;
  updated_at: string;
}

const WAITING: readonly RecommendationState[] = [
  'needs-input',
  'awaiting-approval',
];

const MERGED: readonly RecommendationState[] = [
  'merged',
  'applied',
  'observing',
  'realised',
  'reverted',
];

/** What the engine decided, before it has an id and a state. */
export type RecommendationContent = Omit<
  Recommendation,
  'id' | 'state' | 'createdAt' | 'updatedAt' | 'snoozedUntil' | 'revision'
>;

/** A recommendation with what tells it from others and from its earlier self. */
export interface StoredRecommendation {
  readonly recommendation: Recommendation;
  /** Same entity, workload and kind of action. */
  readonly subjectKey: string;
  /** Same advice, word for word. */
  readonly contentHash: string;
}

/** Count and monthly saving of recommendations in one state and currency. */
export interface StateTotal {
  readonly entityRef: string;
  readonly state: RecommendationState;
  readonly currency: string;
  readonly count: number;
  /** Integer micro-units a month. */
  readonly savingMicros: number;
}

/** Reads recommendations and creates or refreshes them; their state changes in governance alone. */
export class RecommendationStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  async get(id: string): Promise<StoredRecommendation | undefined> {
    const row = await this.#knex<RecommendationRow>('finops_recommendations')
      .where({ id })
      .first();
    return row && recommendationOf(row);
  }

  /** All of an entity, newest first; lists carry at most `limit` closed ones. */
  async list(entityRef: string, limit = 500): Promise<StoredRecommendation[]> {
    const rows: RecommendationRow[] = await this.#knex<RecommendationRow>(
      'finops_recommendations',
    )
      .where({ entity_ref: entityRef })
      .orderBy([{ column: 'updated_at', order: 'desc' }, 'id'])
      .limit(limit);
    return rows.map(recommendationOf);
  }

  /** In any order; ids that there are none of are left out. */
  async getMany(ids: readonly string[]): Promise<StoredRecommendation[]> {
    const found: StoredRecommendation[] = [];
    for (const chunk of chunksOf(ids)) {
      const rows: RecommendationRow[] = await this.#knex<RecommendationRow>(
        'finops_recommendations',
      ).whereIn('id', chunk);
      found.push(...rows.map(recommendationOf));
    }
    return found;
  }

  /** Those in one of the states, of the greatest saving first. */
  async listInStates(
    states: readonly RecommendationState[],
    filter: EntityFilter | undefined,
    limit: number,
  ): Promise<StoredRecommendation[]> {
    const query = this.#knex<RecommendationRow>('finops_recommendations')
      .whereIn('state', states as RecommendationState[])
      .orderBy([{ column: 'saving_micros', order: 'desc' }, 'id'])
      .limit(limit);
    const rows: RecommendationRow[] = await filterEntities(
      query,
      filter,
      'finops_recommendations.entity_ref',
    );
    return rows.map(recommendationOf);
  }

  async listActive(entityRef: string): Promise<StoredRecommendation[]> {
    const rows: RecommendationRow[] = await this.#knex<RecommendationRow>(
      'finops_recommendations',
    )
      .where({ entity_ref: entityRef })
      .whereNotNull('active_key')
      .orderBy('id');
    return rows.map(recommendationOf);
  }

  /** The newest one of a subject that a person rejected. */
  async getLastRejected(
    subjectKey: string,
  ): Promise<StoredRecommendation | undefined> {
    const row = await this.#knex<RecommendationRow>('finops_recommendations')
      .where({ subject_key: subjectKey, state: 'rejected' })
      .orderBy('updated_at', 'desc')
      .first();
    return row && recommendationOf(row);
  }

  /** Those that wait for somebody, and since when; the longest waiting first. */
  async listWaitingForPeople(
    limit = 1000,
  ): Promise<{ recommendation: Recommendation; since: string }[]> {
    const rows: (RecommendationRow & { since: string | null })[] =
      await this.#knex('finops_recommendations')
        .whereIn('state', [...WAITING])
        .select('finops_recommendations.*', {
          since: this.#knex('finops_audit_events')
            .max('at')
            .whereRaw('?? = ?? and ?? = ??', [
              'finops_audit_events.recommendation_id',
              'finops_recommendations.id',
              'finops_audit_events.to_state',
              'finops_recommendations.state',
            ]),
        })
        .orderBy('since')
        .limit(limit);
    return rows.map(row => ({
      recommendation: recommendationOf(row).recommendation,
      since: row.since ?? row.updated_at,
    }));
  }

  /** Whether a change of a kind was ever merged for a workload. */
  async wasMerged(workload: string, actionKind: string): Promise<boolean> {
    const row = await this.#knex<RecommendationRow>('finops_recommendations')
      .where({ workload, action_kind: actionKind })
      .whereIn('state', [...MERGED])
      .first('id');
    return row !== undefined;
  }

  /** Snoozed ones whose time is over. */
  async listWaking(now: string, limit = 200): Promise<StoredRecommendation[]> {
    const rows: RecommendationRow[] = await this.#knex<RecommendationRow>(
      'finops_recommendations',
    )
      .where({ state: 'snoozed' })
      .andWhere('snoozed_until', '<=', now)
      .orderBy('snoozed_until')
      .limit(limit);
    return rows.map(recommendationOf);
  }

  /**
   * Creates a recommendation in state `proposed` with its first audit event. `undefined` when another
   * writer created one of the same subject first.
   */
  async create(options: {
    id: string;
    auditId: string;
    content: RecommendationContent;
    subjectKey: string;
    contentHash: string;
    now: string;
  }): Promise<boolean> {
    const { id, auditId, content, subjectKey, contentHash, now } = options;
    return await this.#knex.transaction(async trx => {
      const row: RecommendationRow = {
        id,
        subject_key: subjectKey,
        active_key: subjectKey,
        state: 'proposed',
        revision: 1,
        ...contentRow(content, contentHash),
        snoozed_until: null,
        created_at: now,
        updated_at: now,
      };
      await trx('finops_recommendations')
        .insert(row)
        .onConflict('active_key')
        .ignore();
      // What onConflict().ignore() returns differs between the engines; the row itself does not.
      if (!(await trx('finops_recommendations').where({ id }).first('id'))) {
        return false;
      }
      await appendAuditEvent(trx, id, {
        id: auditId,
        at: now,
        event: 'proposed',
        actor: `model:${content.model.name}-v${content.model.version}`,
        to: 'proposed',
        detail: content.reason,
      });
      return true;
    });
  }

  /** Refreshes the advice under an unchanged state; `false` when somebody wrote in between. */
  async update(options: {
    id: string;
    revision: number;
    content: RecommendationContent;
    contentHash: string;
    now: string;
  }): Promise<boolean> {
    const { id, revision, content, contentHash, now } = options;
    const rows = await this.#knex('finops_recommendations')
      .where({ id, revision })
      .update({
        ...contentRow(content, contentHash),
        revision: revision + 1,
        updated_at: now,
      });
    return rows === 1;
  }

  /** Counts and savings by state, summed by the database. */
  async getStateTotals(
    entityRefs: readonly string[],
    filter?: EntityFilter,
  ): Promise<StateTotal[]> {
    const totals: StateTotal[] = [];
    for (const chunk of chunksOf(entityRefs)) {
      const query = this.#knex('finops_recommendations')
        .select('entity_ref', 'state', 'currency')
        .count({ count: '*' })
        .sum({ saving: 'saving_micros' })
        .whereIn('entity_ref', chunk)
        .groupBy('entity_ref', 'state', 'currency');
      for (const row of (await filterEntities(
        query,
        filter,
        'finops_recommendations.entity_ref',
      )) as any[]) {
        totals.push({
          entityRef: row.entity_ref,
          state: row.state,
          currency: row.currency,
          count: Number(row.count),
          savingMicros: Number(row.saving),
        });
      }
    }
    return totals;
  }
}

/** Whether a recommendation in this state still holds its subject. */
export function isActive(state: RecommendationState): boolean {
  return !CLOSED_STATES.includes(state);
}

function contentRow(content: RecommendationContent, contentHash: string) {
  return {
    entity_ref: content.entityRef,
    workload: content.workload,
    environment: content.environment,
    action_kind: content.action.kind,
    saving_micros: content.saving.expected.amountMicros,
    saving_lower_micros: content.saving.lower.amountMicros,
    saving_upper_micros: content.saving.upper.amountMicros,
    currency: content.saving.expected.currency,
    body: JSON.stringify({
      action: content.action,
      title: content.title,
      reason: content.reason,
      risk: content.risk,
      effort: content.effort,
      priority: content.priority,
      confidence: content.confidence,
      model: content.model,
      evidence: content.evidence,
    }),
    content_hash: contentHash,
  };
}

function recommendationOf(row: RecommendationRow): StoredRecommendation {
  return {
    subjectKey: row.subject_key,
    contentHash: row.content_hash,
    recommendation: {
      id: row.id,
      entityRef: row.entity_ref,
      workload: row.workload,
      environment: row.environment as Environment,
      ...JSON.parse(row.body),
      state: row.state as RecommendationState,
      saving: {
        expected: money(Number(row.saving_micros), row.currency),
        lower: money(Number(row.saving_lower_micros), row.currency),
        upper: money(Number(row.saving_upper_micros), row.currency),
      },
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      snoozedUntil: row.snoozed_until ?? undefined,
      revision: row.revision,
    },
  };
}
