import { randomUUID } from 'node:crypto';
import { RecommendationState } from '@apexlogic/backstage-plugin-finops-common';
import { Knex } from 'knex';
import { listApprovals, saveApproval } from '../database/ApprovalStore';
import { appendAuditEvent } from '../database/AuditStore';
import { isTakenOver } from '../database/DeliveryStore';
import { Loop } from '../delivery/Loop';
import { publishStatus } from '../delivery/publishStatus';
import { ApprovalDemand } from './approvalRules';
import { ofSeveral, pendingText, successText } from './approvalText';
import { FinopsError } from './errors';
import { assertMayPropose } from './mayPropose';
import { demandOf } from './mayWrite';
import { mayCount, tallyApprovals } from './tallyApprovals';
import { transitionWithin } from './transition';

/** Who says yes to what. */
export interface Approval {
  readonly id: string;
  readonly planHash: string;
  /** User ref. */
  readonly approver: string;
  /** Groups and users the approver stands for, as far as a rule asks. */
  readonly memberOf?: readonly string[];
}

/**
 * Approves the plan with this hash; when enough people did, publishes it as commit status. Bound to the
 * hash: it must be the plan that lies on the forge and the present one. Nobody approves what they asked
 * for, and only people approve. The one door for every interface: the caller checks the permission.
 */
export async function approveRecommendation(
  loop: Loop,
  approval: Approval,
): Promise<void> {
  const { id, planHash, approver, memberOf = [] } = approval;
  const { stores } = loop;
  if (!approver.startsWith('user:')) {
    throw new FinopsError(
      'not-allowed',
      `${approver} is not a person; only people approve.`,
    );
  }
  const plan = await stores.plans.get(id);
  const delivery = await stores.deliveries.get(id);
  if (!delivery?.changeRequest || delivery.status !== 'opened') {
    throw new FinopsError(
      'wrong-state',
      'There is no open change request to approve.',
    );
  }
  assertNotRequester(delivery.requesters, approver);
  if (delivery.planHash !== planHash || plan?.plan?.hash !== planHash) {
    throw new FinopsError(
      'plan-changed',
      'The plan you approve is not the one on the forge any more; look at the present plan, deliver it and decide again.',
    );
  }
  if (isTakenOver(delivery)) {
    throw new FinopsError(
      'branch-taken-over',
      `Somebody else committed to ${delivery.changeRequest.branch}; an approval here is for the plan alone. Take their commits off the branch, or review ${delivery.changeRequest.url} on the forge.`,
    );
  }
  const denied = plan.verdicts.filter(verdict => verdict.outcome === 'deny');
  if (denied.length > 0) {
    throw new FinopsError(
      'policy-denied',
      `Denied by ${denied.map(verdict => verdict.policy).join(', ')}.`,
    );
  }
  const asked = await stores.recommendations.get(id);
  if (!asked) {
    throw new FinopsError(
      'not-found',
      `There is no recommendation with id ${id}`,
    );
  }
  const demand = await demandOf(loop, asked.recommendation);
  if (!mayCount(demand, approver, memberOf)) {
    throw new FinopsError(
      'not-allowed',
      `This change is approved by ${demand.from?.join(
        ' or ',
      )}; you belong to none of them.`,
    );
  }
  await assertMayPropose(loop, asked.recommendation, 'approve');
  const now = loop.now();
  await stores.knex.transaction(trx =>
    give(trx, { id, planHash, approver, memberOf }, demand, now),
  );
  const forge = loop.forges.find(candidate =>
    candidate.handles(delivery.plan.repository.url),
  );
  if (forge) {
    await publishStatus(loop, id, forge);
  }
}

/**
 * Counts and decides in one: approvers of one recommendation come one after the other, so that each sees
 * who came before. The wanted status is stored with the state, so that a crash before publishing leaves
 * the wish behind.
 */
async function give(
  trx: Knex.Transaction,
  approval: Required<Approval>,
  demand: ApprovalDemand,
  now: string,
): Promise<void> {
  const { id, planHash, approver, memberOf } = approval;
  const row: { state: RecommendationState; revision: number } | undefined =
    await trx('finops_recommendations')
      .where({ id })
      .forUpdate()
      .first('state', 'revision');
  if (row?.state === 'approved') {
    return;
  }
  if (row?.state !== 'awaiting-approval') {
    throw new FinopsError(
      'wrong-state',
      `A recommendation that is ${row?.state ?? 'gone'} cannot be approved.`,
    );
  }
  const plan = await trx('finops_plans')
    .where({ recommendation_id: id, hash: planHash })
    .forUpdate()
    .first('hash');
  const delivery = await trx('finops_deliveries')
    .where({ recommendation_id: id, plan_hash: planHash, status: 'opened' })
    .forUpdate()
    .first('requesters');
  if (!plan || !delivery) {
    throw new FinopsError(
      'plan-changed',
      'Another plan was made or delivered meanwhile; look at it and decide again.',
    );
  }
  const requesters: string[] = JSON.parse(delivery.requesters);
  assertNotRequester(requesters, approver);
  const context = { planHash, requesters, demand, now };
  const before = tallyApprovals(await listApprovals(trx, id), context);
  const again = before.approvers.includes(approver);
  if (!again) {
    await saveApproval(trx, id, { planHash, approver, at: now, memberOf });
  }
  const tally = tallyApprovals(await listApprovals(trx, id), context);
  const detail = `Approved plan ${planHash}${ofSeveral(tally)}.`;
  if (tally.complete) {
    await want(trx, id, now, 'success', successText(planHash, tally));
    const outcome = await transitionWithin(trx, {
      id,
      from: row,
      to: 'approved',
      event: 'approved',
      actor: approver,
      detail,
      now,
    });
    if (outcome.result === 'stale') {
      throw new FinopsError(
        'wrong-state',
        'The recommendation is being changed by others; look at it again.',
      );
    }
    return;
  }
  await want(trx, id, now, 'pending', pendingText(tally));
  if (!again) {
    await appendAuditEvent(trx, id, {
      id: randomUUID(),
      at: now,
      event: 'approval-given',
      actor: approver,
      detail,
    });
  }
}

function assertNotRequester(
  requesters: readonly string[],
  approver: string,
): void {
  if (requesters.includes(approver)) {
    throw new FinopsError(
      'self-approval',
      'You asked for this change; somebody else must approve it.',
    );
  }
}

async function want(
  trx: Knex.Transaction,
  id: string,
  now: string,
  state: 'success' | 'pending',
  text: string,
): Promise<void> {
  await trx('finops_deliveries').where({ recommendation_id: id }).update({
    wanted_status: state,
    wanted_status_text: text,
    updated_at: now,
  });
}
