import { Config, readDurationFromConfig } from '@backstage/config';
import { durationToMilliseconds } from '@backstage/types';
import {
  ChangeRule,
  ChangeSubject,
  groupRef,
  matchesChange,
  readChangeRule,
} from './changeRules';

/** How many people must approve a change, and for how long their approval holds. */
export interface ApprovalDemand {
  readonly quorum: number;
  /** Milliseconds from the approval; absent: for as long as the plan is the same. */
  readonly expiresAfterMs?: number;
  /** Groups or users that approvers must belong to; absent: anybody with the permission. */
  readonly from?: readonly string[];
}

/** The demand on some changes. */
export type ApprovalRule = ChangeRule & ApprovalDemand;

/** Where no rule matches: one other person, for as long as the plan is the same. */
export const DEFAULT_DEMAND: ApprovalDemand = { quorum: 1 };

/** Reads `finops.approvals`; throws on what makes no sense. */
export function readApprovalRules(items: readonly Config[]): ApprovalRule[] {
  return items.map(item => {
    const quorum = item.getOptionalNumber('quorum') ?? DEFAULT_DEMAND.quorum;
    if (!(Number.isInteger(quorum) && quorum >= 1)) {
      throw new Error(
        `finops.approvals: quorum must be a whole number from 1, it is ${quorum}`,
      );
    }
    const expiresAfterMs = item.has('expiresAfter')
      ? durationToMilliseconds(
          readDurationFromConfig(item, { key: 'expiresAfter' }),
        )
      : undefined;
    if (expiresAfterMs !== undefined && !(expiresAfterMs > 0)) {
      throw new Error('finops.approvals: expiresAfter must be longer than 0');
    }
    const from = item.getOptionalStringArray('from')?.map(groupRef);
    if (from?.length === 0) {
      throw new Error(
        'finops.approvals: from is empty, so that nobody could approve',
      );
    }
    return {
      ...readChangeRule(item, 'approvals'),
      quorum,
      ...(expiresAfterMs !== undefined && { expiresAfterMs }),
      ...(from && { from }),
    };
  });
}

/** What the first rule that matches demands. */
export function demandOn(
  rules: readonly ApprovalRule[],
  subject: ChangeSubject,
): ApprovalDemand {
  const rule = rules.find(candidate => matchesChange(candidate, subject));
  return rule
    ? {
        quorum: rule.quorum,
        expiresAfterMs: rule.expiresAfterMs,
        from: rule.from,
      }
    : DEFAULT_DEMAND;
}
