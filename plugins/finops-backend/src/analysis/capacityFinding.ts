import { createHash } from 'node:crypto';
import { cutSeries, Series } from '@apexlogic/backstage-plugin-finops-analysis';
import {
  Evidence,
  EvidenceSeries,
  Workload,
} from '@apexlogic/backstage-plugin-finops-common';
import { StoredEvent } from '../database/EventStore';
import { StoredFinding } from '../database/FindingStore';
import { StoredMetric } from '../database/UsageStore';
import { CapacityRisk } from './findCapacityRisks';
import { flatLine, toEvidenceSeries } from './series';
import { WorkloadHistory } from './types';

/** Days of use shown beside the days to come. */
const SHOWN_DAYS = 21;

const MEBIBYTE = 2 ** 20;
const GIBIBYTE = 2 ** 30;

/** Whatever the model makes of it. */
const HIGHEST_CONFIDENCE = 0.95;

type Unit = 'bytes' | 'cores' | 'count' | 'ratio';

const METRIC_OF: Record<CapacityRisk['signal'], StoredMetric> = {
  memory: 'memory-usage-max',
  volume: 'volume-used',
  'autoscaler-maximum': 'cpu-usage-sum',
  connections: 'connections-used',
  'quota-cpu': 'quota-cpu',
  'quota-memory': 'quota-memory',
  'quota-pods': 'quota-pods',
};

const UNIT_OF: Record<CapacityRisk['signal'], Unit> = {
  memory: 'bytes',
  volume: 'bytes',
  'autoscaler-maximum': 'cores',
  connections: 'count',
  'quota-cpu': 'ratio',
  'quota-memory': 'ratio',
  'quota-pods': 'ratio',
};

/** Signals that are told in the plural. */
const PLURAL: ReadonlySet<CapacityRisk['signal']> = new Set([
  'connections',
  'quota-cpu',
  'quota-memory',
  'quota-pods',
] as const);

const HOUR_FORMAT = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
});

const DAY_FORMAT = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
});

/** A risk as a person reads it. */
export function capacityFinding(
  entityRef: string,
  history: WorkloadHistory,
  risk: CapacityRisk,
  events: readonly StoredEvent[],
  now: string,
): StoredFinding {
  const { signal, container, saturation } = risk;
  const { workload, state } = history.stored;
  const { since, measured, model } = saturation;
  const at =
    saturation.expected === undefined
      ? undefined
      : Date.parse(now) / 1000 + saturation.expected;
  const verb = PLURAL.has(signal) ? 'are' : 'is';
  const title = `${nounOf(risk, state.workload)} ${
    at === undefined ? 'may reach' : `${verb} expected to reach`
  } ${limitInWords(risk, history)}${
    at === undefined ? ' within a day' : ` on ${dayInWords(at)}`
  }`;
  const cause = events.find(({ id }) => id === saturation.cause?.label);
  const period = {
    start: new Date((since ?? measured.start) * 1000).toISOString(),
    end: now,
  };
  // A quota is the namespace's; who owns several workloads there is told once.
  const ofNamespace = METRIC_OF[signal].startsWith('quota-');
  const { cluster, namespace } = state.workload;
  return {
    // One risk for as long as it lasts, whenever it was looked at and whatever date it has.
    id: createHash('sha256')
      .update(
        [
          entityRef,
          'capacity',
          signal,
          ofNamespace ? `${cluster}/${namespace}` : workload,
          container,
        ].join('\n'),
      )
      .digest('hex')
      .slice(0, 32),
    kind: 'capacity-risk',
    entityRef,
    workload: ofNamespace ? undefined : workload,
    signal,
    title,
    period,
    ongoing: true,
    direction: 'above',
    confidence: confidenceIn(risk),
    model,
    evidence: [
      useEvidence(history, risk, title, now),
      ...(cause ? [causeEvidence(cause)] : []),
    ],
  };
}

/** Chance that it happens as told; a model is never certain. */
export function confidenceIn({ saturation }: CapacityRisk): number {
  const { within7d, within24h } = saturation.probability;
  return Math.min(Math.max(within7d, within24h), HIGHEST_CONFIDENCE);
}

