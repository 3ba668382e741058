import { isCollection, isNode, Parser } from 'yaml';
import { endOf, TextEdit } from '../yaml/mergeEdits';
import type { ReadFile } from './draft';

/** @internal */
export type DocumentRemoval =
  | { readonly kind: 'edit'; readonly edit: TextEdit }
  /** Nothing but this document says anything. */
  | { readonly kind: 'whole-file' }
  | { readonly kind: 'not-supported'; readonly reason: string };

/**
 * The edit that takes one document out of a file: its `---`, the comments between it and the content, the
 * content, and comments that follow it without a blank line. A header of the file stays, and so do comments
 * that a blank line keeps apart.
 */
export function removeDocument(
  file: ReadFile,
  documentIndex: number,
): DocumentRemoval {
  const { source, documents } = file;
  const { text } = source;
  const others = documents.filter(
    ({ contents }, index) => index !== documentIndex && !isEmpty(contents),
  );
  if (others.length === 0) {
    return { kind: 'whole-file' };
  }
  const markers: (number | undefined)[] = [];
  for (const token of new Parser().parse(text)) {
    if (token.type === 'doc-end' || token.type === 'directive') {
      return {
        kind: 'not-supported',
        reason: `${file.path} uses YAML directives or document ends ('...'); take the document out by hand`,
      };
    }
    if (token.type === 'document') {
      markers.push(markerOf(token.start, token.offset));
    }
  }
  if (markers.length !== documents.length) {
    return {
      kind: 'not-supported',
      reason: `${file.path} cannot be told apart into documents`,
    };
  }
  const content = documents[documentIndex].contents!;
  const marker = markers[documentIndex];
  const start = marker ?? startOfComments(text, content.range![0]);
  const next = markers.slice(documentIndex + 1).find(at => at !== undefined);
  const limit = next ?? text.length;
  return {
    kind: 'edit',
    edit: { start, end: endOfDocument(text, endOf(content), limit), text: '' },
  };
}

function isEmpty(contents: unknown): boolean {
  return (
    !isNode(contents) ||
    (!isCollection(contents) &&
      (contents as { value?: unknown }).value === null)
  );
}

function markerOf(
  tokens: readonly { readonly type: string; readonly source: string }[],
  offset: number,
): number | undefined {
  let at = offset;
  for (const { type, source } of tokens) {
    if (type === 'doc-start') {
      return at;
    }
    at += source.length;
  }
  return undefined;
}

/** Comments right above the content are its own; what a blank line parts from it is the file's. */
function startOfComments(text: string, content: number): number {
  let start = text.lastIndexOf('\n', content - 1) + 1;
  while (start > 0) {
    const above = text.lastIndexOf('\n', start - 2) + 1;
    if (!/^\s*#/.test(text.slice(above, start))) {
      break;
    }
    start = above;
  }
  return start;
}

function endOfDocument(text: string, content: number, limit: number): number {
  let end =
    content > 0 && text[content - 1] === '\n'
      ? content
      : lineEnd(text, content);
  let reached = end;
  let blank = false;
  while (reached < limit) {
    const line = text.slice(reached, Math.min(lineEnd(text, reached), limit));
    const isComment = line.trimStart().startsWith('#');
    if (isComment && blank && !/^\s/.test(line)) {
      return end;
    }
    blank ||= line.trim() === '';
    reached += line.length;
    if (isComment) {
      end = reached;
    }
  }
  return limit;
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at === -1 ? text.length : at + 1;
}
