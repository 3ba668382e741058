import type { PlanRefusal } from '../types';
import type { Scalar } from './value';
import type { WantedValue } from './wantedValues';

/** Why a value that is written need not or must not be replaced; undefined = it may. */
export function comparePresent(
  { property, from, to }: WantedValue,
  present: Scalar,
  address: string,
): PlanRefusal | undefined {
  const name = property.path.filter(step => step !== '*').join('.');
  // Numbers are often written as text.
  if (String(present) === String(to)) {
    return {
      kind: 'refused',
      code: 'already-done',
      reason: `${address} says ${to} for ${name} already`,
    };
  }
  return String(present) === String(from)
    ? undefined
    : {
        kind: 'refused',
        code: 'value-changed',
        reason: `${address} says ${present} for ${name}; the advice was made for ${from}`,
      };
}
