/** Wants a number of replicas after each observed demand. @public */
export type ScalingPolicy = (demand: number) => number;

/** @public */
export interface ScalingTrace {
  /** Demand of each step, ≥ 0. */
  readonly demand: Float64Array;
  /** Demand that one replica serves at full utilisation. */
  readonly capacityPerReplica: number;
  /** Steps from wanting more replicas until they serve. */
  readonly startUpSteps: number;
  /** 500 by default. */
  readonly maximumReplicas?: number;
}

/** What a policy did on a trace. @public */
export interface ScalingRun {
  readonly steps: number;
  /** Steps whose demand exceeded the capacity. */
  readonly shortSteps: number;
  /** Sum of the replicas over the steps. */
  readonly replicaSteps: number;
  /** Sum of the fewest replicas that would have held each step, at least one. */
  readonly idealSteps: number;
  /** Replicas that served each step. */
  readonly replicas: Uint16Array;
  /** 1 where the capacity did not hold the demand. */
  readonly short: Uint8Array;
}

/**
 * Replays a trace against a policy, starting with one replica. More replicas than run now serve after
 * the start-up time, fewer from the next step.
 *
 * @public
 */
export function simulateScaling(
  trace: ScalingTrace,
  policy: ScalingPolicy,
): ScalingRun {
  const {
    demand,
    capacityPerReplica,
    startUpSteps,
    maximumReplicas = 500,
  } = trace;
  const replicas = new Uint16Array(demand.length);
  const short = new Uint8Array(demand.length);
  /** Ups wanted at the last steps, by the step they are due. */
  const due = new Uint16Array(demand.length + startUpSteps + 1);
  let running = 1;
  let lower = Infinity;
  let shortSteps = 0;
  let replicaSteps = 0;
  let idealSteps = 0;
  for (let step = 0; step < demand.length; step++) {
    running = Math.max(Math.min(running, lower), due[step]);
    lower = Infinity;
    replicas[step] = running;
    replicaSteps += running;
    idealSteps += Math.ceil(Math.max(demand[step], 1) / capacityPerReplica);
    if (demand[step] > running * capacityPerReplica) {
      short[step] = 1;
      shortSteps += 1;
    }
    const wanted = Math.min(Math.max(policy(demand[step]), 1), maximumReplicas);
    if (wanted > running) {
      const at = step + Math.max(1, startUpSteps);
      due[at] = Math.max(due[at], wanted);
    } else if (wanted < running) {
      lower = wanted;
    }
  }
  return {
    steps: demand.length,
    shortSteps,
    replicaSteps,
    idealSteps,
    replicas,
    short,
  };
}
