import { ScalingDecision } from '@apexlogic/backstage-plugin-finops-analysis';

const FLOOR_STEPS = 3;
const FLOOR_UTILISATION = 0.8;
const SURGE_STEPS = 5;
const SURGE_UTILISATION = 0.7;
/** Allows for the rounding of a bound on its way through the unit of the demand. */
const ROUNDING = 1e-9;

/**
 * Steps at which fewer replicas were wanted than the safety constraint of `createReplicaScaler` asks for,
 * worked out anew from the demand and the bounds published a start-up time earlier.
 *
 * @param decisions - aligned with `demand`
 */
export function safetyBreaches(
  demand: Float64Array,
  decisions: readonly ScalingDecision[],
  capacity: number,
  startUpSteps: number,
  maximumReplicas: number,
): number {
  let breaches = 0;
  let surgeUntil = -1;
  for (let step = 0; step < demand.length; step++) {
    const bound = decisions[step - startUpSteps]?.surgeAbove;
    if (bound !== undefined && demand[step] > bound * (1 + ROUNDING)) {
      surgeUntil = step + SURGE_STEPS - 1;
    }
    const held = (steps: number, utilisation: number) =>
      Math.ceil(
        Math.max(...demand.subarray(Math.max(0, step + 1 - steps), step + 1)) /
          (utilisation * capacity) -
          ROUNDING,
      );
    const floor = Math.max(
      held(FLOOR_STEPS, FLOOR_UTILISATION),
      step <= surgeUntil ? held(SURGE_STEPS, SURGE_UTILISATION) : 0,
    );
    breaches +=
      decisions[step].replicas < Math.min(floor, maximumReplicas) ? 1 : 0;
  }
  return breaches;
}
