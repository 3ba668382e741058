import { Forge } from '@apexlogic/backstage-plugin-finops-node';
import { writingNow } from '../governance/mayWrite';
import { Loop } from './Loop';

/** Name of the required commit status. */
export const STATUS_CONTEXT = 'finops/approval';

/** Longest description a forge takes. */
const MAX_DESCRIPTION = 140;

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
  const { changeRequest, wantedStatus, plan } = delivery;
  const description = wantedStatus.description.slice(0, MAX_DESCRIPTION);
  const wanted = `${changeRequest.headSha}:${wantedStatus.state}:${description}`;
  if (
    delivery.publishedStatus === wanted ||
    (await writingNow(loop)).kind !== 'allowed'
  ) {
    return;
  }
  try {
    await forge.setStatus(plan.repository, changeRequest.headSha, {
      context: STATUS_CONTEXT,
      state: wantedStatus.state,
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
