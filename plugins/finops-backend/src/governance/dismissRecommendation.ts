import {
  canTransition,
  DismissReason,
} from '@apexlogic/backstage-plugin-finops-common';
import { Loop } from '../delivery/Loop';
import { publishStatus } from '../delivery/publishStatus';
import { advance } from './advance';
import { FinopsError } from './errors';

/**
 * Rejects a recommendation with a reason; the same advice stays away until its evidence is markedly
 * stronger. An open change request gets a failed status, so that it cannot be merged by mistake;
 * closing it is left to people.
 */
export async function dismissRecommendation(
  loop: Loop,
  options: {
    id: string;
    reason: DismissReason;
    comment?: string;
    actor: string;
  },
): Promise<void> {
  const { id, reason, comment, actor } = options;
  const { stores } = loop;
  const now = loop.now();
  await advance(
    stores,
    id,
    ({ state }) => {
      if (!canTransition(state, 'rejected')) {
        throw new FinopsError(
          'wrong-state',
          `A recommendation that is ${state} cannot be dismissed.`,
        );
      }
      return {
        to: 'rejected',
        event: 'dismissed',
        actor,
        detail: comment ? `${reason}: ${comment}` : reason,
        now,
      };
    },
    async trx => {
      await trx('finops_deliveries')
        .where({ recommendation_id: id, change_request_state: 'open' })
        .update({
          wanted_status: 'failure',
          wanted_status_text: `Dismissed: ${reason}`,
          updated_at: now,
        });
    },
  );
  const delivery = await stores.deliveries.get(id);
  const forge =
    delivery &&
    loop.forges.find(candidate =>
      candidate.handles(delivery.plan.repository.url),
    );
  if (forge) {
    await publishStatus(loop, id, forge);
  }
}
