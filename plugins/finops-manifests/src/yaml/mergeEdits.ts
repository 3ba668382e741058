import {
  Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Node,
  parseDocument,
  Scalar,
  visit,
  YAMLMap,
  YAMLSeq,
} from 'yaml';
import type { PlanRefusal } from '../types';
import { pointerKeys, pointerStep } from './leaves';
import { doubleQuoted, plainOrQuoted, singleQuoted } from './scalarText';

const DEFAULT_INDENT_SPACES = 2;

/** What a part of a document should say; members that are not named stay as they are. */
export type Wanted = WantedScalar | WantedMap | WantedItems | WantedLast;

/** @internal */
export interface WantedScalar {
  readonly kind: 'scalar';
  readonly value: string | number | boolean;
  /** Text for the value it replaces, in that value's unit; undefined when nothing need change. */
  readonly restyle?: (present: string | number | boolean) => string | undefined;
  /** Quote also where a plain scalar would do. */
  readonly quoted?: boolean;
}

/** @internal */
export interface WantedMap {
  readonly kind: 'map';
  readonly entries: readonly (readonly [string, Wanted])[];
}

/** Members of a list of objects, found by `name`. */
export interface WantedItems {
  readonly kind: 'items';
  readonly items: readonly (readonly [string, WantedMap])[];
}

/** One more member at the end of a list. */
export interface WantedLast {
  readonly kind: 'last';
  readonly item: WantedMap | WantedScalar;
}

/** Replace `[start, end)` (UTF-16 indexes) by `text`. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** @internal */
export interface PointerChange {
  readonly pointer: string;
  readonly before?: string | number | boolean;
  readonly after: string | number | boolean;
}

/** @internal */
export type MergeResult =
  | {
      readonly kind: 'edits';
      readonly edits: readonly TextEdit[];
      readonly changes: readonly PointerChange[];
    }
  | PlanRefusal;

/**
 * The smallest text edits after which the document says at `pointer` what is wanted. Nothing else of the text is
 * re-written: values are replaced at their own ranges in their own quoting, missing keys get lines of
 * their own with the file's indentation and line ends.
 */
