import { ApprovalTally } from './tallyApprovals';

type Count = Pick<ApprovalTally, 'approvers' | 'needed'>;

/** `, 1 of 2` where more than one person must approve. */
export function ofSeveral({ approvers, needed }: Count): string {
  return needed > 1 ? `, ${approvers.length} of ${needed}` : '';
}

/** What the commit status says of an approved plan. */
export function successText(planHash: string, { approvers }: Count): string {
  return `Plan ${planHash.slice(0, 12)} approved by ${approvers.join(', ')}`;
}

/** What the commit status says while approvals are missing. */
export function pendingText({ approvers, needed }: Count): string {
  return needed > 1
    ? `${approvers.length} of ${needed} approvals in the portal`
    : 'Waiting for approval in the portal';
}
