import {
  Arm,
  ARMS,
  BASELINE_ARM,
  Tuning,
  tuningOf,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { adviseContainers, classOf } from '../analysis/adviseContainers';
import { WorkloadHistory, WorkloadTunings } from '../analysis/types';
import { SketchedResource, StoredSketch } from '../database/UsageStore';

const RESOURCES: readonly SketchedResource[] = ['cpu', 'memory'];

/** What of a workload the requests of all arms are worked out from. */
export type ArmHistory = Pick<WorkloadHistory, 'stored' | 'series'>;

/** What every arm would request of one resource of one container. */
export interface ArmRequests {
  readonly container: string;
  readonly resource: SketchedResource;
  /** Workload class and resource, e.g. `standard/cpu`. */
  readonly context: string;
  /** Cores or bytes. */
  readonly requests: Readonly<Record<Arm, number>>;
}

/**
 * Asks the model for every arm as of an instant. Changes too small for a review count, since their
 * outcome teaches as much; a resource for which any arm abstains is left out, since there is nothing to
 * compare.
 */
export function requestsOfArms(
  history: ArmHistory,
  sketches: readonly StoredSketch[],
  now: string,
): ArmRequests[] {
  const { stored } = history;
  const requestsOf = (arm: Arm) =>
    adviseContainers(history, sketches, now, {
      minimumChange: 0,
      tunings: everywhere(history, tuningOf(arm)),
    });
  const baseline = requestsOf(BASELINE_ARM);
  const advised = baseline.flatMap(({ container, advice }, index) =>
    advice.kind === 'abstention'
      ? []
      : RESOURCES.filter(resource => advice[resource].kind === 'advice').map(
          resource => ({ container, resource, index }),
        ),
  );
  if (advised.length === 0) {
    return [];
  }
  const byArm = new Map(
    ARMS.map(arm => [arm, arm === BASELINE_ARM ? baseline : requestsOf(arm)]),
  );
  return advised.flatMap(({ container, resource, index }) => {
    const requests: Partial<Record<Arm, number>> = {};
    for (const [arm, containers] of byArm) {
      const { advice } = containers[index];
      const judged = advice.kind === 'advice' ? advice[resource] : advice;
      if (judged.kind === 'abstention') {
        return [];
      }
      requests[arm] = judged.request;
    }
    return [
      {
        container,
        resource,
        context: `${classOf(stored)}/${resource}`,
        requests: requests as Record<Arm, number>,
      },
    ];
  });
}

function everywhere({ stored }: ArmHistory, tuning: Tuning): WorkloadTunings {
  return new Map(
    stored.state.containers.map(({ name }) => [
      name,
      { cpu: tuning, memory: tuning },
    ]),
  );
}
