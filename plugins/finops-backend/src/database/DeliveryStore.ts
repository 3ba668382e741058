import { Knex } from 'knex';
import {
  ChangePlan,
  ChangeRequest,
} from '@apexlogic/backstage-plugin-finops-common';

/** What the required commit status must say. */
export interface WantedStatus {
  readonly state: 'pending' | 'success' | 'failure';
  readonly description: string;
}

/** The writing of one plan to a forge. */
export interface Delivery {
  readonly recommendationId: string;
  readonly planHash: string;
  readonly plan: ChangePlan;
  /** `writing`: begun and not known to be finished. */
  readonly status: 'writing' | 'opened' | 'failed';
  /** Everybody who asked for this change; none of them may approve it. */
  readonly requesters: readonly string[];
  readonly changeRequest?: ChangeRequest;
  readonly wantedStatus?: WantedStatus;
  /** `<sha>:<state>` the forge last took. */
  readonly publishedStatus?: string;
  readonly lastError?: string;
  readonly updatedAt: string;
}

/** Intents and results of writing to forges. The claim on a row keeps writers apart. */
export class DeliveryStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  async get(recommendationId: string): Promise<Delivery | undefined> {
    const row = await this.#knex('finops_deliveries')
      .where({ recommendation_id: recommendationId })
      .first();
    return row && deliveryOf(row);
  }

  /**
   * Takes the right to write this recommendation's change until `until`; one caller at most holds it
   * at any instant, over all replicas. The intent is stored with it, so that a crash can be repaired.
   */
  async claim(options: {
    recommendationId: string;
    token: string;
    plan: ChangePlan;
    requester: string | undefined;
    now: string;
    until: string;
  }): Promise<'claimed' | 'taken'> {
    const { recommendationId, token, plan, requester, now, until } = options;
    return await this.#knex.transaction(async trx => {
      await trx('finops_deliveries')
        .insert({
          recommendation_id: recommendationId,
          plan_hash: plan.hash,
          plan: JSON.stringify(plan),
          status: 'writing',
          requesters: '[]',
          updated_at: now,
        })
        .onConflict('recommendation_id')
        .ignore();
      const claimed = await trx('finops_deliveries')
        .where({ recommendation_id: recommendationId })
        .andWhere(builder =>
          builder.whereNull('claim').orWhere('claimed_until', '<', now),
        )
        .update({ claim: token, claimed_until: until });
      if (claimed !== 1) {
        return 'taken';
      }
      // Only the holder reads and writes the row from here on.
      const row = await trx('finops_deliveries')
        .where({ recommendation_id: recommendationId })
        .first();
      const requesters = new Set<string>(JSON.parse(row.requesters));
      if (requester) {
        requesters.add(requester);
      }
      await trx('finops_deliveries')
        .where({ recommendation_id: recommendationId, claim: token })
        .update({
          plan_hash: plan.hash,
          plan: JSON.stringify(plan),
          status: 'writing',
          requesters: JSON.stringify([...requesters]),
          // A repeated attempt without a person behind it does not make the intent younger.
          ...(requester && { updated_at: now }),
        });
      return 'claimed';
    });
  }

  /** Records how the write went and lets go of the claim; `false` when the claim was lost meanwhile. */
  async settle(options: {
    recommendationId: string;
    token: string;
    status: Delivery['status'];
    changeRequest?: ChangeRequest;
    wantedStatus?: WantedStatus;
    lastError?: string;
    now: string;
  }): Promise<boolean> {
    const {
      recommendationId,
      token,
      status,
      changeRequest,
      wantedStatus,
      lastError,
      now,
    } = options;
    const rows = await this.#knex('finops_deliveries')
      .where({ recommendation_id: recommendationId, claim: token })
      .update({
        status,
        claim: null,
        claimed_until: null,
        last_error: lastError ?? null,
        ...(status !== 'writing' && { updated_at: now }),
        ...(changeRequest && {
          change_request: JSON.stringify(changeRequest),
          change_request_state: changeRequest.state,
        }),
        ...(wantedStatus && {
          wanted_status: wantedStatus.state,
          wanted_status_text: wantedStatus.description,
        }),
      });
    return rows === 1;
  }

  /** Gives up an interrupted write that nobody holds. */
  async drop(recommendationId: string, now: string): Promise<void> {
    await this.#knex('finops_deliveries')
      .where({ recommendation_id: recommendationId, status: 'writing' })
      .andWhere(builder =>
        builder.whereNull('claim').orWhere('claimed_until', '<', now),
      )
      .update({ status: 'failed', claim: null, claimed_until: null });
  }

  /** What the forge said of the change request now. */
  async recordChangeRequest(
    recommendationId: string,
    changeRequest: ChangeRequest,
    now: string,
  ): Promise<void> {
    await this.#knex('finops_deliveries')
      .where({ recommendation_id: recommendationId })
      .update({
        change_request: JSON.stringify(changeRequest),
        change_request_state: changeRequest.state,
        updated_at: now,
      });
  }

  async wantStatus(
    recommendationId: string,
    wanted: WantedStatus,
    now: string,
  ): Promise<void> {
    await this.#knex('finops_deliveries')
      .where({ recommendation_id: recommendationId })
      .update({
        wanted_status: wanted.state,
        wanted_status_text: wanted.description,
        updated_at: now,
      });
  }

  async markPublished(
    recommendationId: string,
    published: string,
  ): Promise<void> {
    await this.#knex('finops_deliveries')
      .where({ recommendation_id: recommendationId })
      .update({ published_status: published });
  }

  /** Writes begun whose writer is gone. */
  async listAbandoned(now: string, limit = 50): Promise<Delivery[]> {
    const rows = await this.#knex('finops_deliveries')
      .where({ status: 'writing' })
      .andWhere(builder =>
        builder.whereNull('claim').orWhere('claimed_until', '<', now),
      )
      .orderBy('updated_at')
      .limit(limit);
    return rows.map(deliveryOf);
  }

  /** Deliveries whose change request was open when last seen. */
  async listOpen(limit = 1000): Promise<Delivery[]> {
    const rows = await this.#knex('finops_deliveries')
      .where({ change_request_state: 'open' })
      .orderBy('updated_at')
      .limit(limit);
    return rows.map(deliveryOf);
  }
}

function deliveryOf(row: any): Delivery {
  return {
    recommendationId: row.recommendation_id,
    planHash: row.plan_hash,
    plan: JSON.parse(row.plan),
    status: row.status,
    requesters: JSON.parse(row.requesters),
    changeRequest: row.change_request
      ? JSON.parse(row.change_request)
      : undefined,
    wantedStatus: row.wanted_status
      ? { state: row.wanted_status, description: row.wanted_status_text ?? '' }
      : undefined,
    publishedStatus: row.published_status ?? undefined,
    lastError: row.last_error ?? undefined,
    updatedAt: row.updated_at,
  };
}
