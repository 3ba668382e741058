import { hashHex } from '../noise';
import { HOUR_SECONDS, isoOf } from '../calendar';
import { StoryTemplate } from '../types';

const WORKLOAD = 'eu-1/shop/Deployment/search';
const RELEASED_DAYS_BEFORE = 6;
const RELEASED_HOUR = 13;
const CPU_FACTOR = 3.4;
const LATENCY_FACTOR = 4;
const ERROR_RATIO = 0.024;

/** A release whose commit drops a cache index: every query gets dearer and slower, until now. */
export const searchIndex: StoryTemplate = ({ seed, calendar }) => {
  const released = calendar.daysBefore(RELEASED_DAYS_BEFORE, RELEASED_HOUR);
  const revision = hashHex(seed, 'search-index-commit', 40);
  // The message comes with the release and again and again, last a few hours ago.
  const times = [9, 5, 2].map(hours => calendar.anchor - hours * HOUR_SECONDS);
  for (let at = released + 900; at < times[0]; at += 8 * HOUR_SECONDS) {
    times.push(at);
  }
  times.sort((a, b) => a - b);
  return {
    truth: {
      id: 'search-index',
      workloads: [WORKLOAD],
      expected:
        'Latency, errors, CPU and cost are anomalous since the release; the cause is its commit; the remedy a rollback of it.',
      startsAt: isoOf(released),
      cause: `commit/${revision}`,
      facts: {
        cpuFactor: CPU_FACTOR,
        latencyFactor: LATENCY_FACTOR,
        errorRatio: ERROR_RATIO,
      },
    },
    effect(drivers, { epoch }) {
      if (epoch >= released) {
        drivers.cpuSecondsPerRequest *= CPU_FACTOR;
        drivers.latencyP95 *= LATENCY_FACTOR;
        drivers.errorRatio = ERROR_RATIO;
        drivers.diskBytesPerRequest *= 6;
      }
    },
    changes: [
      {
        id: `commit/${revision}`,
        kind: 'commit',
        at: isoOf(released - 4_500),
        title:
          'Drop the prefix index from the query cache; it doubled our start-up time',
        revision,
        workload: WORKLOAD,
      },
      {
        id: `deployment/search/${revision.slice(0, 7)}`,
        kind: 'deployment',
        at: isoOf(released),
        title: `Deploy search at ${revision.slice(0, 7)}`,
        revision,
        workload: WORKLOAD,
      },
    ],
    alerts: [
      {
        id: 'search-latency',
        workload: WORKLOAD,
        title: 'search: p95 latency above 400 ms for 15 minutes',
        severity: 'warning',
        startsAt: isoOf(released + 1_500),
      },
    ],
    lines: times.map(epoch => ({
      workload: WORKLOAD,
      epoch,
      line: `${isoOf(
        epoch,
      )} WARN query cache: no index for prefix lookup, scanning 181442 entries`,
    })),
  };
};
