import { DataNode, memberOf } from '../data/dataNode';
import { isFor, TemplateFile, TemplateValue } from '../data/templates';
import { evaluateNode } from './evaluate';

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
  const declared = memberOf(template.root, 'parameters');
  return name => {
    const parameter = memberOf(declared, name);
    if (!parameter) {
      return undefined;
    }
    const giving = files.flatMap(({ path, root }) => {
      const entry = memberOf(memberOf(root, 'parameters'), name);
      const isUsed =
        given === undefined
          ? isFor(path, template.path, templates)
          : given === path;
      return entry && isUsed ? [{ path, entry }] : [];
    });
    if (giving.length > 1) {
      return unknown(
        name,
        'ambiguous',
        `${giving
          .map(({ path }) => path)
          .join(
            ' and ',
          )} give the parameter ${name} a value; name the one that is used`,
      );
    }
    const [file] = giving;
    const node = file
      ? memberOf(file.entry, 'value')
      : memberOf(parameter, 'defaultValue');
    if (!node) {
      return file
        ? unknown(name, 'template', 'its value is kept in a key vault')
        : unknown(
            name,
            'value-not-found',
            `no file gives the parameter ${name} a value`,
          );
    }
    const path = file?.path ?? template.path;
    // A default may name nothing but functions: no parameter may refer to another.
    return evaluateNode(
      node,
      { path, variables: undefined, parameter: () => undefined },
      0,
    );
  };
}

/** Why a parameter may not have a value; undefined = it may. */
export function allowedValues(
  template: TemplateFile,
  node: DataNode,
  files: readonly TemplateFile[],
  value: string | number,
): string | undefined {
  const declared = memberOf(template.root, 'parameters');
  for (const { key, value: parameter } of declared?.kind === 'map'
    ? declared.entries
    : []) {
    const isIt =
      memberOf(parameter, 'defaultValue') === node ||
      files.some(
        ({ root }) =>
          memberOf(memberOf(memberOf(root, 'parameters'), key), 'value') ===
          node,
      );
    if (!isIt) {
      continue;
    }
    const allowed = memberOf(parameter, 'allowedValues');
    const values =
      allowed?.kind === 'list'
        ? allowed.items.flatMap(item =>
            item.kind === 'scalar' ? String(item.value) : [],
          )
        : undefined;
    if (values && !values.includes(String(value))) {
      return `The parameter ${key} allows ${values.join(', ')}, not ${value}`;
    }
    const [least, most] = ['minValue', 'maxValue'].map(name => {
      const bound = memberOf(parameter, name);
      return bound?.kind === 'scalar' && typeof bound.value === 'number'
        ? bound.value
        : undefined;
    });
    if (
      typeof value === 'number' &&
      ((least !== undefined && value < least) ||
        (most !== undefined && value > most))
    ) {
      return `The parameter ${key} allows ${least ?? 'any'} to ${
        most ?? 'any'
      }, not ${value}`;
    }
  }
  return undefined;
}

function unknown(
  name: string,
  code: 'template' | 'ambiguous' | 'value-not-found',
  reason: string,
): TemplateValue {
  return {
    kind: 'computed',
    text: `parameters('${name}')`,
    inputs: [],
    code,
    reason,
  };
}
