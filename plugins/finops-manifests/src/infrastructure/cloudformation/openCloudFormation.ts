import { posix } from 'node:path';
import type { InfrastructureRef } from '@apexlogic/backstage-plugin-finops-common';
import type { RepositoryReader } from '../../kubernetes/repositoryReader';
import { DataNode, memberOf, parseYamlData, textOf } from '../data/dataNode';
import { editTemplate } from '../data/editTemplate';
import {
  nothingFound,
  readDataFiles,
  severalFound,
  TemplateFile,
  TemplateValue,
  viewOfTemplate,
} from '../data/templates';
import type { Opened } from '../types';
import { fingerprintOf } from '../value';
import { CloudFormationScope, evaluateNode } from './evaluate';
import { allowedValues, defaultedBy, parametersOf } from './parameters';

/** Group and version under which policies see CloudFormation's resources. */
const API_VERSION = 'cloudformation/v1';

const TEMPLATE_PATH = /\.(ya?ml|json|template)$/;

interface Declared {
  readonly file: TemplateFile;
  readonly id: string;
  /** Empty = an output. */
  readonly type: string;
  readonly values: ReadonlyMap<string, TemplateValue>;
}

/**
 * Finds a resource by its logical id in the CloudFormation templates of a repository.
 *
 * @param path - a template, a file of parameters, or a folder of them
 */
export async function openCloudFormation(
  { address }: InfrastructureRef,
  path: string | undefined,
  reader: RepositoryReader,
): Promise<Opened> {
  const { files, problems, named } = await readDataFiles(
    reader,
    path,
    candidate => TEMPLATE_PATH.test(candidate),
    parseYamlData,
  );
  const templates = files.filter(({ root }) => resourcesOf(root).length > 0);
  const parameterFiles = files.filter(file => !templates.includes(file));
  const isParameters = parameterFiles.some(file => file.path === named);
  const found = templates.filter(
    file =>
      resourcesOf(file.root).some(({ id }) => id === address) &&
      (named === undefined ||
        (isParameters
          ? posix.dirname(named) === posix.dirname(file.path)
          : named === file.path)),
  );
  if (found.length !== 1) {
    return found.length === 0
      ? nothingFound(address, path, templates, problems)
      : severalFound(address, found);
  }
  const [template] = found;
  const neighbours = templates.filter(
    file => posix.dirname(file.path) === posix.dirname(template.path),
  );
  const declared = neighbours.flatMap(file =>
    declaredIn(file, {
      path: file.path,
      parameter: parametersOf(
        file,
        neighbours,
        parameterFiles,
        isParameters ? named : undefined,
      ),
    }),
  );
  const addressOf = ({ file, id }: Declared) =>
    file === template ? id : `${file.path}: ${id}`;
  const target = declared.find(each => addressOf(each) === address)!;
  const properties = memberOf(
    memberOf(memberOf(template.root, 'Resources'), address),
    'Properties',
  );
  const viewOf = (each: Declared) =>
    viewOfTemplate(
      API_VERSION,
      addressOf(each),
      each.type,
      each.values,
      'Tags',
    );
  return {
    kind: 'opened',
    type: target.type,
    root: template.path,
    path: template.path,
    views: [viewOf(target)],
    viewOf: key => {
      const each = declared.find(
        item => item.type !== '' && addressOf(item) === key,
      );
      return each && viewOf(each);
    },
    isOutput: key => key.startsWith('Outputs.') || key.includes(': Outputs.'),
    surroundings: new Map(
      declared.map(each => [addressOf(each), fingerprintOf(each.values)]),
    ),
    source: file => files.find(each => each.path === file)!,
    edit: (wanted, { rationale }) =>
      editTemplate(wanted, {
        rationale,
        address,
        apiVersion: API_VERSION,
        type: target.type,
        values: target.values,
        holder: properties && { path: template.path, node: properties },
        files: new Map(files.map(file => [file.path, file])),
        notesOn: node => {
          const name = defaultedBy(template, node);
          return name === undefined
            ? []
            : [
                `This is the default of the parameter ${name}: a stack that exists keeps the value it has, unless its deployment gives another.`,
              ];
        },
        forbids: (node, value) => {
          const allowed = allowedValues(template, node, parameterFiles);
          return allowed && !allowed.values.includes(String(value))
            ? `The parameter ${allowed.name} allows ${allowed.values.join(
                ', ',
              )}, not ${value}`
            : undefined;
        },
      }),
  };
}

function resourcesOf(
  root: DataNode,
): { id: string; type: string; node: DataNode }[] {
  const resources = memberOf(root, 'Resources');
  return resources?.kind === 'map'
    ? resources.entries.flatMap(({ key, value }) => {
        const type = textOf(value, 'Type');
        return type?.includes('::') ? [{ id: key, type, node: value }] : [];
      })
    : [];
}

function declaredIn(
  file: TemplateFile,
  scope: CloudFormationScope,
): Declared[] {
  const outputs = memberOf(file.root, 'Outputs');
  return [
    ...resourcesOf(file.root).map(({ id, type, node }) => {
      const properties = evaluateNode(memberOf(node, 'Properties'), scope, 0);
      const values =
        properties.kind === 'object'
          ? properties.entries
          : new Map<string, TemplateValue>([['Properties', properties]]);
      return { file, id, type, values };
    }),
    ...(outputs?.kind === 'map'
      ? outputs.entries.map(({ key, value }) => ({
          file,
          id: `Outputs.${key}`,
          type: '',
          values: new Map([['Value', evaluateNode(value, scope, 0)]]),
        }))
      : []),
  ];
}
