import { Environment, Level } from '@apexlogic/backstage-plugin-finops-common';

/** Share of the workload's CPU and memory cost from which a saving is worth looking at first. */
const HIGH_SHARE = 0.5;

/** Share below which it can wait. */
const LOW_SHARE = 0.1;

/**
 * How soon a person should look: by the share of the workload's cost at stake, so that it means the
 * same in every currency and size. Asking for more resources to relieve a workload comes first.
 */
export function priorityOf(options: {
  share: number;
  environment: Environment;
  relief: boolean;
}): Level {
  const { share, environment, relief } = options;
  const production = environment === 'production' || environment === 'unknown';
  if (relief) {
    return production ? 'high' : 'medium';
  }
  if (share < LOW_SHARE) {
    return 'low';
  }
  return share >= HIGH_SHARE && production ? 'high' : 'medium';
}
