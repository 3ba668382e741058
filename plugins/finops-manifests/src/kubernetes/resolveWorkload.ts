import { posix } from 'node:path';
import type { Workload } from '@apexlogic/backstage-plugin-finops-common';
import type { Ambiguous, NotManaged } from '../types';
import {
  buildWorkloads,
  BuiltWorkload,
  Layer,
  manifestOfKind,
  plainWorkloads,
} from './buildWorkloads';
import { DesiredState, overlayDesiredState } from './desiredState';
import { isKustomizationPath, kustomizationPath } from './kustomization';
import { buildKustomizeGraph, KustomizeGraph } from './kustomizeGraph';
import type { RepositoryReader } from './repositoryReader';

/** API groups of the kinds whose names other groups use too. */
const GROUPS_BY_KIND: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['apps', 'extensions'],
  StatefulSet: ['apps'],
  DaemonSet: ['apps', 'extensions'],
  ReplicaSet: ['apps', 'extensions'],
  CronJob: ['batch'],
  Job: ['batch'],
  HorizontalPodAutoscaler: ['autoscaling'],
};
const MAX_NAMED_CANDIDATES = 10;

/** The one workload that answers a target, with what its files want. */
export interface ResolvedWorkload {
  readonly kind: 'resolved';
  readonly workload: BuiltWorkload;
  readonly desired: DesiredState;
  readonly graph: KustomizeGraph;
  /** Deployed kustomizations that a layer also shapes; more than one means it is shared. */
  usersOf(layer: Layer): ReadonlySet<string>;
}

/** Finds the workload a target names below its path (or in the whole repository). */
export async function resolveWorkload(
  target: { readonly workload: Workload; readonly path?: string },
  reader: RepositoryReader,
): Promise<ResolvedWorkload | Ambiguous | NotManaged> {
  const scope = scopeOf(target.path);
  const graph = await buildKustomizeGraph(reader);
  const candidates = narrowed(
    await findCandidates(target.workload, scope, graph, reader),
    target.workload,
  );

  if (candidates.length === 0) {
    return notFound(target.workload, scope, reader);
  }
  if (candidates.length > 1) {
    const places = candidates.map(({ layers, root }) => ({
      path: layers[0].path,
      documentIndex: layers[0].documentIndex,
      by: root ? `${layers[0].path} built by ${root.path}` : layers[0].path,
    }));
    const named = places.slice(0, MAX_NAMED_CANDIDATES).map(({ by }) => by);
    return {
      kind: 'ambiguous',
      candidates: places.map(({ path, documentIndex }) => ({
        path,
        documentIndex,
      })),
      reason: `${candidates.length} places define ${describe(
        target.workload,
      )}: ${named.join('; ')}. Name its folder to choose one`,
    };
  }
  const [workload] = candidates;
  return {
    kind: 'resolved',
    workload,
    graph,
    desired: workload.layers
      .map(layer => layer.state)
      .reduce((state, next) => overlayDesiredState(state, next)),
    usersOf: layer => usersOf(layer, workload, graph),
  };
}

async function findCandidates(
  wanted: Workload,
  scope: string,
  graph: KustomizeGraph,
  reader: RepositoryReader,
): Promise<BuiltWorkload[]> {
  const answers = (built: readonly BuiltWorkload[]) =>
    built.filter(workload => answersTo(workload, wanted));
  if (kustomizationPath(scope, reader.paths)) {
    const built = answers(await buildWorkloads(scope, wanted.kind, reader));
    if (built.length > 0) {
      return built;
    }
  }
  const built: BuiltWorkload[] = [];
  for (const leaf of graph.leaves) {
    const workloads = answers(await buildWorkloads(leaf, wanted.kind, reader));
    built.push(
      ...workloads.filter(
        ({ layers }) => isBelow(leaf, scope) || isBelow(layers[0].path, scope),
      ),
    );
  }
  const own = built.filter(
    ({ root }) => root && isBelow(root.directory, scope),
  );
  const plain: BuiltWorkload[] = [];
  for (const path of yamlPaths(reader.paths, scope)) {
    if (
      graph.ownersOf(path).size === 0 &&
      !isKustomizationPath(path) &&
      !isChartTemplate(path, reader.paths)
    ) {
      const file = await manifestOfKind(path, wanted.kind, reader);
      plain.push(...(file ? plainWorkloads(file, wanted.kind) : []));
    }
  }
  return [...(own.length > 0 ? own : built), ...answers(plain)];
}

