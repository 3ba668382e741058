import { LEARNER_PARAMETERS as P } from './learnerParameters';
import { gainsOf } from './learner';
import { Arm, Outcome } from './types';

/** Quantile of the normal distribution of a two-sided 95 % interval. */
const NINETY_FIVE = 1.96;

/** A choice that was made, and what came of it. @public */
export interface LoggedChoice {
  readonly context: string;
  /** Whose outcome it is; outcomes of one resemble each other and do not count as several. Told apart when absent. */
  readonly subject?: string;
  readonly arm: Arm;
  /** With which it was chosen. */
  readonly propensity: number;
  readonly outcome: Outcome;
}

/** An estimate with its 95 % interval. @public */
export interface Estimate {
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
}

/** What a policy would have done, told from what another did. @public */
export interface OffPolicyEvaluation {
  /** Loss against the baseline; negative is a gain. */
  readonly loss: Estimate;
  /** Share of time above the request beyond that of the baseline. */
  readonly excess: Estimate;
  /** So many choices would have told as much had they been the policy's own. */
  readonly effectiveChoices: number;
}

/**
 * What a policy would have done, from choices logged with their propensity: the doubly robust
 * estimate (Dudík et al., ICML 2011) around the mean of each arm in its context, with self-normalised
 * weights. Its intervals take each subject for one observation, however many choices it has.
 *
 * @param policy - probability with which it chooses an arm in a context
 *
 * @public
 */
export function evaluateOffPolicy(
  log: readonly LoggedChoice[],
  policy: (context: string, arm: Arm) => number,
): OffPolicyEvaluation {
  const usable = log.filter(({ propensity }) => propensity > 0);
  const weights = usable.map(
    ({ context, arm, propensity }) => policy(context, arm) / propensity,
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);
  const estimate = (of: 'loss' | 'excess'): Estimate => {
    const values = usable.map(
      ({ context, outcome }) => gainsOf(context, outcome)[of],
    );
    const model = meansByArm(usable, values);
    const scale = total > 0 ? usable.length / total : 0;
    const terms = usable.map(({ context, arm }, i) => {
      const arms = model.get(context)!;
      let expected = 0;
      for (const [other, mean] of arms) {
        expected += policy(context, other) * mean;
      }
      return expected + weights[i] * scale * (values[i] - arms.get(arm)!);
    });
    return intervalOf(terms, usable);
  };
  return {
    loss: estimate('loss'),
    excess: estimate('excess'),
    effectiveChoices: squares > 0 ? (total * total) / squares : 0,
  };
}

/** Whether a policy is known well enough, to gain, and to stay within the budget. @public */
export function mayAct({
  loss,
  excess,
  effectiveChoices,
}: OffPolicyEvaluation): boolean {
  return (
    effectiveChoices >= P.minimumEffective &&
    loss.upper < 0 &&
    excess.upper <= P.budget
  );
}

function meansByArm(
  log: readonly LoggedChoice[],
  values: readonly number[],
): Map<string, Map<Arm, number>> {
  const sums = new Map<string, Map<Arm, [number, number]>>();
  log.forEach(({ context, arm }, i) => {
    const arms = sums.get(context) ?? new Map<Arm, [number, number]>();
    const [sum, count] = arms.get(arm) ?? [0, 0];
    sums.set(context, arms.set(arm, [sum + values[i], count + 1]));
  });
  return new Map(
    [...sums].map(([context, arms]) => [
      context,
      new Map([...arms].map(([arm, [sum, count]]) => [arm, sum / count])),
    ]),
  );
}

/** Nothing is certain of fewer than two subjects. */
function intervalOf(
  values: readonly number[],
  log: readonly LoggedChoice[],
): Estimate {
  const n = values.length;
  const mean = n > 0 ? values.reduce((a, b) => a + b, 0) / n : 0;
  const deviations = new Map<string | number, number>();
  values.forEach((value, i) => {
    const subject = log[i].subject ?? i;
    deviations.set(subject, (deviations.get(subject) ?? 0) + value - mean);
  });
  const subjects = deviations.size;
  if (subjects < 2) {
    return { mean, lower: -P.largestLoss, upper: P.largestLoss };
  }
  const squares = [...deviations.values()].reduce(
    (sum, deviation) => sum + deviation * deviation,
    0,
  );
  const half =
    (NINETY_FIVE * Math.sqrt((squares * subjects) / (subjects - 1))) / n;
  return { mean, lower: mean - half, upper: mean + half };
}
