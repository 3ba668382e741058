import { readFile } from 'node:fs/promises';
import { Language, Node, Parser, Tree } from 'web-tree-sitter';

/** UTF-16 indexes `[start, end)` into the text of a file. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A body: the file itself, or what stands between the braces of a block. */
export interface HclBody {
  readonly attributes: readonly HclAttribute[];
  readonly blocks: readonly HclBlock[];
}

/** @internal */
export interface HclAttribute extends Range {
  readonly name: string;
  readonly value: HclExpression;
}

/** @internal */
export interface HclBlock extends Range {
  readonly type: string;
  readonly labels: readonly string[];
  readonly body: HclBody;
  /** Where the brace that opens it ends. */
  readonly bodyStart: number;
  /** Where the brace that closes it starts. */
  readonly bodyEnd: number;
}

/** What this package understands of an expression; all else is `other`, with what it refers to. */
export type HclExpression = Range &
  (
    | {
        readonly kind: 'literal';
        readonly value: string | number | boolean | null;
        /** Of the value itself, quotes not included. */
        readonly inner: Range;
        readonly quoted: boolean;
      }
    | {
        readonly kind: 'object';
        readonly entries: readonly HclEntry[];
        /** Where the closing brace starts. */
        readonly bodyEnd: number;
      }
    | { readonly kind: 'list'; readonly items: readonly HclExpression[] }
    | {
        readonly kind: 'reference';
        readonly head: string;
        readonly steps: readonly (string | number | HclExpression)[];
      }
    | {
        readonly kind: 'other';
        readonly text: string;
        readonly inputs: readonly HclExpression[];
        /** Values of the branches of a conditional. */
        readonly branches?: readonly HclExpression[];
      }
  );

/** @internal */
export interface HclEntry extends Range {
  /** Absent where the key is computed. */
  readonly key?: string;
  readonly value: HclExpression;
}

/** A leaf of the syntax tree: all text of a file but white space is in one. */
export interface HclToken extends Range {
  readonly type: string;
  readonly text: string;
}

/** @internal */
export type HclFile =
  | {
      readonly kind: 'hcl';
      readonly body: HclBody;
      readonly tokens: readonly HclToken[];
    }
  | { readonly kind: 'unreadable'; readonly reason: string };

const MAX_DEPTH = 200;

/** Raised inside while a tree is read; the caller sees a file that cannot be read. */
class TooDeep extends Error {}

let loading: Promise<Language> | undefined;

function language(): Promise<Language> {
  loading ??= Parser.init().then(async () =>
    Language.load(
      await readFile(
        require.resolve(
          '@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-terraform.wasm',
        ),
      ),
    ),
  );
  return loading;
}

/** Takes a Terraform file apart; never throws on its content. */
export async function parseHcl(text: string): Promise<HclFile> {
  const grammar = await language();
  const parser = new Parser();
  let tree: Tree | null = null;
  try {
    parser.setLanguage(grammar);
    tree = parser.parse(text);
    const root = tree?.rootNode;
    if (!root) {
      return { kind: 'unreadable', reason: 'it cannot be parsed' };
    }
    if (root.hasError) {
      return {
        kind: 'unreadable',
        reason: `it cannot be parsed at line ${errorLine(root)}`,
      };
    }
    const tokens: HclToken[] = [];
    collectTokens(root, tokens, 0);
    return { kind: 'hcl', body: bodyOf(childOf(root, 'body'), 0), tokens };
  } catch (cause) {
    if (cause instanceof TooDeep) {
      return { kind: 'unreadable', reason: 'it is nested too deeply' };
    }
    throw cause;
  } finally {
    tree?.delete();
    parser.delete();
  }
}

function errorLine(node: Node): number {
  const inside = node.children.find(
    child => child.hasError || child.isError || child.isMissing,
  );
  return inside && !node.isError && !node.isMissing
    ? errorLine(inside)
    : node.startPosition.row + 1;
}

