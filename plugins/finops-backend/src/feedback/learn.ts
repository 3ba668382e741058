import { TimeSpan } from '@apexlogic/backstage-plugin-finops-analysis';
import { Day, DAY_MS } from '@apexlogic/backstage-plugin-finops-common';
import { judgeLearner } from './judgeLearner';
import { settleChoices } from './settleChoices';
import { LearningContext } from './updateLearner';

/**
 * One daily pass of learning: takes in what came of earlier choices, and judges where the learner may
 * act.
 *
 * @param maintenance - planned work; nothing is learnt from days it touches
 */
export async function learn(
  context: LearningContext,
  maintenance: readonly TimeSpan[],
  signal: AbortSignal,
): Promise<void> {
  const isLeftOut = (day: Day) => {
    const start = Date.parse(`${day}T00:00:00Z`) / 1000;
    return maintenance.some(
      span => span.start < start + DAY_MS / 1000 && span.end > start,
    );
  };
  await settleChoices(context, isLeftOut, signal);
  await judgeLearner(context, isLeftOut, signal);
}
