import { addDays, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import { SKETCH_DAYS } from '../analysis/adviseContainers';
import { WorkloadHistory } from '../analysis/types';
import { Stores } from '../database/createStores';
import { StoredMetric, StoredSketch } from '../database/UsageStore';
import { Match } from './matchWorkloads';

/** Days of usage and cost that prices and advice look back. */
const HISTORY_DAYS = 35;

const METRICS: readonly StoredMetric[] = [
  'replicas',
  'cpu-usage-max',
  'cpu-usage-sum',
  'cpu-throttled-ratio',
  'memory-usage-max',
  'memory-usage-sum',
  'oom-kills',
];

/** What is stored of a workload. */
export interface MeasuredWorkload {
  readonly history: WorkloadHistory;
  readonly sketches: readonly StoredSketch[];
}

/** Reads what prices and advice of a running workload stand on. */
export async function readHistory(
  stores: Stores,
  { entity, stored }: Extract<Match, { kind: 'known' }>,
  now: string,
): Promise<MeasuredWorkload> {
  const tomorrow = addDays(dayOf(now), 1);
  const firstDay = addDays(dayOf(now), -HISTORY_DAYS);
  const costs = await stores.costs.getCosts(
    entity.context.entityRef,
    firstDay,
    tomorrow,
  );
  return {
    history: {
      stored,
      series: await stores.usage.getSeries(
        stored.workload,
        METRICS,
        firstDay,
        tomorrow,
      ),
      origins: [],
      costs: costs.filter(cost => cost.workload === stored.workload),
    },
    sketches: await stores.usage.getSketches(
      stored.workload,
      addDays(dayOf(now), -SKETCH_DAYS),
      tomorrow,
    ),
  };
}
