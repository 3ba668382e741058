import {
  addDays,
  dayOf,
  money,
  Money,
  parseWorkloadKey,
} from '@apexlogic/backstage-plugin-finops-common';
import { StoredCost } from '../database/CostStore';
import { EntityContext } from '../ingestion/types';
import { FORECAST_HISTORY_DAYS } from './entityOverview';
import { entityStatus } from './entityStatus';
import { explainChanges } from './explainChanges';
import { forecastDays, monthEnd } from './forecastCosts';
import { DaySpan } from './span';
import {
  changeOf,
  comparisonStart,
  dailyTotals,
  groupRows,
  provenanceOf,
  Spend,
  spendByCurrency,
  totalOf,
} from './spend';
import { timeline } from './timeline';
import { ReviewContext, Schemas } from './types';

/** What rows may be grouped by. */
export type CostGrouping = 'category' | 'workload' | 'environment';

/** Cost per day and group of a span, with forecast and what changed; one block a currency. */
export async function entityCosts(
  context: ReviewContext,
  entity: EntityContext,
  options: { span: DaySpan; groupBy: CostGrouping },
): Promise<Schemas['EntityCosts']> {
  const { stores } = context;
  const { span, groupBy } = options;
  const now = context.now();
  const historyStart = addDays(dayOf(now), -FORECAST_HISTORY_DAYS);
  const comparison = comparisonStart(span);
  const tomorrow = addDays(dayOf(now), 1);
  const rows = await stores.costs.getCosts(
    entity.entityRef,
    historyStart < comparison ? historyStart : comparison,
    tomorrow > span.endDay ? tomorrow : span.endDay,
  );
  // A forecast beside a span of the past would answer a question nobody asked.
  const reachesNow = span.endDay > dayOf(now);
  const events = await timeline(
    stores,
    entity.entityRef,
    `${span.startDay}T00:00:00.000Z`,
    `${span.endDay}T00:00:00.000Z`,
  );
  const currencies: Schemas['EntityCosts']['currencies'] = [];
  for (const spend of spendByCurrency(rows, span)) {
    const { currency } = spend;
    const total = totalOf(spend.rows, currency);
    const previous =
      spend.previousRows && totalOf(spend.previousRows, currency);
    const history = rows.filter(row => row.currency === currency);
    const forecast = reachesNow ? forecastDays(history, currency) : undefined;
    currencies.push({
      currency,
      total,
      previous,
      changeRatio: changeOf(total, previous),
      provenance: await provenanceOf(stores.costs, spend.rows, span),
      groups: groupsOf(spend, groupBy, total),
      days: dailyTotals(spend.rows, currency),
      forecast: forecast?.days,
      forecastModel: forecast?.model,
      monthEnd: reachesNow ? monthEnd(history, currency, now) : undefined,
      changes: await explainChanges(stores.usage, spend),
      events,
    });
  }
  return { ...(await entityStatus(context, entity)), currencies };
}

function groupsOf(
  { rows, previousRows, currency }: Spend,
  groupBy: CostGrouping,
  whole: Money,
): Schemas['CostGroup'][] {
  const keyOf = (row: StoredCost) => row[groupBy];
  const before = previousRows && groupRows(previousRows, keyOf);
  return [...groupRows(rows, keyOf)]
    .map(([key, own]) => {
      const total = totalOf(own, currency);
      const previous = before && totalOf(before.get(key) ?? [], currency);
      return {
        key,
        label: groupBy === 'workload' ? labelOf(key) : key,
        total,
        previous,
        changeRatio: changeOf(total, previous),
        share: shareOf(total, whole),
        days: dailyTotals(own, currency),
        workloads:
          groupBy === 'workload'
            ? undefined
            : [...groupRows(own, row => row.workload)]
                .map(([workload, ofWorkload]) => {
                  const sum = totalOf(ofWorkload, currency);
                  return { workload, total: sum, share: shareOf(sum, total) };
                })
                .sort((a, b) => b.total.amountMicros - a.total.amountMicros),
      };
    })
    .sort((a, b) => b.total.amountMicros - a.total.amountMicros);
}

function labelOf(workload: string): string {
  const { cluster, namespace, kind, name } = parseWorkloadKey(workload);
  return `${name} (${kind}, ${namespace}, ${cluster})`;
}

function shareOf(part: Money, whole: Money): number {
  return whole.amountMicros === money(0, whole.currency).amountMicros
    ? 0
    : part.amountMicros / whole.amountMicros;
}
