import { Node, ParseError, parseTree } from 'jsonc-parser';
import { HclExpression, HclFile, HclToken } from './hcl';

/** A `*.tfvars.json` file in the terms of the others; its tokens are its leaves. */
export function parseJsonVariables(text: string): HclFile {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true });
  if (!root || errors.length > 0 || root.type !== 'object') {
    return { kind: 'unreadable', reason: 'it is not a JSON object' };
  }
  const tokens: HclToken[] = [];
  const expression = expressionOf(root, text, tokens);
  return {
    kind: 'hcl',
    tokens,
    body: {
      blocks: [],
      attributes:
        expression.kind === 'object'
          ? expression.entries.map(({ key, value, start, end }) => ({
              name: key!,
              value,
              start,
              end,
            }))
          : [],
    },
  };
}

function expressionOf(
  node: Node,
  text: string,
  tokens: HclToken[],
): HclExpression {
  const range = { start: node.offset, end: node.offset + node.length };
  switch (node.type) {
    case 'object':
      return {
        ...range,
        kind: 'object',
        bodyEnd: range.end - 1,
        entries: (node.children ?? []).map(({ children, offset, length }) => {
          const [key, value] = children!;
          addToken(key, text, tokens);
          return {
            start: offset,
            end: offset + length,
            key: String(key.value),
            value: expressionOf(value, text, tokens),
          };
        }),
      };
    case 'array':
      return {
        ...range,
        kind: 'list',
        items: (node.children ?? []).map(item =>
          expressionOf(item, text, tokens),
        ),
      };
    default: {
      addToken(node, text, tokens);
      const quoted = node.type === 'string';
      return {
        ...range,
        kind: 'literal',
        value: node.value,
        quoted,
        inner: quoted ? { start: range.start + 1, end: range.end - 1 } : range,
      };
    }
  }
}

function addToken(node: Node, text: string, tokens: HclToken[]): void {
  const range = { start: node.offset, end: node.offset + node.length };
  tokens.push({
    ...range,
    type: node.type,
    text: text.slice(range.start, range.end),
  });
}
