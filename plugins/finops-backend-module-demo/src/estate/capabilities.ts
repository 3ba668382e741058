import { SignalKind } from '@apexlogic/backstage-plugin-finops-common';
import { SourceCapabilities } from '@apexlogic/backstage-plugin-finops-node';
import { DAY_SECONDS, STEP_SECONDS } from './calendar';
import { Estate } from './estate';

/** Workloads per read: one bigger namespace. */
const BATCH_SIZE = 50;

const RESOLUTION_SECONDS: Partial<Record<SignalKind, number>> = {
  cost: DAY_SECONDS,
};
const FRESHNESS_SECONDS: Partial<Record<SignalKind, number>> = {
  cost: DAY_SECONDS,
};

export function capabilitiesOf(
  estate: Estate,
  kind: SignalKind,
): SourceCapabilities {
  return {
    kind,
    historyDays: Math.ceil(
      (estate.calendar.anchor - estate.calendar.start) / DAY_SECONDS,
    ),
    resolutionSeconds: RESOLUTION_SECONDS[kind] ?? STEP_SECONDS,
    batchSize: BATCH_SIZE,
    freshnessSeconds: FRESHNESS_SECONDS[kind] ?? STEP_SECONDS,
  };
}
