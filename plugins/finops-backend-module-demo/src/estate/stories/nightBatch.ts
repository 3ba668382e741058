import { StoryTemplate } from '../types';

const WORKLOAD = 'eu-1/insights/Deployment/fraud-scoring';
const FROM_HOUR = 1;
const TO_HOUR = 4.5;
const BATCH_CORES = 7.5;
/** Hours over which the batch ramps up and down. */
const RAMP_HOURS = 0.25;

/** Scores the day's orders at night and waits for the rest of the day. */
export const nightBatch: StoryTemplate = () => ({
  truth: {
    id: 'night-batch',
    workloads: [WORKLOAD],
    expected:
      'Idle by day, busy at night: a schedule, never "idle", and no request below what the batch needs.',
    facts: { batchCores: BATCH_CORES, fromHour: FROM_HOUR, toHour: TO_HOUR },
  },
  effect(drivers, { hour }) {
    if (hour >= FROM_HOUR && hour < TO_HOUR) {
      const ramp = Math.min(
        1,
        (hour - FROM_HOUR + 0.1) / RAMP_HOURS,
        (TO_HOUR - hour) / RAMP_HOURS,
      );
      drivers.extraCores += BATCH_CORES * ramp;
    }
  },
});
