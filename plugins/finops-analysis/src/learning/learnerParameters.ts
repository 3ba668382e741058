/** One configuration for all workloads; a change of it is a new version of the learner. */
export const LEARNER_PARAMETERS = {
  /**
   * Mean share of time above the request that a class may lose against the baseline, by all choices
   * together: the budget of the safety constraint.
   */
  budget: 0.002,
  /** No outcome counts as worse than this: the excess an unknown arm is expected to have. */
  largestExcess: 0.05,
  /** What a full share of time above the request is worth, in requests. */
  overPrice: { cpu: 5, memory: 50 },
  /** Losses beyond this are counted as this. */
  largestLoss: 1,
  /** Standard errors to the careful side of what an arm is believed to do. */
  pessimism: 2,
  /** Weight of outcomes before the spread of an arm is believed. */
  minimumWeight: 20,
  /** Share of choices that try any arm the constraint allows. */
  exploration: 0.05,
  /** Effective choices before a policy is judged. */
  minimumEffective: 20,
} as const;

/**
 * Mean share of time above the request that a workload class may lose against the safe baseline, 0..1.
 *
 * @public
 */
export const LEARNER_BUDGET: number = LEARNER_PARAMETERS.budget;
