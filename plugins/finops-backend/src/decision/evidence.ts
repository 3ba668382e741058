import {
  dayOf,
  addDays,
  Evidence,
  EvidenceSeries,
  formatMoney,
  money,
  Period,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  RuntimeHint,
  Series,
} from '@apexlogic/backstage-plugin-finops-analysis';
import {
  AutoscalerState,
  DisruptionBudgetState,
} from '@apexlogic/backstage-plugin-finops-node';
import { costSeries } from '../analysis/costSeries';
import { flatLine, meanOf, toEvidenceSeries } from '../analysis/series';
import { JudgedLoad, WorkloadHistory } from '../analysis/types';
import { CapacityRisk } from '../analysis/findCapacityRisks';
import { StoredFinding } from '../database/FindingStore';
import { StoredMetric } from '../database/UsageStore';
import { number, percent } from './words';

/** Days of cost shown. */
const COST_EVIDENCE_DAYS = 30;

/** Period a series covers. */
export function windowOf(series: Series): Period {
  return {
    start: new Date(series.start * 1000).toISOString(),
    end: new Date(
      (series.start + series.step * series.values.length) * 1000,
    ).toISOString(),
  };
}

/** Usage against the request now and the proposed one. */
export function usageEvidence(options: {
  history: WorkloadHistory;
  id: string;
  summary: string;
  metric: StoredMetric;
  container?: string;
  usage: Series;
  unit: EvidenceSeries['unit'];
  request?: number;
  proposed?: number;
  limit?: number;
}): Evidence {
  const {
    history,
    id,
    summary,
    metric,
    container,
    usage,
    unit,
    request,
    proposed,
    limit,
  } = options;
  const origin = history.origins.find(
    item =>
      item.metric === metric &&
      (container === undefined || item.container === container),
  );
  const mean = toEvidenceSeries(usage, { label: 'Used', unit, role: 'usage' });
  const lines: EvidenceSeries[] = [
    mean,
    toEvidenceSeries(usage, { label: 'Peak', unit, role: 'peak' }, 'max'),
  ];
  for (const [value, label, role] of [
    [request, 'Requested now', 'request'],
    [proposed, 'Proposed', 'proposed'],
    [limit, 'Limit', 'limit'],
  ] as const) {
    if (value !== undefined) {
      lines.push(flatLine(mean, { label, unit, role }, value));
    }
  }
  return {
    id,
    kind: 'series',
    sourceId: origin?.sourceId ?? 'unknown',
    summary,
    window: windowOf(usage),
    query: origin?.query,
    series: lines,
  };
}

/** Served requests, from metrics or counted in logs. */
export function requestEvidence(
  history: WorkloadHistory,
  load: JudgedLoad,
): Evidence[] {
  const { requestRate, logRate } = load;
  return [
    ...(logRate ? [rateEvidence(history, logRate, 'log-request-rate')] : []),
    ...(requestRate && requestRate !== logRate
      ? [rateEvidence(history, requestRate, 'request-rate')]
      : []),
  ];
}

function rateEvidence(
  history: WorkloadHistory,
  rate: Series,
  metric: 'log-request-rate' | 'request-rate',
): Evidence {
  const fromLogs = metric === 'log-request-rate';
  const origin = history.origins.find(item => item.metric === metric);
  const mean = number(meanOf(rate.values) ?? 0);
  return {
    id: fromLogs ? 'log-requests' : 'requests',
    kind: fromLogs ? 'log' : 'series',
    sourceId: origin?.sourceId ?? 'unknown',
    summary: `${mean} requests per second on average${
      fromLogs ? ', counted in its logs' : ''
    }.`,
    window: windowOf(rate),
    query: origin?.query,
    series: [
      toEvidenceSeries(rate, {
        label: fromLogs ? 'Requests in logs' : 'Requests',
        unit: 'requests/s',
        role: 'observed',
      }),
    ],
  };
}

