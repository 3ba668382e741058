import { randomUUID } from 'node:crypto';
import { ChangeRequestEvent } from '@apexlogic/backstage-plugin-finops-node';
import { checkIdOf } from '../database/CheckStore';
import { SYSTEM } from '../governance/transition';
import { CheckContext } from './CheckContext';
import { isChecked } from './isChecked';

/**
 * Takes what a forge told: at most once, in order, and of repositories that are checked. What it tells is not
 * believed; it only has the check look.
 *
 * @param enqueue - called with each check that is to look
 */
export async function receiveEvent(
  context: CheckContext,
  sourceId: string,
  event: ChangeRequestEvent,
  enqueue: (checkId: string) => Promise<void>,
): Promise<void> {
  const { stores, forges, checks, logger, now } = context;
  const { repositoryUrl, deliveryId } = event;
  const forge = forges.find(candidate => candidate.handles(repositoryUrl));
  if (
    !forge?.review ||
    !(await isChecked(checks, stores.entities, repositoryUrl))
  ) {
    return;
  }
  const accepted = await stores.checks.accept(sourceId, event, now());
  switch (accepted.kind) {
    case 'accepted':
      for (const id of accepted.checkIds) {
        await enqueue(id);
      }
      break;
    case 'replayed':
      logger.warn('A delivery of a forge was repeated and not taken again', {
        sourceId,
        deliveryId,
        repository: repositoryUrl,
      });
      await note('check-delivery-replayed');
      break;
    default:
      logger.warn('A delivery of a forge came after a newer one', {
        sourceId,
        deliveryId,
        repository: repositoryUrl,
      });
      await note('check-delivery-out-of-order');
  }

  async function note(name: string): Promise<void> {
    await stores.audit.append(
      event.kind === 'change-request'
        ? checkIdOf(repositoryUrl, event.number)
        : sourceId,
      {
        id: randomUUID(),
        at: now(),
        event: name,
        actor: SYSTEM,
        detail: `Delivery ${deliveryId} of ${sourceId} about ${repositoryUrl} was not taken.`,
      },
    );
  }
}
