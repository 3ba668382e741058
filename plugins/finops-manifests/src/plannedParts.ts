import type { ObjectRef } from '@apexlogic/backstage-plugin-finops-common';
import { DesiredState } from './kubernetes/desiredState';
import { Part, partsOf } from './partsOf';
import type { FieldTarget, Location, PlanRefusal } from './types';
import { WantedField, wantedFields } from './wantedFields';
import type { WantedMap } from './yaml/mergeEdits';

/** A part of an action at its place, with what is still to be written there. */
export interface PlannedPart {
  readonly part: Part;
  readonly location: Location;
  readonly wanted: WantedMap;
  /** RFC 6901 pointer in the object of what `wanted` is a part of; absent = the object itself. */
  readonly under?: string;
  readonly fields: readonly WantedField[];
  /** The state of its object after this part and those before it. */
  readonly desired: DesiredState;
  /** The first part of an object brings the reason along. */
  readonly carriesRationale: boolean;
}

/**
 * What the parts of an action still want written. A part that the files say already is left out, unless
 * none is left.
 */
export function plannedParts(
  target: FieldTarget,
  location: Location,
):
  | { readonly kind: 'planned'; readonly parts: readonly PlannedPart[] }
  | PlanRefusal {
  const places = [location, ...(location.companions ?? [])];
  const parts: PlannedPart[] = [];
  let done: PlanRefusal | undefined;
  for (const [index, part] of partsOf(target).entries()) {
    const place = places[index];
    if (!place?.desired) {
      return {
        kind: 'refused',
        code: 'value-not-found',
        reason: `${
          place?.path ?? location.path
        } was located without its present values; locate it again`,
      };
    }
    const before = parts.findLast(earlier =>
      isSameObject(earlier.location.object, place.object),
    );
    const fields = wantedFields(
      part,
      place.object.kind,
      before?.desired ?? place.desired,
    );
    if (fields.kind === 'wanted') {
      parts.push({
        part,
        location: place,
        wanted: fields.wanted,
        under: fields.under,
        fields: fields.fields,
        desired: fields.desired,
        carriesRationale: before === undefined,
      });
    } else if (fields.code === 'already-done') {
      done ??= fields;
    } else {
      return fields;
    }
  }
  return parts.length > 0 ? { kind: 'planned', parts } : done!;
}

/** Whether two places say something of the same object. */
export function isSameObject(one: ObjectRef, other: ObjectRef): boolean {
  return (
    one.kind === other.kind &&
    one.name === other.name &&
    one.namespace === other.namespace
  );
}
