import type { TextEdit } from '../../yaml/mergeEdits';
import {
  doubleQuoted,
  plainOrQuoted,
  singleQuoted,
} from '../../yaml/scalarText';
import { endOfLine, indentAt, lineEnd, lineStart } from '../lines';
import type { DataNode } from './dataNode';

const YAML_INDENT = '  ';
const WHOLE_NUMBER = /^[1-9][0-9]*$/;

/** Text for a value in the quoting of the one whose place it takes. */
export function scalarEdit(
  node: DataNode & { kind: 'scalar' },
  value: string | number,
): TextEdit {
  const { start, end, quote } = node;
  const text = String(value);
  switch (quote) {
    case 'plain':
      return {
        start,
        end,
        text: WHOLE_NUMBER.test(text) ? text : plainOrQuoted(text),
      };
    case 'single':
      return { start, end, text: singleQuoted(text) };
    default:
      return { start, end, text: doubleQuoted(text) };
  }
}

/** A value to be added: an object of strings, or a string. */
export type Added = string | Readonly<Record<string, string>>;

/**
 * Adds members at the end of a map or list; undefined = there is no place for them.
 *
 * @param comment - a line above them, where they get lines of their own
 */
export function insertMembers(
  text: string,
  node: DataNode & { kind: 'map' | 'list' },
  members: readonly (readonly [string | undefined, Added])[],
  comment: string,
): TextEdit | undefined {
  const last = node.kind === 'map' ? node.entries.at(-1) : node.items.at(-1);
  const lastStart = last?.start;
  const lastEnd =
    last &&
    ('value' in last && typeof last.value === 'object' && last.value
      ? last.value.end
      : (last as DataNode).end);
  if (node.flow) {
    const isJson = isJsonText(text, node);
    const written = members.map(([key, value]) => flowText(key, value, isJson));
    const inLines =
      lastStart !== undefined && lineStart(text, lastStart) > node.start;
    const eol = endOfLine(text, node.start);
    const between = inLines ? `,${eol}${indentAt(text, lastStart!)}` : ', ';
    const offset = lastEnd ?? node.start + 1;
    return {
      start: offset,
      end: offset,
      text: (last ? between : '') + written.join(between),
    };
  }
  if (lastEnd === undefined || lastStart === undefined) {
    return undefined;
  }
  const column =
    node.kind === 'list'
      ? ' '.repeat(
          text.lastIndexOf('-', lastStart) - lineStart(text, lastStart),
        )
      : ' '.repeat(lastStart - lineStart(text, lastStart));
  return insertBlock(text, lastEnd, [
    column + comment,
    ...blockLines(members, column),
  ]);
}

/** Adds a key with a map or list of members to a map; undefined = there is no place for it. */
export function insertCollection(
  text: string,
  node: DataNode & { kind: 'map' },
  key: string,
  members: readonly (readonly [string | undefined, Added])[],
  comment: string,
): TextEdit | undefined {
  const last = node.entries.at(-1);
  const isList = members.every(([name]) => name === undefined);
  if (!last) {
    return undefined;
  }
  if (node.flow) {
    const isJson = isJsonText(text, node);
    const inner = members
      .map(([name, value]) => flowText(name, value, isJson))
      .join(', ');
    const body = isList ? `[${inner}]` : `{ ${inner} }`;
    const inLines = lineStart(text, last.start) > node.start;
    const between = inLines
      ? `,${endOfLine(text, node.start)}${indentAt(text, last.start)}`
      : ', ';
    return {
      start: last.value.end,
      end: last.value.end,
      text: `${between}${isJson ? doubleQuoted(key) : key}: ${body}`,
    };
  }
  const column = ' '.repeat(last.start - lineStart(text, last.start));
  return insertBlock(text, last.value.end, [
    column + comment,
    `${column}${key}:`,
    ...blockLines(members, column + YAML_INDENT),
  ]);
}

/** A line of comment above the line of an index, or in place of an earlier one of the same marker. */
export function yamlCommentEdit(
  text: string,
  index: number,
  marker: string,
  reason: string,
): TextEdit {
  const start = lineStart(text, index);
  const opening = `# ${marker}: `;
  const indent = indentAt(text, start);
  const above = start === 0 ? 0 : lineStart(text, start - 1);
  const previous = text.slice(above, lineEnd(text, above));
  const at = previous.indexOf(opening);
  return start > 0 && at !== -1 && previous.slice(0, at).trim() === ''
    ? {
        start: above + at,
        end: above + previous.length,
        text: opening + reason,
      }
    : {
        start,
        end: start,
        text: `${indent}${opening}${reason}${endOfLine(text, start)}`,
      };
}

function isJsonText(text: string, { start, end }: DataNode): boolean {
  return /^[[{\s]*["\]}]/.test(text.slice(start, end));
}

function flowText(
  key: string | undefined,
  value: Added,
  isJson: boolean,
): string {
  const quote = (word: string) =>
    isJson ? doubleQuoted(word) : plainOrQuoted(word);
  const written =
    typeof value === 'string'
      ? doubleQuoted(value)
      : `{ ${Object.entries(value)
          .map(([name, item]) => `${quote(name)}: ${doubleQuoted(item)}`)
          .join(', ')} }`;
  return key === undefined ? written : `${quote(key)}: ${written}`;
}

function blockLines(
  members: readonly (readonly [string | undefined, Added])[],
  column: string,
): string[] {
  return members.flatMap(([key, value]) => {
    if (typeof value === 'string') {
      return [
        `${column}${
          key === undefined ? '-' : `${plainOrQuoted(key)}:`
        } ${plainOrQuoted(value)}`,
      ];
    }
    const lines = Object.entries(value).map(
      ([name, item]) => `${plainOrQuoted(name)}: ${plainOrQuoted(item)}`,
    );
    return lines.map(
      (line, index) => `${column}${index === 0 ? '- ' : '  '}${line}`,
    );
  });
}

function insertBlock(
  text: string,
  after: number,
  lines: readonly string[],
): TextEdit | undefined {
  // The range of a value in lines of its own may end behind their line break.
  let at = after;
  while (at > 0 && /[\r\n \t]/.test(text[at - 1])) {
    at -= 1;
  }
  const end = lineEnd(text, at);
  if (!/^\s*(#.*)?$/.test(text.slice(at, end))) {
    return undefined;
  }
  const eol = endOfLine(text, at);
  return {
    start: end,
    end,
    text: lines.map(line => eol + line).join(''),
  };
}
