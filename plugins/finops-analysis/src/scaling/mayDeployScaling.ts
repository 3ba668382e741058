import { costOf } from './learnedScaling';
import { ScalingRun } from './simulateScaling';

const RESAMPLES = 1000;
/** Steps whose errors belong together and are drawn together. */
const BLOCK_STEPS = 240;
const FEWEST_BLOCKS = 10;
/** Of the interval that must lie below zero, two-sided 95 %. */
const UPPER_QUANTILE = 0.975;

/** @public */
export interface ScalingTrial {
  /** What the learned policy did on steps it was not trained on. */
  readonly learned: ScalingRun;
  /** What the rule did on the same steps. */
  readonly rule: ScalingRun;
  /** What an HPA at 70 % and a seasonal rule did on them. */
  readonly hpa: ScalingRun;
  readonly seasonal: ScalingRun;
  /** Steps at which the learned policy broke the safety constraint. */
  readonly safetyBreaches: number;
  /** Numbers within [0, 1). */
  readonly random: () => number;
}

/**
 * Decides whether a learned policy may replace the rule: on steps it did not learn from, it held the
 * safety constraint, fell short no more often than the HPA, cost less than the rule, and less than
 * the HPA and the seasonal rule by a 95 % bootstrap interval over blocks of four hours. Otherwise the rule stays.
 *
 * @public
 */
export function mayDeployScaling(
  trial: ScalingTrial,
):
  | { readonly kind: 'deploy' }
  | { readonly kind: 'keep-rule'; readonly reason: string } {
  const { learned, rule, hpa, seasonal, safetyBreaches, random } = trial;
  const keep = (reason: string) => ({ kind: 'keep-rule' as const, reason });
  if (safetyBreaches > 0) {
    return keep(`it broke the safety constraint ${safetyBreaches} times`);
  }
  if (learned.shortSteps > hpa.shortSteps) {
    return keep(
      `it fell short in ${learned.shortSteps} steps, the HPA in ${hpa.shortSteps}`,
    );
  }
  if (learned.steps < FEWEST_BLOCKS * BLOCK_STEPS) {
    return keep(
      `only ${learned.steps} steps to judge it by, ${
        FEWEST_BLOCKS * BLOCK_STEPS
      } are needed`,
    );
  }
  const others = { 'the HPA': hpa, 'the seasonal rule': seasonal };
  for (const [name, other] of Object.entries(others)) {
    const differences = blockDifferences(learned, other);
    const upper = upperBound(differences, random);
    if (!(upper < 0)) {
      return keep(
        `it does not surely beat ${name}: it costs ${meanOf(
          differences,
        ).toFixed(3)} replicas more a step, at most ${upper.toFixed(3)}`,
      );
    }
  }
  const more = meanOf(blockDifferences(learned, rule));
  if (!(more < 0)) {
    return keep(
      `it costs ${more.toFixed(3)} replicas more a step than the rule`,
    );
  }
  return { kind: 'deploy' };
}

/** Cost of the one less that of the other per step, by block. */
function blockDifferences(one: ScalingRun, other: ScalingRun): number[] {
  const blocks: number[] = [];
  for (let from = 0; from + BLOCK_STEPS <= one.steps; from += BLOCK_STEPS) {
    let sum = 0;
    for (let step = from; step < from + BLOCK_STEPS; step++) {
      sum +=
        costOf(one.replicas[step], one.short[step] === 1) -
        costOf(other.replicas[step], other.short[step] === 1);
    }
    blocks.push(sum / BLOCK_STEPS);
  }
  return blocks;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function upperBound(blocks: readonly number[], random: () => number): number {
  const means = Float64Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let i = 0; i < blocks.length; i++) {
      sum += blocks[Math.floor(random() * blocks.length)];
    }
    return sum / blocks.length;
  }).sort();
  return means[Math.ceil(UPPER_QUANTILE * RESAMPLES) - 1];
}
