import { posix } from 'node:path';
import type { RepositoryReader } from '../../kubernetes/repositoryReader';
import { decodeSource, SourceText } from '../../yaml/sourceText';
import { HclAttribute, HclBlock, HclBody, HclFile, parseHcl } from './hcl';
import { parseJsonVariables } from './jsonVariables';

const READ_CONCURRENCY = 12;

/** A Terraform file, read. */
export interface TerraformFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly source: SourceText;
  readonly hcl: Extract<HclFile, { kind: 'hcl' }>;
}

/** @internal */
export interface Declared<T> {
  readonly path: string;
  readonly node: T;
}

/** All `.tf` files of a folder together: what Terraform calls a module. */
export interface Module {
  readonly directory: string;
  readonly resources: ReadonlyMap<string, Declared<HclBlock>>;
  readonly calls: ReadonlyMap<string, Declared<HclBlock>>;
  readonly variables: ReadonlyMap<string, Declared<HclBlock>>;
  readonly locals: ReadonlyMap<string, Declared<HclAttribute>>;
  readonly outputs: ReadonlyMap<string, Declared<HclBlock>>;
  /** Data sources and providers: what else takes values. */
  readonly others: readonly Declared<HclBlock>[];
  /** Why what this module says cannot be relied on. */
  readonly problems: readonly {
    readonly code: 'parse-error' | 'unsupported-encoding' | 'not-supported';
    readonly reason: string;
  }[];
}

/** Values for the variables of a root, from one file. */
export interface VariableFile {
  readonly path: string;
  /** Whether Terraform reads it without being told to. */
  readonly automatic: boolean;
  readonly body: HclBody;
}

/** The Terraform code of a repository, read whole. */
export interface Configuration {
  readonly modules: ReadonlyMap<string, Module>;
  /** Folders that no local module call names: those somebody runs Terraform in. */
  readonly roots: readonly string[];
  readonly files: ReadonlyMap<string, TerraformFile>;
  /** In the order of precedence, the last wins. */
  variableFilesOf(root: string): readonly VariableFile[];
  /** Why files of variables of a root cannot be read. */
  readonly unreadable: ReadonlyMap<string, string>;
}

/** Reads all Terraform code of a repository. */
export async function readConfiguration(
  reader: RepositoryReader,
): Promise<Configuration> {
  const paths = [...reader.paths]
    .filter(
      path =>
        /\.(tf|tfvars|tf\.json|tfvars\.json)$/.test(path) &&
        !path.split('/').includes('.terraform'),
    )
    .sort();
  const files = new Map<string, TerraformFile>();
  const unreadable = new Map<string, string>();
  const notUtf8 = new Set<string>();
  for (let start = 0; start < paths.length; start += READ_CONCURRENCY) {
    await Promise.all(
      paths.slice(start, start + READ_CONCURRENCY).map(async path => {
        const bytes = (await reader.bytes(path))!;
        const source = decodeSource(bytes);
        if (!source) {
          notUtf8.add(path);
          unreadable.set(path, `${path} is not UTF-8`);
          return;
        }
        if (path.endsWith('.tf.json')) {
          return;
        }
        const hcl = path.endsWith('.json')
          ? parseJsonVariables(source.text)
          : await parseHcl(source.text);
        if (hcl.kind === 'hcl') {
          files.set(path, { path, bytes, source, hcl });
        } else {
          unreadable.set(path, `${path}: ${hcl.reason}`);
        }
      }),
    );
  }
  const byFolder = new Map<string, string[]>();
  for (const path of paths.filter(item => /\.tf(\.json)?$/.test(item))) {
    const folder = posix.dirname(path);
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), path]);
  }
  const modules = new Map<string, Module>();
  for (const [folder, members] of byFolder) {
    modules.set(
      folder,
      moduleOf(folder, members, files, unreadable, notUtf8, reader),
    );
  }
  const called = new Set(
    [...modules.values()].flatMap(module =>
      [...module.calls.values()].flatMap(
        call => localSourceOf(module.directory, call.node) ?? [],
      ),
    ),
  );
  const variablePaths = paths.filter(path => /\.tfvars(\.json)?$/.test(path));
  return {
    modules,
    roots: [...modules.keys()].filter(folder => !called.has(folder)),
    files,
    unreadable,
    variableFilesOf: root => variableFiles(root, variablePaths, modules, files),
  };
}

