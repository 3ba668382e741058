import {
  addDays,
  Day,
  DAY_MS,
  daysBetween,
  workloadKey,
} from '@apexlogic/backstage-plugin-finops-common';
import { Stores } from '../database/createStores';
import { StoredWorkload } from '../database/EntityStore';
import { ENTITY, ENTITY_REF, NOW } from './fixtures';

const HOUR = 3600;
const MIB = 2 ** 20;

/** Draws within [0, 1), the same for the same seed. */
export function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Deployments of one entity, alike but for chance: their memory is steady, so that asking for less of it
 * hurts nobody; their CPU comes in bursts of any height, so that asking for less of it soon hurts.
 */
export function createFleet(stores: Stores, size: number) {
  const workloads = Array.from({ length: size }, (_, index): StoredWorkload => {
    const workload = {
      cluster: 'c1',
      namespace: 'production',
      kind: 'Deployment',
      name: `shop-${index}`,
    } as const;
    return {
      workload: workloadKey(workload),
      environment: 'production',
      sourceId: 'cluster',
      observedAt: NOW,
      state: {
        workload,
        replicas: 1,
        containers: [{ name: 'app', cpuRequest: 1, memoryRequest: 1024 * MIB }],
        labels: {},
        annotations: {},
      },
    };
  });
  return {
    keys: workloads.map(({ workload }) => workload),

    async save(list: readonly StoredWorkload[] = workloads): Promise<void> {
      await stores.entities.saveEntity(ENTITY, { state: 'ready', missing: [] });
      await stores.entities.replaceWorkloads(ENTITY_REF, list);
    },

    workloads,

    /** Stores hourly use of days in `[startDay, endDay)`; a tenth of the hours may be bursts of memory. */
    async measure(
      startDay: Day,
      endDay: Day,
      options: {
        readonly keys?: readonly string[];
        readonly burstMebibytes?: number;
        /** Stores a daily cost as well. */
        readonly priced?: boolean;
      } = {},
    ): Promise<void> {
      const {
        keys = workloads.map(({ workload }) => workload),
        burstMebibytes,
        priced = false,
      } = options;
      const days = daysBetween(startDay, endDay);
      const start = Date.parse(startDay) / 1000;
      for (const key of keys) {
        const random = chances(Number(key.split('-')[1]) * 7919 + start);
        const series = (
          metric: 'cpu-usage-max' | 'memory-usage-max',
          use: () => number,
        ) => ({
          workload: key,
          container: 'app',
          metric,
          start,
          step: HOUR,
          values: Float64Array.from({ length: days.length * 24 }, use),
          sourceId: 'metrics',
          query: metric,
        });
        await stores.usage.saveSeries([
          series('cpu-usage-max', () => 0.1 - 0.05 * Math.log(1 - random())),
          series('memory-usage-max', () => {
            const steady = 300 + 20 * random();
            const isBurst = burstMebibytes !== undefined && random() < 0.1;
            return (isBurst ? burstMebibytes : steady) * MIB;
          }),
        ]);
        if (!priced) {
          continue;
        }
        await stores.costs.replaceDays({
          entityRef: ENTITY_REF,
          sourceId: 'bill',
          workloads: [key],
          days,
          rows: days.flatMap(day =>
            (['cpu', 'memory'] as const).map(category => ({
              entityRef: ENTITY_REF,
              sourceId: 'bill',
              workload: key,
              day,
              category,
              currency: 'USD',
              micros: 1_000_000,
              provisional: false,
              environment: 'production' as const,
            })),
          ),
        });
      }
    },
  };
}

/** The same time of day, so many days later. */
export function later(instant: string, days: number): string {
  return new Date(Date.parse(instant) + days * DAY_MS).toISOString();
}

/** The day so many days before an instant. */
export function dayBefore(instant: string, days: number): Day {
  return addDays(instant.slice(0, 10), -days);
}
