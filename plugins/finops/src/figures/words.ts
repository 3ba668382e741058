import {
  DismissReason,
  Level,
  RecommendationState,
} from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';

export const STATE_WORDS: Record<RecommendationState, string> = {
  proposed: 'Proposed',
  blocked: 'Blocked',
  'needs-input': 'Needs an answer',
  open: 'Pull request open',
  'awaiting-approval': 'Waiting for approval',
  approved: 'Approved',
  merged: 'Merged',
  applied: 'Applied',
  observing: 'Observing',
  realised: 'Saving realised',
  reverted: 'Rolled back',
  rejected: 'Dismissed',
  snoozed: 'Snoozed',
  superseded: 'Replaced',
  expired: 'Expired',
};

export const RISK_WORDS: Record<Level, string> = {
  low: 'Low risk',
  medium: 'Medium risk',
  high: 'High risk',
};

export const IMPACT_WORDS: Record<Level, string> = {
  low: 'Low impact',
  medium: 'Medium impact',
  high: 'High impact',
};

export const EFFORT_WORDS: Record<Level, string> = {
  low: 'little effort',
  medium: 'some effort',
  high: 'much effort',
};

export const ACTION_WORDS: Record<Schemas['Action']['kind'], string> = {
  rightsize: 'Rightsize requests',
  'scale-replicas': 'Change replicas',
  'tune-autoscaler': 'Tune autoscaler',
  'downgrade-database': 'Downgrade database',
  'change-storage-tier': 'Change storage',
  'enforce-tags': 'Set labels and tags',
  'schedule-off-hours': 'Stop off hours',
  'remove-orphan': 'Remove unused',
  'update-policy': 'Update policy',
  rollback: 'Undo a change',
};

export const VERDICT_WORDS: Record<Schemas['Verdict']['outcome'], string> = {
  allow: 'Allows',
  warn: 'Allows with a warning',
  'require-approval': 'Asks for approval',
  deny: 'Denies',
};

export const DISMISS_WORDS: Record<DismissReason, string> = {
  expected: 'This usage is expected',
  migration: 'A migration is under way',
  'not-applicable': 'It does not apply here',
  resolved: 'Already resolved another way',
  seasonal: 'The load is seasonal',
  'too-risky': 'Too risky',
  other: 'Another reason',
};

export const CHANGE_WORDS: Record<Schemas['CostChange']['kind'], string> = {
  usage: 'Usage',
  price: 'Price',
  new: 'New',
  removed: 'Removed',
  mixed: 'Usage and price',
};

export const EVENT_WORDS: Record<Schemas['TimelineEvent']['kind'], string> = {
  anomaly: 'Anomaly',
  commit: 'Commit',
  deployment: 'Deployment',
  'spec-change': 'Spec change',
  alert: 'Alert',
  recommendation: 'Recommendation',
};

export const STAGE_WORDS: Record<
  Schemas['TeamReview']['totals'][number]['pipeline'][number]['stage'],
  string
> = {
  proposed: 'Proposed',
  open: 'Pull request open',
  approved: 'Approved',
  merged: 'Merged',
  realised: 'Realised',
};

/** Cost groups that are not the entity's own doing, and what they are. */
export const UNOWNED_GROUPS: Readonly<Record<string, string>> = {
  shared:
    'Shared cost is this entity’s part of what many use together, such as cluster services and control planes.',
  idle: 'Idle cost is this entity’s part of node capacity that is paid for but that nobody requested.',
};

/** "2 recommendations", "1 anomaly". */
export function countOf(
  count: number,
  singular: string,
  plural = `${singular}s`,
): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? singular : plural}`;
}
