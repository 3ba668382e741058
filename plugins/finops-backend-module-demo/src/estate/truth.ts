import {
  Day,
  Money,
  sumMoney,
  WorkloadKey,
  zeroMoney,
} from '@apexlogic/backstage-plugin-finops-common';
import { Billing, DailyInvoice, DayQuantities } from './billing';
import { Estate } from './estate';
import { StoryTruth } from './types';

/**
 * What was planted and what it costs. For tests and for people who want to check the product; no
 * source hands it out.
 */
export interface DemoTruth {
  readonly seed: number;
  /** ISO instant the stories are placed against. */
  readonly now: string;
  readonly workloads: readonly WorkloadKey[];
  readonly stories: readonly StoryTruth[];
  /** Final bills of a complete day, before anything was provisional; empty for days outside the recording. */
  invoices(day: Day): readonly DailyInvoice[];
  quantities(workload: WorkloadKey, day: Day): DayQuantities;
  /** Final cost of a workload on a day in its account's currency; `undefined` where nothing was billed. */
  cost(workload: WorkloadKey, day: Day): Money | undefined;
  /** The same had a story not happened. */
  costWithout(
    storyId: string,
    workload: WorkloadKey,
    day: Day,
  ): Money | undefined;
}

export function createTruth(estate: Estate, billing: Billing): DemoTruth {
  return {
    seed: estate.seed,
    now: new Date(estate.calendar.anchor * 1000).toISOString(),
    workloads: estate.services.map(placed => placed.key),
    stories: estate.stories.map(story => story.truth),
    invoices: billing.invoices,
    quantities: billing.quantities,
    cost: (workload, day) => costIn(billing.invoices(day), workload),
    costWithout: (storyId, workload, day) =>
      costIn(billing.invoicesWithout(day, storyId), workload),
  };
}

function costIn(
  invoices: readonly DailyInvoice[],
  workload: WorkloadKey,
): Money | undefined {
  for (const invoice of invoices) {
    const rows = invoice.rows.filter(row => row.workload === workload);
    if (rows.length > 0) {
      return rows.reduce(
        (sum, row) => sumMoney([sum, row.cost], invoice.currency),
        zeroMoney(invoice.currency),
      );
    }
  }
  return undefined;
}
