import {
  createReplicaScaler,
  ReplicaScaler,
  ReplicaScalerOptions,
} from './createReplicaScaler';
import {
  chooseAction,
  costOf,
  emptyLearnedScaling,
  LearnedScaling,
  PRICES,
  scalingState,
  updateTables,
} from './learnedScaling';
import { ScalingTrace, simulateScaling } from './simulateScaling';

/** Steps that a choice stands, so that its effect after the start-up time falls into its own span. */
const SPAN_STEPS = 10;
const EXPLORATION = 0.2;

/** @public */
export interface TrainScalingOptions {
  /** Numbers within [0, 1); the same ones train the same policy. */
  readonly random: () => number;
  /** Passes over the traces with its own choices, 2 by default. */
  readonly passes?: number;
}

/**
 * Trains a policy by Q-learning in the simulator: every ten steps it chooses how dear a shortfall is for
 * the {@link createReplicaScaler | scaler}, and is told what replicas and shortfalls cost until the next
 * choice. Whatever it chooses, the safety constraint of the scaler holds.
 *
 * @public
 */
export function trainScaling(
  traces: readonly ScalingTrace[],
  { random, passes = 2 }: TrainScalingOptions,
): LearnedScaling {
  const learned = emptyLearnedScaling();
  const tables = {
    costs: learned.costs.map(row => [...row]),
    visits: learned.visits.map(row => [...row]),
  };
  // One pass with each choice throughout: the same demand for all, so that chance cancels between them.
  for (let action = 0; action < PRICES.length; action++) {
    for (const trace of traces) {
      practise(trace, tables, () => action);
    }
  }
  for (let pass = 0; pass < passes; pass++) {
    for (const trace of traces) {
      practise(trace, tables, state =>
        random() < EXPLORATION
          ? Math.floor(random() * PRICES.length)
          : chooseAction(tables, state),
      );
    }
  }
  return { ...learned, ...tables };
}

/** One pass over a trace; learns from each span when the next begins. */
function practise(
  trace: ScalingTrace,
  tables: { costs: number[][]; visits: number[][] },
  choose: (state: number) => number,
) {
  const { capacityPerReplica, demand } = trace;
  const scaler = createReplicaScaler({
    capacityPerReplica,
    startUpMinutes: trace.startUpSteps,
    maximumReplicas: trace.maximumReplicas,
  });
  const ideal =
    demand.reduce(
      (sum, value) => sum + Math.ceil(Math.max(value, 1) / capacityPerReplica),
      0,
    ) / demand.length;
  let step = 0;
  const spans: { state: number; action: number; from: number }[] = [];
  const run = simulateScaling(trace, value => {
    const decision = scaler.observe(value);
    if (step % SPAN_STEPS === 0 && decision.expected !== undefined) {
      const state = scalingState(decision, value, capacityPerReplica);
      const action = choose(state);
      spans.push({ state, action, from: step });
      scaler.setShortfallPrice(PRICES[action]);
    }
    step += 1;
    return decision.replicas;
  });
  for (let i = 0; i + 1 < spans.length; i++) {
    const { state, action, from } = spans[i];
    // The choice is felt one start-up time later.
    const first = from + trace.startUpSteps;
    const end = Math.min(first + SPAN_STEPS, run.steps);
    let cost = 0;
    for (let at = first; at < end; at++) {
      cost += costOf(run.replicas[at], run.short[at] === 1);
    }
    if (end > first) {
      updateTables(tables, {
        state,
        action,
        cost: cost / (end - first) / ideal,
        next: spans[i + 1].state,
      });
    }
  }
}

/**
 * A {@link ReplicaScaler} whose price of a shortfall a learned policy chooses.
 *
 * @public
 */
export function createLearnedScaler(
  learned: LearnedScaling,
  options: ReplicaScalerOptions,
): ReplicaScaler {
  const scaler = createReplicaScaler(options);
  let step = 0;
  return {
    observe(demand) {
      const decision = scaler.observe(demand);
      if (step % SPAN_STEPS === 0 && decision.expected !== undefined) {
        scaler.setShortfallPrice(
          PRICES[
            chooseAction(
              learned,
              scalingState(decision, demand, options.capacityPerReplica),
            )
          ],
        );
      }
      step += 1;
      return decision;
    },
    setShortfallPrice: scaler.setShortfallPrice,
  };
}
