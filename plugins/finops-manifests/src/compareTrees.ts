import { posix } from 'node:path';
import type {
  FieldChange,
  ObjectRef,
} from '@apexlogic/backstage-plugin-finops-common';
import { objectKey, renderedObjects } from './kubernetes/built';
import {
  isKustomizationPath,
  kustomizationPath,
} from './kubernetes/kustomization';
import { collectKustomizeInputs } from './kubernetes/kustomizeInputs';
import { buildKustomizeGraph } from './kubernetes/kustomizeGraph';
import { createKubectlRenderer, Renderer } from './kubernetes/render';
import {
  createRepositoryReader,
  RepositoryReader,
} from './kubernetes/repositoryReader';
import { isChartTemplate } from './kubernetes/resolveWorkload';
import type { RepositorySnapshot } from './types';
import { differingPointers, leavesOf } from './yaml/leaves';

/** Kustomizations that are built before a comparison is given up as too wide. */
const MAX_BUILDS = 40;

/** An object that differs between two trees. @public */
export interface ComparedObject {
  readonly object: ObjectRef;
  /** The file that says it, or the kustomization that builds it. */
  readonly path: string;
  /** As a kustomization deploys it; otherwise as its file says. */
  readonly built: boolean;
  /** Absent: the change creates it. */
  readonly before?: unknown;
  /** Absent: the change removes it. */
  readonly after?: unknown;
  readonly changes: readonly FieldChange[];
}

/** @public */
export interface TreeComparison {
  readonly objects: readonly ComparedObject[];
  /** Namespace objects of the kustomizations that were built and of the changed files. */
  readonly namespaces: readonly unknown[];
  /** What could not be compared, and so not be judged. */
  readonly problems: readonly {
    readonly path: string;
    readonly reason: string;
  }[];
  /** What was compared otherwise than it is deployed, or left out, a sentence each. */
  readonly notes: readonly string[];
}

type Objects = ReadonlyMap<string, unknown>;

/**
 * The Kubernetes objects that a change of files changes: as every kustomization that the files reach deploys
 * them, and as the files say where none builds them. Throws only what reading a file throws.
 *
 * @param changedPaths - files that differ, on whichever side they are
 * @param options - `renderer`: `kubectl kustomize` unless told
 *
 * @public
 */
