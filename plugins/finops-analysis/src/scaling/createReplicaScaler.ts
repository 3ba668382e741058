import { createDemandForecaster, DemandOutlook } from './demandForecaster';
import { SCALING_PARAMETERS as P } from './scalingParameters';

/** @public */
export interface ReplicaScalerOptions {
  /** Demand that one replica serves at full utilisation, in the unit of the demand; positive. */
  readonly capacityPerReplica: number;
  /** Minutes from wanting a replica until it serves. */
  readonly startUpMinutes: number;
  /** Minutes between two observations, 1 by default. */
  readonly stepMinutes?: number;
  /** 1 by default. */
  readonly minimumReplicas?: number;
  /** 500 by default; it bounds the safety floor too. */
  readonly maximumReplicas?: number;
  /** Replica steps that one step without enough capacity may cost; the frozen price by default. */
  readonly shortfallPrice?: number;
}

/** What the scaler wants after an observation. @public */
export interface ScalingDecision {
  /** Replicas wanted from now on. */
  readonly replicas: number;
  /** Replicas that safety asks for; never more than `replicas`. */
  readonly floor: number;
  /** Demand outgrew the forecast within the last minutes, so the HPA rule holds as well. */
  readonly surge: boolean;
  /** Demand one start-up time ahead above which it counts as outgrown; absent without a forecast. */
  readonly surgeAbove?: number;
  /** Spread of the forecast's error relative to its level, ≥ 0; absent without a forecast. */
  readonly uncertainty?: number;
  /** Expected demand one start-up time ahead, in the unit of the demand; absent without a forecast. */
  readonly expected?: number;
}

/** Decides step by step how many replicas to want, from demand up to now alone. @public */
export interface ReplicaScaler {
  /**
   * Takes the demand of the next step. A missing (NaN), infinite or negative one teaches nothing and
   * leaves the decision as it was.
   */
  observe(demand: number): ScalingDecision;
  /** Sets the price of a step without enough capacity for the decisions to come; positive. */
  setShortfallPrice(price: number): void;
}

/**
 * Makes a {@link ReplicaScaler}.
 *
 * @remarks
 *
 * It wants the number of replicas at which one more would cost more than the shortfall it is likely to
 * prevent one start-up time ahead, goes up at once and down with patience.
 *
 * The safety constraint, whatever the forecast says: never fewer replicas than hold the highest demand
 * of the last 3 minutes at 80 % utilisation; and for 5 minutes after demand outgrew the 99 % quantile
 * of its forecast, or while there is no forecast, never fewer than an HPA at 70 % would ask for (the
 * highest demand of 5 minutes). Only `maximumReplicas` stands above it.
 *
 * @throws RangeError when a capacity, span, bound or price is not usable.
 *
 * @public
 */
export function createReplicaScaler(
  options: ReplicaScalerOptions,
): ReplicaScaler {
  const {
    capacityPerReplica,
    startUpMinutes,
    stepMinutes = 1,
    minimumReplicas = 1,
    maximumReplicas = 500,
  } = options;
  requirePositive('capacityPerReplica', capacityPerReplica);
  requirePositive('stepMinutes', stepMinutes);
  if (!(startUpMinutes >= 0 && Number.isFinite(startUpMinutes))) {
    throw new RangeError(
      `startUpMinutes must not be negative, is ${startUpMinutes}`,
    );
  }
  if (!(minimumReplicas >= 0 && maximumReplicas >= minimumReplicas)) {
    throw new RangeError(
      `replicas must lie within 0 and more, are ${minimumReplicas} to ${maximumReplicas}`,
    );
  }
  let price = options.shortfallPrice ?? P.shortfallPrice;
  requirePositive('shortfallPrice', price);

  const steps = (minutes: number) =>
    Math.max(1, Math.round(minutes / stepMinutes));
  const horizon = Math.max(1, Math.ceil(startUpMinutes / stepMinutes));
  const floorSteps = steps(P.floorMinutes);
  const surgeSteps = steps(P.surgeMinutes);
  const forecaster = createDemandForecaster(horizon, stepMinutes);
  /** In replicas at full utilisation, newest last. */
  const recent: number[] = [];
  const wishes: number[] = [];
  /** Bounds that the demand of the coming steps is compared with, the next one first. */
  const bounds: (number | undefined)[] = [];
  let sinceSurge = Infinity;
  const within = (replicas: number) =>
    Math.min(Math.max(replicas, minimumReplicas), maximumReplicas);
  let decision: ScalingDecision = {
    replicas: within(1),
    floor: within(0),
    surge: false,
  };

  return {
    observe(demand) {
      if (!(demand >= 0 && Number.isFinite(demand))) {
        return decision;
      }
      const load = demand / capacityPerReplica;
      keepLast(recent, load, Math.max(floorSteps, surgeSteps));
      const bound = bounds.length >= horizon ? bounds.shift() : undefined;
      sinceSurge = bound !== undefined && load > bound ? 0 : sinceSurge + 1;
      const surge = sinceSurge < surgeSteps;
      const outlook = forecaster.observe(load);
      const { trusted } = forecaster;
      const above = trusted
        ? forecaster.quantile(outlook, P.surgeQuantile)
        : undefined;
      bounds.push(above);

      const hpa = holding(recent, surgeSteps, P.surgeUtilisation);
      const floor = within(
        Math.max(
          holding(recent, floorSteps, P.floorUtilisation),
          surge || !trusted ? hpa : 0,
        ),
      );
      const wish = trusted ? cheapest(outlook, floor) : floor;
      keepLast(wishes, wish, P.patienceSteps);
      decision = {
        replicas: within(Math.max(floor, ...wishes)),
        floor,
        surge,
        ...(above === undefined
          ? {}
          : {
              surgeAbove: above * capacityPerReplica,
              expected: outlook.root ** 2 * capacityPerReplica,
              uncertainty: outlook.spread / Math.max(outlook.root, 0.1),
            }),
      };
      return decision;
    },
    setShortfallPrice(next) {
      requirePositive('shortfallPrice', next);
      price = next;
    },
  };

  /** The replicas at which the sum of their number and of the price of the likely shortfall is least. */
  function cheapest(outlook: DemandOutlook, floor: number): number {
    let best = floor;
    let bestCost = Infinity;
    for (let replicas = floor; replicas <= maximumReplicas; replicas++) {
      const chance = forecaster.chanceAbove(outlook, replicas);
      const cost = replicas + price * chance;
      if (cost < bestCost - 1e-12) {
        best = replicas;
        bestCost = cost;
      }
      // Each replica more costs one, and no chance is left to save.
      if (chance === 0 || replicas > bestCost) {
        break;
      }
    }
    return best;
  }
}

/** Replicas that hold the highest of the last `steps` loads at this utilisation. */
function holding(
  loads: readonly number[],
  steps: number,
  utilisation: number,
): number {
  return Math.ceil(Math.max(...loads.slice(-steps)) / utilisation - 1e-9);
}

function keepLast(values: number[], value: number, count: number) {
  values.push(value);
  if (values.length > count) {
    values.shift();
  }
}

function requirePositive(name: string, value: number) {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new RangeError(`${name} must be positive, is ${value}`);
  }
}
