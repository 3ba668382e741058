import { DataNode, memberOf } from '../data/dataNode';
import type { TemplateValue } from '../data/templates';
import { stepInto } from '../value';

/** What names in a template stand for. */
export interface ArmScope {
  readonly path: string;
  readonly variables: DataNode | undefined;
  /** undefined = there is no such parameter. */
  readonly parameter: (name: string) => TemplateValue | undefined;
}

const MAX_DEPTH = 60;
const NAMED =
  /(parameters|variables)\(\s*'([^']+)'\s*\)((?:\.[A-Za-z_][A-Za-z0-9_]*)*)/g;

/** What a node of a template comes to; only parameters and variables are followed. */
export function evaluateNode(
  node: DataNode | undefined,
  scope: ArmScope,
  depth: number,
): TemplateValue {
  if (!node || depth > MAX_DEPTH) {
    return { kind: 'computed', text: '', inputs: [] };
  }
  const at = { path: scope.path, node };
  switch (node.kind) {
    case 'scalar': {
      const expression = expressionOf(node.value);
      return expression === undefined
        ? { kind: 'literal', value: node.value, at }
        : evaluateExpression(expression, scope, depth);
    }
    case 'list':
      return {
        kind: 'list',
        items: node.items.map(item => evaluateNode(item, scope, depth + 1)),
        at,
      };
    case 'map':
      return {
        kind: 'object',
        entries: new Map(
          node.entries.map(({ key, value }) => [
            key,
            evaluateNode(value, scope, depth + 1),
          ]),
        ),
        at,
      };
    default:
      return { kind: 'computed', text: '', inputs: [] };
  }
}

/** `[…]` is an expression; `[[…` is text that starts with a bracket. */
function expressionOf(value: unknown): string | undefined {
  return typeof value === 'string' &&
    value.startsWith('[') &&
    !value.startsWith('[[') &&
    value.endsWith(']')
    ? value.slice(1, -1).trim()
    : undefined;
}

function evaluateExpression(
  text: string,
  scope: ArmScope,
  depth: number,
): TemplateValue {
  const names = [...text.matchAll(NAMED)].map(([all, kind, name, steps]) => ({
    all,
    value: stepInto(
      named(kind, name, scope, depth),
      steps.split('.').slice(1),
      all,
    ),
  }));
  return names.length === 1 && names[0].all === text
    ? names[0].value
    : { kind: 'computed', text, inputs: names.map(({ value }) => value) };
}

function named(
  kind: string,
  name: string,
  scope: ArmScope,
  depth: number,
): TemplateValue {
  const found =
    kind === 'parameters'
      ? scope.parameter(name)
      : evaluateNode(memberOf(scope.variables, name), scope, depth + 1);
  return (
    found ?? {
      kind: 'computed',
      text: `${kind}('${name}')`,
      inputs: [],
      code: 'value-not-found',
      reason: `there is no parameter ${name}`,
    }
  );
}
