import { randomUUID } from 'node:crypto';
import { createLearner } from '@apexlogic/backstage-plugin-finops-analysis';
import { FinopsError } from '../governance/errors';
import { LearningContext, updateLearner } from './updateLearner';

/**
 * Forgets all that was learnt and withdraws every choice under way, so that the baseline is back with the
 * next pass; the log of choices stays. While learning is on, the learner is taught anew from stored use
 * within a day.
 */
export async function resetLearner(
  context: Pick<LearningContext, 'stores' | 'now'>,
  actor: string,
): Promise<void> {
  const { now } = context;
  const result = await updateLearner(
    context,
    ({ version, learner, taughtAt, problem }) => {
      const known = Object.keys(learner.contexts).length;
      const pending = Object.keys(learner.pending).length;
      const isEmpty =
        taughtAt === undefined &&
        problem === undefined &&
        known + pending === 0;
      return version === 0 || isEmpty
        ? undefined
        : {
            state: { learner: createLearner(), verdicts: [] },
            withdrawAll: 'what was learnt was reset',
            audit: {
              id: randomUUID(),
              at: now,
              event: 'learning-reset',
              actor,
              detail: `Forgot what was learnt in ${known} contexts and withdrew ${pending} choices.`,
            },
          };
    },
  );
  if (result === 'overtaken') {
    throw new FinopsError(
      'wrong-state',
      'The learner is being changed by others; try again.',
    );
  }
}
