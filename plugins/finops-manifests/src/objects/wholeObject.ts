import type {
  FieldChange,
  ObjectRef,
} from '@apexlogic/backstage-plugin-finops-common';
import { leavesOf } from '../yaml/leaves';

/** Every field of an object as a change that brings it in or takes it out. */
export function wholeObject(
  side: 'before' | 'after',
  at: {
    readonly path: string;
    readonly documentIndex: number;
    readonly object: ObjectRef;
  },
  plain: unknown,
): FieldChange[] {
  return [...leavesOf(plain)].map(([pointer, leaf]) => ({
    ...at,
    pointer,
    // An empty map or list has no value of its own.
    ...(typeof leaf === 'string' && leaf.startsWith('\u0000')
      ? {}
      : { [side]: leaf }),
  }));
}