function collectTokens(node: Node, tokens: HclToken[], depth: number): void {
  guard(depth);
  const { children } = node;
  if (children.length === 0) {
    tokens.push({ type: node.type, text: node.text, ...rangeOf(node) });
  }
  for (const child of children) {
    collectTokens(child, tokens, depth + 1);
  }
}

function bodyOf(node: Node | undefined, depth: number): HclBody {
  guard(depth);
  const attributes: HclAttribute[] = [];
  const blocks: HclBlock[] = [];
  for (const child of node?.namedChildren ?? []) {
    if (child.type === 'attribute') {
      attributes.push({
        ...rangeOf(child),
        name: childOf(child, 'identifier')!.text,
        value: expressionOf(childOf(child, 'expression')!, depth + 1),
      });
    } else if (child.type === 'block') {
      blocks.push(blockOf(child, depth + 1));
    }
  }
  return { attributes, blocks };
}

function blockOf(node: Node, depth: number): HclBlock {
  const [type, ...labels] = node.namedChildren
    .filter(child => ['identifier', 'string_lit'].includes(child.type))
    .map(child =>
      child.type === 'identifier' ? child.text : child.text.slice(1, -1),
    );
  return {
    ...rangeOf(node),
    type,
    labels,
    body: bodyOf(childOf(node, 'body'), depth),
    bodyStart: childOf(node, 'block_start')!.endIndex,
    bodyEnd: childOf(node, 'block_end')!.startIndex,
  };
}

function expressionOf(node: Node, depth: number): HclExpression {
  guard(depth);
  const children = node.children.filter(child => child.type !== 'comment');
  const [first, second] = children;
  if (first?.type === '(' && second && children.length === 3) {
    return expressionOf(second, depth + 1);
  }
  if (first?.type === 'variable_expr') {
    const reference = referenceOf(children, 0, depth);
    return reference.next === children.length
      ? reference.expression
      : otherOf(node, depth);
  }
  if (children.length === 1) {
    switch (first.type) {
      case 'literal_value':
        return literalOf(first);
      case 'collection_value':
        return collectionOf(first.namedChildren[0], depth + 1);
      case 'template_expr':
        return templateOf(first, depth + 1);
      case 'conditional':
        return {
          ...otherOf(node, depth),
          branches: first.namedChildren
            .filter(child => child.type === 'expression')
            .slice(1)
            .map(child => expressionOf(child, depth + 1)),
        } as HclExpression;
      default:
    }
  }
  return otherOf(node, depth);
}

function literalOf(node: Node): HclExpression {
  const range = rangeOf(node);
  const [child] = node.namedChildren;
  const plain = { kind: 'literal', ...range, inner: range, quoted: false };
  switch (child.type) {
    case 'string_lit': {
      const inner = { start: range.start + 1, end: range.end - 1 };
      const value = unescapeHcl(node.text.slice(1, -1));
      return { kind: 'literal', ...range, inner, quoted: true, value };
    }
    case 'numeric_lit':
      return { ...plain, value: Number(child.text) } as HclExpression;
    case 'bool_lit':
      return { ...plain, value: child.text === 'true' } as HclExpression;
    default:
      return { ...plain, value: null } as HclExpression;
  }
}

function collectionOf(node: Node, depth: number): HclExpression {
  if (node.type === 'tuple') {
    return {
      ...rangeOf(node),
      kind: 'list',
      items: node.namedChildren
        .filter(child => child.type === 'expression')
        .map(child => expressionOf(child, depth)),
    };
  }
  const entries = node.namedChildren
    .filter(child => child.type === 'object_elem')
    .map(child => {
      const [key, value] = child.namedChildren
        .filter(part => part.type === 'expression')
        .map(part => expressionOf(part, depth));
      return { ...rangeOf(child), key: keyOf(key, child), value };
    });
  return {
    ...rangeOf(node),
    kind: 'object',
    entries,
    bodyEnd: childOf(node, 'object_end')!.startIndex,
  };
}

