import { DAY_SECONDS, isoOf } from '../calendar';
import { hashHex } from '../noise';
import { StoryTemplate } from '../types';

const MIB = 1024 * 1024;
const WORKLOAD = 'eu-1/payments/Deployment/payments-api';
const RELEASED_DAYS_BEFORE = 16;
/** All pods were moved to new nodes on this day, which hid the leak for a while. */
const RESTARTED_DAYS_BEFORE = 8;
const HOUR = 9;
const LEAK_BYTES_PER_DAY = 150 * MIB;

/** A release leaks memory; a restart resets it, and it grows on towards the limit. */
export const memoryLeak: StoryTemplate = ({ seed, calendar }) => {
  const released = calendar.daysBefore(RELEASED_DAYS_BEFORE, HOUR);
  const restarted = calendar.daysBefore(RESTARTED_DAYS_BEFORE, HOUR);
  const revision = hashHex(seed, 'payments-leak-commit', 40);
  return {
    truth: {
      id: 'memory-leak',
      workloads: [WORKLOAD],
      expected:
        'Memory grows since the release and reaches its limit on a date that can be told; the restart is no recovery; nothing is cut.',
      startsAt: isoOf(released),
      cause: `commit/${revision}`,
      facts: { leakBytesPerDay: LEAK_BYTES_PER_DAY, restartEpoch: restarted },
    },
    effect(drivers, { epoch }) {
      if (epoch >= released) {
        const since = epoch >= restarted ? restarted : released;
        drivers.memoryBytesPerPod +=
          ((epoch - since) / DAY_SECONDS) * LEAK_BYTES_PER_DAY;
      }
    },
    changes: [
      {
        id: `commit/${revision}`,
        kind: 'commit',
        at: isoOf(released - 6_000),
        title: 'Keep the response of every idempotency key in process',
        revision,
        workload: WORKLOAD,
      },
      {
        id: `deployment/payments-api/${revision.slice(0, 7)}`,
        kind: 'deployment',
        at: isoOf(released),
        title: `Deploy payments-api at ${revision.slice(0, 7)}`,
        revision,
        workload: WORKLOAD,
      },
    ],
  };
};
