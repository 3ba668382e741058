import {
  Arm,
  ARMS,
  armProbability,
  evaluateOffPolicy,
  Learner,
  LoggedChoice,
  mayAct,
  warmStart,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { Day, DAY_MS, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import { ContextVerdict } from '../database/LearningStore';
import { Replayed, replayUse } from './replayUse';
import { JUDGED_DAYS } from './timeOver';
import { LearningContext, updateLearner } from './updateLearner';

/** Weeks of stored use replayed at most. */
const MOST_WEEKS = 4;

/**
 * Once a week: teaches the learner by replay what arms do in contexts it may not act in yet, and judges
 * for every context, on workloads that did not teach it, whether it may act. The judgement is an
 * off-policy evaluation of choices drawn at random among the replayed ones, so that what is judged is
 * the policy and not what it already chose. The first time, the whole of what is stored teaches.
 */
export async function judgeLearner(
  context: LearningContext,
  isLeftOut: (day: Day) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { stores, now, random } = context;
  const { taughtAt: before } = await stores.learning.getState();
  const weeks = weeksSince(before, now);
  if (weeks === 0) {
    return;
  }
  const taught = await replayUse(context, 'teach', weeks, isLeftOut, signal);
  const judged = await replayUse(
    context,
    'judge',
    MOST_WEEKS,
    isLeftOut,
    signal,
  );
  if (taught.length + judged.length === 0) {
    return;
  }
  const log = judged.map(replayed => drawn(replayed, random));
  await updateLearner(context, state => {
    if (state.taughtAt !== before) {
      return undefined;
    }
    const acting = new Set(
      state.verdicts.filter(({ acts }) => acts).map(item => item.context),
    );
    const learner = warmStart(
      state.learner,
      taught
        .filter(replayed => !acting.has(replayed.context))
        .flatMap(replayed =>
          ARMS.map(arm => ({
            context: replayed.context,
            arm,
            outcome: replayed.outcomes[arm],
          })),
        ),
    );
    const contexts = [...new Set(log.map(choice => choice.context))].sort();
    return {
      state: {
        learner,
        verdicts: contexts.map(name => verdictOf(name, log, learner, now)),
        taughtAt: now,
      },
      withdrawAll: state.problem,
    };
  });
}

/** Whole weeks that were not replayed yet. */
function weeksSince(taughtAt: string | undefined, now: string): number {
  if (taughtAt === undefined) {
    return MOST_WEEKS;
  }
  const days = (Date.parse(dayOf(now)) - Date.parse(dayOf(taughtAt))) / DAY_MS;
  return Math.min(MOST_WEEKS, Math.floor(days / JUDGED_DAYS));
}

/** As if somebody had chosen at random, which tells of every policy. */
function drawn(
  { context, outcomes }: Replayed,
  random: () => number,
): LoggedChoice {
  const arm: Arm = ARMS[Math.floor(random() * ARMS.length)];
  return {
    context,
    arm,
    propensity: 1 / ARMS.length,
    outcome: outcomes[arm],
  };
}

function verdictOf(
  context: string,
  log: readonly LoggedChoice[],
  learner: Learner,
  now: string,
): ContextVerdict {
  const choices = log.filter(choice => choice.context === context);
  const evaluation = evaluateOffPolicy(choices, (where, arm) =>
    armProbability(learner, where, arm),
  );
  return {
    context,
    acts: mayAct(evaluation),
    evaluation,
    windows: choices.length,
    evaluatedAt: now,
  };
}