export async function compareTrees(
  before: RepositorySnapshot,
  after: RepositorySnapshot,
  changedPaths: readonly string[],
  options: { readonly renderer?: Renderer } = {},
): Promise<TreeComparison> {
  const { renderer = createKubectlRenderer() } = options;
  const was = createRepositoryReader(before);
  const is = createRepositoryReader(after);
  const reachedBefore = await reachOf(changedPaths, was);
  const reachedAfter = await reachOf(changedPaths, is);
  const directories = [
    ...new Set([...reachedBefore.directories, ...reachedAfter.directories]),
  ].sort();

  const objects: ComparedObject[] = [];
  const namespaces: unknown[] = [];
  const problems: TreeComparison['problems'][number][] = [];
  const notes: string[] = [];
  let allBuilt = true;

  if (directories.length > MAX_BUILDS) {
    problems.push({
      path: kustomizationPath(directories[0], is.paths) ?? directories[0],
      reason: `the change reaches ${directories.length} kustomizations; at most ${MAX_BUILDS} are built`,
    });
  }
  for (const directory of directories.slice(0, MAX_BUILDS)) {
    const path =
      kustomizationPath(directory, is.paths) ??
      kustomizationPath(directory, was.paths) ??
      directory;
    const built = await build(directory, is, renderer);
    const earlier = await build(directory, was, renderer);
    if (built.kind === 'failed') {
      problems.push({ path, reason: `it does not build: ${built.reason}` });
    } else if (built.kind === 'not-built') {
      allBuilt = false;
      notes.push(`${path} was not built (${built.reason}).`);
    } else if (earlier.kind === 'not-built' && earlier.reason !== undefined) {
      allBuilt = false;
      notes.push(`${path} was not built as it was (${earlier.reason}).`);
    } else {
      if (earlier.kind === 'failed') {
        notes.push(
          `${path} did not build before the change: all of it counts as new.`,
        );
      }
      compare(
        earlier.kind === 'objects' ? earlier.objects : new Map(),
        built.objects,
        path,
      );
      namespaces.push(...namespacesOf(built.objects.values()));
    }
  }

  const plain = changedPaths.filter(
    path =>
      /\.ya?ml$/.test(path) &&
      !isKustomizationPath(path) &&
      !isChartTemplate(path, is.paths) &&
      !isChartTemplate(path, was.paths) &&
      (!allBuilt ||
        !(reachedBefore.owned.has(path) || reachedAfter.owned.has(path))),
  );
  if (!allBuilt) {
    notes.push(
      'Where a kustomization was not built, its files count as they are written.',
    );
  }
  const oldFiles = await objectsOfFiles(plain, was, () => {});
  const newFiles = await objectsOfFiles(plain, is, problem =>
    problems.push(problem),
  );
  comparePlain(oldFiles, newFiles);
  for (const file of newFiles.values()) {
    namespaces.push(...namespacesOf(file.values()));
  }

  const charts = changedPaths.filter(
    path => isInChart(path, is.paths) || isInChart(path, was.paths),
  );
  if (charts.length > 0) {
    notes.push(
      `Helm charts are not rendered: ${charts.length} changed ${
        charts.length === 1 ? 'file belongs' : 'files belong'
      } to one and ${charts.length === 1 ? 'was' : 'were'} not judged.`,
    );
  }
  return { objects, namespaces, problems, notes };

  function compare(old: Objects, present: Objects, path: string): void {
    for (const key of new Set([...old.keys(), ...present.keys()])) {
      add(old.get(key), present.get(key), path, true);
    }
  }

  /** An object is first looked for in its own file, then in the others: it may have moved. */
  function comparePlain(
    old: ReadonlyMap<string, Objects>,
    present: ReadonlyMap<string, Objects>,
  ): void {
    const removed: { path: string; key: string; object: unknown }[] = [];
    for (const [path, file] of old) {
      for (const [key, object] of file) {
        if (!present.get(path)?.has(key)) {
          removed.push({ path, key, object });
        }
      }
    }
    for (const [path, file] of present) {
      for (const [key, object] of file) {
        let earlier = old.get(path)?.get(key);
        if (earlier === undefined) {
          const at = removed.findIndex(candidate => candidate.key === key);
          earlier = at < 0 ? undefined : removed.splice(at, 1)[0].object;
        }
        add(earlier, object, path, false);
      }
    }
    for (const { path, object } of removed) {
      add(object, undefined, path, false);
    }
  }

  function add(
    old: unknown,
    present: unknown,
    path: string,
    built: boolean,
  ): void {
    const object = refOf(present ?? old);
    let changes: FieldChange[];
    try {
      const [from, to] = [old, present].map(side =>
        side === undefined ? new Map() : leavesOf(side),
      );
      changes = differingPointers(from, to).map(pointer => ({
        path,
        documentIndex: 0,
        object,
        pointer,
        before: scalarOf(from.get(pointer)),
        after: scalarOf(to.get(pointer)),
      }));
    } catch (error) {
      problems.push({ path, reason: String((error as Error).message) });
      return;
    }
    if (changes.length > 0) {
      objects.push({
        object,
        path,
        built,
        before: old,
        after: present,
        changes,
      });
    }
  }
}

