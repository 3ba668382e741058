import { posix } from 'node:path';
import type { InfrastructureRef } from '@apexlogic/backstage-plugin-finops-common';
import type { RepositoryReader } from '../../kubernetes/repositoryReader';
import type { Ambiguous, NotManaged } from '../../types';
import { resourceTypeOf } from '../resourceTypes';
import type { Opened, ResourceView } from '../types';
import { fingerprintOf, plainOf } from '../value';
import { Configuration, readConfiguration } from './configuration';
import { editTerraform } from './editTerraform';
import { Instance, instancesOf, valuesOf } from './evaluate';

/** Group and version under which policies see Terraform's resources; no Kubernetes group has such a name. */
export const TERRAFORM_API_VERSION = 'terraform/v1';

const INDEX = /\[(?:"(?:[^"\\]|\\.)*"|\d+)\]/g;

interface Found {
  readonly root: string;
  /** All that the address stands for. */
  readonly targets: readonly Instance[];
  /** The address names one of several that one block makes. */
  readonly isPart: boolean;
  readonly instances: readonly Instance[];
}

/**
 * Finds a resource by its address in the Terraform code of a repository.
 *
 * @param path - the folder Terraform runs in, a folder above it, or the file of variables it is given
 */
export async function openTerraform(
  { address }: InfrastructureRef,
  path: string | undefined,
  reader: RepositoryReader,
): Promise<Opened> {
  const wanted = address.replace(/\s+/g, '');
  if (stripped(wanted).startsWith('data.')) {
    return refuse('not-supported', `${address} is read, not made`);
  }
  const configuration = await readConfiguration(reader);
  const { roots, given } = rootsAt(path, configuration);
  const found = roots.flatMap(root => {
    const instances = instancesOf(configuration, root, given);
    const match = matchAddress(instances, wanted);
    return match ? [{ root, instances, ...match }] : [];
  });
  if (found.length === 0) {
    return nothingFound(address, path, roots, configuration);
  }
  if (found.length > 1) {
    return several(address, found);
  }
  const [{ root, targets, isPart }] = found;
  const problem = problemOf(found[0], configuration);
  if (problem) {
    return problem;
  }
  const [{ block }] = targets;
  const [type] = block.labels;
  const everything = [...new Set([...configuration.roots, root])].flatMap(
    each =>
      each === root
        ? found[0].instances.map(instance => ({ instance, prefix: '' }))
        : instancesOf(configuration, each, undefined).map(instance => ({
            instance,
            prefix: `${each}: `,
          })),
  );
  const viewOf = (key: string) => {
    const entry = everything.find(
      ({ instance, prefix }) => prefix + instance.address === key,
    );
    return entry?.instance.block.type === 'resource'
      ? viewOfInstance(entry.instance)
      : undefined;
  };
  return {
    kind: 'opened',
    type,
    root,
    path: targets[0].path,
    views: targets.map(viewOfInstance),
    viewOf,
    surroundings: new Map(
      everything.map(({ instance, prefix }) => [
        prefix + instance.address,
        fingerprintOf(valuesOf(instance)),
      ]),
    ),
    isOutput: key => /(^|\.|: )output\.[^.]+$/.test(key),
    source: file => {
      const { bytes, source } = configuration.files.get(file)!;
      return { bytes, text: source };
    },
    edit: (values, options) =>
      editTerraform(values, {
        ...options,
        address,
        root,
        type,
        targets,
        isPart,
        configuration,
      }),
  };
}

/** What the code says of an instance, in the form in which policies know objects. */
function viewOfInstance(instance: Instance): ResourceView {
  const [type] = instance.block.labels;
  const spec = Object.fromEntries(
    [...valuesOf(instance)].map(([key, value]) => [key, plainOf(value)]),
  );
  const path = resourceTypeOf('terraform', type)?.tags.path ?? [
    type.startsWith('google_') ? 'labels' : 'tags',
  ];
  let tags: unknown = spec;
  for (const step of path) {
    const [first] = Array.isArray(tags) ? tags : [tags];
    tags = (first as Record<string, unknown> | undefined)?.[step];
  }
  const isMap =
    typeof tags === 'object' && tags !== null && !Array.isArray(tags);
  return {
    address: instance.address,
    object: {
      apiVersion: TERRAFORM_API_VERSION,
      kind: type,
      metadata: {
        name: instance.address,
        labels: Object.fromEntries(
          Object.entries(isMap ? (tags as object) : {}).filter(
            ([, value]) => typeof value === 'string',
          ),
        ),
      },
      spec,
    },
  };
}

