/** A PodDisruptionBudget: pods, or a share of the replicas such as `25%`. @public */
export interface DisruptionBudget {
  readonly minAvailable?: number | string;
  readonly maxUnavailable?: number | string;
}

/** What the number of replicas owes to availability, whatever the load. @public */
export interface AvailabilityNeeds {
  /** Fewest replicas that the owner accepts. */
  readonly minimumReplicas: number;
  /** Zones to spread over, one replica each at least; absent = no spread is asked for. */
  readonly zones?: number;
  readonly disruptionBudget?: DisruptionBudget;
}

/** Replicas beyond which a budget that can never be met is not searched. */
const SEARCH_LIMIT = 1000;

/**
 * The fewest replicas that availability allows: the stated minimum, one a zone, and one more than the
 * budget keeps, since otherwise no node could ever be drained. A budget that forbids every disruption at
 * any number of replicas asks for nothing here.
 */
export function availabilityFloor(needs: AvailabilityNeeds): number {
  const floor = Math.max(
    1,
    Math.ceil(needs.minimumReplicas),
    Math.ceil(needs.zones ?? 0),
  );
  for (let replicas = floor; replicas <= floor + SEARCH_LIMIT; replicas++) {
    if (unavailableAt(replicas, needs.disruptionBudget) >= 1) {
      return replicas;
    }
  }
  return floor;
}

/**
 * Replicas that the budget lets be away at once; one without a budget, as a node may fail.
 * Shares are rounded up, as Kubernetes does.
 *
 * @throws RangeError when the budget is neither a number nor a percentage.
 */
export function unavailableAt(
  replicas: number,
  budget: DisruptionBudget | undefined,
): number {
  if (budget?.maxUnavailable !== undefined) {
    return Math.min(replicas, podsOf(budget.maxUnavailable, replicas));
  }
  if (budget?.minAvailable !== undefined) {
    return Math.max(0, replicas - podsOf(budget.minAvailable, replicas));
  }
  return 1;
}

function podsOf(value: number | string, replicas: number): number {
  const share = /^(\d+)%$/.exec(String(value));
  const pods = share
    ? Math.ceil((Number(share[1]) * replicas) / 100)
    : Number(value);
  if (!(Number.isInteger(pods) && pods >= 0)) {
    throw new RangeError(`'${value}' is no number of pods or percentage`);
  }
  return pods;
}
