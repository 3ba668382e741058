import { parse, Scalar } from 'yaml';
import { pointerKeys } from '../yaml/leaves';
import type { TextEdit } from '../yaml/mergeEdits';
import { valueAt, withValueAt } from './mergeValues';

/** YAML that stands as a block of text inside of YAML. */
export interface EmbeddedYaml {
  readonly text: string;
  /** An edit of the inner text as one of the file around it. */
  outer(edit: TextEdit): TextEdit;
}

/**
 * Opens the text of a literal block (`|`); undefined for other styles, which do not keep their lines as
 * they are.
 */
export function openEmbedded(
  text: string,
  node: Scalar,
): EmbeddedYaml | undefined {
  if (node.type !== 'BLOCK_LITERAL' || !node.range) {
    return undefined;
  }
  const inner = String(node.value);
  const headerEnd = text.indexOf('\n', node.range[0]);
  if (headerEnd === -1) {
    return undefined;
  }
  const eol = text[headerEnd - 1] === '\r' ? '\r\n' : '\n';
  const innerLines = inner.split('\n');
  const firstFilled = innerLines.findIndex(line => line !== '');
  const starts: number[] = [];
  for (
    let at = headerEnd + 1, index = 0;
    index < innerLines.length;
    index += 1
  ) {
    starts.push(at);
    const end = text.indexOf('\n', at);
    at = end === -1 ? text.length : end + 1;
  }
  const lineAt = (index: number) => {
    const end = text.indexOf('\n', starts[index]);
    return text
      .slice(starts[index], end === -1 ? text.length : end)
      .replace(/\r$/, '');
  };
  if (firstFilled === -1) {
    return undefined;
  }
  const indent = lineAt(firstFilled).length - innerLines[firstFilled].length;
  const isLast = (index: number) =>
    index === innerLines.length - 1 && innerLines[index] === '';
  const isSame = innerLines.every(
    (line, index) =>
      isLast(index) ||
      lineAt(index) === ' '.repeat(indent) + line ||
      (line === '' && lineAt(index).trim() === ''),
  );
  if (indent < 1 || !isSame) {
    return undefined;
  }
  const innerStarts: number[] = [];
  for (let at = 0, index = 0; index < innerLines.length; index += 1) {
    innerStarts.push(at);
    at += innerLines[index].length + 1;
  }
  const space = ' '.repeat(indent);
  const lineOf = (offset: number) =>
    innerStarts.findLastIndex(start => start <= offset);
  const position = (offset: number) => {
    const line = lineOf(offset);
    const column = offset - innerStarts[line];
    return (
      starts[line] +
      (isLast(line) ? 0 : Math.min(indent, lineAt(line).length) + column)
    );
  };
  return {
    text: inner,
    outer({ start, end, text: written }) {
      const isAfterAll = start === end && isLast(lineOf(start));
      const startsLine =
        start === end &&
        start === innerStarts[lineOf(start)] &&
        /\n$/.test(written);
      if (isAfterAll || startsLine) {
        // Whole lines, put before the line at whose beginning they stand.
        const at = starts[lineOf(start)];
        const lines = written.replace(/\n$/, '').split('\n');
        return {
          start: at,
          end: at,
          text: lines.map(line => space + line + eol).join(''),
        };
      }
      return {
        start: position(start),
        end: position(end),
        text: written.replaceAll('\n', eol + space),
      };
    },
  };
}

/** A document in which the text at a pointer is replaced by the YAML that it holds, below a key `|`. */
export function withOpened(
  document: unknown,
  pointers: ReadonlySet<string>,
): unknown {
  return [...pointers].reduce((all, pointer) => {
    const keys = pointerKeys(pointer).map(key =>
      /^\d+$/.test(key) ? Number(key) : key,
    );
    const text = valueAt(all, keys);
    return typeof text === 'string'
      ? withValueAt(all, keys, {
          '|': parse(text, { logLevel: 'silent', maxAliasCount: 200 }),
        })
      : all;
  }, document);
}
