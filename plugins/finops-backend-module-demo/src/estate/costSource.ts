import {
  addDays,
  dayOf,
  daysBetween,
  Day,
  scaleMoney,
} from '@apexlogic/backstage-plugin-finops-common';
import { CostRow, CostSource } from '@apexlogic/backstage-plugin-finops-node';
import { Billing, lastCompleteDay } from './billing';
import { isoOf } from './calendar';
import { capabilitiesOf } from './capabilities';
import { Estate } from './estate';
import { noiseStream } from './noise';
import { breathe, clipPeriod, placedWorkloads } from './reads';

/** Billing restates this many of the newest complete days. */
const PROVISIONAL_DAYS = 2;
/** A provisional day shows between this share and all of its final cost. */
const PROVISIONAL_SHARE = 0.94;
/** Days in one result, so that long reads arrive in parts. */
const DAYS_PER_RESULT = 10;
/** Cost of a namespace that no workload explains: least share and range above it. */
const UNEXPLAINED_SHARE = 0.02;
const UNEXPLAINED_SPREAD = 0.03;

/** Daily costs of the estate; complete days only, the newest two provisional. */
export function createCostSource(estate: Estate, billing: Billing): CostSource {
  return {
    id: 'demo',
    capabilities: capabilitiesOf(estate, 'cost'),
    async *readCosts(read, { signal }) {
      const { start, end } = clipPeriod(estate, read.period);
      const newest = lastCompleteDay(estate.end());
      const wanted = placedWorkloads(estate, read.workloads);
      const days =
        start < end
          ? daysBetween(
              dayOf(start * 1000),
              addDays(dayOf(end * 1000 - 1), 1),
            ).filter(day => day <= newest)
          : [];
      if (wanted.length === 0 || days.length === 0) {
        yield { status: 'no-data' };
        return;
      }

      const keys = new Set(wanted.map(placed => placed.key));
      const { cluster, namespace } = wanted[0].service;
      const firstProvisional = addDays(newest, 1 - PROVISIONAL_DAYS);
      for (
        let position = 0;
        position < days.length;
        position += DAYS_PER_RESULT
      ) {
        const part = days.slice(position, position + DAYS_PER_RESULT);
        const rows: CostRow[] = [];
        for (const day of part) {
          signal.throwIfAborted();
          rows.push(...rowsOf(day, keys, day >= firstProvisional));
          await breathe();
        }
        yield {
          status: 'ok',
          data: {
            rows,
            coverage: part.map(day => ({
              day,
              ratio: coverageOf(cluster, namespace, day),
            })),
          },
          asOf: isoOf(
            Date.parse(`${addDays(part[part.length - 1], 1)}T00:00:00Z`) / 1000,
          ),
        };
      }
    },
  };

  function rowsOf(
    day: Day,
    keys: ReadonlySet<string>,
    provisional: boolean,
  ): CostRow[] {
    return billing
      .invoices(day)
      .flatMap(invoice => invoice.rows)
      .filter(row => keys.has(row.workload))
      .map(row => {
        const seen = provisional
          ? PROVISIONAL_SHARE +
            (1 - PROVISIONAL_SHARE) *
              noiseStream(estate.seed, `provisional/${row.workload}`).uniform(
                dayNumber(day),
              )
          : 1;
        return {
          ...row,
          day,
          cost: seen === 1 ? row.cost : scaleMoney(row.cost, seen),
          provisional,
        };
      });
  }

  function coverageOf(cluster: string, namespace: string, day: Day): number {
    if (estate.isMissingDay(cluster, dayNumber(day) * 86_400)) {
      return 0;
    }
    const spread = noiseStream(
      estate.seed,
      `unexplained/${cluster}/${namespace}`,
    ).uniform(dayNumber(day));
    return 1 - UNEXPLAINED_SHARE - UNEXPLAINED_SPREAD * spread;
  }
}

function dayNumber(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`) / 86_400_000;
}
