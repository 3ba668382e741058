import { posix } from 'node:path';
import type { Workload } from '@apexlogic/backstage-plugin-finops-common';
import { DesiredState, readDesiredState } from '../kubernetes/desiredState';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import type { Ambiguous, NotManaged } from '../types';
import { LoadedChart, loadChart, readYaml } from './loadChart';
import { mergeValues, withValueAt } from './mergeValues';
import {
  fileLayer,
  findReleases,
  Release,
  ReleaseIndex,
  ValueLayer,
} from './releases';
import {
  RenderedChart,
  RenderedObject,
  renderChart,
  withDependencyValues,
} from './renderChart';

/** A workload that a chart of the repository writes. */
export interface ChartWorkload {
  readonly kind: 'chart-workload';
  readonly release: Release;
  /** Lowest precedence first, those of charts below included. */
  readonly layers: readonly ValueLayer[];
  readonly index: ReleaseIndex;
  readonly chart: LoadedChart;
  readonly object: RenderedObject;
  readonly rendered: RenderedChart;
  readonly desired: DesiredState;
  readonly values: unknown;
  readonly releaseName: string;
  render(values: unknown): RenderedChart;
}

type FoundInCharts = ChartWorkload | Ambiguous | NotManaged | undefined;

const MAX_RELEASE_NAMES = 8;

const found = new WeakMap<
  RepositoryReader,
  Map<string, Promise<FoundInCharts>>
>();

const charts = new WeakMap<
  RepositoryReader,
  Map<string, Promise<LoadedChart | undefined>>
>();

/**
 * The object that a chart writes and a target names, below a folder of the repository; undefined when no
 * chart writes it.
 */
export function findChartWorkload(
  wanted: Workload,
  scope: string,
  reader: RepositoryReader,
): Promise<FoundInCharts> {
  const known = found.get(reader) ?? new Map();
  found.set(reader, known);
  const { kind, namespace, name } = wanted;
  const key = JSON.stringify([kind, namespace, name, scope]);
  const result = known.get(key) ?? search(wanted, scope, reader);
  known.set(key, result);
  return result;
}

async function search(
  wanted: Workload,
  scope: string,
  reader: RepositoryReader,
): Promise<FoundInCharts> {
  const index = await findReleases(reader);
  const own: ChartWorkload[] = [];
  const others: ChartWorkload[] = [];
  let failure: NotManaged | undefined;
  for (const release of index.releases) {
    const near = nearness(release, scope);
    if (release.chart.kind !== 'local' || near === 'outside') {
      continue;
    }
    const result = await inRelease(
      scope === release.chart.directory || !isYaml(scope)
        ? release
        : withFile(release, scope, await readYaml(scope, reader)),
      wanted,
      index,
      reader,
    );
    if (result?.kind === 'chart-workload') {
      (near === 'own' ? own : others).push(result);
    } else {
      failure ??= result;
    }
  }
  const candidates = own.length > 0 ? own : others;
  if (candidates.length > 1) {
    return {
      kind: 'ambiguous',
      candidates: candidates.map(({ release, object }) => ({
        path: release.definedIn ?? object.file,
        documentIndex: 0,
      })),
      reason: `${candidates.length} releases write ${wanted.kind} ${
        wanted.namespace
      }/${wanted.name}: ${candidates
        .slice(0, 10)
        .map(({ release }) => release.id)
        .join('; ')}. Name its folder to choose one`,
    };
  }
  const [workload] = candidates;
  if (workload?.release.problem) {
    return refuse('not-supported', workload.release.problem);
  }
  return workload ?? failure;
}

/** Whether a release is asked for in a folder, takes something from there, or neither. */
function nearness(
  { definedIn, directory, chart, layers }: Release,
  scope: string,
): 'own' | 'other' | 'outside' {
  const below = (path: string | undefined) =>
    path !== undefined && isBelow(path, scope);
  if (
    below(definedIn) ||
    below(directory) ||
    (definedIn === undefined &&
      chart.kind === 'local' &&
      below(chart.directory))
  ) {
    return 'own';
  }
  return layers.some(layer => below(layer.path)) ||
    (chart.kind === 'local' &&
      (below(chart.directory) || isBelow(scope, chart.directory)))
    ? 'other'
    : 'outside';
}

/** A file of values that is named for a chart that nothing asks for. */
function withFile(release: Release, path: string, values: unknown): Release {
  const isKnown = release.layers.some(layer => layer.path === path);
  return release.definedIn !== undefined || isKnown
    ? release
    : { ...release, layers: [...release.layers, fileLayer(path, values)] };
}

