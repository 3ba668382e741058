import { ModelRef } from '@apexlogic/backstage-plugin-finops-common';
import { ScalingDecision } from './createReplicaScaler';
import { SCALING_PARAMETERS } from './scalingParameters';

/** The model behind {@link trainScaling}. @public */
export const LEARNED_SCALING_MODEL: ModelRef = {
  name: 'LearnedScaling',
  version: '1.0.0',
};

/** Prices of a step without enough capacity that the policy chooses from, in replica steps. */
export const PRICES = [25, 50, 100, 200] as const;
/** What stands where nothing is known. */
export const DEFAULT_ACTION = PRICES.indexOf(50);

/** Edges between the classes that a decision's state is made of. */
const UNCERTAINTY_EDGES = [0.03, 0.06, 0.12];
const GROWTH_EDGES = [0.95, 1.05];
const REPLICA_EDGES = [3, 10];
export const STATES =
  (UNCERTAINTY_EDGES.length + 1) *
  (GROWTH_EDGES.length + 1) *
  (REPLICA_EDGES.length + 1);

/** Visits of an action before it can be preferred. */
export const MINIMUM_VISITS = 20;
/** No feedback counts more than this, in multiples of the ideal replicas. */
const LARGEST_COST = 20;
/** A single feedback never moves a value by more than this share of its difference. */
const LARGEST_RATE = 0.2;
const SMALLEST_RATE = 0.01;
/** Weight of the cost to come. */
const DISCOUNT = 0.5;
const LARGEST_VALUE = LARGEST_COST / (1 - DISCOUNT);

/**
 * A learned choice of how dear a shortfall is in which situation; plain JSON, to be stored, exported and
 * imported as it is.
 *
 * @public
 */
export interface LearnedScaling {
  readonly kind: 'learned-scaling';
  readonly model: ModelRef;
  /** Discounted cost per state and action, in multiples of the ideal replicas, ≥ 0. */
  readonly costs: readonly (readonly number[])[];
  /** Feedbacks per state and action. */
  readonly visits: readonly (readonly number[])[];
}

/** What followed from one choice. @public */
export interface ScalingFeedback {
  /** From {@link scalingState}. */
  readonly state: number;
  /** Index of the choice. */
  readonly action: number;
  /** Replicas and priced shortfall over the span of the choice, in multiples of the ideal replicas, ≥ 0. */
  readonly cost: number;
  /** The state that followed. */
  readonly next: number;
}

/** A policy that knows nothing: it chooses what the rule would. Also the way to reset one. @public */
export function emptyLearnedScaling(): LearnedScaling {
  const table = () => Array.from({ length: STATES }, () => PRICES.map(() => 0));
  return {
    kind: 'learned-scaling',
    model: LEARNED_SCALING_MODEL,
    costs: table(),
    visits: table(),
  };
}

/**
 * Reads an exported policy back.
 *
 * @returns the policy, or why the input is none that this version understands
 *
 * @public
 */
export function parseLearnedScaling(
  input: unknown,
): LearnedScaling | { readonly kind: 'invalid'; readonly reason: string } {
  const invalid = (reason: string) => ({ kind: 'invalid' as const, reason });
  if (typeof input !== 'object' || input === null) {
    return invalid('not an object');
  }
  const { kind, model, costs, visits } = input as Partial<LearnedScaling>;
  if (kind !== 'learned-scaling') {
    return invalid("its kind is not 'learned-scaling'");
  }
  if (
    model?.name !== LEARNED_SCALING_MODEL.name ||
    model.version !== LEARNED_SCALING_MODEL.version
  ) {
    return invalid(
      `of another model than ${LEARNED_SCALING_MODEL.name} ${LEARNED_SCALING_MODEL.version}`,
    );
  }
  if (
    !isTable(costs, cost => cost >= 0 && cost <= LARGEST_VALUE) ||
    !isTable(visits, count => Number.isSafeInteger(count) && count >= 0)
  ) {
    return invalid('its tables have another shape, or values out of bounds');
  }
  return {
    kind,
    model: LEARNED_SCALING_MODEL,
    costs: costs.map(row => [...row]),
    visits: visits.map(row => [...row]),
  };
}

/**
 * Takes one feedback. One that is out of bounds is ignored where it makes no sense and limited where it is
 * extreme, so that no single one moves a value far.
 *
 * @public
 */
export function learnScaling(
  learned: LearnedScaling,
  feedback: ScalingFeedback,
): LearnedScaling {
  const { state, action, cost, next } = feedback;
  if (
    !isIndex(state, STATES) ||
    !isIndex(next, STATES) ||
    !isIndex(action, PRICES.length) ||
    !(cost >= 0)
  ) {
    return learned;
  }
  const costs = learned.costs.map(row => [...row]);
  const visits = learned.visits.map(row => [...row]);
  updateTables({ costs, visits }, feedback);
  return { ...learned, costs, visits };
}

/** The same in place, for training. */
export function updateTables(
  { costs, visits }: { costs: number[][]; visits: number[][] },
  { state, action, cost, next }: ScalingFeedback,
): void {
  const limited = Math.min(cost, LARGEST_COST);
  const known = costs[next].filter((_, i) => visits[next][i] > 0);
  const toCome = known.length > 0 ? Math.min(...known) : 0;
  const count = visits[state][action];
  const rate = Math.min(LARGEST_RATE, Math.max(SMALLEST_RATE, 1 / (count + 1)));
  const target = limited + DISCOUNT * toCome;
  costs[state][action] +=
    (count === 0 ? 1 : rate) * (target - costs[state][action]);
  visits[state][action] = count + 1;
}

/**
 * The state that a decision is in: how uncertain the forecast is, whether demand rises, how large it is.
 *
 * @public
 */
export function scalingState(
  decision: ScalingDecision,
  demand: number,
  capacityPerReplica: number,
): number {
  const { expected = demand, uncertainty = 1 } = decision;
  const growth = demand > 0 ? expected / demand : 1;
  return (
    (classOf(uncertainty, UNCERTAINTY_EDGES) * (GROWTH_EDGES.length + 1) +
      classOf(growth, GROWTH_EDGES)) *
      (REPLICA_EDGES.length + 1) +
    classOf(expected / capacityPerReplica, REPLICA_EDGES)
  );
}

/** Index of the price to use in a state; the rule's where too little is known of it. */
export function chooseAction(
  { costs, visits }: Pick<LearnedScaling, 'costs' | 'visits'>,
  state: number,
): number {
  if (visits[state][DEFAULT_ACTION] < MINIMUM_VISITS) {
    return DEFAULT_ACTION;
  }
  let best = DEFAULT_ACTION;
  for (let action = 0; action < PRICES.length; action++) {
    if (
      visits[state][action] >= MINIMUM_VISITS &&
      costs[state][action] < costs[state][best]
    ) {
      best = action;
    }
  }
  return best;
}

/** Cost of what a run did, in replica steps, at the price of the rule. */
export function costOf(replicas: number, isShort: boolean): number {
  return replicas + (isShort ? SCALING_PARAMETERS.shortfallPrice : 0);
}

function classOf(value: number, edges: readonly number[]): number {
  return edges.filter(edge => value >= edge).length;
}

function isIndex(value: number, length: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < length;
}

function isTable(
  table: unknown,
  isValid: (value: number) => boolean,
): table is number[][] {
  return (
    Array.isArray(table) &&
    table.length === STATES &&
    table.every(
      row =>
        Array.isArray(row) &&
        row.length === PRICES.length &&
        row.every(value => typeof value === 'number' && isValid(value)),
    )
  );
}
