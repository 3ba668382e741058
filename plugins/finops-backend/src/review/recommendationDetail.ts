import {
  Autonomy,
  canTransition,
  Recommendation,
} from '@apexlogic/backstage-plugin-finops-common';
import { Delivery, isTakenOver } from '../database/DeliveryStore';
import { StoredPlan } from '../database/PlanStore';
import { Loop } from '../delivery/Loop';
import { ApprovalDemand } from '../governance/approvalRules';
import { FinopsError } from '../governance/errors';
import { Hold, holdOn, Proposing } from '../governance/mayPropose';
import {
  autonomyOf,
  MINIMUM_AUTONOMY,
  demandOf,
  Writing,
  writingNow,
} from '../governance/mayWrite';
import {
  mayCount,
  tallyApprovals,
  whyUncounted,
} from '../governance/tallyApprovals';
import { recommendationView } from './entityRecommendations';
import { Schemas } from './types';
import { toWire } from './wire';

/** What the caller is, as far as buttons depend on it. */
export interface Viewer {
  readonly userRef: string;
  /** Groups and users the caller stands for, as far as a rule asks. */
  readonly memberOf: readonly string[];
  readonly mayReadEvidence: boolean;
  readonly mayDecide: boolean;
  readonly mayDeliver: boolean;
}

/** A recommendation with its plan, verdicts, change request, history and what the caller may do now. */
export async function recommendationDetail(
  loop: Loop,
  id: string,
  viewer: Viewer,
): Promise<Schemas['RecommendationDetail']> {
  const { stores } = loop;
  const found = await stores.recommendations.get(id);
  if (!found) {
    throw new FinopsError(
      'not-found',
      `There is no recommendation with id ${id}`,
    );
  }
  const { recommendation } = found;
  const plan = await stores.plans.get(id);
  const delivery = await stores.deliveries.get(id);
  const approvals = await stores.approvals.list(id);
  const demand = await demandOf(loop, recommendation);
  const counting = {
    planHash: plan?.plan?.hash ?? '',
    requesters: delivery?.requesters ?? [],
    demand,
    now: loop.now(),
  };
  const tally = tallyApprovals(approvals, counting);
  return {
    recommendation: recommendationView(recommendation, {
      withEvidence: viewer.mayReadEvidence,
    }),
    plan: plan?.plan && toWire<Schemas['ChangePlan']>(plan.plan),
    verdicts: toWire<Schemas['Verdict'][]>(plan?.verdicts ?? []),
    impact: plan?.impact && toWire(plan.impact),
    refusal: plan?.refusal,
    approvals: approvals.map(approval => ({
      approver: approval.approver,
      planHash: approval.planHash,
      at: approval.at,
      uncounted: whyUncounted(approval, counting),
    })),
    approval: {
      given: tally.approvers.length,
      needed: tally.needed,
      expiresAt: tally.expiresAt,
      from: demand.from && [...demand.from],
    },
    changeRequest: delivery?.changeRequest,
    history: await stores.audit.list(id),
    allowed: allowedNow(
      {
        writing: await writingNow(loop),
        held: {
          deliver: await holdOn(loop, recommendation, 'deliver'),
          approve: await holdOn(loop, recommendation, 'approve'),
        },
        autonomy: await autonomyOf(loop, recommendation),
        asked: mayCount(demand, viewer.userRef, viewer.memberOf),
        approved: tally.approvers.includes(viewer.userRef),
        demand,
      },
      recommendation,
      plan,
      delivery,
      viewer,
    ),
  };
}

function allowedNow(
  {
    writing,
    held,
    autonomy,
    asked,
    approved,
    demand,
  }: {
    writing: Writing;
    held: Record<Proposing, Hold | undefined>;
    autonomy: Autonomy;
    /** Whether the caller is among those whose approval counts. */
    asked: boolean;
    /** Whether the caller approved this plan already. */
    approved: boolean;
    demand: ApprovalDemand;
  },
  { state }: Recommendation,
  plan: StoredPlan | undefined,
  delivery: Delivery | undefined,
  viewer: Viewer,
): Schemas['RecommendationDetail']['allowed'] {
  const paused = writing.kind !== 'allowed';
  const suggestsOnly = autonomy < MINIMUM_AUTONOMY;
  const writes = !paused && !suggestsOnly;
  const denied =
    plan?.verdicts.some(verdict => verdict.outcome === 'deny') ?? false;
  const requested = delivery?.requesters.includes(viewer.userRef) ?? false;
  const deliverable = [
    'proposed',
    'open',
    'awaiting-approval',
    'approved',
  ].includes(state);
  const planHere = plan?.plan !== undefined;
  const takenOver = delivery !== undefined && isTakenOver(delivery);
  const current =
    planHere &&
    !takenOver &&
    delivery?.status === 'opened' &&
    delivery.planHash === plan.plan?.hash;
  const allowed = {
    deliver:
      viewer.mayDeliver &&
      writes &&
      !held.deliver &&
      deliverable &&
      planHere &&
      !denied,
    approve:
      viewer.mayDecide &&
      writes &&
      !held.approve &&
      state === 'awaiting-approval' &&
      current &&
      !requested &&
      asked &&
      !approved &&
      !denied,
    snooze: viewer.mayDecide && canTransition(state, 'snoozed'),
    dismiss: viewer.mayDecide && canTransition(state, 'rejected'),
  };
  const why = [
    writing.kind === 'paused-by-configuration' &&
      'Writing is paused by the operator.',
    writing.kind === 'paused' &&
      `${writing.pausedBy} paused writing: ${writing.reason}.`,
    !paused && suggestsOnly && 'The operator allows suggestions only here.',
    !paused && deliverable && (held.deliver ?? held.approve)?.reason,
    !viewer.mayDeliver && 'You may not open change requests for this entity.',
    !viewer.mayDecide &&
      'You may not decide on recommendations of this entity.',
    denied && 'A policy denies the plan.',
    plan?.refusal && plan.refusal.reason,
    deliverable && !plan && 'Look at the exact change first.',
    state === 'awaiting-approval' &&
      requested &&
      'You asked for this change; somebody else must approve it.',
    state === 'awaiting-approval' &&
      !asked &&
      `This change is approved by ${demand.from?.join(' or ')}.`,
    state === 'awaiting-approval' &&
      approved &&
      'You approved it; somebody else must too.',
    state === 'awaiting-approval' &&
      takenOver &&
      'Somebody else committed to its branch; an approval here is for the plan alone.',
    state === 'awaiting-approval' &&
      planHere &&
      !current &&
      !takenOver &&
      'The plan changed since it was delivered; deliver it again before approving.',
  ].filter(reason => typeof reason === 'string');
  return { ...allowed, why: why.length > 0 ? why.join(' ') : undefined };
}
