import { createHash, randomUUID } from 'node:crypto';
import {
  Abstention,
  AbstentionCode,
  RecommendationState,
} from '@apexlogic/backstage-plugin-finops-common';
import { Stores } from '../database/createStores';
import {
  RecommendationContent,
  StoredRecommendation,
} from '../database/RecommendationStore';
import { SYSTEM, transition } from '../governance/transition';
import { Decision } from './types';

/** A dismissed advice comes back only when it saves this many times what it did. */
const RESURFACE_FACTOR = 1.5;

/** Relative change of the saving that leaves the words of an advice as they are. */
const DRIFT = 0.05;

/** States in which fresher evidence may still change the advice: nothing is written outside yet. */
const CHANGEABLE: readonly RecommendationState[] = [
  'proposed',
  'blocked',
  'needs-input',
  'snoozed',
];

/** Reasons that say data is missing now, not that the advice is wrong. */
const INCONCLUSIVE: readonly AbstentionCode[] = [
  'stale-data',
  'no-usage',
  'not-enough-history',
  'not-enough-points',
  'no-price',
];

/**
 * Brings the stored recommendations of an entity in line with what was decided: the same advice keeps
 * its id, changed evidence refreshes it, dismissed advice stays away, and advice that no longer holds
 * is closed. Advice that people already act on is left alone.
 */
export async function reconcile(
  stores: Stores,
  entityRef: string,
  decisions: readonly Decision[],
  now: string,
): Promise<void> {
  const active = await stores.recommendations.listActive(entityRef);
  const drafted = new Set<string>();
  for (const decision of decisions) {
    if (decision.kind === 'draft') {
      const subjectKey = subjectKeyOf(decision.content);
      drafted.add(subjectKey);
      const existing = active.find(stored => stored.subjectKey === subjectKey);
      await (existing
        ? refresh(stores, existing, decision.content, now)
        : propose(stores, subjectKey, decision.content, now));
    }
  }
  for (const stored of active) {
    if (
      !drafted.has(stored.subjectKey) &&
      // What people want undone does not hang on what is advised.
      stored.recommendation.action.kind !== 'rollback' &&
      CHANGEABLE.includes(stored.recommendation.state)
    ) {
      const why = whyOver(stored, decisions);
      if (why) {
        await transition(stores.knex, {
          id: stored.recommendation.id,
          from: stored.recommendation,
          to: 'superseded',
          actor: SYSTEM,
          event: 'superseded',
          detail: why,
          now,
        });
      }
    }
  }
  await stores.findings.replaceWithheld(
    entityRef,
    uniqueWithheld(decisions, now),
  );
}

/** Same entity, workload and kind of action are the same subject, whatever the values. */
export function subjectKeyOf(
  content: Pick<RecommendationContent, 'entityRef' | 'workload' | 'action'>,
): string {
  return createHash('sha256')
    .update(
      [
        content.entityRef,
        content.workload,
        content.action.kind,
        ...(content.action.kind === 'rollback' ? [content.action.reverts] : []),
      ].join('\n'),
    )
    .digest('hex');
}

/** Same advice, word for word. */
export function contentHashOf(content: RecommendationContent): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

async function propose(
  stores: Stores,
  subjectKey: string,
  content: RecommendationContent,
  now: string,
): Promise<void> {
  const rejected = await stores.recommendations.getLastRejected(subjectKey);
  if (rejected && !isNews(rejected, content)) {
    return;
  }
  await stores.recommendations.create({
    id: randomUUID(),
    auditId: randomUUID(),
    content,
    subjectKey,
    contentHash: contentHashOf(content),
    now,
  });
}

async function refresh(
  stores: Stores,
  stored: StoredRecommendation,
  decided: RecommendationContent,
  now: string,
): Promise<void> {
  const { recommendation, contentHash } = stored;
  const content = steady(recommendation, decided);
  const newHash = contentHashOf(content);
  if (newHash === contentHash || !CHANGEABLE.includes(recommendation.state)) {
    return;
  }
  const updated = await stores.recommendations.update({
    id: recommendation.id,
    revision: recommendation.revision,
    content,
    contentHash: newHash,
    now,
  });
  if (updated && !sameEdit(recommendation, content)) {
    // A plan for other values, words or priority would write what is no longer advised.
    await stores.plans.delete(recommendation.id);
  }
}

/** Figures drift with every pass; the words stay while they still fit, so that a shown plan stays valid. */
function steady(
  before: RecommendationContent,
  content: RecommendationContent,
): RecommendationContent {
  const was = before.saving.expected;
  const is = content.saving.expected;
  const fits =
    was.currency === is.currency &&
    Math.abs(is.amountMicros - was.amountMicros) <=
      Math.abs(was.amountMicros) * DRIFT;
  const same = sameEdit({ ...before, reason: '' }, { ...content, reason: '' });
  return fits && same ? { ...content, reason: before.reason } : content;
}

/** Whether both would write the same to a manifest. */
function sameEdit(a: RecommendationContent, b: RecommendationContent): boolean {
  const written = ({
    action,
    reason,
    priority,
    model,
  }: RecommendationContent) =>
    JSON.stringify([action, reason, priority, model]);
  return written(a) === written(b);
}

function isNews(
  { recommendation }: StoredRecommendation,
  content: RecommendationContent,
): boolean {
  const before = recommendation.saving.expected;
  const after = content.saving.expected;
  return (
    before.currency !== after.currency ||
    after.amountMicros > before.amountMicros * RESURFACE_FACTOR
  );
}

function whyOver(
  { recommendation }: StoredRecommendation,
  decisions: readonly Decision[],
): string | undefined {
  const ofWorkload = decisions.filter(
    decision =>
      (decision.kind === 'draft'
        ? decision.content.workload
        : decision.workload) === recommendation.workload,
  );
  if (ofWorkload.length === 0) {
    return 'The workload is gone.';
  }
  const other = ofWorkload.find(decision => decision.kind === 'draft');
  if (other?.kind === 'draft') {
    return `${other.content.title} is advised instead.`;
  }
  const reasons = ofWorkload.flatMap(decision =>
    decision.kind === 'withheld' &&
    concerns(decision.subject, recommendation.action.kind)
      ? [decision.abstention]
      : [],
  );
  const conclusive = reasons.filter(
    reason => !INCONCLUSIVE.includes(reason.code),
  );
  // One part without data is enough to wait: the next pass may bear the advice out again.
  return conclusive.length === reasons.length && conclusive.length > 0
    ? conclusive[0].reason
    : undefined;
}

function concerns(subject: string, action: string): boolean {
  switch (subject) {
    case 'replicas':
      return action === 'scale-replicas';
    case 'autoscaler':
      return action === 'tune-autoscaler';
    case 'database':
      return action === 'downgrade-database';
    case 'storage':
      return action === 'change-storage-tier';
    case 'tags':
      return action === 'enforce-tags';
    case 'schedule':
      return action === 'schedule-off-hours';
    default:
      return action === 'rightsize';
  }
}

function uniqueWithheld(decisions: readonly Decision[], now: string) {
  const bySubject = new Map<
    string,
    { workload: string; subject: string; abstention: Abstention; at: string }
  >();
  for (const decision of decisions) {
    if (decision.kind === 'withheld') {
      const { workload, subject, abstention } = decision;
      bySubject.set(`${workload}\n${subject}`, {
        workload,
        subject,
        abstention,
        at: now,
      });
    }
  }
  return [...bySubject.values()];
}
