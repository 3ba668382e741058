import { isoOf } from '../calendar';
import { StoryTemplate } from '../types';

const WORKLOAD = 'eu-1/insights/StatefulSet/reports-legacy';
const IDLE_DAYS = 45;

/** Nobody has opened a report since the new dashboard went live. */
export const idleReports: StoryTemplate = ({ calendar }) => {
  const last = calendar.daysBefore(IDLE_DAYS, 16);
  return {
    truth: {
      id: 'idle-reports',
      workloads: [WORKLOAD],
      expected:
        'Idle for 45 days: removal is proposed and needs the owner to answer first.',
      startsAt: isoOf(last),
      facts: { idleDays: IDLE_DAYS },
    },
    effect(drivers, { epoch }) {
      if (epoch >= last) {
        drivers.requestsPerSecond = 0;
      }
    },
  };
};
