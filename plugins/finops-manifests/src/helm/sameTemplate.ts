import { decodeSource } from '../yaml/sourceText';
import {
  ParsedTemplate,
  parseTemplate,
  TemplateNode,
} from './template/parseTemplate';

/** How two versions of a template differ by more than single values of its text; undefined = they do not. */
export function sameTemplate(
  before: Uint8Array,
  after: Uint8Array,
): string | undefined {
  const [was, is] = [before, after].map(bytes => {
    const text = decodeSource(bytes)?.text;
    return text === undefined ? undefined : parsed(text);
  });
  if (!was || !is) {
    return 'is no longer a template that can be read';
  }
  return JSON.stringify(expressions(was.nodes)) ===
    JSON.stringify(expressions(is.nodes)) &&
    JSON.stringify(
      [...was.defines].map(([name, nodes]) => [name, expressions(nodes)]),
    ) ===
      JSON.stringify(
        [...is.defines].map(([name, nodes]) => [name, expressions(nodes)]),
      )
    ? undefined
    : 'would have other expressions';
}

function parsed(text: string): ParsedTemplate | undefined {
  try {
    return parseTemplate(text);
  } catch {
    return undefined;
  }
}

/** A template without its text. */
function expressions(nodes: readonly TemplateNode[]): unknown[] {
  return nodes.flatMap((node): unknown[] => {
    switch (node.kind) {
      case 'text':
        return [];
      case 'output':
        return [node.pipeline];
      case 'if':
      case 'with':
      case 'range':
        return [
          node.kind,
          node.pipeline,
          expressions(node.body),
          expressions(node.otherwise),
        ];
      case 'template':
        return [node.name, node.pipeline];
      default:
        return [node.kind];
    }
  });
}
