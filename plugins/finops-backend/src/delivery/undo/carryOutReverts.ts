import { Revert } from '../../database/RevertStore';
import { advance } from '../../governance/advance';
import { FinopsError, isPassing } from '../../governance/errors';
import { SYSTEM } from '../../governance/transition';
import { deliverRecommendation } from '../deliverRecommendation';
import { Loop } from '../Loop';
import { planRecommendation } from '../planRecommendation';

/**
 * Opens the change requests of ordered undoings and marks as reverted what was undone. Each is tried
 * though others fail; what only a person can do is said and not tried again.
 */
export async function carryOutReverts(
  loop: Loop,
  signal: AbortSignal,
): Promise<void> {
  for (const revert of await loop.stores.reverts.listOpen()) {
    signal.throwIfAborted();
    try {
      await carryOut(loop, revert);
    } catch (error) {
      loop.logger.warn('Could not undo a change; it will be tried again', {
        recommendationId: revert.recommendationId,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

async function carryOut(loop: Loop, revert: Revert): Promise<void> {
  const { stores } = loop;
  const { recommendationId: id, status } = revert;
  const found = await stores.recommendations.get(id);
  switch (found?.recommendation.state) {
    case 'proposed':
    case 'blocked':
    case 'needs-input':
      await ask(loop, revert);
      return;
    case 'open':
    case 'awaiting-approval':
    case 'approved':
      if (status === 'pending') {
        await stores.reverts.settle(id, 'asked', undefined);
      }
      return;
    case 'merged':
    case 'applied':
    case 'observing':
    case 'realised':
      await markReverted(loop, revert);
      await stores.reverts.settle(id, 'done', undefined);
      return;
    default:
      await stores.reverts.settle(
        id,
        'refused',
        'A person decided against undoing it.',
      );
  }
}

async function ask(loop: Loop, { recommendationId: id, orderedBy }: Revert) {
  const { reverts } = loop.stores;
  try {
    const { stored } = await planRecommendation(loop, id);
    if (!stored.plan) {
      await reverts.settle(id, 'refused', stored.refusal?.reason);
      return;
    }
    await deliverRecommendation(loop, {
      id,
      planHash: stored.plan.hash,
      requester: orderedBy,
    });
    await reverts.settle(id, 'asked', undefined);
  } catch (error) {
    if (!(error instanceof FinopsError)) {
      throw error;
    }
    await reverts.settle(
      id,
      isPassing(error.code) ? 'pending' : 'refused',
      error.message,
    );
  }
}

async function markReverted(
  loop: Loop,
  { reverts, recommendationId, reason }: Revert,
): Promise<void> {
  await advance(loop.stores, reverts, ({ state }) =>
    state === 'merged' || state === 'applied' || state === 'observing'
      ? {
          to: 'reverted',
          event: 'reverted',
          actor: SYSTEM,
          detail: `Undone by ${recommendationId}: ${reason}`,
          now: loop.now(),
        }
      : undefined,
  );
}
