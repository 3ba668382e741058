import { voidApprovals } from '../database/ApprovalStore';
import { Delivery } from '../database/DeliveryStore';
import { advance } from '../governance/advance';
import { reviewApprovals } from '../governance/reviewApprovals';
import { tickBreakers } from '../governance/tickBreakers';
import { SYSTEM } from '../governance/transition';
import { resumeDelivery } from './deliverRecommendation';
import { Loop } from './Loop';
import { publishStatus } from './publishStatus';

/** Longest one look at a change request may take, milliseconds. */
const READ_TIMEOUT_MS = 20_000;

/**
 * Follows open change requests: merged and closed ones move their recommendation, commits of others
 * void an approval, approvals expire, statuses that could not be published are, interrupted deliveries are finished and
 * snoozed advice wakes. Every part is tried though others fail.
 */
export async function syncChangeRequests(
  loop: Loop,
  signal: AbortSignal,
): Promise<void> {
  const { stores } = loop;
  await attempt(loop, 'breakers', () => tickBreakers(loop));
  await attempt(loop, 'freezes', () =>
    stores.freezes.tellEnded(SYSTEM, loop.now()),
  );
  for (const { recommendation } of await stores.recommendations.listWaking(
    loop.now(),
  )) {
    await attempt(loop, recommendation.id, async () => {
      await advance(stores, recommendation.id, ({ state, snoozedUntil }) =>
        state === 'snoozed' && snoozedUntil && snoozedUntil <= loop.now()
          ? {
              to: 'proposed',
              event: 'woken',
              actor: SYSTEM,
              detail: 'The time it was snoozed for is over.',
              now: loop.now(),
            }
          : undefined,
      );
    });
  }
  for (const delivery of await stores.deliveries.listAbandoned(loop.now())) {
    signal.throwIfAborted();
    await attempt(loop, delivery.recommendationId, () =>
      resumeDelivery(loop, delivery),
    );
  }
  for (const delivery of await stores.deliveries.listOpen()) {
    signal.throwIfAborted();
    await attempt(loop, delivery.recommendationId, () =>
      reviewApprovals(loop, delivery.recommendationId),
    );
    await attempt(loop, delivery.recommendationId, () =>
      follow(loop, delivery),
    );
  }
}

/** Looks at one delivery's change request now. */
export async function follow(loop: Loop, delivery: Delivery): Promise<void> {
  const { stores } = loop;
  const { recommendationId: id, changeRequest: before, plan } = delivery;
  const forge = loop.forges.find(candidate =>
    candidate.handles(plan.repository.url),
  );
  if (!forge || !before) {
    return;
  }
  const now = await forge.getChangeRequest(plan.repository, before.number, {
    signal: AbortSignal.timeout(READ_TIMEOUT_MS),
  });
  if (JSON.stringify(now) !== JSON.stringify(before)) {
    await stores.deliveries.recordChangeRequest(id, now, loop.now());
  }
  if (now.state === 'merged') {
    await advance(stores, id, ({ state }) =>
      state === 'open' || state === 'awaiting-approval' || state === 'approved'
        ? {
            to: 'merged',
            event: 'merged',
            actor: SYSTEM,
            detail: `${now.url} was merged.`,
            now: loop.now(),
          }
        : undefined,
    );
    return;
  }
  if (now.state === 'closed') {
    await advance(stores, id, ({ state }) =>
      state === 'open' || state === 'awaiting-approval' || state === 'approved'
        ? {
            to: 'rejected',
            event: 'change-request-closed',
            actor: SYSTEM,
            detail: `A person closed ${now.url} without merging.`,
            now: loop.now(),
          }
        : undefined,
    );
    return;
  }
  if (now.headSha !== before.headSha) {
    const voided = {
      state: 'pending',
      description: 'The branch changed; the approval no longer holds',
    } as const;
    await voidApprovals(stores.knex, id, loop.now());
    await advance(stores, id, ({ state }) =>
      state === 'approved'
        ? {
            to: 'awaiting-approval',
            event: 'approval-voided',
            actor: SYSTEM,
            detail: `The branch moved to ${now.headSha}; an approval holds for one plan only.`,
            now: loop.now(),
          }
        : undefined,
    );
    if (delivery.wantedStatus?.state === 'success') {
      await stores.deliveries.wantStatus(id, voided, loop.now());
    }
  }
  await publishStatus(loop, id, forge);
}

async function attempt(
  loop: Loop,
  subject: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    loop.logger.warn(
      `Could not bring ${subject} up to date; it will be tried again`,
      {
        error: error instanceof Error ? error.message : String(error),
      },
    );
  }
}
