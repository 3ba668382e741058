import { DataNode, memberOf, textOf } from '../data/dataNode';
import { isFor, TemplateFile, TemplateValue } from '../data/templates';

/**
 * The parameters of a template: the value a file of parameters beside it gives, else the default.
 *
 * @param given - the file of parameters that is known to be used
 */
export function parametersOf(
  template: TemplateFile,
  templates: readonly TemplateFile[],
  files: readonly TemplateFile[],
  given: string | undefined,
): (name: string) => TemplateValue | undefined {
  const declared = memberOf(template.root, 'Parameters');
  return name => {
    const parameter = memberOf(declared, name);
    if (!parameter) {
      return undefined;
    }
    const type = textOf(parameter, 'Type') ?? '';
    if (type.startsWith('AWS::SSM::')) {
      return unknown(name, 'template', 'its value is kept in Parameter Store');
    }
    if (type.includes('List')) {
      return unknown(name, 'template', 'it is a list in one text');
    }
    const giving = files.flatMap(({ path, root }) => {
      const node = givenIn(root, name);
      return node && (given === path || isFor(path, template.path, templates))
        ? [{ path, node }]
        : [];
    });
    const used =
      given === undefined
        ? giving
        : giving.filter(({ path }) => path === given);
    if (used.length > 1) {
      return unknown(
        name,
        'ambiguous',
        `${used
          .map(({ path }) => path)
          .join(
            ' and ',
          )} give the parameter ${name} a value; name the one that is used`,
      );
    }
    const [file] = used;
    const node = file?.node ?? memberOf(parameter, 'Default');
    if (node?.kind !== 'scalar' || node.tag !== undefined) {
      return unknown(
        name,
        'value-not-found',
        `no file gives the parameter ${name} a value`,
      );
    }
    return {
      kind: 'literal',
      value: node.value,
      at: { path: file?.path ?? template.path, node },
    };
  };
}

/** The parameter of a template whose default stands at a node. */
export function defaultedBy(
  { root }: TemplateFile,
  node: DataNode,
): string | undefined {
  const declared = memberOf(root, 'Parameters');
  return declared?.kind === 'map'
    ? declared.entries.find(({ value }) => memberOf(value, 'Default') === node)
        ?.key
    : undefined;
}

/** Values that a parameter of a template may have; undefined = any. */
export function allowedValues(
  template: TemplateFile,
  node: DataNode,
  files: readonly TemplateFile[],
): { readonly name: string; readonly values: readonly string[] } | undefined {
  const declared = memberOf(template.root, 'Parameters');
  const parameters = declared?.kind === 'map' ? declared.entries : [];
  for (const { key, value } of parameters) {
    const isIt =
      memberOf(value, 'Default') === node ||
      files.some(({ root }) => givenIn(root, key) === node);
    const allowed = memberOf(value, 'AllowedValues');
    if (isIt && allowed?.kind === 'list') {
      return {
        name: key,
        values: allowed.items.flatMap(item =>
          item.kind === 'scalar' ? String(item.value) : [],
        ),
      };
    }
  }
  return undefined;
}

/**
 * A list of `ParameterKey` and `ParameterValue`, as the command line takes it, or a map below `Parameters`,
 * as CodePipeline does.
 */
function givenIn(root: DataNode, name: string): DataNode | undefined {
  if (root.kind === 'list') {
    const item = root.items.find(each => textOf(each, 'ParameterKey') === name);
    return memberOf(item, 'ParameterValue');
  }
  return memberOf(memberOf(root, 'Parameters'), name);
}

function unknown(
  name: string,
  code: 'template' | 'ambiguous' | 'value-not-found',
  reason: string,
): TemplateValue {
  return { kind: 'computed', text: `Ref ${name}`, inputs: [], code, reason };
}
