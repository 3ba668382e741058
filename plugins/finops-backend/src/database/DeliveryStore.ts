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
  /** Commit that holds exactly the plan; absent of deliveries of older versions. */
  readonly deliveredSha?: string;
  readonly wantedStatus?: WantedStatus;
  /** `<sha>:<state>:<description>` the forge last took. */
  readonly publishedStatus?: string;
  readonly lastError?: string;
  readonly updatedAt: string;
}

/** How many change requests may be open or begun; what asks for more to keep a service well is not counted. */
export interface DeliveryLimits {
  readonly concurrentPerRepository: number;
  readonly concurrentPerTeam: number;
  readonly hourlyPerRepository: number;
}

/** A limit that is reached. */
export interface ReachedLimit {
  readonly limit: keyof DeliveryLimits;
  readonly most: number;
}

/** How taking the right to write went. */
export type Claim =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'taken' }
  | ({ readonly kind: 'limited' } & ReachedLimit);

const HOUR_MS = 3_600_000;

/** Ends the transaction of a claim that a limit forbids, so that it leaves nothing behind. */
class LimitReached extends Error {
  constructor(readonly reached: ReachedLimit) {
    super(reached.limit);
  }
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
   * A change request that is not there yet counts against the limits from here on; counting and taking
   * are one, so that no number of callers gets past them.
   */
  async claim(options: {
    recommendationId: string;
    token: string;
    plan: ChangePlan;
    requester: string | undefined;
    /** Owner of the entity. */
    owner: string | undefined;
    /** Whether limits do not hold it up. */
    exempt: boolean;
    limits: DeliveryLimits;
    now: string;
    until: string;
  }): Promise<Claim> {
    const { recommendationId, token, plan, requester, now, until } = options;
    try {
      return await this.#knex.transaction(async trx => {
        await trx('finops_deliveries')
          .insert({
            recommendation_id: recommendationId,
            plan_hash: plan.hash,
            plan: JSON.stringify(plan),
            status: 'failed',
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
          return { kind: 'taken' };
        }
        // Only the holder reads and writes the row from here on.
        const row = await trx('finops_deliveries')
          .where({ recommendation_id: recommendationId })
          .first();
        const counts =
          row.status === 'writing' || row.change_request_state === 'open';
        if (!counts && !options.exempt) {
          await assertWithinLimits(trx, options);
        }
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
            repository: plan.repository.url,
            owner: options.owner ?? null,
            exempt: options.exempt,
            ...(!counts && { begun_at: now }),
            // A repeated attempt without a person behind it does not make the intent younger.
            ...(requester && { updated_at: now }),
          });
        return { kind: 'claimed' };
      });
    } catch (error) {
      if (error instanceof LimitReached) {
        return { kind: 'limited', ...error.reached };
      }
      throw error;
    }
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
        ...(changeRequest &&
          status === 'opened' && { delivered_sha: changeRequest.headSha }),
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

  /** How far each limit is used, by repository or owner, the fullest first. */
  async use(
    now: string,
    most: number,
  ): Promise<
    Record<
      keyof DeliveryLimits,
      { readonly name: string; readonly used: number }[]
    >
  > {
    const count = async (
      column: 'repository' | 'owner',
      which: (query: Knex.QueryBuilder) => Knex.QueryBuilder,
    ) => {
      const rows = await which(
        this.#knex('finops_deliveries')
          .where({ exempt: false })
          .whereNotNull(column),
      )
        .groupBy(column)
        .select(column)
        .count({ used: '*' })
        .orderBy([{ column: 'used', order: 'desc' }, column])
        .limit(most);
      return rows.map((row: any) => ({
        name: row[column] as string,
        used: Number(row.used),
      }));
    };
    return {
      concurrentPerRepository: await count('repository', underWay),
      concurrentPerTeam: await count('owner', underWay),
      hourlyPerRepository: await count('repository', query =>
        query.andWhere('begun_at', '>', hourBefore(now)),
      ),
    };
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

function underWay(query: Knex.QueryBuilder): Knex.QueryBuilder {
  return query.andWhere(builder =>
    builder.where({ status: 'writing' }).orWhere({
      change_request_state: 'open',
    }),
  );
}

function hourBefore(now: string): string {
  return new Date(Date.parse(now) - HOUR_MS).toISOString();
}

/** Nobody else counts meanwhile: the gate is locked until the transaction ends. */
async function assertWithinLimits(
  trx: Knex.Transaction,
  options: {
    recommendationId: string;
    plan: ChangePlan;
    owner: string | undefined;
    limits: DeliveryLimits;
    now: string;
  },
): Promise<void> {
  const { recommendationId, plan, owner, limits, now } = options;
  await trx('finops_delivery_gate').where({ id: 1 }).forUpdate().first();
  const count = async (
    where: object,
    more: (query: Knex.QueryBuilder) => Knex.QueryBuilder,
  ): Promise<number> => {
    const [{ n }] = await more(
      trx('finops_deliveries')
        .where({ ...where, exempt: false })
        .whereNot({ recommendation_id: recommendationId }),
    ).count({ n: '*' });
    return Number(n);
  };
  const repository = plan.repository.url;
  const counts: Record<keyof DeliveryLimits, number> = {
    concurrentPerRepository: await count({ repository }, underWay),
    concurrentPerTeam:
      owner === undefined ? 0 : await count({ owner }, underWay),
    hourlyPerRepository: await count({ repository }, query =>
      query.andWhere('begun_at', '>', hourBefore(now)),
    ),
  };
  for (const [limit, n] of Object.entries(counts)) {
    const most = limits[limit as keyof DeliveryLimits];
    if (n >= most) {
      throw new LimitReached({ limit: limit as keyof DeliveryLimits, most });
    }
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
    deliveredSha: row.delivered_sha ?? undefined,
    wantedStatus: row.wanted_status
      ? { state: row.wanted_status, description: row.wanted_status_text ?? '' }
      : undefined,
    publishedStatus: row.published_status ?? undefined,
    lastError: row.last_error ?? undefined,
    updatedAt: row.updated_at,
  };
}

/** Whether the branch holds commits that are not the plan's, which nobody approves by approving the plan. */
export function isTakenOver({
  deliveredSha,
  changeRequest,
}: Pick<Delivery, 'deliveredSha' | 'changeRequest'>): boolean {
  return (
    deliveredSha !== undefined &&
    changeRequest !== undefined &&
    changeRequest.headSha !== deliveredSha
  );
}
