import { Stores } from '../database/createStores';
import { decodeInputs, RECORDING_VERSION } from '../decision/encodeInputs';
import {
  comparedHash,
  differences,
  repeatDecision,
} from '../decision/repeatDecision';
import { FinopsError } from '../governance/errors';
import { Schemas } from './types';
import { toWire } from './wire';

const MISSING = {
  'too-large': 'Its inputs are larger than what is kept of one recommendation.',
  'not-repeatable':
    'Deciding again on its inputs gave other advice when they were to be kept.',
} as const;

/** Decides a recommendation again on what was recorded of it, and says whether it comes out the same. */
export async function replayReport(
  stores: Stores,
  id: string,
): Promise<Schemas['Replay']> {
  const found = await stores.recommendations.get(id);
  if (!found) {
    throw new FinopsError(
      'not-found',
      `There is no recommendation with id ${id}`,
    );
  }
  const { recommendation } = found;
  const recording = await stores.recordings.get(id);
  const missing = (reason: string): Schemas['Replay'] => ({
    result: 'not-recorded',
    reason,
    differences: [],
    leftOut: [],
  });
  if (!recording) {
    return missing('Its inputs were not recorded, or are no longer kept.');
  }
  const { version, inputs, notes, contentHash, recordedAt } = recording;
  if (version !== RECORDING_VERSION) {
    return missing(
      `Its inputs were recorded in format ${version}; this version reads ${RECORDING_VERSION}.`,
    );
  }
  if (!inputs) {
    return missing(MISSING[notes.missing ?? 'not-repeatable']);
  }
  if (contentHash !== comparedHash(recommendation)) {
    return missing('The advice changed since its inputs were recorded.');
  }
  const different = differences(
    recommendation,
    repeatDecision(
      recommendation.entityRef,
      recommendation.action.kind,
      decodeInputs(inputs),
    ),
    notes.keptReason ? ['reason'] : [],
  );
  return {
    result: different.length === 0 ? 'same' : 'differs',
    recordedAt,
    bytes: inputs.byteLength,
    differences: toWire(different),
    leftOut: [...notes.leftOut, ...(notes.keptReason ? ['reason'] : [])],
  };
}
