import { HOUR_SECONDS, isoOf } from '../calendar';
import { StoryTemplate } from '../types';

const WORKLOAD = 'eu-1/platform/Deployment/edge';
const FIRST_NIGHT_DAYS_BEFORE = 3;
const FROM_HOUR = 1;
const TO_HOUR = 4;
const STOLEN_CORES = 9;
const STOLEN_TRANSMIT_BYTES_PER_SECOND = 6_000_000;

/** Somebody else computes on our pods at night; the SIEM saw it too. */
export const nightIntrusion: StoryTemplate = ({ calendar }) => {
  const first = calendar.daysBefore(FIRST_NIGHT_DAYS_BEFORE, FROM_HOUR);
  const nights = [3, 2, 1].map(days => calendar.daysBefore(days, FROM_HOUR));
  return {
    truth: {
      id: 'night-intrusion',
      workloads: [WORKLOAD],
      expected:
        'A security incident, not a need to scale: escalated with its cost, nothing resized.',
      startsAt: isoOf(first),
      facts: { stolenCores: STOLEN_CORES, nights: nights.length },
    },
    effect(drivers, { epoch, hour }) {
      if (epoch >= first && hour >= FROM_HOUR && hour < TO_HOUR) {
        drivers.extraCores += STOLEN_CORES;
        drivers.extraTransmit += STOLEN_TRANSMIT_BYTES_PER_SECOND;
      }
    },
    alerts: nights.map((night, position) => ({
      id: `siem-edge-${position + 1}`,
      workload: WORKLOAD,
      title:
        'SIEM: unknown process opens outbound connections to a mining pool from edge pods',
      severity: 'critical' as const,
      startsAt: isoOf(night + 600),
      endsAt: isoOf(night + (TO_HOUR - FROM_HOUR) * HOUR_SECONDS),
    })),
    lines: nights.map(night => ({
      workload: WORKLOAD,
      epoch: night + 660,
      line: `${isoOf(
        night + 660,
      )} NOTICE audit: exec /var/cache/.x/kworkerds by uid 101 in edge, parent nginx`,
    })),
  };
};
