import { setImmediate } from 'node:timers/promises';
import {
  Period,
  Workload,
  workloadKey,
} from '@apexlogic/backstage-plugin-finops-common';
import { Estate, PlacedService } from './estate';

/** The part of a period that lies in the recording, in epoch seconds; empty when `start >= end`. */
export function clipPeriod(
  estate: Estate,
  period: Period,
): { start: number; end: number } {
  const start = Date.parse(period.start) / 1000;
  const end = Date.parse(period.end) / 1000;
  if (Number.isNaN(start) || Number.isNaN(end)) {
    throw new RangeError(
      `'${period.start}' to '${period.end}' is not a period of ISO instants`,
    );
  }
  return {
    start: Math.max(start, estate.calendar.start),
    end: Math.min(end, estate.end()),
  };
}

/** The workloads of a read that exist in the estate. */
export function placedWorkloads(
  estate: Estate,
  workloads: readonly Workload[],
): PlacedService[] {
  return workloads.flatMap(
    workload => estate.find(workloadKey(workload)) ?? [],
  );
}

/** Lets other work of the process run between two expensive pieces. */
export async function breathe(): Promise<void> {
  await setImmediate();
}
