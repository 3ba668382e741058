import { Node as JsonNode, ParseError, parseTree } from 'jsonc-parser';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Node as YamlNode,
  parseAllDocuments,
} from 'yaml';
import { CONTESTED_LINE_BREAK } from '../../kubernetes/manifestFile';

/** A node of a YAML or JSON file, its place in UTF-16 indexes `[start, end)`. */
export type DataNode = {
  readonly start: number;
  readonly end: number;
  /** A local tag of YAML, such as `!Ref`. */
  readonly tag?: string;
} & (
  | {
      readonly kind: 'scalar';
      readonly value: string | number | boolean | null;
      readonly quote: 'plain' | 'single' | 'double' | 'other';
    }
  | {
      readonly kind: 'map';
      readonly flow: boolean;
      readonly entries: readonly DataEntry[];
    }
  | {
      readonly kind: 'list';
      readonly flow: boolean;
      readonly items: readonly DataNode[];
    }
  /** An alias, or what is not there. */
  | { readonly kind: 'other'; readonly anchored: boolean }
);

/** @internal */
export interface DataEntry {
  readonly key: string;
  /** Where the key starts. */
  readonly start: number;
  readonly value: DataNode;
}

/** @internal */
export type ParsedData =
  | { readonly kind: 'data'; readonly root: DataNode }
  | { readonly kind: 'unreadable'; readonly reason: string };

const MAX_DEPTH = 200;

/** Reads JSON with comments, as Azure takes it; the first of two keys that are the same is an error. */
export function parseJsonData(text: string): ParsedData {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: false });
  if (!root || errors.length > 0) {
    const offset = errors[0]?.offset ?? 0;
    const line = text.slice(0, offset).split('\n').length;
    return { kind: 'unreadable', reason: `it is not JSON at line ${line}` };
  }
  return attempt(() => ofJson(root, 0));
}

/** Reads a file of one YAML document, of which JSON is one form; tags that only CloudFormation knows are kept. */
export function parseYamlData(text: string): ParsedData {
  if (CONTESTED_LINE_BREAK.test(text)) {
    return {
      kind: 'unreadable',
      reason: 'it holds a character that ends a line for some parsers only',
    };
  }
  const documents = parseAllDocuments(text, {
    keepSourceTokens: true,
    logLevel: 'silent',
  });
  if (!Array.isArray(documents) || documents.length !== 1) {
    return { kind: 'unreadable', reason: 'it is not one YAML document' };
  }
  const [{ contents, errors }] = documents;
  return errors.length > 0
    ? { kind: 'unreadable', reason: errors[0].message.split('\n')[0] }
    : attempt(() => ofYaml(contents, 0));
}

function attempt(read: () => DataNode): ParsedData {
  try {
    return { kind: 'data', root: read() };
  } catch (cause) {
    return { kind: 'unreadable', reason: (cause as Error).message };
  }
}

function ofJson(node: JsonNode, depth: number): DataNode {
  guard(depth);
  const range = { start: node.offset, end: node.offset + node.length };
  switch (node.type) {
    case 'object': {
      const entries = (node.children ?? []).map(({ children, offset }) => {
        const [key, value] = children!;
        return {
          key: String(key.value),
          start: offset,
          value: ofJson(value, depth + 1),
        };
      });
      refuseTwins(entries);
      return { ...range, kind: 'map', flow: true, entries };
    }
    case 'array':
      return {
        ...range,
        kind: 'list',
        flow: true,
        items: (node.children ?? []).map(item => ofJson(item, depth + 1)),
      };
    default:
      return {
        ...range,
        kind: 'scalar',
        value: node.value,
        quote: node.type === 'string' ? 'double' : 'plain',
      };
  }
}

function ofYaml(node: YamlNode | null | undefined, depth: number): DataNode {
  guard(depth);
  const [start, end] = node?.range ?? [0, 0];
  const { tag: full } = (node ?? {}) as { tag?: string };
  const tag = full?.startsWith('!') ? full : undefined;
  const place = { start, end, ...(tag !== undefined && { tag }) };
  if (isScalar(node)) {
    const { value, type } = node;
    const isPlainValue =
      value === null || ['string', 'number', 'boolean'].includes(typeof value);
    const quotes = {
      PLAIN: 'plain',
      QUOTE_SINGLE: 'single',
      QUOTE_DOUBLE: 'double',
    } as const;
    return isPlainValue
      ? {
          ...place,
          kind: 'scalar',
          value: value as string | number | boolean | null,
          quote: quotes[type as keyof typeof quotes] ?? 'other',
        }
      : { ...place, kind: 'other', anchored: false };
  }
  if (isMap(node)) {
    const entries = node.items.map(pair => {
      const key = pair.key as YamlNode;
      return {
        key: isScalar(key) ? String(key.value) : '',
        start: key?.range?.[0] ?? 0,
        value: ofYaml(pair.value as YamlNode | null, depth + 1),
      };
    });
    return { ...place, kind: 'map', flow: node.flow === true, entries };
  }
  if (isSeq(node)) {
    return {
      ...place,
      kind: 'list',
      flow: node.flow === true,
      items: node.items.map(item => ofYaml(item as YamlNode, depth + 1)),
    };
  }
  return { ...place, kind: 'other', anchored: isAlias(node) };
}

/** The value of a key of a map. */
export function memberOf(
  node: DataNode | undefined,
  key: string,
): DataNode | undefined {
  return node?.kind === 'map'
    ? node.entries.find(entry => entry.key === key)?.value
    : undefined;
}

/** A string at a key of a map. */
export function textOf(
  node: DataNode | undefined,
  key: string,
): string | undefined {
  const value = memberOf(node, key);
  return value?.kind === 'scalar' &&
    value.tag === undefined &&
    typeof value.value === 'string'
    ? value.value
    : undefined;
}

function refuseTwins(entries: readonly DataEntry[]): void {
  const keys = entries.map(({ key }) => key);
  const twin = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twin !== undefined) {
    throw new RangeError(`it says '${twin}' twice`);
  }
}

function guard(depth: number): void {
  if (depth > MAX_DEPTH) {
    throw new RangeError('it is nested too deeply');
  }
}
