import {
  ARMS,
  armProbability,
  evaluateOffPolicy,
  Learner,
  LEARNER_BUDGET,
  LoggedChoice,
  mayAct,
  warmStart,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { Day, DAY_MS, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import {
  ContextVerdict,
  LearningChange,
  StoredLearner,
} from '../database/LearningStore';
import { Replayed, replayUse } from './replayUse';
import { JUDGED_DAYS } from './timeOver';
import { LearningContext, updateLearner } from './updateLearner';

/** Weeks of stored use replayed at most. */
const MOST_WEEKS = 4;

/**
 * Judges on stored use, for every context, whether the learner may act: an off-policy evaluation of choices
 * drawn at random among replayed ones of workloads that did not teach it, so that what is judged is the
 * policy and not what it already chose.
 *
 * @remarks
 *
 * Once a week contexts it may not act in yet are taught by replay, the first time from all that is stored,
 * and any context may be opened or shut. On the days between, one that acts is shut as soon as it is no
 * longer sure to stay within the budget; to open on any good day would find good days.
 */
export async function judgeLearner(
  context: LearningContext,
  isLeftOut: (day: Day) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const before = await context.stores.learning.getState();
  const weeks = weeksSince(before.taughtAt, context.now);
  if (weeks === 0 && !before.verdicts.some(({ acts }) => acts)) {
    return;
  }
  const judged = await replayUse(
    context,
    'judge',
    MOST_WEEKS,
    isLeftOut,
    signal,
  );
  const log = drawnAtRandom(judged, context.random);
  const taught =
    weeks > 0
      ? await replayUse(context, 'teach', weeks, isLeftOut, signal)
      : [];
  if (taught.length + judged.length === 0) {
    return;
  }
  await updateLearner(context, state => {
    if (state.taughtAt !== before.taughtAt) {
      return undefined;
    }
    return weeks > 0
      ? judgedAnew(state, taught, log, context.now)
      : shutWhereUnsure(state, log, context.now);
  });
}

function judgedAnew(
  state: StoredLearner,
  taught: readonly Replayed[],
  log: readonly LoggedChoice[],
  now: string,
): LearningChange {
  const acting = new Set(
    state.verdicts.filter(({ acts }) => acts).map(({ context }) => context),
  );
  const learner = warmStart(
    state.learner,
    taught
      .filter(({ context }) => !acting.has(context))
      .flatMap(({ context, outcomes }) =>
        ARMS.map(arm => ({ context, arm, outcome: outcomes[arm] })),
      ),
  );
  const contexts = [...new Set(log.map(({ context }) => context))].sort();
  return {
    state: {
      learner,
      verdicts: contexts.map(context => {
        const verdict = verdictOf(context, log, learner, now);
        // How much must be known is asked for once; after that, that it still gains within its budget.
        const isKept =
          acting.has(context) &&
          mayAct({ ...verdict.evaluation, effectiveChoices: Infinity });
        return { ...verdict, acts: verdict.acts || isKept };
      }),
      taughtAt: now,
    },
    withdrawAll: state.problem,
  };
}

function shutWhereUnsure(
  { learner, verdicts, taughtAt }: StoredLearner,
  log: readonly LoggedChoice[],
  now: string,
): LearningChange | undefined {
  const after = verdicts.map(verdict => {
    const present = verdictOf(verdict.context, log, learner, now);
    const isUnsure = present.evaluation.excess.upper > LEARNER_BUDGET;
    return verdict.acts && isUnsure ? { ...present, acts: false } : verdict;
  });
  const isShut = after.some((verdict, i) => verdict !== verdicts[i]);
  return isShut ? { state: { learner, verdicts: after, taughtAt } } : undefined;
}

/** Whole weeks that were not replayed yet. */
function weeksSince(taughtAt: string | undefined, now: string): number {
  if (taughtAt === undefined) {
    return MOST_WEEKS;
  }
  const days = (Date.parse(dayOf(now)) - Date.parse(dayOf(taughtAt))) / DAY_MS;
  return Math.min(MOST_WEEKS, Math.floor(days / JUDGED_DAYS));
}

/**
 * As if somebody had chosen at random, which tells of every policy. Each arm is drawn equally often, or one
 * that the policy favours might by chance hardly be among them.
 */
function drawnAtRandom(
  judged: readonly Replayed[],
  random: () => number,
): LoggedChoice[] {
  const order = judged
    .map(replayed => ({ replayed, at: random() }))
    .sort((a, b) => a.at - b.at);
  const drawn = new Map<string, number>();
  return order.map(({ replayed: { workload, context, outcomes } }) => {
    const before = drawn.get(context) ?? Math.floor(random() * ARMS.length);
    drawn.set(context, before + 1);
    const arm = ARMS[before % ARMS.length];
    return {
      context,
      subject: workload,
      arm,
      propensity: 1 / ARMS.length,
      outcome: outcomes[arm],
    };
  });
}

function verdictOf(
  context: string,
  log: readonly LoggedChoice[],
  learner: Learner,
  now: string,
): ContextVerdict {
  const choices = log.filter(choice => choice.context === context);
  // What is under way leaves less room for the next choice; what is judged is what it would do with room.
  const unhurried = { ...learner, pending: {} };
  const evaluation = evaluateOffPolicy(choices, (where, arm) =>
    armProbability(unhurried, where, arm),
  );
  return {
    context,
    acts: mayAct(evaluation),
    evaluation,
    windows: choices.length,
    evaluatedAt: now,
  };
}
