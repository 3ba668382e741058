import { randomUUID } from 'node:crypto';
import {
  MonthlySaving,
  money,
  Recommendation,
} from '@apexlogic/backstage-plugin-finops-common';
import { FreezeScope } from '../../database/FreezeStore';
import { GOVERNANCE_AUDIT_SUBJECT } from '../../database/PauseStore';
import { RecommendationContent } from '../../database/RecommendationStore';
import { contentHashOf, subjectKeyOf } from '../../decision/reconcile';
import { Loop } from '../Loop';

/** Changes that one order may undo. */
const MOST_CHANGES = 1000;

const MODEL = { name: 'Rollback', version: '1.0.0' };

/** What somebody wants undone. */
export interface RevertOrder {
  readonly scope: FreezeScope;
  /** Changes merged from this instant on, ISO 8601. */
  readonly since: string;
  readonly reason: string;
  /** User ref. */
  readonly orderedBy: string;
}

/**
 * Writes down that every change merged since an instant is to be undone, the newest first, as later changes
 * may lie on top of earlier ones. Needs nothing but the database; the change requests are opened by
 * {@link carryOutReverts}. Ordering the same twice changes nothing.
 *
 * @returns how many changes are to be undone
 */
export async function orderReverts(
  loop: Loop,
  { scope, since, reason, orderedBy }: RevertOrder,
): Promise<number> {
  const { stores } = loop;
  const live = await stores.recommendations.listInStates(
    ['merged', 'applied', 'observing'],
    undefined,
    MOST_CHANGES,
  );
  const concerned: Recommendation[] = [];
  for (const { recommendation } of live) {
    if (
      recommendation.action.kind !== 'rollback' &&
      recommendation.updatedAt >= since &&
      (await isWithin(loop, scope, recommendation))
    ) {
      concerned.push(recommendation);
    }
  }
  concerned.sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
  const start = Date.parse(loop.now());
  for (const [index, recommendation] of concerned.entries()) {
    await stores.reverts.order({
      recommendationId: await undoingOf(loop, recommendation, reason),
      reverts: recommendation.id,
      orderedBy,
      // Apart, so that the order among them is kept.
      orderedAt: new Date(start + index).toISOString(),
      reason,
    });
  }
  await stores.audit.append(GOVERNANCE_AUDIT_SUBJECT, {
    id: randomUUID(),
    at: loop.now(),
    event: 'reverts-ordered',
    actor: orderedBy,
    detail: `${concerned.length} changes of ${scope} merged since ${since}: ${reason}`,
  });
  return concerned.length;
}

async function isWithin(
  { stores }: Loop,
  scope: FreezeScope,
  { entityRef, environment }: Recommendation,
): Promise<boolean> {
  if (scope === 'all' || scope === `environment:${environment}`) {
    return true;
  }
  const entity = await stores.entities.getEntity(entityRef);
  return (entity?.context.ownerRefs ?? []).some(
    owner => scope === `owner:${owner}`,
  );
}

/** Id of the recommendation that undoes another; the one that is open already, if there is one. */
async function undoingOf(
  { stores, now }: Loop,
  undone: Recommendation,
  reason: string,
): Promise<string> {
  const content: RecommendationContent = {
    entityRef: undone.entityRef,
    workload: undone.workload,
    environment: undone.environment,
    action: {
      kind: 'rollback',
      workload: undone.workload,
      reverts: undone.id,
    },
    title: `Undo: ${undone.title}`,
    reason: reason.slice(0, 200),
    saving: negated(undone.saving),
    risk: 'low',
    effort: 'low',
    priority: 'high',
    confidence: 1,
    model: MODEL,
    evidence: [],
  };
  const subjectKey = subjectKeyOf(content);
  const id = randomUUID();
  await stores.recommendations.create({
    id,
    auditId: randomUUID(),
    content,
    subjectKey,
    contentHash: contentHashOf(content),
    now: now(),
  });
  // Whoever was faster, there is one now.
  const active = await stores.recommendations.listActive(undone.entityRef);
  return active.find(stored => stored.subjectKey === subjectKey)!.recommendation
    .id;
}

function negated({ expected, lower, upper }: MonthlySaving): MonthlySaving {
  return {
    expected: money(-expected.amountMicros, expected.currency),
    lower: money(-upper.amountMicros, upper.currency),
    upper: money(-lower.amountMicros, lower.currency),
  };
}
