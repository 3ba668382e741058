import type { DataNode } from '../data/dataNode';
import type { TemplateValue } from '../data/templates';

/** What names in a template stand for. */
export interface CloudFormationScope {
  readonly path: string;
  /** undefined = there is no such parameter. */
  readonly parameter: (name: string) => TemplateValue | undefined;
}

const MAX_DEPTH = 100;
/** Names in the text of `Fn::Sub`; `${!x}` is text. */
const SUBSTITUTED = /\$\{([A-Za-z0-9:.]+)\}/g;

/** What a node of a template comes to; intrinsic functions but `Ref` are computed. */
export function evaluateNode(
  node: DataNode | undefined,
  scope: CloudFormationScope,
  depth: number,
): TemplateValue {
  if (!node || depth > MAX_DEPTH) {
    return computed('', []);
  }
  const { tag } = node;
  if (tag === '!Ref' && node.kind === 'scalar') {
    return reference(String(node.value), scope);
  }
  if (tag !== undefined) {
    return computed(textOf(node), inputsOf(node, scope, depth));
  }
  switch (node.kind) {
    case 'scalar':
      return {
        kind: 'literal',
        value: node.value,
        at: { path: scope.path, node },
      };
    case 'list':
      return {
        kind: 'list',
        items: node.items.map(item => evaluateNode(item, scope, depth + 1)),
        at: { path: scope.path, node },
      };
    case 'map': {
      const [only] = node.entries;
      if (node.entries.length === 1) {
        if (only.key === 'Ref' && only.value.kind === 'scalar') {
          return reference(String(only.value.value), scope);
        }
        if (only.key.startsWith('Fn::')) {
          return computed(only.key, inputsOf(only.value, scope, depth));
        }
      }
      return {
        kind: 'object',
        entries: new Map(
          node.entries.map(({ key, value }) => [
            key,
            evaluateNode(value, scope, depth + 1),
          ]),
        ),
        at: { path: scope.path, node },
      };
    }
    default:
      return {
        kind: 'computed',
        text: '*',
        inputs: [],
        code: node.anchored ? 'anchor' : 'value-not-found',
        reason: node.anchored
          ? 'it is a YAML alias; edit it where it is anchored'
          : 'nothing is written there',
      };
  }
}

function reference(name: string, scope: CloudFormationScope): TemplateValue {
  return scope.parameter(name) ?? computed(`Ref ${name}`, []);
}

/** Parameters that an intrinsic function reads, wherever it names them. */
function inputsOf(
  node: DataNode,
  scope: CloudFormationScope,
  depth: number,
): TemplateValue[] {
  if (node.kind === 'scalar') {
    const names = [...String(node.value).matchAll(SUBSTITUTED)].map(
      ([, name]) => name,
    );
    return names.flatMap(name => scope.parameter(name) ?? []);
  }
  let members: readonly DataNode[] = [];
  if (node.kind === 'map') {
    members = node.entries.map(({ value }) => value);
  } else if (node.kind === 'list') {
    members = node.items;
  }
  return members.flatMap(member => {
    const value = evaluateNode(member, scope, depth + 1);
    return member.kind === 'scalar' && member.tag === undefined
      ? inputsOf(member, scope, depth + 1)
      : [value];
  });
}

function textOf({ tag = '', ...node }: DataNode): string {
  return node.kind === 'scalar' ? `${tag} ${node.value}` : tag;
}

function computed(
  text: string,
  inputs: readonly TemplateValue[],
): TemplateValue {
  return { kind: 'computed', text, inputs };
}
