import { RATIONALE_ANNOTATIONS } from '@apexlogic/backstage-plugin-finops-common';
import type { Rationale } from './types';
import type { WantedField } from './wantedFields';
import { pointerStep } from './yaml/leaves';
import type { WantedMap } from './yaml/mergeEdits';

/** Longest reason written to a manifest, in characters. */
const MAX_REASON_LENGTH = 200;
/** What does not show, or breaks lines: none of it belongs into a one-line annotation. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s]+/gu;

/** The three annotations, key and value, in the order in which they are written. */
export function rationaleAnnotations(
  rationale: Rationale,
): readonly (readonly [string, string])[] {
  const { prefix, model, priority } = rationale;
  return [
    [`${prefix}/${RATIONALE_ANNOTATIONS.reason}`, singleLine(rationale.reason)],
    [
      `${prefix}/${RATIONALE_ANNOTATIONS.model}`,
      `${model.name}-v${model.version}`,
    ],
    [`${prefix}/${RATIONALE_ANNOTATIONS.priority}`, priority],
  ];
}

/** The annotations as fields of an object. */
export function rationaleFields(rationale: Rationale): WantedField[] {
  return rationaleAnnotations(rationale).map(([key, value]) => ({
    pointer: `/metadata/annotations${pointerStep(key)}`,
    value,
  }));
}

/** The annotations as a part of the workload's own metadata. */
export function wantedRationale(rationale: Rationale): WantedMap {
  return {
    kind: 'map',
    entries: [
      [
        'annotations',
        {
          kind: 'map',
          entries: rationaleAnnotations(rationale).map(
            ([key, value], index) => [
              key,
              { kind: 'scalar', value, quoted: index === 0 },
            ],
          ),
        },
      ],
    ],
  };
}

/** A reason as one line of text that shows as it is. */
export function singleLine(reason: string): string {
  const characters = [...reason.replace(INVISIBLE, ' ').trim()];
  return characters.length > MAX_REASON_LENGTH
    ? `${characters
        .slice(0, MAX_REASON_LENGTH - 1)
        .join('')
        .trimEnd()}…`
    : characters.join('');
}