export function mergeEdits(options: {
  text: string;
  document: Document;
  pointer: string;
  wanted: Wanted;
}): MergeResult {
  const { text, document } = options;
  const aliased = aliasedAnchors(document);
  const replacements: TextEdit[] = [];
  const insertions: { offset: number; indent: number; text: string }[] = [];
  const changes: PointerChange[] = [];
  const dominantEol = text.includes('\r\n') ? '\r\n' : '\n';

  const origin = descend(options.pointer);
  if (origin.kind === 'refused') {
    return origin;
  }
  const step = indentStep(origin.node);
  const refusal = merge(origin.node, options.wanted, options.pointer);
  if (refusal) {
    return refusal;
  }
  return {
    kind: 'edits',
    edits: [...replacements, ...joinedInsertions()].sort(
      (a, b) => a.start - b.start,
    ),
    changes,
  };

  /** Walks to the start; an anchor on the way is as much in the way as one further down. */
  function descend(
    pointer: string,
  ): { readonly kind: 'node'; readonly node: unknown } | PlanRefusal {
    let node: unknown = document.contents;
    let walked = '';
    for (const key of pointerKeys(pointer)) {
      const anchored = refuseAnchor(node, walked);
      if (anchored) {
        return anchored;
      }
      walked += pointerStep(key);
      node =
        isMap(node) || isSeq(node)
          ? node.get(isSeq(node) ? Number(key) : key, true)
          : undefined;
    }
    return { kind: 'node', node };
  }

  function merge(
    node: unknown,
    wanted: Wanted,
    pointer: string,
  ): PlanRefusal | undefined {
    const anchored = refuseAnchor(node, pointer);
    if (anchored) {
      return anchored;
    }
    switch (wanted.kind) {
      case 'scalar':
        return replaceScalar(node, wanted, pointer);
      case 'map':
        return isMap(node)
          ? mergeMap(node, wanted, pointer)
          : refuseShape(node, pointer, 'a map');
      case 'items':
        return isSeq(node)
          ? mergeItems(node, wanted, pointer)
          : refuseShape(node, pointer, 'a list');
      case 'last':
        return isSeq(node)
          ? addItem(node, wanted.item, pointer + pointerStep(node.items.length))
          : refuseShape(node, pointer, 'a list');
      default:
        throw new Error(
          `Unknown kind of wanted value: ${
            (wanted satisfies never as Wanted).kind
          }`,
        );
    }
  }

  function mergeMap(
    map: YAMLMap,
    wanted: WantedMap,
    pointer: string,
  ): PlanRefusal | undefined {
    if (map.items.some(pair => isScalar(pair.key) && pair.key.value === '<<')) {
      return refuse(
        'anchor',
        `${
          pointer || '/'
        } takes values from a YAML merge key (<<); edit it where it is anchored`,
      );
    }
    for (const [key, value] of wanted.entries) {
      const pair = map.items.find(
        item => isScalar(item.key) && String(item.key.value) === key,
      );
      const child = pointer + pointerStep(key);
      let problem: PlanRefusal | undefined;
      if (!pair) {
        problem = addEntry(map, key, value, child);
      } else if (isNothing(pair.value)) {
        problem =
          refuseAnchor(pair.value, child) ??
          fillNothing(map, pair.value, value, child);
      } else {
        problem = merge(pair.value, value, child);
      }
      if (problem) {
        return problem;
      }
    }
    return undefined;
  }

  function mergeItems(
    list: YAMLSeq,
    wanted: WantedItems,
    pointer: string,
  ): PlanRefusal | undefined {
    for (const [name, value] of wanted.items) {
      const found = list.items.flatMap((item, index) =>
        isMap(item) && item.get('name') === name ? [{ item, index }] : [],
      );
      let problem: PlanRefusal | undefined;
      if (found.length === 1) {
        problem = merge(
          found[0].item,
          value,
          pointer + pointerStep(found[0].index),
        );
      } else if (found.length > 1) {
        problem = refuse(
          'ambiguous',
          `${pointer} has ${found.length} items named '${name}'`,
        );
      } else if (list.items.some(isAlias)) {
        problem = refuse(
          'anchor',
          `${pointer} lists YAML aliases; '${name}' may be one of them`,
        );
      } else {
        problem = addItem(
          list,
          namedItem(name, value),
          pointer + pointerStep(list.items.length),
        );
      }
      if (problem) {
        return problem;
      }
    }
    return undefined;
  }

  function replaceScalar(
    node: unknown,
    wanted: WantedScalar,
    pointer: string,
  ): PlanRefusal | undefined {
    if (!isScalar(node) || !node.range) {
      return refuseShape(node, pointer, 'a single value');
    }
    const present = node.value as string | number | boolean;
    if (
      typeof present === 'string' &&
      present.includes('{{') &&
      wanted.restyle
    ) {
      return refuse(
        'template',
        `${pointer} is a template expression: ${present}`,
      );
    }
    const value = wanted.restyle
      ? wanted.restyle(present)
      : String(wanted.value);
    if (value === undefined || String(present) === value) {
      return undefined;
    }
    const [start, end] = node.range;
    const written = scalarLike(node, value, wanted);
    const old = text.slice(start, end);
    const lineEnd = /\r?\n$/.exec(old)?.[0] ?? '';
    replacements.push({ start, end, text: written + lineEnd });
    changes.push({ pointer, before: present, after: readScalar(written) });
    return undefined;
  }

  function fillNothing(
    map: YAMLMap,
    node: Scalar | null | undefined,
    wanted: Wanted,
    pointer: string,
  ): PlanRefusal | undefined {
    if (!node?.range) {
      return refuse(
        'not-supported',
        `${pointer} has no value to put one in place of`,
      );
    }
    const [start, end] = node.range;
    const isWritten = end > start;
    if (map.flow || isWritten || wanted.kind === 'scalar') {
      replacements.push({
        start,
        end,
        text: (isWritten ? '' : ' ') + flowText(wanted, isJsonStyle(map)),
      });
      recordAdded(wanted, pointer);
      return undefined;
    }
    const indent = columnOf(map) + step;
    return (
      insertLines(start, indent, memberLines(wanted, indent), pointer) ??
      recordAdded(wanted, pointer)
    );
  }

  function addEntry(
    map: YAMLMap,
    key: string,
    wanted: Wanted,
    pointer: string,
  ): PlanRefusal | undefined {
    recordAdded(wanted, pointer);
    if (map.flow) {
      const json = isJsonStyle(map);
      return insertFlow(
        map,
        `${json ? doubleQuoted(key) : plainOrQuoted(key)}: ${flowText(
          wanted,
          json,
        )}`,
      );
    }
    const indent = columnOf(map);
    return insertLines(
      endOf(map),
      indent,
      entryLines(key, wanted, indent),
      pointer,
    );
  }

  function addItem(
    list: YAMLSeq,
    item: WantedMap | WantedScalar,
    pointer: string,
  ): PlanRefusal | undefined {
    recordAdded(item, pointer);
    if (list.flow) {
      return insertFlow(list, flowText(item, false));
    }
    const indent = columnOf(list);
    return insertLines(endOf(list), indent, itemLines(item, indent), pointer);
  }

  function insertFlow(node: YAMLMap | YAMLSeq, added: string): undefined {
    const isEmpty = node.items.length === 0;
    const offset = isEmpty ? node.range![0] + 1 : endOf(node, true);
    const isFirst =
      isEmpty && !insertions.some(insertion => insertion.offset === offset);
    insertions.push({
      offset,
      indent: 0,
      text: isFirst ? added : `, ${added}`,
    });
    return undefined;
  }

  /** Puts lines under the line in which `offset` lies, or at `offset` when a block scalar ends there. */
  function insertLines(
    offset: number,
    indent: number,
    lines: string[],
    pointer: string,
  ): PlanRefusal | undefined {
    const eolAt = text.indexOf('\n', offset);
    const eol = eolAt > 0 && text[eolAt - 1] !== '\r' ? '\n' : dominantEol;
    if (offset > 0 && text[offset - 1] === '\n') {
      insertions.push({
        offset,
        indent,
        text: lines.map(line => line + dominantEol).join(''),
      });
      return undefined;
    }
    let lineEnd = eolAt === -1 ? text.length : eolAt;
    if (eolAt !== -1 && text[lineEnd - 1] === '\r') {
      lineEnd -= 1;
    }
    if (!/^\s*(#.*)?$/s.test(text.slice(offset, lineEnd))) {
      return refuse(
        'not-supported',
        `There is no line of its own after which ${pointer} could be added`,
      );
    }
    insertions.push({
      offset: lineEnd,
      indent,
      text: lines.map(line => eol + line).join(''),
    });
    return undefined;
  }

  /** Where a deeper and a shallower map end on the same line, the deeper one's new lines come first. */
  function joinedInsertions(): TextEdit[] {
    const offsets = [...new Set(insertions.map(({ offset }) => offset))];
    return offsets.map(offset => ({
      start: offset,
      end: offset,
      text: insertions
        .filter(insertion => insertion.offset === offset)
        .sort((a, b) => b.indent - a.indent)
        .map(insertion => insertion.text)
        .join(''),
    }));
  }

  function recordAdded(wanted: Wanted, pointer: string): undefined {
    switch (wanted.kind) {
      case 'scalar':
        changes.push({ pointer, after: readScalar(scalarText(wanted)) });
        return;
      case 'map':
        wanted.entries.forEach(([key, value]) =>
          recordAdded(value, pointer + pointerStep(key)),
        );
        return;
      case 'last':
        recordAdded(wanted.item, `${pointer}/0`);
        return;
      default:
        wanted.items.forEach(([name, value], index) =>
          recordAdded(namedItem(name, value), `${pointer}/${index}`),
        );
    }
  }

  function entryLines(key: string, wanted: Wanted, indent: number): string[] {
    const head = `${' '.repeat(indent)}${plainOrQuoted(key)}:`;
    return wanted.kind === 'scalar'
      ? [`${head} ${scalarText(wanted)}`]
      : [head, ...memberLines(wanted, indent + step)];
  }

  function memberLines(wanted: Wanted, indent: number): string[] {
    switch (wanted.kind) {
      case 'scalar':
        return [`${' '.repeat(indent)}${scalarText(wanted)}`];
      case 'map':
        return wanted.entries.flatMap(([key, value]) =>
          entryLines(key, value, indent),
        );
      case 'last':
        return itemLines(wanted.item, indent);
      default:
        return wanted.items.flatMap(([name, value]) =>
          itemLines(namedItem(name, value), indent),
        );
    }
  }

  function itemLines(item: WantedMap | WantedScalar, indent: number): string[] {
    const [first, ...rest] = memberLines(item, indent + 2);
    return [`${' '.repeat(indent)}- ${first.slice(indent + 2)}`, ...rest];
  }

  function refuseAnchor(
    node: unknown,
    pointer: string,
  ): PlanRefusal | undefined {
    if (isAlias(node)) {
      return refuse(
        'anchor',
        `${pointer} is the YAML alias *${node.source}; edit it where it is anchored`,
      );
    }
    const anchor = (node as (Node & { anchor?: string }) | undefined)?.anchor;
    if (anchor !== undefined && aliased.has(anchor)) {
      return refuse(
        'anchor',
        `${
          pointer || '/'
        } is the YAML anchor &${anchor}, which other places of the file repeat`,
      );
    }
    return undefined;
  }

  function refuseShape(
    node: unknown,
    pointer: string,
    wanted: string,
  ): PlanRefusal {
    const range = (node as Node | undefined)?.range;
    const written = range ? text.slice(range[0], range[1]) : '';
    return written.startsWith('{{') ||
      (isScalar(node) && String(node.value).includes('{{'))
      ? refuse('template', `${pointer} is a template expression`)
      : refuse('value-not-found', `${pointer} is not ${wanted}`);
  }

  /** Column of a block collection's first member. */
  function columnOf(node: YAMLMap | YAMLSeq): number {
    const token = node.srcToken;
    if (token?.type === 'block-map' || token?.type === 'block-seq') {
      return Math.max(token.indent, 0);
    }
    throw new Error(`A ${token?.type ?? 'generated'} collection has no column`);
  }
}

function refuse(code: PlanRefusal['code'], reason: string): PlanRefusal {
  return { kind: 'refused', code, reason };
}

function aliasedAnchors(document: Document): Set<string> {
  const anchors = new Set<string>();
  visit(document, { Alias: (_key, alias) => void anchors.add(alias.source) });
  return anchors;
}

function isNothing(value: unknown): value is Scalar<null> | null | undefined {
  return (
    value === null ||
    value === undefined ||
    (isScalar(value) && value.value === null)
  );
}

/** End of the last thing written in a node, comments and blank lines after it excluded. */
export function endOf(node: unknown, insideFlow = false): number {
  if ((isMap(node) || isSeq(node)) && (insideFlow || !node.flow)) {
    const last = node.items.at(-1);
    if (isPair(last)) {
      return endOf(last.value ?? last.key);
    }
    return endOf(last);
  }
  return (node as Node).range![1];
}

/** JSON written in a YAML file keeps its quotes. */
function isJsonStyle(map: YAMLMap): boolean {
  const key = map.items[0]?.key;
  return map.flow === true && isScalar(key) && key.type === 'QUOTE_DOUBLE';
}

/** The file's own step of indentation, read where the object nests its `metadata`. */
function indentStep(node: unknown): number {
  if (!isMap(node) || node.srcToken?.type !== 'block-map') {
    return DEFAULT_INDENT_SPACES;
  }
  for (const pair of node.items) {
    if (isMap(pair.value) && pair.value.srcToken?.type === 'block-map') {
      const step =
        pair.value.srcToken.indent - Math.max(node.srcToken.indent, 0);
      return step > 0 ? step : DEFAULT_INDENT_SPACES;
    }
  }
  return DEFAULT_INDENT_SPACES;
}

function namedItem(name: string, wanted: WantedMap): WantedMap {
  return {
    kind: 'map',
    entries: [['name', { kind: 'scalar', value: name }], ...wanted.entries],
  };
}

/** Plain numbers stay plain: Kubernetes takes `1` for a quantity as well as `"1"`. */
function scalarText(wanted: WantedScalar): string {
  if (typeof wanted.value !== 'string') {
    return String(wanted.value);
  }
  if (wanted.quoted) {
    return doubleQuoted(wanted.value);
  }
  return /^\d[\d.]*[A-Za-z]*$/.test(wanted.value)
    ? wanted.value
    : plainOrQuoted(wanted.value);
}

function flowText(wanted: Wanted, json: boolean): string {
  switch (wanted.kind) {
    case 'scalar':
      return json && typeof wanted.value === 'string'
        ? doubleQuoted(wanted.value)
        : scalarText(wanted);
    case 'map':
      return `{${wanted.entries
        .map(
          ([key, value]) =>
            `${json ? doubleQuoted(key) : plainOrQuoted(key)}: ${flowText(
              value,
              json,
            )}`,
        )
        .join(', ')}}`;
    case 'last':
      return `[${flowText(wanted.item, json)}]`;
    default:
      return `[${wanted.items
        .map(([name, value]) => flowText(namedItem(name, value), json))
        .join(', ')}]`;
  }
}

/** The new value in the quoting of the scalar it takes the place of. */
function scalarLike(node: Scalar, value: string, wanted: WantedScalar): string {
  switch (node.type) {
    case 'QUOTE_DOUBLE':
      return doubleQuoted(value);
    case 'QUOTE_SINGLE':
      // Escapes need double quotes.
      return doubleQuoted(value).includes('\\')
        ? doubleQuoted(value)
        : singleQuoted(value);
    case 'PLAIN':
      return wanted.restyle ? value : scalarText({ ...wanted, value });
    default:
      return doubleQuoted(value);
  }
}

function readScalar(written: string): string | number | boolean {
  return parseDocument(written).toJS() as string | number | boolean;
}
