import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { formatInstant } from './time';
import { countOf } from './words';

/** What deciding again came to, in a sentence. */
export function replayInWords({
  result,
  reason,
  recordedAt,
  differences,
}: Schemas['Replay']): string {
  switch (result) {
    case 'same':
      return `On its inputs of ${
        formatInstant(recordedAt ?? '').local
      } it comes out the same.`;
    case 'differs':
      return `It comes out otherwise in ${countOf(
        differences.length,
        'field',
      )}.`;
    default:
      return `It cannot be decided again. ${reason ?? ''}`.trim();
  }
}