/** Daily cost of the workload, all categories. */
export function costEvidence(
  history: WorkloadHistory,
  now: string,
): Evidence[] {
  const firstDay = addDays(dayOf(now), -COST_EVIDENCE_DAYS);
  const rows = history.costs.filter(cost => cost.day >= firstDay);
  const currencies = [...new Set(rows.map(cost => cost.currency))].sort();
  return currencies.flatMap(currency => {
    const ofCurrency = rows.filter(cost => cost.currency === currency);
    const built = costSeries(ofCurrency);
    if (!built) {
      return [];
    }
    const total = ofCurrency.reduce((sum, cost) => sum + cost.micros, 0);
    const days = new Set(ofCurrency.map(cost => cost.day)).size;
    return [
      {
        id: `cost-${currency.toLowerCase()}`,
        kind: 'cost' as const,
        sourceId: ofCurrency[0].sourceId,
        summary: `It cost ${formatMoney(
          money(total, currency),
        )} in the last ${days} days.`,
        window: windowOf(built.series),
        series: [
          toEvidenceSeries(built.series, {
            label: `Cost a day (${currency})`,
            unit: 'money',
            role: 'observed',
          }),
        ],
      },
    ];
  });
}

/** What a capacity risk of a workload was told with. */
export function riskEvidence(
  findings: readonly StoredFinding[],
  workload: string,
  signal: CapacityRisk['signal'],
): Evidence[] {
  return findings
    .filter(
      finding =>
        finding.kind === 'capacity-risk' &&
        finding.workload === workload &&
        finding.signal === signal,
    )
    .flatMap(({ evidence }) => evidence);
}

/** Settings of a language runtime that a person should change along with the requests. */
export function runtimeEvidence(
  { stored }: WorkloadHistory,
  container: string,
  hints: readonly RuntimeHint[],
): Evidence[] {
  const { sourceId, observedAt, state } = stored;
  const write = (value: number, unit: RuntimeHint['unit']) =>
    unit === 'bytes' ? `${number(value / 1024 ** 2)} MiB` : number(value);
  return hints.map(({ setting, present, advised, unit, reason }) => ({
    id: `${container}-${setting.replace(/\W+/g, '')}`,
    kind: 'state',
    sourceId,
    summary: `${container}: ${setting} is ${
      present === undefined ? 'not set' : write(present, unit)
    }; ${write(advised, unit)} would fit, for ${reason}.`,
    window: { start: state.specChangedAt ?? observedAt, end: observedAt },
  }));
}

/** The live state the decision was made for. */
export function stateEvidence({ stored }: WorkloadHistory): Evidence {
  const { state, sourceId, observedAt } = stored;
  const containers = state.containers
    .map(
      ({ name, cpuRequest, memoryRequest }) =>
        `${name} requests ${
          cpuRequest === undefined
            ? 'no CPU'
            : `${number(cpuRequest)} ${cpuRequest === 1 ? 'core' : 'cores'}`
        } and ${
          memoryRequest === undefined
            ? 'no memory'
            : `${Math.round(memoryRequest / 1024 ** 2)} MiB`
        }`,
    )
    .join(', ');
  const autoscaler = state.autoscaler
    ? autoscalerInWords(state.autoscaler)
    : 'no autoscaler';
  const availability = [
    ...budgetWords(state.disruptionBudget),
    ...(state.zones === undefined ? [] : [`spread over ${state.zones} zones`]),
    ...(state.startUpSeconds === undefined
      ? []
      : [`ready ${number(state.startUpSeconds)} s after being scheduled`]),
  ].map(words => `, ${words}`);
  const devices = state.containers.flatMap(({ name, extendedResources = {} }) =>
    Object.entries(extendedResources).map(
      ([resource, count]) =>
        ` ${name} requests ${count} ${resource}; not judged.`,
    ),
  );
  const unknown = (state.availabilityUnknown ?? []).map(words => ` ${words}`);
  return {
    id: 'state',
    kind: 'state',
    sourceId,
    summary: `${
      state.replicas ?? 'No fixed number of'
    } replicas, ${autoscaler}${availability.join(
      '',
    )}; ${containers}.${devices.join('')}${unknown.join('')}`,
    window: { start: state.specChangedAt ?? observedAt, end: observedAt },
  };
}

function autoscalerInWords({
  kind,
  name,
  minReplicas,
  maxReplicas,
  targetUtilisation,
}: AutoscalerState): string {
  const target = targetUtilisation?.cpu;
  return `${kind} ${name} keeps ${minReplicas} to ${maxReplicas} replicas${
    target === undefined ? '' : ` at ${percent(target)} of their CPU requests`
  }`;
}

function budgetWords(budget: DisruptionBudgetState | undefined): string[] {
  if (budget?.maxUnavailable !== undefined) {
    return [`a disruption budget lets ${budget.maxUnavailable} be away`];
  }
  return budget?.minAvailable === undefined
    ? []
    : [`a disruption budget keeps ${budget.minAvailable}`];
}
