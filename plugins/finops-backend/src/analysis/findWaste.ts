import { createHash } from 'node:crypto';
import {
  cutSeries,
  isIdle,
  SCHEDULE_PARAMETERS,
  Series,
} from '@apexlogic/backstage-plugin-finops-analysis';
import {
  addDays,
  dayOf,
  Evidence,
  Money,
  moneyFromUnits,
} from '@apexlogic/backstage-plugin-finops-common';
import type { CostCategory } from '@apexlogic/backstage-plugin-finops-node';
import { StoredFinding } from '../database/FindingStore';
import { StoredMetric } from '../database/UsageStore';
import { OffHours, SERVING_KINDS, usageOf } from './learnOffHours';
import { weekInWords } from './offRuns';
import { flatLine, sumOfContainers, toEvidenceSeries } from './series';
import { WorkloadHistory } from './types';

/** Days the models look at, and what idle means to them. */
const { windowDays: JUDGED_DAYS, idle: IDLE } = SCHEDULE_PARAMETERS;

/** Days a price is taken from; the latest may still be restated. */
const PRICE_DAYS = 14;
const MINIMUM_PRICE_DAYS = 3;

const HOURS_OF_DAY = 24;

/** Requests a second above which something is served, however little CPU it takes: one a minute. */
const SERVED_PER_SECOND = 1 / 60;

/** What stays to be paid when the pods are gone is not waste of theirs. */
const PODS: readonly CostCategory[] = ['cpu', 'memory', 'gpu'];
const WHOLE_WORKLOAD: readonly CostCategory[] = [
  ...PODS,
  'storage',
  'network',
  'load-balancer',
];

/**
 * Workloads that do nothing, and nights and weekends in which one outside production does nothing.
 * What a metric of requests says is asked as well: a service that answers takes little CPU at times.
 *
 * @param offHours - when it is not used, as far as that was learned
 */
export function findWaste(
  entityRef: string,
  history: WorkloadHistory,
  now: string,
  offHours?: OffHours,
): StoredFinding[] {
  const { state } = history.stored;
  const load = sumOfContainers(history.series, 'cpu-usage-sum');
  if (
    !load ||
    state.replicas === 0 ||
    !SERVING_KINDS.includes(state.workload.kind)
  ) {
    return [];
  }
  const seconds = Date.parse(now) / 1000;
  const idle = idleFinding(entityRef, history, load, seconds);
  const finding =
    idle ??
    (offHours && offHoursFinding(entityRef, history, load, seconds, offHours));
  return finding ? [finding] : [];
}

function idleFinding(
  entityRef: string,
  history: WorkloadHistory,
  load: Series,
  now: number,
): StoredFinding | undefined {
  const from = now - JUDGED_DAYS * 86_400;
  const price = priceOf(history, WHOLE_WORKLOAD, now);
  const verdict = isIdle(usageOf(load, 0), {
    now,
    pricePerHour: price?.perHour,
  });
  const requests = requestsOf(history, from, now);
  if (verdict.kind !== 'idle' || (requests ?? 0) > SERVED_PER_SECOND) {
    return undefined;
  }
  const { name } = history.stored.state.workload;
  const share = `${Math.floor(verdict.idleShare * 1000) / 10} %`;
  const title = `${name} does nothing`;
  return wasteFinding({
    entityRef,
    history,
    signal: 'idle',
    title,
    since: idleSince(load, from),
    now,
    confidence: verdict.confidence,
    model: verdict.model,
    monthlyImpact: toMoney(verdict.money?.savingPerMonth, price?.currency),
    load,
    summary: `${title}: less than ${
      IDLE.cores
    } cores in ${share} of the hours of ${JUDGED_DAYS} days${
      requests === undefined
        ? '; its requests are not measured'
        : ', and fewer than one request a minute'
    }.`,
  });
}

function offHoursFinding(
  entityRef: string,
  history: WorkloadHistory,
  load: Series,
  now: number,
  { schedule, runs, hours, peak, request }: OffHours,
): StoredFinding {
  const { state } = history.stored;
  const price = priceOf(history, PODS, now);
  const { name } = state.workload;
  const title = `${name} runs ${hours} hours a week in which nobody uses it`;
  return wasteFinding({
    entityRef,
    history,
    signal: 'off-hours',
    title,
    since: Math.max(now - JUDGED_DAYS * 86_400, peak.start),
    now,
    confidence: schedule.confidence,
    model: schedule.model,
    monthlyImpact:
      price &&
      toMoney(
        (price.perHour * 730 * hours) / schedule.off.length,
        price.currency,
      ),
    load,
    request: request * (state.replicas ?? 1),
    summary: `${title}: ${weekInWords(runs)} (${
      schedule.timeZone
    }). Its pods stayed below 5 % of the CPU they request; ${rounded(
      schedule.expectedUsedOffHours,
    )} of these hours are expected to be wanted in a week.`,
  });
}

