import { Recommendation } from '@apexlogic/backstage-plugin-finops-common';
import { Knex } from 'knex';
import { RecommendationStore } from '../database/RecommendationStore';
import { FinopsError } from './errors';
import { transition, Transition } from './transition';

/** Attempts before a step that others keep overtaking is given up. */
const MAX_ATTEMPTS = 5;

/** What to do with a recommendation as it is now; `undefined` = nothing. */
export type NextStep = (
  recommendation: Recommendation,
) =>
  | Omit<Transition, 'id' | 'from'>
  | undefined
  | Promise<Omit<Transition, 'id' | 'from'> | undefined>;

/**
 * Moves a recommendation on from whatever it is now: decides on a fresh read, and again when somebody
 * else was faster. `next` may throw to refuse.
 */
export async function advance(
  stores: {
    readonly knex: Knex;
    readonly recommendations: RecommendationStore;
  },
  id: string,
  next: NextStep,
  alongside?: (trx: Knex.Transaction) => Promise<void>,
): Promise<Recommendation> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const stored = await stores.recommendations.get(id);
    if (!stored) {
      throw new FinopsError(
        'not-found',
        `There is no recommendation with id ${id}`,
      );
    }
    const step = await next(stored.recommendation);
    if (!step) {
      return stored.recommendation;
    }
    const outcome = await transition(
      stores.knex,
      { ...step, id, from: stored.recommendation },
      alongside,
    );
    if (outcome.result === 'done') {
      return (await stores.recommendations.get(id))!.recommendation;
    }
  }
  throw new FinopsError(
    'wrong-state',
    'The recommendation is being changed by others; look at it again.',
  );
}
