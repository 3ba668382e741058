import { Loop } from '../delivery/Loop';
import { assertMayWrite } from './mayWrite';
import { publishStatus } from '../delivery/publishStatus';
import { advance } from './advance';
import { FinopsError } from './errors';

/**
 * Approves the plan with this hash and publishes it as commit status. Bound to the hash: it must be
 * the plan that lies on the forge and the present one. Nobody approves what they asked for.
 */
export async function approveRecommendation(
  loop: Loop,
  options: { id: string; planHash: string; approver: string },
): Promise<void> {
  const { id, planHash, approver } = options;
  const { stores } = loop;
  const plan = await stores.plans.get(id);
  const delivery = await stores.deliveries.get(id);
  if (!delivery?.changeRequest || delivery.status !== 'opened') {
    throw new FinopsError(
      'wrong-state',
      'There is no open change request to approve.',
    );
  }
  if (delivery.requesters.includes(approver)) {
    throw new FinopsError(
      'self-approval',
      'You asked for this change; somebody else must approve it.',
    );
  }
  if (delivery.planHash !== planHash || plan?.plan?.hash !== planHash) {
    throw new FinopsError(
      'plan-changed',
      'The plan you approve is not the one on the forge any more; look at the present plan, deliver it and decide again.',
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
  if (asked) {
    await assertMayWrite(loop, asked.recommendation);
  }
  const now = loop.now();
  const wanted = {
    state: 'success',
    description: `Plan ${planHash.slice(0, 12)} approved by ${approver}`,
  } as const;
  await advance(
    stores,
    id,
    ({ state }) => {
      if (state === 'approved') {
        return undefined;
      }
      if (state !== 'awaiting-approval') {
        throw new FinopsError(
          'wrong-state',
          `A recommendation that is ${state} cannot be approved.`,
        );
      }
      return {
        to: 'approved',
        event: 'approved',
        actor: approver,
        detail: `Approved plan ${planHash}.`,
        now,
      };
    },
    async trx => {
      await trx('finops_approvals')
        .insert({
          recommendation_id: id,
          plan_hash: planHash,
          approver,
          at: now,
        })
        .onConflict(['recommendation_id', 'plan_hash', 'approver'])
        .ignore();
      // With the state, so that a crash before publishing leaves the wish behind.
      const rows = await trx('finops_deliveries')
        .where({ recommendation_id: id, plan_hash: planHash, status: 'opened' })
        .update({
          wanted_status: wanted.state,
          wanted_status_text: wanted.description,
          updated_at: now,
        });
      if (rows !== 1) {
        throw new FinopsError(
          'plan-changed',
          'Another plan was delivered meanwhile; look at it and decide again.',
        );
      }
    },
  );
  const forge = loop.forges.find(candidate =>
    candidate.handles(delivery.plan.repository.url),
  );
  if (forge) {
    await publishStatus(loop, id, forge);
  }
}
