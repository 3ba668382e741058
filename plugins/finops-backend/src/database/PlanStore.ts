import { Knex } from 'knex';
import {
  ChangePlan,
  Level,
  Verdict,
} from '@apexlogic/backstage-plugin-finops-common';
import { Impact } from '../governance/impactOf';
import { EntityFilter, filterEntities } from './entityFilter';

/** Why there is no plan. */
export interface Refusal {
  readonly code: string;
  readonly reason: string;
}

/** The present plan of a recommendation, or why there is none. */
export interface StoredPlan {
  readonly plan?: ChangePlan;
  readonly verdicts: readonly Verdict[];
  readonly refusal?: Refusal;
  /** Absent where there is no plan, and in what older versions stored. */
  readonly impact?: Impact;
  /** Version of the policies that gave the verdicts. */
  readonly policyVersion: string;
  readonly plannedAt: string;
}

/** What policies said of the present plan of an open recommendation. */
export interface PlanVerdicts {
  readonly recommendationId: string;
  readonly entityRef: string;
  readonly title: string;
  readonly verdicts: readonly Verdict[];
}

/** The present change plan of each recommendation. */
export class PlanStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  async get(recommendationId: string): Promise<StoredPlan | undefined> {
    const row = await this.#knex('finops_plans')
      .where({ recommendation_id: recommendationId })
      .first();
    return (
      row && {
        plan: row.plan ? JSON.parse(row.plan) : undefined,
        verdicts: JSON.parse(row.verdicts),
        refusal: row.refusal ? JSON.parse(row.refusal) : undefined,
        impact: row.impact ? JSON.parse(row.impact) : undefined,
        policyVersion: row.policy_version,
        plannedAt: row.planned_at,
      }
    );
  }

  async save(recommendationId: string, stored: StoredPlan): Promise<void> {
    await savePlan(this.#knex, recommendationId, stored);
  }

  /** Impact of the present plan; `undefined` before there is one. */
  async impactLevel(recommendationId: string): Promise<Level | undefined> {
    const row = await this.#knex('finops_plans')
      .where({ recommendation_id: recommendationId })
      .first('impact_level');
    return row?.impact_level ?? undefined;
  }

  /** What policies said of the present plans of open recommendations, newest first. */
  async listVerdicts(filter?: EntityFilter): Promise<readonly PlanVerdicts[]> {
    const query = this.#knex('finops_plans as plans')
      .join(
        'finops_recommendations as recommendations',
        'recommendations.id',
        'plans.recommendation_id',
      )
      .whereNotNull('recommendations.active_key')
      .select(
        'recommendations.id',
        'recommendations.entity_ref',
        'recommendations.body',
        'plans.verdicts',
      )
      .orderBy('plans.planned_at', 'desc');
    const rows = await filterEntities(
      query,
      filter,
      'recommendations.entity_ref',
    );
    return rows.map(row => ({
      recommendationId: row.id,
      entityRef: row.entity_ref,
      title: JSON.parse(row.body).title,
      verdicts: JSON.parse(row.verdicts),
    }));
  }

  /** Forgets a plan made for advice that has changed since. */
  async delete(recommendationId: string): Promise<void> {
    await this.#knex('finops_plans')
      .where({ recommendation_id: recommendationId })
      .delete();
  }
}

/** Writes the present plan over the one before. */
export async function savePlan(
  knex: Knex,
  recommendationId: string,
  stored: StoredPlan,
): Promise<void> {
  await knex('finops_plans')
    .insert({
      recommendation_id: recommendationId,
      hash: stored.plan?.hash ?? null,
      plan: stored.plan ? JSON.stringify(stored.plan) : null,
      verdicts: JSON.stringify(stored.verdicts),
      refusal: stored.refusal ? JSON.stringify(stored.refusal) : null,
      impact: stored.impact ? JSON.stringify(stored.impact) : null,
      impact_level: stored.impact?.level ?? null,
      policy_version: stored.policyVersion,
      planned_at: stored.plannedAt,
    })
    .onConflict('recommendation_id')
    .merge();
}
