import { isScalar, isSeq } from 'yaml';
import type { FieldChange } from '@apexlogic/backstage-plugin-finops-common';
import { differingPointers, leavesOf } from '../yaml/leaves';
import { endOf, TextEdit } from '../yaml/mergeEdits';
import type { ReadFile } from './draft';

/** @internal */
export interface ListEntryRemoval {
  readonly edit: TextEdit;
  /** The fields that differ afterwards: what followed moves up. */
  readonly changes: readonly Pick<
    FieldChange,
    'pointer' | 'before' | 'after'
  >[];
}

/**
 * The edit that takes a single value out of a list of the first document, found by what it says: its line,
 * or its place between commas. Undefined when it is not there exactly once, or alone in the list.
 */
export function removeListEntry(
  file: ReadFile,
  key: string,
  isWanted: (value: string) => boolean,
): ListEntryRemoval | undefined {
  const [document] = file.documents;
  const list = document?.get(key, true);
  if (!isSeq(list) || list.items.length < 2) {
    return undefined;
  }
  const found = list.items.flatMap((item, index) =>
    isScalar(item) && typeof item.value === 'string' && isWanted(item.value)
      ? [index]
      : [],
  );
  if (found.length !== 1) {
    return undefined;
  }
  const [index] = found;
  const { text } = file.source;
  const [start, end] = (list.items[index] as { range: number[] }).range;
  const plain = document.toJS() as Record<string, unknown>;
  const [before, after] = [
    plain,
    {
      ...plain,
      [key]: (plain[key] as unknown[]).filter((_, at) => at !== index),
    },
  ].map(value => leavesOf(value));
  const changes = differingPointers(before, after).map(pointer => ({
    pointer,
    before: before.get(pointer) as FieldChange['before'],
    after: after.get(pointer) as FieldChange['after'],
  }));
  if (list.flow) {
    const isLast = index === list.items.length - 1;
    const neighbour = list.items[isLast ? index - 1 : index + 1];
    return {
      edit: isLast
        ? { start: endOf(neighbour), end, text: '' }
        : { start, end: (neighbour as { range: number[] }).range[0], text: '' },
      changes,
    };
  }
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const newline = text.indexOf('\n', end);
  // On the line of the key there is something else to keep.
  return /^\s*-\s+$/.test(text.slice(lineStart, start))
    ? {
        edit: {
          start: lineStart,
          end: newline === -1 ? text.length : newline + 1,
          text: '',
        },
        changes,
      }
    : undefined;
}
