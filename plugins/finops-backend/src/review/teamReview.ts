import {
  addDays,
  Day,
  dayOf,
  Money,
  money,
  RecommendationState,
  SourceStatus,
  subtractMoney,
  sumMoneyByCurrency,
} from '@apexlogic/backstage-plugin-finops-common';
import { budgetOutlook } from '../analysis/budgetOutlook';
import { DayAmount } from '../analysis/costSeries';
import { EntityFilter } from '../database/entityFilter';
import { percent } from '../decision/words';
import { EntityContext } from '../ingestion/types';
import { setupOf } from '../ingestion/entityContext';
import { SEVERITY } from '../ingestion/sources';
import { FORECAST_HISTORY_DAYS, WAITING_STATES } from './entityOverview';
import { missingSources } from './entityStatus';
import { monthEnd } from './forecastCosts';
import { monthSpan } from './span';
import { changeOf, groupRows, provenanceOf, totalOf } from './spend';
import { ReviewContext, Schemas } from './types';

/** Changes listed. */
const MAX_CHANGES = 10;

type Stage =
  Schemas['TeamReview']['totals'][number]['pipeline'][number]['stage'];

const STAGES: readonly [Stage, readonly RecommendationState[]][] = [
  ['proposed', ['proposed', 'blocked', 'needs-input']],
  ['open', ['open', 'awaiting-approval']],
  ['approved', ['approved']],
  ['merged', ['merged', 'applied', 'observing']],
  ['realised', ['realised']],
];

type DailyRow = Awaited<
  ReturnType<ReviewContext['stores']['costs']['getDailyTotals']>
>[number];

/**
 * Cost, change, advice and anomalies of all entities some owners own, in one calendar month, against
 * the same days of the month before.
 *
 * @param options.entities - owned entities the caller may read figures of
 */
export async function teamReview(
  context: ReviewContext,
  options: {
    ownerRefs: readonly string[];
    month: string;
    entities: readonly EntityContext[];
    filter?: EntityFilter;
    /** Of the one owner asked for, when the caller may read all it owns. */
    budgets?: readonly Money[];
  },
): Promise<Schemas['TeamReview']> {
  const { stores } = context;
  const { ownerRefs, month, entities, filter, budgets = [] } = options;
  const now = context.now();
  const span = monthSpan(month);
  const previousStart = monthSpan(
    dayOf(Date.parse(span.startDay) - 1).slice(0, 7),
  ).startDay;
  const current = dayOf(now).slice(0, 7) === month;
  const historyStart = addDays(dayOf(now), -FORECAST_HISTORY_DAYS);
  const refs = entities.map(entity => entity.entityRef);
  const rows = await stores.costs.getDailyTotals(
    refs,
    current && historyStart < previousStart ? historyStart : previousStart,
    span.endDay,
    filter,
  );
  const states = await stores.recommendations.getStateTotals(refs, filter);
  const ongoing = await stores.findings.countOngoing(refs, filter);
  const stored = new Map(
    (await stores.entities.getEntities(refs, filter)).map(item => [
      item.context.entityRef,
      item,
    ]),
  );
  const statuses = await stores.sourceStatuses.list([...stored.keys()]);

  const totals: Schemas['TeamReview']['totals'] = [];
  const changes: Schemas['TeamCostChange'][] = [];
  const lines: Schemas['TeamReview']['entities'] = [];
  for (const [currency, own] of [...groupRows(rows, row => row.currency)].sort(
    ([a], [b]) => (a < b ? -1 : 1),
  )) {
    const period = comparePeriods(own, span, previousStart);
    // A workload that two entities claim is paid for once.
    const unique = [
      ...new Map(own.map(row => [`${row.workload} ${row.day}`, row])).values(),
    ];
    const total = totalOf(period.current(unique), currency);
    const previous = period.previousKnown
      ? totalOf(period.previous(unique), currency)
      : undefined;
    totals.push({
      total,
      previous,
      changeRatio: changeOf(total, previous),
      forecast: current ? monthEnd(unique, currency, now) : undefined,
      budget: budgetOf(
        budgets.find(budget => budget.currency === currency),
        current ? unique : undefined,
        now,
      ),
      provenance: await provenanceOf(
        stores.costs,
        period.current(unique),
        span,
      ),
      pipeline: STAGES.map(([stage, members]) => {
        const inStage = states.filter(
          item => item.currency === currency && members.includes(item.state),
        );
        return {
          stage,
          count: inStage.reduce((sum, item) => sum + item.count, 0),
          monthlySaving: totalOf(
            inStage.map(item => ({ micros: item.savingMicros })),
            currency,
          ),
        };
      }),
    });
    for (const [entityRef, ofEntity] of groupRows(own, row => row.entityRef)) {
      const inMonth = period.current(ofEntity);
      if (inMonth.length === 0) {
        continue;
      }
      const sum = totalOf(inMonth, currency);
      const before = period.previousKnown
        ? totalOf(period.previous(ofEntity), currency)
        : undefined;
      const waiting = states.filter(
        item =>
          item.entityRef === entityRef && WAITING_STATES.includes(item.state),
      );
      lines.push({
        entityRef,
        total: sum,
        previous: before,
        changeRatio: changeOf(sum, before),
        openRecommendations: waiting.reduce(
          (count, item) => count + item.count,
          0,
        ),
        monthlySaving: savingIn(waiting, currency),
        openAnomalies: ongoing.get(entityRef)?.count ?? 0,
        coverage: (await provenanceOf(stores.costs, inMonth, span)).coverage,
        efficiency: stored.get(entityRef)?.efficiency,
      });
      if (before && sum.amountMicros !== before.amountMicros) {
        changes.push({
          entityRef,
          label: changeLabel(sum, before),
          delta: subtractMoney(sum, before),
        });
      }
    }
  }
  const covered = new Set(lines.map(line => line.entityRef));
  return {
    ownerRefs: [...ownerRefs],
    month,
    sources: [
      ...worstBySource([...statuses.values()].flat()),
      ...missingSources(context.sources),
    ],
    totals,
    changes: changes
      .sort(
        (a, b) =>
          Math.abs(b.delta.amountMicros) - Math.abs(a.delta.amountMicros),
      )
      .slice(0, MAX_CHANGES),
    entities: lines.sort((a, b) => b.total.amountMicros - a.total.amountMicros),
    notCovered: entities
      .filter(entity => !covered.has(entity.entityRef))
      .map(entity => ({
        entityRef: entity.entityRef,
        reason: whyNotCovered(
          entity,
          stored.get(entity.entityRef)?.setup.state,
          stored.get(entity.entityRef)?.refreshedAt,
        ),
      })),
  };
}

