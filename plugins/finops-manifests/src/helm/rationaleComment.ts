import { Document, isMap, isPair, isScalar, isSeq, Node, Pair } from 'yaml';
import { RATIONALE_ANNOTATIONS } from '@apexlogic/backstage-plugin-finops-common';
import { rationaleAnnotations } from '../rationale';
import type { Rationale } from '../types';
import type { TextEdit } from '../yaml/mergeEdits';

/**
 * The edit that says why on a line of its own above the key at which a value changes. An earlier reason there
 * is replaced, other comments stay.
 */
export function rationaleComment(
  text: string,
  document: Document,
  keys: readonly (string | number)[],
  rationale: Rationale,
): TextEdit | undefined {
  const offset = lineOffset(text, document, anchorKeys(keys));
  return offset === undefined
    ? undefined
    : commentAbove(text, offset, rationale);
}

/** {@link rationaleComment} above the line in which an offset lies. */
export function commentAbove(
  text: string,
  offset: number,
  rationale: Rationale,
): TextEdit {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const indent = /^[ \t]*/.exec(text.slice(lineStart))![0];
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const [[key, reason]] = rationaleAnnotations(rationale);
  // A template would take braces for its own.
  const comment = `# ${key}: ${reason
    .replaceAll('{{', '{ {')
    .replaceAll('}}', '} }')}`;
  const own = `# ${rationale.prefix}/${RATIONALE_ANNOTATIONS.reason}:`;
  let at = lineStart;
  while (at > 0) {
    const before = text.lastIndexOf('\n', at - 2) + 1;
    const line = text.slice(before, at).trim();
    if (line.startsWith(own)) {
      const start = before + text.slice(before).indexOf('#');
      const end = before + text.slice(before, at).trimEnd().length;
      return { start, end, text: comment };
    }
    if (!line.startsWith('#')) {
      break;
    }
    at = before;
  }
  return {
    start: lineStart,
    end: lineStart,
    text: `${indent}${comment}${eol}`,
  };
}

/** Resources are told why at the key of all of them. */
function anchorKeys(
  keys: readonly (string | number)[],
): readonly (string | number)[] {
  const at = keys.findLastIndex(
    key => typeof key === 'string' && /resources$/i.test(key),
  );
  return at === -1 ? keys : keys.slice(0, at + 1);
}

/** Start of the deepest key on the way that begins its line. */
function lineOffset(
  text: string,
  document: Document,
  keys: readonly (string | number)[],
): number | undefined {
  let node: unknown = document.contents;
  let found: number | undefined;
  for (const key of keys) {
    let next: unknown;
    let start: number | undefined;
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(
        item => isScalar(item.key) && String(item.key.value) === String(key),
      );
      start = (pair?.key as Node | undefined)?.range?.[0];
      next = pair?.value;
    } else if (isSeq(node)) {
      next = node.items[Number(key)];
      start = (next as Node | undefined)?.range?.[0];
    }
    if (isPair(next) || start === undefined) {
      break;
    }
    const lineStart = text.lastIndexOf('\n', start - 1) + 1;
    if (/^[ \t]*(- +)*$/.test(text.slice(lineStart, start))) {
      found = start;
    }
    node = next;
  }
  return found;
}
