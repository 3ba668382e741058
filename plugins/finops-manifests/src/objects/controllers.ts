import { posix } from 'node:path';
import type { RepositoryRef } from '@apexlogic/backstage-plugin-finops-common';
import type { BuiltWorkload } from '../kubernetes/buildWorkloads';
import type { ManifestObject } from '../kubernetes/manifestFile';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import { isBelow, scopeOf, yamlPaths } from '../kubernetes/resolveWorkload';
import type { ReadFile } from './draft';

/** An object of the repository that deploys a workload. */
export interface Deployer {
  readonly kind: 'argo-application' | 'flux-kustomization';
  readonly file: ReadFile;
  readonly object: ManifestObject;
  /** Whether it writes the files over what others changed in the cluster. */
  readonly corrects: boolean;
  /** Whether it deletes what the files no longer hold. */
  readonly prunes: boolean;
}

/**
 * The Argo CD Applications and Flux Kustomizations of the repository whose path holds a workload. What
 * deploys the repository from elsewhere, and ApplicationSets, are not found.
 */
export async function deployersOf(
  workload: BuiltWorkload,
  repository: RepositoryRef,
  reader: RepositoryReader,
): Promise<Deployer[]> {
  const found: Deployer[] = [];
  for (const path of yamlPaths(reader.paths, '.')) {
    const text = (await reader.text(path)) ?? '';
    if (!/argoproj\.io\/|kustomize\.toolkit\.fluxcd\.io\//.test(text)) {
      continue;
    }
    const file = await reader.manifest(path);
    if (file?.kind !== 'manifest') {
      continue;
    }
    for (const object of file.objects) {
      const deployer = deployerFrom(object, workload, repository);
      if (deployer) {
        found.push({ ...deployer, file, object });
      }
    }
  }
  return found;
}

function deployerFrom(
  { apiVersion, kind, plain }: ManifestObject,
  workload: BuiltWorkload,
  repository: RepositoryRef,
): Pick<Deployer, 'kind' | 'corrects' | 'prunes'> | undefined {
  const spec = recordOf(plain.spec);
  if (kind === 'Application' && apiVersion.startsWith('argoproj.io/')) {
    const sources = [
      spec.source,
      ...(Array.isArray(spec.sources) ? spec.sources : []),
    ].map(recordOf);
    const automated = recordOf(spec.syncPolicy).automated;
    return sources.some(
      source =>
        isSameRepository(source.repoURL, repository.url) &&
        holds(
          source.path,
          workload,
          recordOf(source.directory).recurse === true,
        ),
    )
      ? {
          kind: 'argo-application',
          corrects:
            isAutomated(automated) && recordOf(automated).selfHeal === true,
          prunes: isAutomated(automated) && recordOf(automated).prune === true,
        }
      : undefined;
  }
  if (
    kind === 'Kustomization' &&
    apiVersion.startsWith('kustomize.toolkit.fluxcd.io/')
  ) {
    // Flux takes a folder without a kustomization with all folders in it.
    return holds(spec.path ?? '.', workload, true)
      ? {
          kind: 'flux-kustomization',
          corrects: spec.suspend !== true,
          prunes: spec.prune === true,
        }
      : undefined;
  }
  return undefined;
}

function isAutomated(automated: unknown): boolean {
  return (
    typeof automated === 'object' &&
    automated !== null &&
    recordOf(automated).enabled !== false
  );
}

function holds(
  path: unknown,
  { root, layers: [resource] }: BuiltWorkload,
  recurses: boolean,
): boolean {
  if (typeof path !== 'string') {
    return false;
  }
  const folder = scopeOf(path);
  if (root) {
    return root.directory === folder;
  }
  const own = posix.dirname(resource.path);
  return recurses ? isBelow(own, folder) : own === folder;
}

/** The same owner and name, however the address is written. */
function isSameRepository(address: unknown, url: string): boolean {
  const tail = (text: string) =>
    text
      .replace(/\/+$/, '')
      .replace(/\.git$/, '')
      .split(/[/:]/)
      .slice(-2)
      .join('/')
      .toLowerCase();
  return typeof address === 'string' && tail(address) === tail(url);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}
