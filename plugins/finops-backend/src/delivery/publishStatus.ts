import { Forge } from '@apexlogic/backstage-plugin-finops-node';
import { WantedStatus } from '../database/DeliveryStore';
import { freezeOver, frozenText } from '../governance/freezes';
import { subjectOf, writingNow } from '../governance/mayWrite';
import { Loop } from './Loop';

/** Name of the required commit status. */
export const STATUS_CONTEXT = 'finops/approval';

/** Longest description a forge takes. */
const MAX_DESCRIPTION = 140;

/** While a change is frozen it fails, so that nobody merges it; what was wanted before comes back by itself. */
async function statusNow(
  loop: Loop,
  recommendationId: string,
  wanted: WantedStatus,
): Promise<WantedStatus> {
  const found = await loop.stores.recommendations.get(recommendationId);
  const freeze =
    found &&
    freezeOver(
      await loop.stores.freezes.active(loop.now()),
      await subjectOf(loop, found.recommendation),
    );
  return freeze
    ? { state: 'failure', description: frozenText(freeze) }
    : wanted;
}

/**
 * Publishes the commit status a delivery wants, unless the forge has it. A failure is recorded and
 * repaired by the next sync: the state in the portal is what counts.
 */
export async function publishStatus(
  loop: Loop,
  recommendationId: string,
  forge: Forge,
): Promise<void> {
  const { stores, config, logger } = loop;
  const delivery = await stores.deliveries.get(recommendationId);
  if (!delivery?.changeRequest || !delivery.wantedStatus) {
    return;
  }
  const { changeRequest, plan } = delivery;
  const status = await statusNow(loop, recommendationId, delivery.wantedStatus);
  const description = status.description.slice(0, MAX_DESCRIPTION);
  const wanted = `${changeRequest.headSha}:${status.state}:${description}`;
  if (
    delivery.publishedStatus === wanted ||
    (await writingNow(loop)).kind !== 'allowed'
  ) {
    return;
  }
  try {
    await forge.setStatus(plan.repository, changeRequest.headSha, {
      context: STATUS_CONTEXT,
      state: status.state,
      description,
      targetUrl: config.portalUrl,
    });
    await stores.deliveries.markPublished(recommendationId, wanted);
  } catch (error) {
    logger.warn('Could not publish a commit status; it will be tried again', {
      recommendationId,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}