/** Deployed kustomizations that changed files reach, and which of the files a kustomization lists. */
async function reachOf(
  changedPaths: readonly string[],
  reader: RepositoryReader,
): Promise<{
  readonly directories: ReadonlySet<string>;
  readonly owned: ReadonlySet<string>;
}> {
  const graph = await buildKustomizeGraph(reader);
  const texts = await Promise.all(
    [...reader.paths].filter(isKustomizationPath).map(async path => ({
      directory: posix.dirname(path),
      text: (await reader.text(path)) ?? '',
    })),
  );
  const directories = new Set<string>();
  const owned = new Set<string>();
  for (const path of changedPaths) {
    const owners = new Set(graph.ownersOf(path));
    if (owners.size > 0) {
      owned.add(path);
    }
    if (isKustomizationPath(path)) {
      owners.add(posix.dirname(path));
    }
    // Generators and replacements read files that are no resources.
    for (const { directory, text } of texts) {
      const relative = posix.relative(directory, path);
      if (relative !== '' && text.includes(relative)) {
        owners.add(directory);
      }
    }
    for (const owner of owners) {
      for (const leaf of graph.leavesOver(owner)) {
        directories.add(leaf);
      }
    }
  }
  return { directories, owned };
}

type Built =
  | { readonly kind: 'objects'; readonly objects: Objects }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'not-built'; readonly reason?: string };

async function build(
  directory: string,
  reader: RepositoryReader,
  renderer: Renderer,
): Promise<Built> {
  if (!kustomizationPath(directory, reader.paths)) {
    return { kind: 'objects', objects: new Map() };
  }
  const inputs = await collectKustomizeInputs(directory, reader);
  if (inputs.kind === 'incomplete') {
    return { kind: 'not-built', reason: inputs.reason };
  }
  const rendered = await renderer({ files: inputs.files, directory });
  switch (rendered.kind) {
    case 'rendered':
      return { kind: 'objects', objects: renderedObjects(rendered.text) };
    case 'failed':
      return { kind: 'failed', reason: rendered.reason };
    default:
      return { kind: 'not-built', reason: rendered.reason };
  }
}

async function objectsOfFiles(
  paths: readonly string[],
  reader: RepositoryReader,
  onProblem: (problem: TreeComparison['problems'][number]) => void,
): Promise<Map<string, Objects>> {
  const files = new Map<string, Objects>();
  for (const path of paths) {
    if (!reader.paths.has(path)) {
      continue;
    }
    const file = await reader.manifest(path);
    if (file?.kind === 'manifest') {
      const objects = new Map<string, unknown>();
      for (const { plain } of file.objects) {
        const key = objectKey(refOf(plain));
        objects.set(objects.has(key) ? `${key}#${objects.size}` : key, plain);
      }
      files.set(path, objects);
    } else if (file === undefined) {
      onProblem({ path, reason: 'it is too large to be read' });
    } else if (
      /apiVersion/.test(file.kind === 'unreadable' ? file.text : file.latin)
    ) {
      // What a cluster might still read must not pass unjudged.
      onProblem({
        path,
        reason: `it cannot be read: ${
          file.kind === 'unreadable' ? file.reason : 'it is not UTF-8'
        }`,
      });
    }
  }
  return files;
}

function namespacesOf(objects: Iterable<unknown>): unknown[] {
  return [...objects].filter(object => refOf(object).kind === 'Namespace');
}

function refOf(object: unknown): ObjectRef {
  const { apiVersion, kind, metadata } = (object ?? {}) as {
    apiVersion?: unknown;
    kind?: unknown;
    metadata?: { name?: unknown; namespace?: unknown } | null;
  };
  const text = (value: unknown) =>
    typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
  return {
    apiVersion: text(apiVersion),
    kind: text(kind),
    namespace: text(metadata?.namespace) || undefined,
    name: text(metadata?.name),
  };
}

/** Empty containers and nulls have a mark in place of a value. */
function scalarOf(leaf: unknown): FieldChange['after'] {
  switch (typeof leaf) {
    case 'string':
      return leaf.startsWith('\u0000') ? undefined : leaf;
    case 'number':
    case 'boolean':
      return leaf;
    case 'bigint':
      return String(leaf);
    default:
      return undefined;
  }
}

function isInChart(path: string, paths: ReadonlySet<string>): boolean {
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    if (paths.has(posix.join(folder, 'Chart.yaml'))) {
      return true;
    }
    if (folder === '.' || folder === '/') {
      return false;
    }
  }
}
