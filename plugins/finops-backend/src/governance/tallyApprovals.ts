import { StoredApproval } from '../database/ApprovalStore';
import { ApprovalDemand } from './approvalRules';

/** Why an approval does not count. */
export type Uncounted =
  | 'voided'
  | 'other-plan'
  | 'requester'
  | 'expired'
  | 'not-asked';

/** The approvals of a plan against what is demanded. */
export interface ApprovalTally {
  /** People whose approval counts. */
  readonly approvers: readonly string[];
  readonly needed: number;
  readonly complete: boolean;
  /** ISO instant at which the first of them stops counting; absent where none does. */
  readonly expiresAt?: string;
}

/** When an approval stops counting. */
export function expiryOf(
  { at }: Pick<StoredApproval, 'at'>,
  { expiresAfterMs }: ApprovalDemand,
): string | undefined {
  return expiresAfterMs === undefined
    ? undefined
    : new Date(Date.parse(at) + expiresAfterMs).toISOString();
}

/** Why an approval does not count for a plan; `undefined` = it does. */
export function whyUncounted(
  approval: StoredApproval,
  context: {
    readonly planHash: string;
    readonly requesters: readonly string[];
    readonly demand: ApprovalDemand;
    readonly now: string;
  },
): Uncounted | undefined {
  const { planHash, requesters, demand, now } = context;
  if (approval.voidedAt !== undefined) {
    return 'voided';
  }
  if (approval.planHash !== planHash) {
    return 'other-plan';
  }
  if (requesters.includes(approval.approver)) {
    return 'requester';
  }
  const expiresAt = expiryOf(approval, demand);
  if (expiresAt !== undefined && expiresAt <= now) {
    return 'expired';
  }
  return mayCount(demand, approval.approver, approval.memberOf)
    ? undefined
    : 'not-asked';
}

/** Whether a demand lets somebody approve. */
export function mayCount(
  { from }: ApprovalDemand,
  approver: string,
  memberOf: readonly string[],
): boolean {
  return (
    from === undefined ||
    from.some(ref => ref === approver || memberOf.includes(ref))
  );
}

/** Counts distinct people who approved exactly this plan, did not ask for it and still may. */
export function tallyApprovals(
  approvals: readonly StoredApproval[],
  context: Parameters<typeof whyUncounted>[1],
): ApprovalTally {
  const counted = approvals.filter(
    approval => whyUncounted(approval, context) === undefined,
  );
  const approvers = [...new Set(counted.map(({ approver }) => approver))];
  const [expiresAt] = counted
    .flatMap(approval => expiryOf(approval, context.demand) ?? [])
    .sort();
  return {
    approvers,
    needed: context.demand.quorum,
    complete: approvers.length >= context.demand.quorum,
    ...(expiresAt !== undefined && { expiresAt }),
  };
}