async function inRelease(
  release: Release,
  wanted: Workload,
  index: ReleaseIndex,
  reader: RepositoryReader,
): Promise<ChartWorkload | NotManaged | undefined> {
  const directory =
    release.chart.kind === 'local' ? release.chart.directory : '.';
  if (
    release.namespace !== undefined &&
    release.namespace !== wanted.namespace
  ) {
    return undefined;
  }
  const chart = await chartAt(directory, reader);
  if (!chart || chart.isLibrary) {
    return undefined;
  }
  const layers = [...dependencyLayers(chart, []), ...release.layers];
  const values = withDependencyValues(
    { ...chart, values: {} },
    valuesOfLayers(release.layers),
  );
  let reason: NotManaged | undefined;
  for (const releaseName of release.name !== undefined
    ? [release.name]
    : possibleNames(wanted.name, chart.name)) {
    const parsed = new Map();
    const render = (all: unknown) =>
      renderChart({
        chart,
        values: all,
        release: { name: releaseName, namespace: wanted.namespace },
        parsed,
      });
    const rendered = render(values);
    const object = matching(rendered, wanted, releaseName, chart);
    if (object) {
      if (chart.unsupported) {
        return refuse('template', chart.unsupported);
      }
      return {
        kind: 'chart-workload',
        release,
        layers,
        index,
        chart,
        object,
        rendered,
        desired: readDesiredState(object.kind, object.plain),
        values,
        releaseName,
        render,
      };
    }
    reason ??= failureOf(rendered, wanted, chart);
  }
  return reason;
}

/** Values of a release without those of charts below. */
export function valuesOfLayers(layers: readonly ValueLayer[]): unknown {
  return layers.reduce<unknown>(
    (values, layer) =>
      mergeValues(
        values,
        layer.mount.length > 0
          ? withValueAt({}, layer.mount, layer.values)
          : layer.values,
      ),
    {},
  );
}

function matching(
  rendered: RenderedChart,
  wanted: Workload,
  releaseName: string,
  chart: LoadedChart,
): RenderedObject | undefined {
  const ofKind = rendered.objects.filter(
    object =>
      object.kind === wanted.kind &&
      (object.namespace === undefined || object.namespace === wanted.namespace),
  );
  const named = ofKind.filter(({ name }) => name === wanted.name);
  if (named.length > 0) {
    return named.length === 1 ? named[0] : undefined;
  }
  // Where a name cannot be told, only the usual one of the only object of its kind is taken for it.
  const nameless = ofKind.filter(({ name }) => name === undefined);
  const usual = releaseName.includes(chart.name)
    ? [releaseName]
    : [`${releaseName}-${chart.name}`, releaseName];
  return ofKind.length === 1 &&
    nameless.length === 1 &&
    usual.includes(wanted.name)
    ? nameless[0]
    : undefined;
}

function failureOf(
  { failed }: RenderedChart,
  wanted: Workload,
  chart: LoadedChart,
): NotManaged | undefined {
  for (const [path, why] of failed) {
    const source = chart.templates.find(file => file.path === path)?.source;
    if (source?.includes(`kind: ${wanted.kind}`)) {
      return refuse(
        'template',
        `${path} may write ${wanted.kind} ${wanted.name}, but cannot be carried out here: ${why}`,
      );
    }
  }
  return undefined;
}

/** Names that a release may have so that the usual rules give an object of its chart this name. */
function possibleNames(name: string, chart: string): string[] {
  const parts = name.split('-');
  const prefixes = parts.map((_, index) =>
    parts.slice(0, parts.length - index).join('-'),
  );
  return [...new Set([...prefixes, chart])].slice(0, MAX_RELEASE_NAMES);
}

function chartAt(
  directory: string,
  reader: RepositoryReader,
): Promise<LoadedChart | undefined> {
  const known = charts.get(reader) ?? new Map();
  charts.set(reader, known);
  const chart = known.get(directory) ?? loadChart(directory, reader);
  known.set(directory, chart);
  return chart;
}

/** Own values of the charts below, which are not edited: the same chart may be part of others. */
function dependencyLayers(
  chart: LoadedChart,
  mount: readonly string[],
): ValueLayer[] {
  return chart.dependencies.flatMap(({ key, chart: below }) => {
    const at = [...mount, key];
    return [
      ...dependencyLayers(below, at),
      {
        ...fileLayer(
          below.valuesPath ?? posix.join(below.directory, 'values.yaml'),
          below.values,
          'chart',
          `${below.directory} is a chart that ${chart.directory} depends on`,
        ),
        mount: at,
      },
    ];
  });
}

function isBelow(path: string, scope: string): boolean {
  return scope === '.' || path === scope || path.startsWith(`${scope}/`);
}

function isYaml(path: string): boolean {
  return /\.ya?ml$/.test(path);
}

function refuse(code: NotManaged['code'], reason: string): NotManaged {
  return { kind: 'not-managed', code, reason };
}
