import { ModelRef } from '@apexlogic/backstage-plugin-finops-common';
import { Tuning } from '../types';

/** @public */
export const LEARNER_MODEL: ModelRef = {
  name: 'RiskLearner',
  version: '1.0.0',
};

/** Name of a {@link Tuning}, e.g. `bold/7`. @public */
export type Arm = `${Tuning['risk']}/${Tuning['windowDays']}`;

/** Count, mean and spread of what an arm did against the baseline. @public */
export interface Moments {
  /** Sum of weights. */
  readonly weight: number;
  readonly mean: number;
  /** Weighted sum of squared distances from the mean. */
  readonly squares: number;
}

/** What was learnt of one arm in one context. @public */
export interface ArmKnowledge {
  readonly loss: Moments;
  readonly excess: Moments;
}

/** What was learnt of one context. @public */
export interface ContextKnowledge {
  /** Choices whose outcome is known, baseline included. */
  readonly plays: number;
  /** Sum of the excess of these choices; what was saved against the baseline is not counted. */
  readonly spent: number;
  readonly arms: Readonly<Partial<Record<Arm, ArmKnowledge>>>;
}

/** A choice whose outcome is awaited. @public */
export interface PendingChoice {
  readonly context: string;
  readonly subject: string;
  readonly arm: Arm;
  readonly propensity: number;
}

/** Everything a learner knows: plain data, never changed in place. @public */
export interface Learner {
  readonly model: ModelRef;
  /** By workload class and resource, e.g. `standard/cpu`. */
  readonly contexts: Readonly<Record<string, ContextKnowledge>>;
  readonly pending: Readonly<Record<string, PendingChoice>>;
  /** Outcomes taken from each subject. */
  readonly taken: Readonly<Record<string, number>>;
}

/** What came of a request, beside what the baseline's would have come to on the same days. @public */
export interface Outcome {
  /** Request and the baseline's, same unit. */
  readonly request: number;
  readonly baselineRequest: number;
  /** Share of time above the request, 0..1. */
  readonly timeOver: number;
  readonly baselineTimeOver: number;
}

/** What was chosen, and with which probability. @public */
export interface Choice {
  readonly arm: Arm;
  readonly tuning: Tuning;
  /** Probability of this choice, 0..1; to be logged with it. */
  readonly propensity: number;
  /** Whether the safety constraint forbade an arm. */
  readonly guarded: boolean;
}
