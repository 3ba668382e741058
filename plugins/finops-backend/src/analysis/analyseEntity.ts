import { setImmediate as letOthersRun } from 'node:timers/promises';
import {
  addDays,
  dayOf,
  Money,
} from '@apexlogic/backstage-plugin-finops-common';
import { Stores } from '../database/createStores';
import { StoredCost } from '../database/CostStore';
import { StoredFinding } from '../database/FindingStore';
import { StoredMetric } from '../database/UsageStore';
import { namespaceOf } from '../ingestion/context';
import { SKETCH_DAYS } from './adviseContainers';
import { analyseWorkload } from './analyseWorkload';
import { capacityFinding } from './capacityFinding';
import { efficiencyOf } from './efficiencyOf';
import {
  findCostAnomalies,
  findMetricAnomalies,
  Occasions,
} from './findAnomalies';
import { findLogAnomalies } from './findLogAnomalies';
import { findBudgetDeviation } from './findBudgetDeviation';
import { findWaste } from './findWaste';
import {
  EntityAnalysis,
  WorkloadAnalysis,
  WorkloadHistory,
  WorkloadInputs,
  WorkloadTunings,
} from './types';

/** Days of cost judged. */
const COST_DAYS = 90;

/** Days of metrics read. */
const METRIC_DAYS = 35;

/** Days at the start of them that only show what is usual; what is odd there lacks a past to say so. */
const BASELINE_DAYS = 7;

/** Metrics the models read. */
const METRICS: readonly StoredMetric[] = [
  'cpu-usage-max',
  'cpu-usage-sum',
  'memory-usage-max',
  'memory-usage-sum',
  'cpu-throttled-ratio',
  'oom-kills',
  'replicas',
  'network-receive',
  'network-transmit',
  'volume-used',
  'volume-capacity',
  'quota-cpu',
  'quota-memory',
  'quota-pods',
  'connections-used',
  'connections-limit',
  'request-rate',
  'error-rate',
  'latency-p95',
  'log-request-rate',
  'log-error-rate',
];

/**
 * Runs the models over what is stored of one entity. Reads only.
 *
 * @param tunings - what a learner chose, by workload
 */
export async function analyseEntity(
  stores: Stores,
  entityRef: string,
  now: Date,
  occasions: Occasions,
  budgets: readonly Money[] = [],
  tunings: ReadonlyMap<string, WorkloadTunings> = new Map(),
): Promise<EntityAnalysis> {
  const today = dayOf(now);
  const tomorrow = addDays(today, 1);
  const firstDay = addDays(today, -METRIC_DAYS);
  const costs = await stores.costs.getCosts(
    entityRef,
    addDays(today, -COST_DAYS),
    tomorrow,
  );
  const events = await stores.events.list(
    entityRef,
    `${firstDay}T00:00:00.000Z`,
    now.toISOString(),
  );
  const workloads: WorkloadAnalysis[] = [];
  const inputs: WorkloadInputs[] = [];
  const findings: StoredFinding[] = [];
  const from =
    Date.parse(`${addDays(firstDay, BASELINE_DAYS)}T00:00:00Z`) / 1000;
  for (const stored of await stores.entities.getWorkloads(entityRef)) {
    const history: WorkloadHistory = {
      stored,
      series: await stores.usage.getSeries(
        stored.workload,
        METRICS,
        firstDay,
        tomorrow,
      ),
      origins: await stores.usage.getQueries(stored.workload),
      costs: costs.filter(cost => cost.workload === stored.workload),
    };
    const sketches = await stores.usage.getSketches(
      stored.workload,
      addDays(today, -SKETCH_DAYS),
      tomorrow,
    );
    const input: WorkloadInputs = {
      history,
      sketches,
      events,
      tunings: tunings.get(stored.workload),
      calendar: occasions.calendar,
      now: now.toISOString(),
    };
    const analysis = analyseWorkload(input);
    inputs.push(input);
    workloads.push(analysis);
    findings.push(
      ...findMetricAnomalies(entityRef, history, from, occasions),
      ...analysis.risks.map(risk =>
        capacityFinding(entityRef, history, risk, events, now.toISOString()),
      ),
      ...findWaste(entityRef, history, now.toISOString(), analysis.offHours),
      ...findLogAnomalies(
        entityRef,
        { key: stored.workload, name: stored.state.workload.name },
        await stores.logTemplates.getCounts(
          stored.workload,
          firstDay,
          tomorrow,
        ),
      ),
    );
    // The models compute without a pause; requests get their turn between two workloads.
    await letOthersRun();
  }
  findings.push(
    ...(await costFindings(
      stores,
      entityRef,
      costs,
      addDays(today, -COST_DAYS),
      tomorrow,
      occasions,
    )),
  );
  for (const budget of budgets) {
    const amounts = costs.filter(cost => cost.currency === budget.currency);
    const finding = findBudgetDeviation({
      entityRef,
      sourceId: amounts[0]?.sourceId ?? 'unknown',
      budget,
      amounts,
      now: now.toISOString(),
    });
    if (finding) {
      findings.push(finding);
    }
  }
  return {
    entityRef,
    now: now.toISOString(),
    workloads,
    inputs,
    // What several workloads share, as a quota, is found with each of them.
    findings: [...new Map(findings.map(one => [one.id, one])).values()],
    windowStart: `${addDays(today, -COST_DAYS)}T00:00:00.000Z`,
    efficiency: efficiencyOf(
      workloads.map(workload => workload.history),
      today,
    ),
  };
}

async function costFindings(
  stores: Stores,
  entityRef: string,
  costs: readonly StoredCost[],
  startDay: string,
  endDay: string,
  occasions: Occasions,
): Promise<StoredFinding[]> {
  const namespaces = new Set(costs.map(cost => namespaceOf(cost.workload)));
  const coverage = await stores.costs.getCoverage(namespaces, startDay, endDay);
  // The worst namespace of a day decides whether the day is complete.
  const byDay = new Map<string, number>();
  for (const { day, ratio } of coverage) {
    byDay.set(day, Math.min(ratio, byDay.get(day) ?? 1));
  }
  const currencies = [...new Set(costs.map(cost => cost.currency))].sort();
  return currencies.flatMap(currency => {
    const amounts = costs.filter(cost => cost.currency === currency);
    return findCostAnomalies({
      entityRef,
      sourceId: amounts[0].sourceId,
      currency,
      amounts,
      coverage: byDay,
      occasions,
    });
  });
}
