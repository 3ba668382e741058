import { isoOf } from '../calendar';
import { StoryTemplate } from '../types';

const WORKLOAD = 'eu-1/shop-staging/Deployment/loyalty';
const SCALED_DAYS_BEFORE = 8;
const LIVE_REPLICAS = 3;
const GIT_REPLICAS = 1;

/** Somebody scaled staging by hand for a load test and forgot; git still says one replica. */
export const driftedReplicas: StoryTemplate = ({ calendar }) => {
  const scaled = calendar.daysBefore(SCALED_DAYS_BEFORE, 14);
  return {
    truth: {
      id: 'drifted-replicas',
      workloads: [WORKLOAD],
      expected: 'Drift: three replicas live, one in git.',
      startsAt: isoOf(scaled),
      facts: { liveReplicas: LIVE_REPLICAS, gitReplicas: GIT_REPLICAS },
    },
    effect(drivers, { epoch }) {
      if (epoch >= scaled) {
        drivers.replicas = LIVE_REPLICAS;
      }
    },
    changes: [
      {
        id: 'spec-change/shop-staging/loyalty',
        kind: 'spec-change',
        at: isoOf(scaled),
        title: 'kubectl scale deployment/loyalty --replicas=3 (by hand)',
        workload: WORKLOAD,
      },
    ],
    liveReplicas: { workload: WORKLOAD, replicas: LIVE_REPLICAS },
  };
};