/** The use, what is expected of it, and the limit. */
function useEvidence(
  { origins }: WorkloadHistory,
  { signal, container, use, limit, saturation }: CapacityRisk,
  title: string,
  now: string,
): Evidence {
  const { upperUse, growthPerDay, since, intervals, outlook } = saturation;
  const metric = METRIC_OF[signal];
  const origin = origins.find(
    item =>
      item.metric === metric &&
      (container === undefined || item.container === container),
  );
  const unit = UNIT_OF[signal];
  const from = Date.parse(now) / 1000;
  const eighty = intervals.find(({ level }) => level === 0.8);
  const near =
    (eighty?.latest ?? Infinity) - (eighty?.earliest ?? 0) < 2 * 86_400;
  const bounds = [eighty?.earliest, eighty?.latest].map(seconds =>
    seconds === undefined
      ? 'later than can be told'
      : (near ? hourInWords : dayInWords)(from + seconds),
  );
  const shown = cutSeries(use, from - SHOWN_DAYS * 86_400, from);
  const observed = toEvidenceSeries(
    shown,
    { label: 'Used', unit, role: 'observed' },
    'max',
  );
  const line = (
    series: Series,
    label: string,
    role: EvidenceSeries['role'],
  ): EvidenceSeries => toEvidenceSeries(series, { label, unit, role });
  const expected = line(outlook.mean, 'Expected', 'expected');
  return {
    id: [container, signal, 'outlook'].filter(Boolean).join('-'),
    kind: 'series',
    sourceId: origin?.sourceId ?? 'unknown',
    summary: `${title}: it uses ${amount(upperUse, unit)} at peaks and ${
      since === undefined
        ? 'rises with the time of the week'
        : `grows by ${amount(growthPerDay, unit)} a day since ${dayInWords(
            since,
          )}`
    }. Eight chances in ten that it happens between ${bounds[0]} and ${
      bounds[1]
    }.`,
    window: {
      start: new Date(shown.start * 1000).toISOString(),
      end: now,
    },
    query: origin?.query,
    series: [
      observed,
      expected,
      line(outlook.lower, 'Expected, lower bound', 'expected-lower'),
      line(outlook.upper, 'Expected, upper bound', 'expected-upper'),
      flatLine(
        spanning(observed, expected),
        { label: 'Limit', unit, role: 'limit' },
        limit,
      ),
    ],
  };
}

/** The grid of one series, to the end of a later one. */
function spanning(one: EvidenceSeries, later: EvidenceSeries): EvidenceSeries {
  const end = later.start + later.step * later.values.length;
  const count = Math.ceil((end - one.start) / one.step);
  return { ...one, values: Array.from({ length: count }, () => null) };
}

function causeEvidence(event: StoredEvent): Evidence {
  return {
    id: 'began-after',
    kind: 'change',
    sourceId: event.sourceId,
    summary: `It began within a day of the ${event.kind} "${event.title}".`,
    window: { start: event.at, end: event.endsAt ?? event.at },
    link: event.link,
  };
}

function nounOf(
  { signal, container }: CapacityRisk,
  { namespace, name: workloadName }: Workload,
): string {
  switch (signal) {
    case 'memory':
      return `Memory of ${container}`;
    case 'volume':
      return `The volume of ${workloadName}`;
    case 'autoscaler-maximum':
      return `CPU use of ${workloadName}`;
    case 'connections':
      return `Connections of ${workloadName}`;
    case 'quota-cpu':
      return `CPU requests in namespace ${namespace}`;
    case 'quota-memory':
      return `Memory requests in namespace ${namespace}`;
    case 'quota-pods':
      return `Pods in namespace ${namespace}`;
    default:
      throw new Error(`unknown: ${signal satisfies never}`);
  }
}

function limitInWords(
  { signal, limit }: CapacityRisk,
  { stored }: WorkloadHistory,
): string {
  switch (signal) {
    case 'memory':
      return `its limit of ${amount(limit, 'bytes')}`;
    case 'volume':
      return `its size of ${amount(limit, 'bytes')}`;
    case 'autoscaler-maximum':
      return `all that the ${stored.state.autoscaler?.maxReplicas} replicas of its autoscaler request`;
    case 'connections':
      return `their limit of ${amount(limit, 'count')}`;
    case 'quota-cpu':
    case 'quota-memory':
    case 'quota-pods':
      return 'their quota';
    default:
      throw new Error(`unknown: ${signal satisfies never}`);
  }
}

function amount(value: number, unit: Unit): string {
  switch (unit) {
    case 'cores':
      return `${Number(value.toPrecision(3))} cores`;
    case 'count':
      return String(Math.round(value));
    case 'ratio':
      return `${Number((value * 100).toPrecision(3))} %`;
    default:
  }
  return value >= GIBIBYTE
    ? `${Number((value / GIBIBYTE).toPrecision(3))} GiB`
    : `${Number((value / MEBIBYTE).toPrecision(3))} MiB`;
}

function hourInWords(epochSeconds: number): string {
  return `${HOUR_FORMAT.format(new Date(epochSeconds * 1000))} UTC`;
}

/** Day and month, UTC. */
export function dayInWords(epochSeconds: number): string {
  return DAY_FORMAT.format(new Date(epochSeconds * 1000));
}