function wasteFinding(options: {
  entityRef: string;
  history: WorkloadHistory;
  signal: string;
  title: string;
  since: number;
  now: number;
  confidence: number;
  model: StoredFinding['model'];
  monthlyImpact?: Money;
  load: Series;
  request?: number;
  summary: string;
}): StoredFinding {
  const { entityRef, history, signal, title, now, load, request } = options;
  const { workload } = history.stored;
  const origin = history.origins.find(
    candidate => candidate.metric === 'cpu-usage-sum',
  );
  const used = toEvidenceSeries(
    cutSeries(load, now - JUDGED_DAYS * 86_400, now),
    {
      label: 'CPU use',
      unit: 'cores',
      role: 'usage',
    },
  );
  const period = {
    start: new Date(options.since * 1000).toISOString(),
    end: new Date(now * 1000).toISOString(),
  };
  const evidence: Evidence = {
    id: `${signal}-usage`,
    kind: 'series',
    sourceId: origin?.sourceId ?? 'unknown',
    summary: options.summary,
    window: period,
    query: origin?.query,
    series: [
      used,
      ...(request
        ? [
            flatLine(
              used,
              { label: 'CPU request', unit: 'cores', role: 'request' },
              request,
            ),
          ]
        : []),
    ],
  };
  return {
    // Waste of a workload is one thing for as long as it lasts, whenever it was looked at.
    id: createHash('sha256')
      .update([entityRef, signal, workload].join('\n'))
      .digest('hex')
      .slice(0, 32),
    kind: 'waste',
    entityRef,
    workload,
    signal,
    title,
    period,
    ongoing: true,
    monthlyImpact: options.monthlyImpact,
    confidence: options.confidence,
    model: options.model,
    evidence: [evidence],
  };
}

/** Start of the days without a break in which it was as idle as in the judged window. */
function idleSince(load: Series, judgedFrom: number): number {
  let since = judgedFrom;
  while (since > load.start) {
    const day = cutSeries(load, since - 86_400, since).values.filter(
      Number.isFinite,
    );
    const idle = day.filter(used => used < IDLE.cores).length;
    if (day.length === 0 || idle < IDLE.share * day.length) {
      break;
    }
    since -= 86_400;
  }
  return Math.max(since, load.start);
}

/** Requests a second in the busiest hour; `undefined` where they are not measured. */
function requestsOf(
  { series }: WorkloadHistory,
  from: number,
  to: number,
): number | undefined {
  const metrics: readonly StoredMetric[] = ['request-rate', 'log-request-rate'];
  for (const metric of metrics) {
    const rate = sumOfContainers(series, metric);
    const measured =
      rate && cutSeries(rate, from, to).values.filter(Number.isFinite);
    if (measured && measured.length > 0) {
      return measured.reduce((most, value) => Math.max(most, value), 0);
    }
  }
  return undefined;
}

/** Mean price of an hour over the latest complete days; none where two currencies would be added. */
function priceOf(
  { costs }: WorkloadHistory,
  categories: readonly CostCategory[],
  now: number,
): { perHour: number; currency: string } | undefined {
  const today = dayOf(new Date(now * 1000));
  const rows = costs.filter(
    cost =>
      !cost.provisional &&
      cost.day >= addDays(today, -PRICE_DAYS) &&
      cost.day < today &&
      categories.includes(cost.category),
  );
  const days = new Set(rows.map(row => row.day)).size;
  if (
    days < MINIMUM_PRICE_DAYS ||
    rows.some(row => row.currency !== rows[0].currency)
  ) {
    return undefined;
  }
  const micros = rows.reduce((total, row) => total + row.micros, 0);
  return {
    perHour: micros / 1e6 / days / HOURS_OF_DAY,
    currency: rows[0].currency,
  };
}

function toMoney(
  units: number | undefined,
  currency: string | undefined,
): Money | undefined {
  return units !== undefined && currency
    ? moneyFromUnits(units, currency)
    : undefined;
}

function rounded(value: number): string {
  return Number(value.toPrecision(2)).toString();
}
