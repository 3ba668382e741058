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

/**
 * Keeps what the advice of a pass was decided on, unless the same advice is recorded already. A recording
 * is kept only if deciding again on exactly what was packed gives the same: the fullest that is small enough.
 */
export async function recordInputs(
  stores: Stores,
  { entityRef, inputs, now }: EntityAnalysis,
  decisions: readonly Decision[],
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
      ...pack(recommendation, input, except),
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
  for (const dropped of [[], UNADVISED, BULKY, BULKIEST]) {
    const packed = encodeInputs(without(inputs, dropped));
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
      const present = new Set(
        inputs.history.series.map(({ metric }) => metric),
      );
      return {
        inputs: packed,
        notes: {
          keptReason,
          leftOut: dropped.filter(metric => present.has(metric)),
        },
      };
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

function without(
  inputs: WorkloadInputs,
  dropped: readonly StoredMetric[],
): WorkloadInputs {
  const { history } = inputs;
  return {
    ...inputs,
    history: {
      ...history,
      series: history.series.filter(({ metric }) => !dropped.includes(metric)),
    },
  };
}
