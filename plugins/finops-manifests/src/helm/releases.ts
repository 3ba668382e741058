import { posix } from 'node:path';
import type { ObjectRef } from '@apexlogic/backstage-plugin-finops-common';
import {
  buildWorkloads,
  BuiltWorkload,
  plainWorkloads,
} from '../kubernetes/buildWorkloads';
import { isKustomizationPath } from '../kubernetes/kustomization';
import { buildKustomizeGraph } from '../kubernetes/kustomizeGraph';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import { applicationReleases } from './argoApplications';
import { helmReleases } from './helmReleases';
import { chartDirectories, readYaml } from './loadChart';
import type { ValuePath } from './template/value';

/** A place that says something of the values that a chart is rendered with. */
export interface ValueLayer {
  readonly kind:
    | 'chart'
    | 'value-file'
    | 'helm-release'
    | 'application'
    | 'parameters'
    /** Values that the repository does not tell, as those of a Secret. */
    | 'opaque';
  readonly path: string;
  readonly documentIndex: number;
  /** Keys in the document that lead to the values. */
  readonly keys: ValuePath;
  /** The keys lead to a text that holds the values as YAML. */
  readonly isEmbedded: boolean;
  /** Path among the chart's values where it is laid. */
  readonly mount: ValuePath;
  readonly values: unknown;
  /** The object it is a part of. */
  readonly holder?: { readonly object: ObjectRef; readonly keys: ValuePath };
  /** Positions of Argo CD parameters in their list, by the path that they set. */
  readonly parameters?: ReadonlyMap<string, number>;
  /** Set when it is not edited, with the reason. */
  readonly fixed?: string;
}

/** A chart as one place of the repository deploys it. */
export interface Release {
  /** Tells it from others. */
  readonly id: string;
  /** Undefined = nothing in the repository names it. */
  readonly name?: string;
  readonly namespace?: string;
  readonly chart:
    | { readonly kind: 'local'; readonly directory: string }
    | { readonly kind: 'outside'; readonly name: string };
  /** Lowest precedence first. */
  readonly layers: readonly ValueLayer[];
  /** Files of values take the place of the chart's own. */
  readonly replacesChartValues?: boolean;
  /** The file that asks for it; a chart that nothing asks for has none. */
  readonly definedIn?: string;
  /** Folder of the kustomization that builds the asking object. */
  readonly directory?: string;
  /** Set when what it is rendered with cannot be told. */
  readonly problem?: string;
}

/** All releases of a repository, and how many of them a layer shapes. */
export interface ReleaseIndex {
  readonly releases: readonly Release[];
  /** Ids of the releases that a layer shapes. */
  usersOf(layer: ValueLayer): ReadonlySet<string>;
  /** What could not be taken apart, in words. */
  readonly notes: readonly string[];
}

const KINDS = ['HelmRelease', 'Application', 'ApplicationSet'] as const;

const indexes = new WeakMap<RepositoryReader, Promise<ReleaseIndex>>();

/** Finds what deploys charts: Flux HelmReleases, Argo CD Applications, and charts that nothing asks for. */
export function findReleases(reader: RepositoryReader): Promise<ReleaseIndex> {
  let index = indexes.get(reader);
  if (!index) {
    index = readReleases(reader);
    indexes.set(reader, index);
  }
  return index;
}

async function readReleases(reader: RepositoryReader): Promise<ReleaseIndex> {
  const objects = await askingObjects(reader);
  const notes: string[] = [];
  const found: Release[] = [
    ...(await helmReleases(objects.get('HelmRelease') ?? [], reader)),
    ...(await applicationReleases(
      objects.get('Application') ?? [],
      objects.get('ApplicationSet') ?? [],
      reader,
      notes,
    )),
  ];
  const used = new Set(
    found.flatMap(({ chart }) =>
      chart.kind === 'local' ? chart.directory : [],
    ),
  );
  for (const directory of chartDirectories(reader.paths)) {
    if (!used.has(directory)) {
      found.push({
        id: directory,
        chart: { kind: 'local', directory },
        layers: [],
      });
    }
  }
  const releases: Release[] = [];
  for (const release of found) {
    const { chart, layers, replacesChartValues } = release;
    const path =
      chart.kind === 'local'
        ? posix.join(chart.directory, 'values.yaml')
        : undefined;
    releases.push(
      path !== undefined && reader.paths.has(path) && !replacesChartValues
        ? {
            ...release,
            layers: [
              fileLayer(path, await readYaml(path, reader), 'chart'),
              ...layers,
            ],
          }
        : release,
    );
  }
  const users = new Map<string, Set<string>>();
  for (const { id, layers } of releases) {
    for (const layer of layers) {
      const key = keyOf(layer);
      users.set(key, (users.get(key) ?? new Set()).add(id));
    }
  }
  return {
    releases,
    usersOf: layer => users.get(keyOf(layer)) ?? new Set(),
    notes,
  };
}

function keyOf({ path, documentIndex, keys }: ValueLayer): string {
  return JSON.stringify([path, documentIndex, keys]);
}

/** Objects that ask for a chart, as every kustomization builds them and as plain files say. */
async function askingObjects(
  reader: RepositoryReader,
): Promise<Map<string, BuiltWorkload[]>> {
  const found = new Map<string, BuiltWorkload[]>();
  const present = new Set<string>();
  const candidates: string[] = [];
  for (const path of reader.paths) {
    if (!/\.ya?ml$/.test(path)) {
      continue;
    }
    const text = (await reader.text(path)) ?? '';
    const kinds = KINDS.filter(kind =>
      new RegExp(`^[\\s-]*kind:\\s*["']?${kind}["']?\\s*(#.*)?$`, 'm').test(
        text,
      ),
    );
    kinds.forEach(kind => present.add(kind));
    if (kinds.length > 0) {
      candidates.push(path);
    }
  }
  if (present.size === 0) {
    return found;
  }
  const graph = await buildKustomizeGraph(reader);
  for (const kind of KINDS.filter(item => present.has(item))) {
    const built: BuiltWorkload[] = [];
    for (const leaf of graph.leaves) {
      built.push(...(await buildWorkloads(leaf, kind, reader)));
    }
    for (const path of candidates) {
      if (
        graph.ownersOf(path).size === 0 &&
        !isKustomizationPath(path) &&
        !isBelowTemplates(path, reader.paths)
      ) {
        const file = await reader.manifest(path);
        built.push(...(file ? plainWorkloads(file, kind) : []));
      }
    }
    found.set(kind, built);
  }
  return found;
}

function isBelowTemplates(path: string, paths: ReadonlySet<string>): boolean {
  const parts = path.split('/');
  return parts.some(
    (part, index) =>
      part === 'templates' &&
      paths.has(posix.join(...parts.slice(0, index), 'Chart.yaml')),
  );
}

/** The layer of a chart's own `values.yaml` or of another file of values. */
export function fileLayer(
  path: string,
  values: unknown,
  kind: 'chart' | 'value-file' = 'value-file',
  fixed?: string,
): ValueLayer {
  return {
    kind,
    path,
    documentIndex: 0,
    keys: [],
    isEmbedded: false,
    mount: [],
    values: values ?? {},
    fixed,
  };
}

/** What a release is rendered with besides what the repository tells. */
export function opaqueLayer(path: string, why: string): ValueLayer {
  return {
    kind: 'opaque',
    path,
    documentIndex: 0,
    keys: [],
    isEmbedded: false,
    mount: [],
    values: {},
    fixed: why,
  };
}