function rootsAt(
  path: string | undefined,
  { modules, roots }: Configuration,
): { roots: readonly string[]; given?: string } {
  const normal = posix
    .normalize(path === undefined || path === '' ? '.' : path)
    .replace(/^\/+|\/+$/g, '');
  if (/\.tfvars(\.json)?$/.test(normal)) {
    let folder = posix.dirname(normal);
    while (!modules.has(folder) && folder !== '.') {
      folder = posix.dirname(folder);
    }
    return { roots: modules.has(folder) ? [folder] : [], given: normal };
  }
  if (path !== undefined && modules.has(normal)) {
    return { roots: [normal] };
  }
  return {
    roots:
      normal === '.'
        ? roots
        : roots.filter(root => root.startsWith(`${normal}/`)),
  };
}

function matchAddress(
  instances: readonly Instance[],
  wanted: string,
): Pick<Found, 'targets' | 'isPart'> | undefined {
  const resources = instances.filter(({ block }) => block.type === 'resource');
  const exact = resources.filter(({ address }) => address === wanted);
  if (exact.length > 0) {
    return { targets: exact, isPart: false };
  }
  const alike = resources.filter(
    ({ address }) => stripped(address) === stripped(wanted),
  );
  // Of what is there at most once, [0] names the whole.
  const only = alike.filter(
    ({ stands, address }) =>
      stands === 'one' && address === wanted.replaceAll('[0]', ''),
  );
  if (only.length > 0) {
    return { targets: only, isPart: false };
  }
  if (wanted === stripped(wanted)) {
    return alike.length > 0 ? { targets: alike, isPart: false } : undefined;
  }
  const blocks = alike.filter(({ stands }) => stands === 'for-all');
  return blocks.length > 0 ? { targets: blocks, isPart: true } : undefined;
}

function problemOf(
  { root, instances, targets }: Found,
  { modules, unreadable }: Configuration,
): NotManaged | undefined {
  const used = new Set([
    root,
    ...[...instances, ...targets].map(({ scope }) => scope.module.directory),
  ]);
  for (const directory of used) {
    const [problem] = modules.get(directory)?.problems ?? [];
    if (problem) {
      return refuse(problem.code, problem.reason);
    }
  }
  const variables = [...unreadable].find(
    ([path]) =>
      /\.tfvars(\.json)?$/.test(path) &&
      (path.startsWith(`${root}/`) || root === '.'),
  );
  return variables && refuse('parse-error', variables[1]);
}

function nothingFound(
  address: string,
  path: string | undefined,
  roots: readonly string[],
  { modules }: Configuration,
): NotManaged {
  for (const root of roots) {
    const [problem] = modules.get(root)?.problems ?? [];
    if (problem) {
      return refuse(problem.code, problem.reason);
    }
  }
  return roots.length === 0
    ? refuse(
        undefined,
        `No Terraform code lies ${path ? `at ${path}` : 'in the repository'}`,
      )
    : refuse(
        undefined,
        `No resource ${address} is declared in ${roots.join(', ')}`,
      );
}

function several(address: string, found: readonly Found[]): Ambiguous {
  return {
    kind: 'ambiguous',
    candidates: found.map(({ targets }) => ({
      path: targets[0].path,
      documentIndex: 0,
    })),
    reason: `${address} is declared from ${found
      .map(({ root }) => root)
      .join(' and ')}; name the folder that is meant`,
  };
}

function stripped(address: string): string {
  return address.replace(INDEX, '');
}

function refuse(code: NotManaged['code'], reason: string): NotManaged {
  return { kind: 'not-managed', code, reason };
}
