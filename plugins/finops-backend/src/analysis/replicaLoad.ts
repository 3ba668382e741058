import {
  AvailabilityNeeds,
  cutSeries,
  Series,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { StoredWorkload } from '../database/EntityStore';
import { valueAt } from './series';

/** Days of load judged: two weekly seasons. */
const LOAD_DAYS = 14;

/** Fewest replicas advised: one may be lost to a node without an outage. */
const MINIMUM_REPLICAS_PRODUCTION = 2;
const MINIMUM_REPLICAS_ELSEWHERE = 1;

/** The part of a series that replicas are planned from. */
export function recentLoad(series: Series, now: string): Series {
  const end = Date.parse(now) / 1000;
  return cutSeries(series, end - LOAD_DAYS * 86_400, end);
}

/** What the number of replicas of a workload owes to availability. */
export function availabilityNeeds({
  state,
  environment,
}: StoredWorkload): AvailabilityNeeds {
  return {
    minimumReplicas:
      environment === 'development' || environment === 'staging'
        ? MINIMUM_REPLICAS_ELSEWHERE
        : MINIMUM_REPLICAS_PRODUCTION,
    zones: state.zones,
    disruptionBudget: state.disruptionBudget,
  };
}

/** Replicas on the grid of the load; where nobody counted them, as many as now. */
export function alignReplicas(
  replicas: Series | undefined,
  grid: Series,
  current: number,
): Series {
  const values = Float64Array.from(grid.values, (_, index) => {
    const counted = replicas
      ? valueAt(replicas, grid.start + index * grid.step)
      : NaN;
    return Number.isFinite(counted) ? counted : current;
  });
  return { start: grid.start, step: grid.step, values };
}