/** The month as far as it is known, and as many days from the start of the month before. */
function comparePeriods(
  rows: readonly DailyRow[],
  span: { startDay: Day; endDay: Day },
  previousStart: Day,
) {
  const inMonth = rows.filter(
    row => row.day >= span.startDay && row.day < span.endDay,
  );
  const lastDay = inMonth.reduce(
    (last, row) => (row.day > last ? row.day : last),
    '',
  );
  const days =
    lastDay === ''
      ? 0
      : (Date.parse(lastDay) - Date.parse(span.startDay)) / 86_400_000 + 1;
  const whole = lastDay !== '' && addDays(lastDay, 1) === span.endDay;
  // A whole month is compared with the whole month before, however long that was.
  const later = addDays(previousStart, days);
  const previousEnd = whole || later > span.startDay ? span.startDay : later;
  const firstDay = rows.reduce(
    (first, row) => (row.day < first ? row.day : first),
    rows[0].day,
  );
  return {
    current: <T extends { day: Day }>(list: readonly T[]) =>
      list.filter(row => row.day >= span.startDay && row.day < span.endDay),
    previous: <T extends { day: Day }>(list: readonly T[]) =>
      list.filter(row => row.day >= previousStart && row.day < previousEnd),
    previousKnown: firstDay <= previousStart,
  };
}

function savingIn(
  items: readonly { savingMicros: number; currency: string }[],
  currency: string,
): Money | undefined {
  return sumMoneyByCurrency(
    items.map(item => money(item.savingMicros, item.currency)),
  ).find(saving => saving.currency === currency);
}

function changeLabel(total: Money, previous: Money): string {
  const ratio = changeOf(total, previous);
  if (ratio === undefined) {
    return 'New this month';
  }
  return ratio > 0
    ? `${percent(ratio)} more than the month before`
    : `${percent(-ratio)} less than the month before`;
}

function worstBySource(statuses: readonly SourceStatus[]): SourceStatus[] {
  const worst = new Map<string, SourceStatus>();
  for (const status of statuses) {
    const key = `${status.kind} ${status.sourceId}`;
    const before = worst.get(key);
    if (!before || SEVERITY[status.status] > SEVERITY[before.status]) {
      worst.set(key, status);
    }
  }
  return [...worst.values()];
}

function whyNotCovered(
  entity: EntityContext,
  state: string | undefined,
  refreshedAt: string | undefined,
): string {
  const setup = setupOf(entity, {
    refreshed: refreshedAt !== undefined,
    workloads: state === 'ready' ? 1 : 0,
  });
  switch (setup.state) {
    case 'not-annotated':
      return `Not connected: annotate it with ${setup.missing[0].annotation}.`;
    case 'waiting':
      return 'Not read yet: wait for the next pass or refresh it.';
    case 'no-workload':
      return 'No workload matches its annotations: check them against the labels in the cluster.';
    default:
      return 'Its workloads have no cost in this month: check the cost source.';
  }
}

/** A month that is over has a budget, but no outlook. */
function budgetOf(
  monthly: Money | undefined,
  amounts: readonly DayAmount[] | undefined,
  now: string,
): Schemas['TeamReview']['totals'][number]['budget'] {
  if (!monthly) {
    return undefined;
  }
  const judged = amounts && budgetOutlook(amounts, monthly, now);
  return {
    monthly,
    probability: judged?.outlook.probability,
    passedOn: judged?.passedOn,
  };
}