/** Folder of the module that a call names by a relative path; undefined = it lies elsewhere. */
export function localSourceOf(
  directory: string,
  call: HclBlock,
): string | undefined {
  const source = call.body.attributes.find(({ name }) => name === 'source');
  return source?.value.kind === 'literal' &&
    typeof source.value.value === 'string' &&
    /^\.\.?(\/|$)/.test(source.value.value)
    ? posix.join(directory, source.value.value).replace(/\/$/, '')
    : undefined;
}

function moduleOf(
  directory: string,
  paths: readonly string[],
  files: ReadonlyMap<string, TerraformFile>,
  unreadable: ReadonlyMap<string, string>,
  notUtf8: ReadonlySet<string>,
  reader: RepositoryReader,
): Module {
  const resources = new Map<string, Declared<HclBlock>>();
  const calls = new Map<string, Declared<HclBlock>>();
  const variables = new Map<string, Declared<HclBlock>>();
  const locals = new Map<string, Declared<HclAttribute>>();
  const outputs = new Map<string, Declared<HclBlock>>();
  const others: Declared<HclBlock>[] = [];
  const problems: Module['problems'][number][] = [];
  const refuse = (code: Module['problems'][number]['code'], reason: string) =>
    problems.push({ code, reason });
  if (reader.paths.has(posix.join(directory, 'terragrunt.hcl'))) {
    refuse(
      'not-supported',
      `Terragrunt runs ${directory} and gives it values that these files do not say`,
    );
  }
  for (const path of paths) {
    const file = files.get(path);
    const name = posix.basename(path);
    if (path.endsWith('.tf.json')) {
      refuse('not-supported', `${path} is Terraform in JSON`);
    } else if (!file) {
      refuse(
        notUtf8.has(path) ? 'unsupported-encoding' : 'parse-error',
        unreadable.get(path)!,
      );
    } else if (name === 'override.tf' || name.endsWith('_override.tf')) {
      refuse('not-supported', `${path} overrides what the other files say`);
    }
    for (const node of file?.hcl.body.blocks ?? []) {
      const declared = { path, node };
      const [first = '', second = ''] = node.labels;
      switch (node.type) {
        case 'resource':
          resources.set(`${first}.${second}`, declared);
          break;
        case 'module':
          calls.set(first, declared);
          break;
        case 'variable':
          variables.set(first, declared);
          break;
        case 'output':
          outputs.set(first, declared);
          break;
        case 'locals':
          for (const attribute of node.body.attributes) {
            locals.set(attribute.name, { path, node: attribute });
          }
          break;
        case 'data':
        case 'provider':
        case 'ephemeral':
          others.push(declared);
          break;
        default:
      }
    }
  }
  return {
    directory,
    resources,
    calls,
    variables,
    locals,
    outputs,
    others,
    problems,
  };
}

/**
 * https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence:
 * `terraform.tfvars`, then `terraform.tfvars.json`, then `*.auto.tfvars` and `*.auto.tfvars.json` by name.
 */
function variableFiles(
  root: string,
  paths: readonly string[],
  modules: ReadonlyMap<string, Module>,
  files: ReadonlyMap<string, TerraformFile>,
): VariableFile[] {
  const inRoot = (path: string) => posix.dirname(path) === root;
  const named = ['terraform.tfvars', 'terraform.tfvars.json'].map(name =>
    posix.join(root, name),
  );
  const auto = paths.filter(
    path => inRoot(path) && /\.auto\.tfvars(\.json)?$/.test(path),
  );
  const automatic = [...named.filter(path => paths.includes(path)), ...auto];
  const below = root === '.' ? '' : `${root}/`;
  const given = paths.filter(
    path =>
      path.startsWith(below) &&
      !automatic.includes(path) &&
      // Of two roots, one in the other, the inner one owns it.
      (inRoot(path) || !modules.has(posix.dirname(path))),
  );
  const read = (list: readonly string[], isAutomatic: boolean) =>
    list.flatMap(path => {
      const body = files.get(path)?.hcl.body;
      return body ? [{ path, automatic: isAutomatic, body }] : [];
    });
  return [...read(automatic, true), ...read(given, false)];
}
