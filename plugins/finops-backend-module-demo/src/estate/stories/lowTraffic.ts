import { isoOf } from '../calendar';
import { StoryTemplate } from '../types';

const WORKLOAD = 'eu-1/shop/Deployment/my-web-app';

/** The worked example: steady CPU far below what three pods reserve, and hardly any requests. */
export const lowTraffic: StoryTemplate = ({ calendar }) => ({
  truth: {
    id: 'low-traffic',
    workloads: [WORKLOAD],
    expected:
      'Scale from 3 to 2 replicas: two pods carry the weekly peak below 70 % of their requests; few requests in the logs.',
    facts: {
      replicasNow: 3,
      replicasNeeded: 2,
      meanUtilisation: 0.3,
      peakUtilisation: 0.39,
      requestsPerSecond: 1.2,
    },
  },
  lines: [3, 7, 11].map(hours => ({
    workload: WORKLOAD,
    epoch: calendar.anchor - hours * 3_600,
    line: `${isoOf(
      calendar.anchor - hours * 3_600,
    )} INFO pool: 2 of 64 request slots busy, idle for 38 s in the last minute`,
  })),
});