/** A bare word is its own key; between parentheses it would be a reference. */
function keyOf(key: HclExpression, node: Node): string | undefined {
  if (key.kind === 'literal') {
    return String(key.value);
  }
  return key.kind === 'reference' &&
    key.steps.length === 0 &&
    key.start === node.startIndex
    ? key.head
    : undefined;
}

/** `"${x}"` is x, in the writing of Terraform 0.11. */
function templateOf(node: Node, depth: number): HclExpression {
  const [quoted] = node.namedChildren;
  const parts = quoted.namedChildren.filter(
    child =>
      !['quoted_template_start', 'quoted_template_end'].includes(child.type),
  );
  const inside =
    quoted.type === 'quoted_template' &&
    parts.length === 1 &&
    parts[0].type === 'template_interpolation'
      ? childOf(parts[0], 'expression')
      : undefined;
  return inside ? expressionOf(inside, depth) : otherOf(node, depth);
}

function referenceOf(
  siblings: readonly Node[],
  at: number,
  depth: number,
): { expression: HclExpression; next: number } {
  const steps: (string | number | HclExpression)[] = [];
  let next = at + 1;
  for (; next < siblings.length; next++) {
    const { type, namedChildren } = siblings[next];
    if (type === 'get_attr') {
      steps.push(namedChildren[0].text);
    } else if (type === 'index') {
      steps.push(indexOf(namedChildren[0], depth));
    } else {
      break;
    }
  }
  return {
    expression: {
      kind: 'reference',
      start: siblings[at].startIndex,
      end: siblings[next - 1].endIndex,
      head: siblings[at].text,
      steps,
    },
    next,
  };
}

function indexOf(node: Node, depth: number): string | number | HclExpression {
  if (node.type === 'legacy_index') {
    return Number(node.text.slice(1));
  }
  const index = expressionOf(childOf(node, 'expression')!, depth + 1);
  return index.kind === 'literal' &&
    (typeof index.value === 'string' || typeof index.value === 'number')
    ? index.value
    : index;
}

function otherOf(node: Node, depth: number): HclExpression {
  const inputs: HclExpression[] = [];
  collectInputs(node, inputs, depth);
  return { ...rangeOf(node), kind: 'other', text: node.text, inputs };
}

function collectInputs(
  node: Node,
  inputs: HclExpression[],
  depth: number,
): void {
  guard(depth);
  const children = node.children.filter(child => child.type !== 'comment');
  for (let at = 0; at < children.length; at++) {
    if (children[at].type === 'variable_expr') {
      const { expression, next } = referenceOf(children, at, depth);
      inputs.push(expression);
      at = next - 1;
    } else {
      collectInputs(children[at], inputs, depth + 1);
    }
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  '\\': '\\',
};

function unescapeHcl(text: string): string {
  return text.replace(
    /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\(.)|([$%])\4\{/g,
    (all, short, long, escaped, marker) => {
      if (short !== undefined || long !== undefined) {
        const code = parseInt(short ?? long, 16);
        return code <= 0x10ffff ? String.fromCodePoint(code) : all;
      }
      return marker === undefined ? ESCAPES[escaped] ?? all : `${marker}{`;
    },
  );
}

/** The inside of a quoted string, so that it is read back as that text and holds no template. */
export function escapeHcl(text: string): string {
  return text
    .replace(/["\\]/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\t/g, '\\t')
    .replace(/([$%])\{/g, '$1$1{');
}

function childOf(node: Node, type: string): Node | undefined {
  return node.namedChildren.find(child => child.type === type);
}

function rangeOf({ startIndex, endIndex }: Node): Range {
  return { start: startIndex, end: endIndex };
}

function guard(depth: number): void {
  if (depth > MAX_DEPTH) {
    throw new TooDeep();
  }
}
