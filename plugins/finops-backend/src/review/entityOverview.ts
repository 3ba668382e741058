import {
  addDays,
  dayOf,
  RecommendationState,
  sumMoneyByCurrency,
} from '@apexlogic/backstage-plugin-finops-common';
import { EntityContext } from '../ingestion/types';
import { entityStatus } from './entityStatus';
import { monthEnd } from './forecastCosts';
import { readSpan } from './span';
import {
  changeOf,
  comparisonStart,
  dailyTotals,
  provenanceOf,
  spendByCurrency,
  totalOf,
} from './spend';
import { ReviewContext, Schemas } from './types';

/** States in which advice waits for people. */
export const WAITING_STATES: readonly RecommendationState[] = [
  'proposed',
  'blocked',
  'needs-input',
  'open',
  'awaiting-approval',
  'approved',
];

/** Days of cost the forecast learns from. */
export const FORECAST_HISTORY_DAYS = 90;

/** What the overview card of an entity says. */
export async function entityOverview(
  context: ReviewContext,
  entity: EntityContext,
): Promise<Schemas['EntityOverview']> {
  const { stores } = context;
  const { entityRef } = entity;
  const now = context.now();
  const span = readSpan({}, now);
  const historyStart = addDays(dayOf(now), -FORECAST_HISTORY_DAYS);
  const comparison = comparisonStart(span);
  const rows = await stores.costs.getCosts(
    entityRef,
    historyStart < comparison ? historyStart : comparison,
    span.endDay,
  );
  // A card has room for one currency: the one with most rows, not the largest amount, which cannot be compared.
  const spend = spendByCurrency(rows, span).sort(
    (a, b) => b.rows.length - a.rows.length,
  )[0];
  const total = spend && totalOf(spend.rows, spend.currency);
  const previous =
    spend?.previousRows && totalOf(spend.previousRows, spend.currency);
  const waiting = (
    await stores.recommendations.getStateTotals([entityRef])
  ).filter(item => WAITING_STATES.includes(item.state));
  const savings = sumMoneyByCurrency(
    waiting.map(item => ({
      amountMicros: item.savingMicros,
      currency: item.currency,
    })),
  );
  const ongoing = (await stores.findings.countOngoing([entityRef])).get(
    entityRef,
  );
  return {
    ...(await entityStatus(context, entity)),
    cost: spend && {
      total,
      previous,
      changeRatio: changeOf(total, previous),
      provenance: await provenanceOf(stores.costs, spend.rows, span),
    },
    sparkline: spend ? dailyTotals(spend.rows, spend.currency) : [],
    monthEnd:
      spend &&
      monthEnd(
        rows.filter(row => row.currency === spend.currency),
        spend.currency,
        now,
      ),
    openRecommendations: {
      count: waiting.reduce((sum, item) => sum + item.count, 0),
      monthlySaving:
        savings.find(saving => saving.currency === spend?.currency) ??
        savings[0],
    },
    openAnomalies: { count: ongoing?.count ?? 0, since: ongoing?.since },
  };
}
