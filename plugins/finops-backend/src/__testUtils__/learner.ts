import {
  ARMS,
  createLearner,
  Learner,
  warmStart,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { Stores } from '../database/createStores';

/** A learner that knows bold requests to be better, and may act on it. */
export async function givenLearner(
  stores: Stores,
  now: string,
): Promise<Learner> {
  const contexts = ['standard/cpu', 'standard/memory'];
  const learner = warmStart(
    createLearner(),
    Array.from({ length: 30 }).flatMap(() =>
      contexts.flatMap(context =>
        ARMS.map(arm => ({
          context,
          arm,
          outcome: {
            request: arm === 'bold/14' ? 0.8 : 1,
            baselineRequest: 1,
            timeOver: 0,
            baselineTimeOver: 0,
          },
        })),
      ),
    ),
  );
  const none = { mean: 0, lower: 0, upper: 0 };
  await stores.learning.replace(
    0,
    {
      state: {
        learner,
        verdicts: contexts.map(context => ({
          context,
          acts: true,
          evaluation: { loss: none, excess: none, effectiveChoices: 30 },
          windows: 100,
          evaluatedAt: now,
        })),
        taughtAt: now,
      },
    },
    now,
  );
  return learner;
}
