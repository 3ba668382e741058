import { Knex } from 'knex';

/** What one person said of one plan. */
export interface StoredApproval {
  readonly planHash: string;
  /** User ref. */
  readonly approver: string;
  readonly at: string;
  /** Groups and users the approver stood for when approving. */
  readonly memberOf: readonly string[];
  /** Set once it can never count again. */
  readonly voidedAt?: string;
}

/** Approvals, each bound to a plan hash. They are never deleted: what was said stays told. */
export class ApprovalStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  async list(recommendationId: string): Promise<StoredApproval[]> {
    return await listApprovals(this.#knex, recommendationId);
  }
}

/** All approvals of a recommendation, oldest first. */
export async function listApprovals(
  knex: Knex,
  recommendationId: string,
): Promise<StoredApproval[]> {
  const rows = await knex('finops_approvals')
    .where({ recommendation_id: recommendationId })
    .orderBy(['at', 'approver', 'plan_hash']);
  return rows.map((row: any) => ({
    planHash: row.plan_hash,
    approver: row.approver,
    at: row.at,
    memberOf: JSON.parse(row.member_of),
    voidedAt: row.voided_at ?? undefined,
  }));
}

/** Stores an approval; one that was given before and is void or has expired is given anew. */
export async function saveApproval(
  trx: Knex.Transaction,
  recommendationId: string,
  { planHash, approver, at, memberOf }: Omit<StoredApproval, 'voidedAt'>,
): Promise<void> {
  await trx('finops_approvals')
    .insert({
      recommendation_id: recommendationId,
      plan_hash: planHash,
      approver,
      at,
      member_of: JSON.stringify(memberOf),
      voided_at: null,
    })
    .onConflict(['recommendation_id', 'plan_hash', 'approver'])
    .merge();
}

/** Voids approvals for good: all of a recommendation, or those named. Returns how many it voided. */
export async function voidApprovals(
  trx: Knex,
  recommendationId: string,
  at: string,
  which?: readonly StoredApproval[],
): Promise<number> {
  const open = () =>
    trx('finops_approvals')
      .where({ recommendation_id: recommendationId })
      .whereNull('voided_at');
  if (!which) {
    return await open().update({ voided_at: at });
  }
  let voided = 0;
  for (const { planHash, approver, at: given } of which) {
    // One that was given anew meanwhile is another.
    voided += await open()
      .andWhere({ plan_hash: planHash, approver, at: given })
      .update({ voided_at: at });
  }
  return voided;
}
