import { posix } from 'node:path';
import type { InfrastructureRef } from '@apexlogic/backstage-plugin-finops-common';
import type { RepositoryReader } from '../../kubernetes/repositoryReader';
import { DataNode, memberOf, parseJsonData, textOf } from '../data/dataNode';
import { editTemplate } from '../data/editTemplate';
import {
  nothingFound,
  readDataFiles,
  refuse,
  severalFound,
  TemplateFile,
  TemplateValue,
  viewOfTemplate,
} from '../data/templates';
import type { Opened } from '../types';
import { fingerprintOf } from '../value';
import { ArmScope, evaluateNode } from './evaluate';
import { allowedValues, parametersOf } from './parameters';

/** Group and version under which policies see the resources of Azure's templates. */
const API_VERSION = 'arm/v1';

const TEMPLATE_PATH = /\.jsonc?$/;
/** What policies need not see twice. */
const NAMING = ['type', 'name'];

interface Declared {
  readonly file: TemplateFile;
  /** `type/name`. */
  readonly id: string;
  /** Empty = an output. */
  readonly type: string;
  readonly node: DataNode;
  readonly values: ReadonlyMap<string, TemplateValue>;
}

/**
 * Finds a resource by `type/name` in the Azure Resource Manager templates of a repository.
 *
 * @param path - a template, a file of parameters, or a folder of them
 */
export async function openArm(
  { address }: InfrastructureRef,
  path: string | undefined,
  reader: RepositoryReader,
): Promise<Opened> {
  const { files, problems, named, folder } = await readDataFiles(
    reader,
    path,
    candidate => TEMPLATE_PATH.test(candidate),
    parseJsonData,
  );
  const templates = files.filter(({ root }) => schemaOf(root, 'Template'));
  const parameterFiles = files.filter(({ root }) =>
    schemaOf(root, 'Parameters'),
  );
  const isParameters = parameterFiles.some(file => file.path === named);
  const scopeOf = (file: TemplateFile): ArmScope => ({
    path: file.path,
    variables: memberOf(file.root, 'variables'),
    parameter: parametersOf(
      file,
      templates,
      parameterFiles,
      isParameters ? named : undefined,
    ),
  });
  const everything = templates.flatMap(file => declaredIn(file, scopeOf(file)));
  const matches = everything.filter(
    ({ file, id, type }) =>
      type !== '' &&
      isSameId(id, address, type) &&
      (named === undefined ||
        (isParameters
          ? posix.dirname(named) === posix.dirname(file.path)
          : named === file.path)),
  );
  if (matches.length === 0) {
    const below = folder === '.' ? '' : `${folder}/`;
    const bicep = [...reader.paths].find(
      each => each.startsWith(below) && each.endsWith('.bicep'),
    );
    return bicep === undefined
      ? nothingFound(address, path, templates, problems)
      : refuse(
          'not-supported',
          `${bicep} is Bicep; only the JSON of templates is edited`,
        );
  }
  if (matches.length > 1) {
    return severalFound(
      address,
      matches.map(({ file }) => file),
    );
  }
  const [target] = matches;
  if (memberOf(target.node, 'copy')) {
    return refuse(
      'template',
      `${address} is made by a copy loop, which makes others too`,
    );
  }
  const declared = everything.filter(
    ({ file }) => posix.dirname(file.path) === posix.dirname(target.file.path),
  );
  const addressOf = ({ file, id }: Declared) =>
    file === target.file ? id : `${file.path}: ${id}`;
  const viewOf = (each: Declared) =>
    viewOfTemplate(
      API_VERSION,
      addressOf(each),
      each.type,
      each.values,
      'tags',
    );
  return {
    kind: 'opened',
    type: target.type,
    root: target.file.path,
    path: target.file.path,
    views: [viewOf(target)],
    viewOf: key => {
      const each = declared.find(
        item => item.type !== '' && addressOf(item) === key,
      );
      return each && viewOf(each);
    },
    isOutput: key => /(^|: )outputs\//.test(key),
    surroundings: new Map(
      declared.map(each => [addressOf(each), fingerprintOf(each.values)]),
    ),
    source: file => files.find(each => each.path === file)!,
    edit: (wanted, { rationale }) =>
      editTemplate(wanted, {
        rationale,
        address: target.id,
        apiVersion: API_VERSION,
        type: target.type,
        values: target.values,
        holder: { path: target.file.path, node: target.node },
        files: new Map(files.map(file => [file.path, file])),
        notesOn: () => [],
        forbids: (node, value) =>
          allowedValues(target.file, node, parameterFiles, value),
      }),
  };
}

/** https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax */
function schemaOf(root: DataNode, kind: 'Template' | 'Parameters'): boolean {
  const schema = textOf(root, '$schema')?.toLowerCase() ?? '';
  return (
    schema.includes(`deployment${kind.toLowerCase()}.json`) ||
    // Templates for subscriptions and groups have schemas of their own.
    (kind === 'Template' && schema.includes('deploymenttemplate.json'))
  );
}

/** Azure tells types and names apart without regard to case. */
function isSameId(id: string, address: string, type: string): boolean {
  return (
    id.toLowerCase() === address.toLowerCase() && id.length > type.length + 1
  );
}

function declaredIn(file: TemplateFile, scope: ArmScope): Declared[] {
  const resources = memberOf(file.root, 'resources');
  let nodes: readonly DataNode[] = [];
  if (resources?.kind === 'list') {
    nodes = resources.items;
  } else if (resources?.kind === 'map') {
    // Symbolic names, in version 2 of the language.
    nodes = resources.entries.map(({ value }) => value);
  }
  const outputs = memberOf(file.root, 'outputs');
  return [
    ...nodes.flatMap(node => resourceOf(file, node, scope)),
    ...(outputs?.kind === 'map'
      ? outputs.entries.map(({ key, value }) => ({
          file,
          id: `outputs/${key}`,
          type: '',
          node: value,
          values: new Map([['value', evaluateNode(value, scope, 0)]]),
        }))
      : []),
  ];
}

function resourceOf(
  file: TemplateFile,
  node: DataNode,
  scope: ArmScope,
  parent?: { readonly type: string; readonly name: string },
): Declared[] {
  const [written, name] = ['type', 'name'].map(key => {
    const value = evaluateNode(memberOf(node, key), scope, 0);
    if (value.kind === 'literal') {
      return String(value.value);
    }
    return value.kind === 'computed' ? `[${value.text}]` : '';
  });
  const type = parent ? `${parent.type}/${written}` : written;
  const full = parent ? `${parent.name}/${name}` : name;
  const whole = evaluateNode(node, scope, 0);
  const values = new Map(
    whole.kind === 'object'
      ? [...whole.entries].filter(
          ([key]) => !NAMING.includes(key) && key !== 'resources',
        )
      : [],
  );
  const inner = memberOf(node, 'resources');
  return [
    { file, id: `${type}/${full}`, type, node, values },
    ...(inner?.kind === 'list'
      ? inner.items.flatMap(item =>
          resourceOf(file, item, scope, { type, name: full }),
        )
      : []),
  ];
}
