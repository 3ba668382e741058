import { randomUUID } from 'node:crypto';
import {
  Recommendation,
  RecommendationState,
} from '@apexlogic/backstage-plugin-finops-common';
import { voidApprovals } from '../database/ApprovalStore';
import { savePlan, StoredPlan } from '../database/PlanStore';
import { advance } from '../governance/advance';
import { FinopsError } from '../governance/errors';
import { SYSTEM } from '../governance/transition';
import { Loop } from './Loop';
import { judgePlan, MadePlan, makePlan, sameEdits } from './makePlan';
import { weighPlan } from './weighPlan';

/** States in which a change can still be planned. */
export const PLANNABLE: readonly RecommendationState[] = [
  'proposed',
  'blocked',
  'needs-input',
  'open',
  'awaiting-approval',
  'approved',
];

/** Refusals that only the entity's owner can mend. */
const NEEDS_INPUT = ['not-managed', 'ambiguous', 'no-forge'];

const VOIDED = 'The plan changed; an approval holds for one plan only.';

/** A plan and the state it leaves the recommendation in. */
export interface PlannedRecommendation {
  readonly stored: StoredPlan;
  readonly made: MadePlan;
  /** Whether the plan differs from the one that was stored before. */
  readonly changed: boolean;
  readonly recommendation: Recommendation;
}

/**
 * Plans the exact edit at the repository's present head, asks the policies and stores both. An equal
 * edit keeps the hash people have seen, though the head moved elsewhere; any other edit voids an
 * approval. Writes nothing outside.
 */
export async function planRecommendation(
  loop: Loop,
  id: string,
): Promise<PlannedRecommendation> {
  const { stores } = loop;
  const found = await stores.recommendations.get(id);
  if (!found) {
    throw new FinopsError(
      'not-found',
      `There is no recommendation with id ${id}`,
    );
  }
  const { recommendation } = found;
  if (!PLANNABLE.includes(recommendation.state)) {
    throw new FinopsError(
      'wrong-state',
      `A recommendation that is ${recommendation.state} cannot be planned.`,
    );
  }
  const before = await stores.plans.get(id);
  const made = await makePlan(loop, recommendation);
  const plannedAt = loop.now();
  let stored: StoredPlan;
  let changed: boolean;
  if (made.kind === 'planned') {
    const unchanged =
      before?.plan !== undefined && sameEdits(before.plan, made.plan);
    const impact = await weighPlan(loop, recommendation, made.plan);
    const judged = await judgePlan(
      loop,
      recommendation,
      made.plan,
      made.snapshot,
      impact,
    );
    stored = {
      plan: unchanged ? before.plan : made.plan,
      ...judged,
      impact,
      plannedAt,
    };
    changed = !unchanged;
  } else {
    const { version } = await loop.policies.current();
    stored = {
      verdicts: [],
      refusal: made.refusal,
      policyVersion: version,
      plannedAt,
    };
    changed = before?.plan !== undefined;
  }
  const voided = await stores.knex.transaction(async trx => {
    await savePlan(trx, id, stored);
    // For good: should the files change back, people are asked again.
    return changed ? await voidApprovals(trx, id, plannedAt) : 0;
  });
  const settled = await settleState(loop, id, stored, changed);
  if (voided > 0 && recommendation.state !== 'approved') {
    await stores.audit.append(id, {
      id: randomUUID(),
      at: plannedAt,
      event: 'approval-voided',
      actor: SYSTEM,
      detail: VOIDED,
    });
  }
  return { stored, made, changed, recommendation: settled };
}

/** Moves the state to what plan and verdicts say. */
async function settleState(
  loop: Loop,
  id: string,
  stored: StoredPlan,
  changed: boolean,
): Promise<Recommendation> {
  const denied = stored.verdicts.filter(verdict => verdict.outcome === 'deny');
  return await advance(loop.stores, id, ({ state }) => {
    const step = (to: RecommendationState, event: string, detail: string) => ({
      to,
      event,
      detail,
      actor: SYSTEM,
      now: loop.now(),
    });
    if (state === 'approved' && changed) {
      return step('awaiting-approval', 'approval-voided', VOIDED);
    }
    const waiting =
      state === 'proposed' || state === 'blocked' || state === 'needs-input';
    if (!waiting) {
      return undefined;
    }
    if (stored.refusal) {
      if (NEEDS_INPUT.includes(stored.refusal.code) && state === 'proposed') {
        return step('needs-input', 'plan-refused', stored.refusal.reason);
      }
      return undefined;
    }
    if (denied.length > 0) {
      return state === 'blocked'
        ? undefined
        : step(
            'blocked',
            'policy-denied',
            denied
              .map(verdict => `${verdict.policy}: ${verdict.message}`)
              .join('; '),
          );
    }
    return state === 'proposed'
      ? undefined
      : step('proposed', 'unblocked', 'A plan exists and no policy denies it.');
  });
}
