import { Action } from './action';
import { Evidence, ModelRef } from './finding';
import { Money } from './money';
import { Environment, WorkloadKey } from './workload';

/** @public */
export const RECOMMENDATION_STATES = [
  'proposed',
  'blocked',
  'needs-input',
  'open',
  'awaiting-approval',
  'approved',
  'merged',
  'applied',
  'observing',
  'realised',
  'reverted',
  'rejected',
  'snoozed',
  'superseded',
  'expired',
] as const;

/** @public */
export type RecommendationState = (typeof RECOMMENDATION_STATES)[number];

/** States in which nothing more will happen by itself. @public */
export const CLOSED_STATES: readonly RecommendationState[] = [
  'realised',
  'reverted',
  'rejected',
  'superseded',
  'expired',
];

const ANY_OPEN: readonly RecommendationState[] = [
  'rejected',
  'snoozed',
  'superseded',
  'expired',
];

const TRANSITIONS: Record<RecommendationState, readonly RecommendationState[]> =
  {
    proposed: ['blocked', 'needs-input', 'open', ...ANY_OPEN],
    blocked: ['proposed', ...ANY_OPEN],
    'needs-input': ['proposed', 'blocked', ...ANY_OPEN],
    open: ['awaiting-approval', 'merged', ...ANY_OPEN],
    'awaiting-approval': ['approved', 'open', 'merged', ...ANY_OPEN],
    approved: ['merged', 'awaiting-approval', ...ANY_OPEN],
    merged: ['applied', 'reverted'],
    applied: ['observing', 'reverted'],
    observing: ['realised', 'reverted'],
    realised: [],
    reverted: [],
    rejected: [],
    snoozed: ['proposed', 'rejected', 'superseded', 'expired'],
    superseded: [],
    expired: [],
  };

/** Whether the state machine has an edge from one state to the other. @public */
export function canTransition(
  from: RecommendationState,
  to: RecommendationState,
): boolean {
  return TRANSITIONS[from].includes(to);
}

/** States reachable in one step. @public */
export function nextStates(
  from: RecommendationState,
): readonly RecommendationState[] {
  return TRANSITIONS[from];
}

/** @public */
export type Level = 'low' | 'medium' | 'high';

/** 0 observe · 1 suggest · 2 draft PR · 3 PR + human approval · 4 auto-merge of low impact. @public */
export type Autonomy = 0 | 1 | 2 | 3 | 4;

/** An estimate with its 80 % interval, per month of 730 hours. @public */
export interface MonthlySaving {
  readonly expected: Money;
  readonly lower: Money;
  readonly upper: Money;
}

/** Reasons a person can give when dismissing (the field's set, from cost-insights). @public */
export const DISMISS_REASONS = [
  'expected',
  'migration',
  'not-applicable',
  'resolved',
  'seasonal',
  'too-risky',
  'other',
] as const;

/** @public */
export type DismissReason = (typeof DISMISS_REASONS)[number];

/** @public */
export interface Recommendation {
  readonly id: string;
  readonly entityRef: string;
  readonly workload: WorkloadKey;
  readonly environment: Environment;
  readonly action: Action;
  /** The action in words: "Scale from 3 to 2 replicas". */
  readonly title: string;
  /** One or two sentences naming the evidence, at most 200 characters; also written to the manifest. */
  readonly reason: string;
  readonly state: RecommendationState;
  readonly saving: MonthlySaving;
  readonly risk: Level;
  readonly effort: Level;
  readonly priority: Level;
  /** 0..1 */
  readonly confidence: number;
  readonly model: ModelRef;
  readonly evidence: readonly Evidence[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly snoozedUntil?: string;
  /** Bumped by every write; transitions are conditional on it. */
  readonly revision: number;
}

/** Why no advice was given; a normal, counted answer. @public */
export interface Abstention {
  readonly kind: 'abstention';
  readonly code: AbstentionCode;
  /** Plain words with the numbers: "only 3 days of history, 7 are needed". */
  readonly reason: string;
  readonly model: ModelRef;
}

/** @public */
export type AbstentionCode =
  | 'not-enough-history'
  | 'not-enough-points'
  | 'spec-changed'
  | 'autoscaler-on-resource'
  | 'no-request'
  | 'no-usage'
  | 'conflicting-signals'
  /** Other advice on the same workload goes first; both would count one saving twice. */
  | 'other-advice-first'
  | 'change-too-small'
  | 'stale-data'
  /** No cost rows to derive a price from. */
  | 'no-price'
  | 'not-supported';
