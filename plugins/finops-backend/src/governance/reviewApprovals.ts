import { randomUUID } from 'node:crypto';
import { appendAuditEvent } from '../database/AuditStore';
import { voidApprovals } from '../database/ApprovalStore';
import { Loop } from '../delivery/Loop';
import { advance } from './advance';
import { pendingText, successText } from './approvalText';
import { demandOf } from './mayWrite';
import { tallyApprovals, whyUncounted } from './tallyApprovals';
import { SYSTEM } from './transition';

/**
 * Voids approvals whose time is over, and asks anew where too few are left by what is demanded now. Needs
 * no forge: the status that says so is stored, and published when the forge answers.
 */
export async function reviewApprovals(loop: Loop, id: string): Promise<void> {
  const { stores } = loop;
  // Read first: what is approved after this has another revision, and is left to the next look.
  const found = await stores.recommendations.get(id);
  const delivery = await stores.deliveries.get(id);
  const state = found?.recommendation.state;
  if (
    !found ||
    !delivery ||
    (state !== 'awaiting-approval' && state !== 'approved')
  ) {
    return;
  }
  const demand = await demandOf(loop, found.recommendation);
  const { planHash, requesters } = delivery;
  const { revision } = found.recommendation;
  const now = loop.now();
  const context = { planHash, requesters, demand, now };
  const approvals = await stores.approvals.list(id);
  const expired = approvals.filter(
    approval => whyUncounted(approval, context) === 'expired',
  );
  const tally = tallyApprovals(approvals, context);
  const names = expired.map(({ approver }) => approver).join(', ');
  if (state === 'approved' && !tally.complete) {
    await advance(
      stores,
      id,
      recommendation =>
        recommendation.state === 'approved' &&
        recommendation.revision === revision
          ? {
              to: 'awaiting-approval',
              event:
                expired.length > 0 ? 'approval-expired' : 'approval-voided',
              actor: SYSTEM,
              detail:
                expired.length > 0
                  ? `The approval of ${names} expired.`
                  : `${tally.approvers.length} of ${tally.needed} approvals that are asked for now.`,
              now,
            }
          : undefined,
      async trx => {
        await voidApprovals(trx, id, now, expired);
        await trx('finops_deliveries')
          .where({ recommendation_id: id })
          .update({
            wanted_status: 'pending',
            wanted_status_text: pendingText(tally),
            updated_at: now,
          });
      },
    );
    return;
  }
  if (state === 'approved' && delivery.wantedStatus?.state === 'pending') {
    // A delivery of the same plan ended just after the last approval and wrote over what it wanted.
    await stores.deliveries.wantStatus(
      id,
      { state: 'success', description: successText(planHash, tally) },
      now,
    );
  }
  if (expired.length > 0) {
    await stores.knex.transaction(async trx => {
      if ((await voidApprovals(trx, id, now, expired)) > 0) {
        await trx('finops_deliveries')
          .where({ recommendation_id: id, wanted_status: 'pending' })
          .update({ wanted_status_text: pendingText(tally) });
        await appendAuditEvent(trx, id, {
          id: randomUUID(),
          at: now,
          event: 'approval-expired',
          actor: SYSTEM,
          detail: `The approval of ${names} expired.`,
        });
      }
    });
  }
}
