import { cutSeries } from '@apexlogic/backstage-plugin-finops-analysis';
import {
  addDays,
  dayOf,
  OffHoursMechanism,
} from '@apexlogic/backstage-plugin-finops-common';
import { EntityAnalysis, WorkloadInputs } from '../analysis/types';
import { Stores } from '../database/createStores';
import { Recording } from '../database/RecordingStore';
import { RecommendationContent } from '../database/RecommendationStore';
import { StoredMetric } from '../database/UsageStore';
import { decodeInputs, encodeInputs, RECORDING_VERSION } from './encodeInputs';
import { subjectKeyOf } from './reconcile';
import {
  comparedHash,
  ComparedField,
  differences,
  repeatDecision,
} from './repeatDecision';
import { Decision } from './types';

/** Most bytes kept of one recommendation's inputs. */
export const MOST_BYTES = 64 * 1024;

/** Metrics that only anomalies are looked for in; dropped first. */
const UNADVISED: readonly StoredMetric[] = [
  'latency-p95',
  'error-rate',
  'log-error-rate',
];

/** Dropped next: large, and mostly not what an advice turns on. Whether it does is checked. */
const BULKY: readonly StoredMetric[] = [
  ...UNADVISED,
  'cpu-usage-max',
  'memory-usage-max',
  'memory-usage-sum',
];

const BULKIEST: readonly StoredMetric[] = [
  ...BULKY,
  'cpu-usage-sum',
  'network-receive',
  'network-transmit',
  'request-rate',
  'log-request-rate',
];

/** Days that load and price are judged over, and a margin. */
const JUDGED_DAYS = 17;

/** What is left out to become small, less of it first. */
const REDUCTIONS: readonly {
  readonly dropped: readonly StoredMetric[];
  readonly days?: number;
}[] = [
  { dropped: [] },
  { dropped: UNADVISED },
  { dropped: UNADVISED, days: JUDGED_DAYS },
  { dropped: BULKY, days: JUDGED_DAYS },
  { dropped: BULKIEST, days: JUDGED_DAYS },
];

/**
 * Keeps what the advice of a pass was decided on, unless the same advice is recorded already. A recording
 * is kept only if deciding again on exactly what was packed gives the same: the fullest that is small enough.
 */
export async function recordInputs(
  stores: Stores,
  { entityRef, inputs, now }: EntityAnalysis,
  decisions: readonly Decision[],
  mechanism?: OffHoursMechanism,
): Promise<void> {
  const active = await stores.recommendations.listActive(entityRef);
  for (const decision of decisions) {
    if (decision.kind !== 'draft') {
      continue;
    }
    const { content } = decision;
    const stored = active.find(
      ({ subjectKey }) => subjectKey === subjectKeyOf(content),
    );
    const input = inputs.find(
      ({ history }) => history.stored.workload === content.workload,
    );
    if (!stored || !input) {
      continue;
    }
    const { recommendation } = stored;
    const contentHash = comparedHash(recommendation);
    const keptReason = recommendation.reason !== content.reason;
    const except: ComparedField[] = keptReason ? ['reason'] : [];
    if (
      // Advice that people act on stays as it was while the world moves on.
      differences(recommendation, content, except).length > 0 ||
      (await stores.recordings.contentHash(recommendation.id)) === contentHash
    ) {
      continue;
    }
    await stores.recordings.save(recommendation.id, {
      version: RECORDING_VERSION,
      contentHash,
      recordedAt: now,
      ...pack(recommendation, { ...input, mechanism }, except),
    });
  }
}

function pack(
  content: RecommendationContent,
  inputs: WorkloadInputs,
  except: readonly ComparedField[],
): Pick<Recording, 'inputs' | 'notes'> {
  const keptReason = except.length > 0;
  let tooLarge = false;
  for (const reduction of REDUCTIONS) {
    const { reduced, leftOut } = reduce(inputs, reduction);
    const packed = encodeInputs(reduced);
    if (packed.byteLength > MOST_BYTES) {
      tooLarge = true;
      continue;
    }
    const repeated = repeatDecision(
      content.entityRef,
      content.action.kind,
      decodeInputs(packed),
    );
    if (differences(content, repeated, except).length === 0) {
      return { inputs: packed, notes: { keptReason, leftOut } };
    }
  }
  return {
    notes: {
      keptReason,
      leftOut: [],
      missing: tooLarge ? 'too-large' : 'not-repeatable',
    },
  };
}

function reduce(
  inputs: WorkloadInputs,
  { dropped, days }: (typeof REDUCTIONS)[number],
): { reduced: WorkloadInputs; leftOut: string[] } {
  const { history, now } = inputs;
  const present = new Set(history.series.map(({ metric }) => metric));
  const kept = history.series.filter(({ metric }) => !dropped.includes(metric));
  const end = Date.parse(now) / 1000;
  const firstDay = days === undefined ? undefined : addDays(dayOf(now), -days);
  const start =
    firstDay === undefined
      ? -Infinity
      : Date.parse(`${firstDay}T00:00:00Z`) / 1000;
  return {
    reduced: {
      ...inputs,
      history: {
        ...history,
        series: kept.map(series =>
          firstDay === undefined
            ? series
            : { ...series, ...cutSeries(series, start, end) },
        ),
      },
    },
    leftOut: [
      ...dropped.filter(metric => present.has(metric)),
      ...(kept.some(series => series.start < start)
        ? [`series before ${firstDay}`]
        : []),
    ],
  };
}
