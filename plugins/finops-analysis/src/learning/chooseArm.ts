import { ARMS, BASELINE_ARM, tuningOf } from './arms';
import { LEARNER_PARAMETERS as P } from './learnerParameters';
import { Arm, ArmKnowledge, Choice, ContextKnowledge, Learner } from './types';

/** Nothing is known of it. */
export const UNKNOWN_CONTEXT: ContextKnowledge = {
  plays: 0,
  spent: 0,
  arms: {},
};

/**
 * Chooses risk and window for one workload and resource.
 *
 * @remarks
 *
 * A conservative bandit (Wu et al., Conservative Bandits, ICML 2016): an arm may be chosen only if,
 * with all that the class has lost against the baseline so far, with what choices still under way may
 * lose, and with the careful estimate of what this one may, the mean loss stays within the budget. Of
 * those it takes the one that is carefully believed to be the best, which is the baseline as long as
 * nothing is believed to be better, and with a small probability any.
 *
 * @param context - workload class and resource, e.g. `standard/cpu`
 * @param random - draws within [0, 1)
 *
 * @public
 */
export function chooseArm(
  learner: Learner,
  context: string,
  random: () => number,
): Choice {
  const allowed = allowedArms(learner, context);
  const probabilities = probabilitiesOf(learner, context, allowed);
  let rest = random();
  const drawn =
    allowed.find((_, i) => {
      rest -= probabilities[i];
      return rest < 0;
    }) ?? allowed[0];
  return {
    arm: drawn,
    tuning: tuningOf(drawn),
    propensity: probabilities[allowed.indexOf(drawn)],
    guarded: allowed.length < ARMS.length,
  };
}

/** Probability of an arm under the present knowledge; 0 where the constraint forbids it. @public */
export function armProbability(
  learner: Learner,
  context: string,
  arm: Arm,
): number {
  const allowed = allowedArms(learner, context);
  const at = allowed.indexOf(arm);
  return at < 0 ? 0 : probabilitiesOf(learner, context, allowed)[at];
}

function allowedArms(learner: Learner, context: string): Arm[] {
  const { plays, spent, arms } = learner.contexts[context] ?? UNKNOWN_CONTEXT;
  const underWay = Object.values(learner.pending).filter(
    choice => choice.context === context,
  );
  // What is under way counts with the worst that is believed of it, or many choices at once would overdraw.
  const promised = underWay.reduce(
    (sum, { arm }) =>
      sum + (arm === BASELINE_ARM ? 0 : carefulExcess(arms[arm])),
    0,
  );
  const choices = plays + underWay.length + 1;
  return ARMS.filter(
    arm =>
      arm === BASELINE_ARM ||
      spent + promised + carefulExcess(arms[arm]) <= P.budget * choices,
  );
}

function probabilitiesOf(
  learner: Learner,
  context: string,
  allowed: readonly Arm[],
): number[] {
  const { arms } = learner.contexts[context] ?? UNKNOWN_CONTEXT;
  let best: Arm = BASELINE_ARM;
  let lowest = 0;
  for (const arm of allowed) {
    const loss = arm === BASELINE_ARM ? 0 : carefulLoss(arms[arm]);
    if (loss < lowest) {
      best = arm;
      lowest = loss;
    }
  }
  return allowed.map(
    arm =>
      (arm === best ? 1 - P.exploration : 0) + P.exploration / allowed.length,
  );
}

/** Upper end of what it may lose: the worst there is while too little is known. */
function carefulExcess(known: ArmKnowledge | undefined): number {
  return known && known.excess.weight >= P.minimumWeight
    ? Math.max(0, known.excess.mean + P.pessimism * errorOf(known.excess))
    : P.largestExcess;
}

function carefulLoss(known: ArmKnowledge | undefined): number {
  return known && known.loss.weight >= P.minimumWeight
    ? known.loss.mean + P.pessimism * errorOf(known.loss)
    : P.largestLoss;
}

/** Standard error of a mean. */
function errorOf({ weight, squares }: ArmKnowledge['loss']): number {
  return Math.sqrt(squares / (weight - 1) / weight);
}
