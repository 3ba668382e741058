import { posix } from 'node:path';
import { Renderer } from '@apexlogic/backstage-plugin-finops-manifests';
import { documentsOf, isKustomization, Repository } from './repository';
import { DeployedWorkload } from './types';

/** Kinds without a namespace, which no action is for. */
const CLUSTER_KINDS = [
  'ClusterIssuer',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'GatewayClass',
  'Namespace',
];

interface Plain {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly spec?: {
    readonly scaleTargetRef?: {
      readonly kind?: string;
      readonly name?: string;
    };
  };
}

interface KustomizationFile {
  readonly kind?: string;
  readonly resources?: readonly string[];
  readonly bases?: readonly string[];
  readonly components?: readonly string[];
  readonly patches?: readonly { readonly path?: string }[];
  readonly patchesStrategicMerge?: readonly string[];
  readonly patchesJson6902?: readonly { readonly path?: string }[];
}

/**
 * Every namespaced object that a repository deploys from plain YAML or Kustomize, found without the product:
 * kustomizations that nothing builds on are built with kubectl, all other YAML is read by another parser.
 * `reach` tells for each of those kustomizations the folders it reads.
 */
export async function findWorkloads(
  repository: Repository,
  render: Renderer,
): Promise<{
  workloads: DeployedWorkload[];
  reach: ReadonlyMap<string, readonly string[]>;
  notes: string[];
}> {
  const notes: string[] = [];
  const workloads: DeployedWorkload[] = [];
  const kustomizations = new Map<string, KustomizationFile>();
  for (const [path, bytes] of repository.files) {
    const [document] = isKustomization(path) ? documentsOf(bytes) ?? [] : [];
    const { kind = 'Kustomization', ...rest } = (document ??
      {}) as KustomizationFile & { apiVersion?: string };
    if (
      document &&
      !(rest.apiVersion ?? '').includes('fluxcd') &&
      ['Kustomization', 'Component'].includes(kind)
    ) {
      kustomizations.set(posix.dirname(path), { kind, ...rest });
    }
  }
  const builtOn = new Set<string>();
  const used = new Set<string>();
  const reads = new Map<string, string[]>();
  for (const [directory, file] of kustomizations) {
    const entries = [
      ...(file.resources ?? []),
      ...(file.bases ?? []),
      ...(file.components ?? []),
      ...(file.patchesStrategicMerge ?? []),
      ...[...(file.patches ?? []), ...(file.patchesJson6902 ?? [])].flatMap(
        ({ path }) => path ?? [],
      ),
    ];
    for (const entry of entries) {
      const target = posix.join(directory, entry).replace(/\/$/, '');
      builtOn.add(target);
      used.add(target);
      reads.set(directory, [...(reads.get(directory) ?? []), target]);
    }
  }
  for (const [directory, { kind }] of kustomizations) {
    if (kind === 'Component' || builtOn.has(directory)) {
      continue;
    }
    const built = await render({ files: repository.files, directory });
    if (built.kind === 'rendered') {
      const objects = documentsOf(new TextEncoder().encode(built.text)) ?? [];
      workloads.push(...deployedOf(objects, directory, 'kustomize'));
    } else {
      notes.push(
        `${repository.name}: ${directory} is not judged: ${
          built.reason.split('\n')[0]
        }`,
      );
    }
  }
  const byFolder = new Map<string, unknown[]>();
  for (const [path, bytes] of repository.files) {
    const isPlain =
      /\.ya?ml$/.test(path) &&
      !isKustomization(path) &&
      !used.has(path) &&
      !isTemplate(path, repository);
    if (isPlain) {
      const folder = posix.dirname(path);
      const documents = documentsOf(bytes) ?? [];
      byFolder.set(folder, [...(byFolder.get(folder) ?? []), ...documents]);
    }
  }
  for (const [folder, objects] of byFolder) {
    workloads.push(...deployedOf(objects, folder, 'plain'));
  }
  return {
    workloads,
    reach: new Map(
      [...kustomizations.keys()].map(folder => [
        folder,
        reachOf(folder, reads),
      ]),
    ),
    notes,
  };
}

/** A folder with all that it names, followed through. */
function reachOf(
  folder: string,
  reads: ReadonlyMap<string, readonly string[]>,
): string[] {
  const reached = new Set<string>();
  const pending = [folder];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (!reached.has(next)) {
      reached.add(next);
      pending.push(...(reads.get(next) ?? []));
    }
  }
  return [...reached];
}

function isTemplate(path: string, { files }: Repository): boolean {
  const parts = path.split('/');
  return parts.some(
    (part, index) =>
      part === 'templates' &&
      files.has(posix.join(...parts.slice(0, index), 'Chart.yaml')),
  );
}

function deployedOf(
  documents: readonly unknown[],
  path: string,
  source: DeployedWorkload['source'],
): DeployedWorkload[] {
  const objects = documents
    .flatMap(document => {
      const list = document as { kind?: string; items?: unknown[] } | null;
      return list?.kind === 'List' ? list.items ?? [] : [document];
    })
    .filter((object): object is Plain => {
      const { kind, apiVersion, metadata } = (object ?? {}) as Plain;
      return Boolean(kind && apiVersion && metadata?.name);
    });
  return objects
    .filter(({ kind }) => !CLUSTER_KINDS.includes(kind!))
    .map(object => {
      const { kind, metadata } = object;
      const autoscaler = objects.find(
        other =>
          other.kind === 'HorizontalPodAutoscaler' &&
          other.metadata?.namespace === metadata!.namespace &&
          other.spec?.scaleTargetRef?.kind === kind &&
          other.spec?.scaleTargetRef?.name === metadata!.name,
      );
      return {
        workload: {
          cluster: 'bench',
          namespace: metadata!.namespace ?? 'default',
          kind: kind!,
          name: metadata!.name!,
        },
        path,
        source,
        object,
        autoscaler,
        beside: objects.filter(other => other !== object),
      };
    });
}