/** An object that names the namespace itself is better evidence than one that leaves it to the deployer. */
function narrowed(
  candidates: readonly BuiltWorkload[],
  wanted: Workload,
): readonly BuiltWorkload[] {
  const exact = candidates.filter(
    ({ namespace }) => namespace === wanted.namespace,
  );
  return exact.length > 0 ? exact : candidates;
}

function answersTo(workload: BuiltWorkload, wanted: Workload): boolean {
  const groups = GROUPS_BY_KIND[wanted.kind];
  return (
    workload.kind === wanted.kind &&
    workload.name === wanted.name &&
    (workload.namespace === undefined ||
      workload.namespace === wanted.namespace) &&
    (groups === undefined || groups.includes(workload.apiVersion.split('/')[0]))
  );
}

function usersOf(
  layer: Layer,
  workload: BuiltWorkload,
  graph: KustomizeGraph,
): ReadonlySet<string> {
  if (!workload.root || layer.directory === undefined) {
    return new Set();
  }
  const owners =
    layer.role === 'replicas-entry'
      ? [layer.directory]
      : [layer.directory, ...graph.ownersOf(layer.path)];
  return new Set([
    workload.root.directory,
    ...owners.flatMap(directory => [...graph.leavesOver(directory)]),
  ]);
}

async function notFound(
  wanted: Workload,
  scope: string,
  reader: RepositoryReader,
): Promise<NotManaged> {
  const where = scope === '.' ? 'the repository' : scope;
  for (const path of yamlPaths(reader.paths, scope)) {
    const text = (await reader.text(path)) ?? '';
    const isTemplate = isChartTemplate(path, reader.paths);
    if (isTemplate && text.includes(`kind: ${wanted.kind}`)) {
      return {
        kind: 'not-managed',
        code: 'template',
        reason: `No plain file of ${where} defines ${describe(
          wanted,
        )}; ${path} is a Helm template of this kind, but no chart is known to write this one`,
      };
    }
    const file = await reader.manifest(path);
    const raw =
      file?.kind === 'not-utf8' ? file.latin.replaceAll('\0', '') : text;
    if (
      file &&
      file.kind !== 'manifest' &&
      raw.includes(wanted.kind) &&
      raw.includes(wanted.name)
    ) {
      if (file.kind === 'not-utf8') {
        return {
          kind: 'not-managed',
          code: 'unsupported-encoding',
          reason: `${path} seems to define ${describe(
            wanted,
          )} but is not UTF-8`,
        };
      }
      return text.includes('{{')
        ? {
            kind: 'not-managed',
            code: 'template',
            reason: `${path} seems to define ${describe(
              wanted,
            )} but is a template`,
          }
        : {
            kind: 'not-managed',
            code: 'parse-error',
            reason: `${path} seems to define ${describe(
              wanted,
            )} but is not valid YAML: ${file.reason}`,
          };
    }
  }
  return {
    kind: 'not-managed',
    code: 'not-managed',
    reason: `No file of ${where} defines ${describe(wanted)}`,
  };
}

/** YAML files below a folder. */
export function yamlPaths(paths: ReadonlySet<string>, scope: string): string[] {
  return [...paths].filter(
    path => /\.ya?ml$/.test(path) && isBelow(path, scope),
  );
}

/** Whether a file is a template of a Helm chart, and no manifest yet. */
export function isChartTemplate(
  path: string,
  paths: ReadonlySet<string>,
): boolean {
  const parts = path.split('/');
  return parts.some(
    (part, index) =>
      part === 'templates' &&
      paths.has(posix.join(...parts.slice(0, index), 'Chart.yaml')),
  );
}

/** Whether a path is a folder or lies in it. */
export function isBelow(path: string, scope: string): boolean {
  return scope === '.' || path === scope || path.startsWith(`${scope}/`);
}

/** A target's folder, relative to the repository; `.` is all of it. */
export function scopeOf(path: string | undefined): string {
  return posix.normalize(path ?? '.').replace(/^\/+|\/+$/g, '') || '.';
}

function describe({ kind, namespace, name }: Workload): string {
  return `${kind} ${namespace}/${name}`;
}
