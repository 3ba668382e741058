import type { TextEdit } from '../../yaml/mergeEdits';
import { endOfLine, lineEnd, lineStart } from '../lines';
import type { TerraformFile } from './configuration';
import { HclBody, HclExpression, Range } from './hcl';

/** Something that may stand on lines of its own, with those beside it. */
interface Item extends Range {
  /** Of an attribute or the entry of a map, as it is written. */
  readonly key?: string;
  readonly siblings: readonly Item[];
}

/**
 * Puts a line of comment above what holds `offset`, or in place of an earlier one of the same `marker`.
 * `terraform fmt` lines up the `=` of lines that follow each other; where a comment between them would
 * change that, it goes above the first of them and names its attribute.
 */
export function commentEdit(
  file: TerraformFile,
  offset: number,
  marker: string,
  text: string,
): TextEdit | undefined {
  const source = file.source.text;
  const item = itemsAround(file.hcl.body, offset).find(({ start }) =>
    isFirstOfLine(source, start),
  );
  if (!item) {
    return undefined;
  }
  const run = alignedRun(source, item);
  const [first] = run;
  const apart = first === item || canPart(file, run, run.indexOf(item));
  const anchor = apart ? item : first;
  const start = lineStart(source, anchor.start);
  const indent = source.slice(start, anchor.start);
  const line = `# ${marker}${apart ? '' : ` (${item.key})`}: `;
  const earlier = earlierComment(source, start, line);
  return earlier
    ? { ...earlier, text: line + text }
    : {
        start,
        end: start,
        text: `${indent}${line}${text}${endOfLine(source, start)}`,
      };
}

/**
 * Text in place of a value. A comment behind it stays in its column where those of its neighbours
 * are in the same.
 */
export function valueEdits(
  file: TerraformFile,
  { start, end }: Range,
  text: string,
): TextEdit[] {
  const source = file.source.text;
  const edits: TextEdit[] = [{ start, end, text }];
  const comment = commentBehind(file, end);
  if (!comment) {
    return edits;
  }
  const item = itemsAround(file.hcl.body, start).find(({ start: from }) =>
    isFirstOfLine(source, from),
  );
  const run = item ? alignedRun(source, item) : [];
  const at = item ? run.indexOf(item) : -1;
  const neighbours = [run[at - 1], run[at + 1]].filter(Boolean);
  if (neighbours.some(neighbour => commentBehind(file, neighbour.end))) {
    let from = comment.start;
    while (source[from - 1] === ' ') {
      from -= 1;
    }
    const grown = text.length - (end - start);
    const spaces = Math.max(1, comment.start - from - grown);
    if (spaces !== comment.start - from) {
      edits.push({ start: from, end: comment.start, text: ' '.repeat(spaces) });
    }
  }
  return edits;
}

function isFirstOfLine(text: string, index: number): boolean {
  return /^[ \t]*$/.test(text.slice(lineStart(text, index), index));
}

/** From the innermost outwards. */
function itemsAround(body: HclBody, offset: number): Item[] {
  const siblings: Item[] = [...body.attributes, ...body.blocks]
    .map(node => ({
      start: node.start,
      end: node.end,
      key: 'name' in node ? node.name : undefined,
      get siblings() {
        return siblings;
      },
    }))
    .sort((a, b) => a.start - b.start);
  const holds = ({ start, end }: Range) => start <= offset && offset <= end;
  const item = siblings.find(holds);
  if (!item) {
    return [];
  }
  const attribute = body.attributes.find(holds);
  if (attribute) {
    return [...itemsIn(attribute.value, offset), item];
  }
  const block = body.blocks.find(holds);
  return [...(block ? itemsAround(block.body, offset) : []), item];
}

function itemsIn(expression: HclExpression, offset: number): Item[] {
  const holds = ({ start, end }: Range) => start <= offset && offset <= end;
  if (expression.kind === 'object') {
    const siblings: Item[] = expression.entries.map(entry => ({
      start: entry.start,
      end: entry.end,
      key: entry.key,
      get siblings() {
        return siblings;
      },
    }));
    const at = expression.entries.findIndex(holds);
    return at === -1
      ? []
      : [...itemsIn(expression.entries[at].value, offset), siblings[at]];
  }
  if (expression.kind === 'list') {
    const item = expression.items.find(holds);
    return item
      ? [
          ...itemsIn(item, offset),
          { start: item.start, end: item.end, siblings: [] },
        ]
      : [];
  }
  return [];
}

/** Items of one line each on lines that follow each other, the given one among them. */
function alignedRun(text: string, item: Item): Item[] {
  const { siblings } = item;
  const isOneLine = (one: Item) =>
    one.key !== undefined &&
    isFirstOfLine(text, one.start) &&
    (!text.slice(one.start, one.end).includes('\n') ||
      // A heredoc is lined up by its first line.
      /^[^=\n]*=\s*<<[^\n]*\n/.test(text.slice(one.start, one.end)));
  const at = siblings.indexOf(item);
  if (at === -1 || !isOneLine(item)) {
    return [item];
  }
  const follows = (one: Item, other: Item) =>
    isOneLine(one) &&
    isOneLine(other) &&
    text.slice(one.end, other.start).split('\n').length === 2;
  let [from, to] = [at, at];
  while (from > 0 && follows(siblings[from - 1], siblings[from])) {
    from -= 1;
  }
  while (to < siblings.length - 1 && follows(siblings[to], siblings[to + 1])) {
    to += 1;
  }
  return siblings.slice(from, to + 1);
}

/** Whether both parts of a run stay lined up as they are. */
function canPart(
  file: TerraformFile,
  run: readonly Item[],
  at: number,
): boolean {
  const { text } = file.source;
  const signs = run.map(
    ({ start }) =>
      file.hcl.tokens.find(
        token => token.start > start && ['=', ':'].includes(token.type),
      )?.start ?? start,
  );
  const columns = run.map(({ start }, index) => signs[index] - start);
  const widths = run.map(
    ({ start }, index) => text.slice(start, signs[index]).trimEnd().length,
  );
  const parts = [widths.slice(0, at), widths.slice(at)];
  const isLinedUp = new Set(columns).size === 1;
  const staysSo = parts.every(
    part => Math.max(...part) === Math.max(...widths),
  );
  const comments = run.filter(({ end }) =>
    /#|\/\//.test(text.slice(end, lineEnd(text, end))),
  ).length;
  return (!isLinedUp || staysSo) && comments < 2;
}

function earlierComment(
  text: string,
  below: number,
  opening: string,
): Range | undefined {
  let at = below;
  while (at > 0) {
    const start = lineStart(text, at - 1);
    const line = text.slice(start, lineEnd(text, start));
    const [, indent, comment] = /^([ \t]*)(#.*)$/.exec(line) ?? [];
    if (comment === undefined) {
      return undefined;
    }
    if (comment.startsWith(opening)) {
      return { start: start + indent.length, end: start + line.length };
    }
    at = start;
  }
  return undefined;
}

function commentBehind(file: TerraformFile, index: number): Range | undefined {
  const end = lineEnd(file.source.text, index);
  return file.hcl.tokens.find(
    ({ type, text, start }) =>
      type === 'comment' &&
      !text.startsWith('/*') &&
      start >= index &&
      start < end,
  );
}
