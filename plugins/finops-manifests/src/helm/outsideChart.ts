import type {
  ContainerRequests,
  Workload,
} from '@apexlogic/backstage-plugin-finops-common';
import { DesiredState, podSpecPath } from '../kubernetes/desiredState';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import type { ChartPart } from './chartPart';
import { parseQuantity } from '../quantity';
import type { Ambiguous, FieldSite, NotManaged } from '../types';
import { valuesOfLayers } from './findChartWorkload';
import { valueAt } from './mergeValues';
import { placeOfValue, PlaceRules } from './placeOfValue';
import { findReleases, Release, ReleaseIndex } from './releases';
import type { ValuePath } from './template/value';

/** The fields of a part as a release of a chart outside of the repository sets them. */
export interface OutsideFields {
  readonly kind: 'outside-fields';
  readonly release: Release;
  readonly desired: DesiredState;
  readonly sites: readonly FieldSite[];
}

const SIDES = [
  ['cpuRequest', 'requests', 'cpu'],
  ['memoryRequest', 'requests', 'memory'],
  ['memoryLimit', 'limits', 'memory'],
  ['cpuLimit', 'limits', 'cpu'],
] as const;

const MAX_NODES = 20_000;

/**
 * Where the chart is not in the repository nobody knows what it does with its values. Only what is set
 * already is changed, under keys that name the container or the workload, with the values that the
 * recommendation was made for, and only where there is one such place.
 */
export async function outsideChart(
  part: ChartPart,
  scope: string,
  rules: PlaceRules,
  present: readonly ContainerRequests[] | undefined,
  reader: RepositoryReader,
): Promise<OutsideFields | Ambiguous | NotManaged | undefined> {
  const index = await findReleases(reader);
  const workload =
    part.kind === 'resources' || part.kind === 'replicas'
      ? part.object
      : part.scaled;
  const releases = index.releases.filter(
    release =>
      release.chart.kind === 'outside' &&
      (release.namespace === undefined ||
        release.namespace === workload.namespace) &&
      isNear(release, scope) &&
      mayBring(release, workload),
  );
  if (releases.length === 0) {
    return undefined;
  }
  if (releases.length > 1) {
    return {
      kind: 'ambiguous',
      candidates: releases.map(({ definedIn }) => ({
        path: definedIn ?? '',
        documentIndex: 0,
      })),
      reason: `${releases.length} releases may bring ${workload.kind} ${
        workload.name
      }: ${releases
        .slice(0, 10)
        .map(({ id }) => id)
        .join('; ')}. Name its folder to choose one`,
    };
  }
  const [release] = releases;
  return release.problem
    ? refuse('not-supported', release.problem)
    : fieldsOf(part, workload, release, index, rules, present);
}

function fieldsOf(
  part: ChartPart,
  workload: Workload,
  release: Release,
  index: ReleaseIndex,
  rules: PlaceRules,
  present: readonly ContainerRequests[] | undefined,
): OutsideFields | Ambiguous | NotManaged {
  const values = valuesOfLayers(release.layers);
  const sites: FieldSite[] = [];
  const site = (pointer: string, path: ValuePath): NotManaged | undefined => {
    const placed = placeOfValue(path, release.layers, index, rules);
    if (placed.kind === 'not-managed') {
      return placed;
    }
    sites.push({ pointer, ...placed.place });
    return undefined;
  };
  const unknown = (what: string) =>
    refuse(
      'template',
      `${what} of ${workload.kind} ${workload.name} ${
        what === 'The resources' ? 'come' : 'comes'
      } from the chart ${chartName(
        release,
      )}, which is not in the repository; ` +
        'no value of the release is known to set it. A setter comment tells which one does',
    );
  switch (part.kind) {
    case 'resources': {
      const containers: DesiredState['containers'][number][] = [];
      for (const wanted of part.containers) {
        const live = present?.find(
          ({ container }) => container === wanted.container,
        );
        if (!live) {
          return refuse(
            'template',
            `The chart ${chartName(
              release,
            )} is not in the repository, and what ${
              wanted.container
            } asks for at present is not told, so that no value can be known to be the one`,
          );
        }
        const candidates = mapsNamed(values, 'resources').filter(
          path =>
            namesContainer(path, wanted.container, workload, release) &&
            saysPresent(valueAt(values, path), live),
        );
        if (candidates.length > 1) {
          return ambiguous(
            candidates,
            release,
            `the resources of ${wanted.container}`,
          );
        }
        if (candidates.length === 0) {
          return unknown('The resources');
        }
        const [path] = candidates;
        const found: Record<string, string> = {};
        for (const [key, side, name] of SIDES) {
          const value = valueAt(values, [...path, side, name]);
          if (typeof value === 'string' || typeof value === 'number') {
            found[key] = String(value);
          }
          if (wanted[key] !== undefined) {
            const problem = site(
              `/${podSpecPath(workload.kind).join('/')}/containers/[${
                wanted.container
              }]/resources/${side}/${name}`,
              [...path, side, name],
            );
            if (problem) {
              return problem;
            }
          }
        }
        containers.push({ name: wanted.container, init: false, ...found });
      }
      return {
        kind: 'outside-fields',
        release,
        sites,
        desired: { containers },
      };
    }
    case 'replicas': {
      const candidates = scalarsNamed(values, [
        'replicaCount',
        'replicas',
      ]).filter(
        path =>
          namesWorkload(path, workload, release) &&
          valueAt(values, path) === part.from,
      );
      if (candidates.length > 1) {
        return ambiguous(candidates, release, 'the replicas');
      }
      if (candidates.length === 0) {
        return unknown('The number of replicas');
      }
      return (
        site('/spec/replicas', candidates[0]) ?? {
          kind: 'outside-fields',
          release,
          sites,
          desired: { replicas: part.from, containers: [] },
        }
      );
    }
    case 'autoscaler-bounds': {
      const candidates = mapsNamed(values, 'autoscaling').filter(path => {
        const bounds = valueAt(values, path) as Record<string, unknown>;
        return (
          namesWorkload(path, workload, release) &&
          bounds.minReplicas === part.from.minReplicas &&
          bounds.maxReplicas === part.from.maxReplicas
        );
      });
      if (candidates.length !== 1) {
        return candidates.length > 1
          ? ambiguous(candidates, release, 'the autoscaler')
          : unknown('The autoscaler');
      }
      const [path] = candidates;
      return (
        site('/spec/minReplicas', [...path, 'minReplicas']) ??
        site('/spec/maxReplicas', [...path, 'maxReplicas']) ?? {
          kind: 'outside-fields',
          release,
          sites,
          desired: {
            containers: [],
            autoscaler: {
              minReplicas: part.from.minReplicas,
              maxReplicas: part.from.maxReplicas,
              scales: { kind: workload.kind, name: workload.name },
            },
          },
        }
      );
    }
    default:
      return unknown('The utilisation that the autoscaler follows');
  }
}

/** Objects of a release are called like it, or start with its name. */
function mayBring({ name }: Release, workload: Workload): boolean {
  return (
    name !== undefined &&
    (workload.name === name || workload.name.startsWith(`${name}-`))
  );
}

/** At the top of the values, or under a key that is the container's or the workload's name. */
function namesContainer(
  path: ValuePath,
  container: string,
  workload: Workload,
  release: Release,
): boolean {
  const above = path.slice(0, -1).filter(key => typeof key === 'string');
  if (above.length !== path.length - 1) {
    return false;
  }
  if (above.length === 0) {
    return isMainWorkload(workload, release);
  }
  const names = workloadNames(workload, release);
  const last = plainName(above.at(-1)!);
  // `controllers.<workload>.containers.<container>` names both.
  const at = above.indexOf('controllers');
  if (at !== -1 && above.length > at + 1) {
    return (
      (names.includes(plainName(above[at + 1])) ||
        isMainWorkload(workload, release)) &&
      last === plainName(container)
    );
  }
  return last === plainName(container) || names.includes(last);
}

function namesWorkload(
  path: ValuePath,
  workload: Workload,
  release: Release,
): boolean {
  const above = path.slice(0, -1);
  return above.length === 0
    ? isMainWorkload(workload, release)
    : workloadNames(workload, release).includes(
        plainName(String(above.at(-1))),
      );
}

function isMainWorkload(workload: Workload, release: Release): boolean {
  return (
    workload.name === release.name ||
    workload.name === `${release.name}-${chartName(release)}`
  );
}

function workloadNames(workload: Workload, { name }: Release): string[] {
  const rest =
    name !== undefined && workload.name.startsWith(`${name}-`)
      ? [workload.name.slice(name.length + 1)]
      : [];
  return [workload.name, ...rest].map(plainName);
}

function plainName(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase();
}

/** Something of it is set, and all that is set is what runs. */
function saysPresent(map: unknown, live: ContainerRequests): boolean {
  let said = 0;
  for (const [key, side, name] of SIDES) {
    const value = valueAt(map, [side, name]);
    if (value === undefined || value === null || key === 'cpuLimit') {
      continue;
    }
    const amount = parseQuantity(String(value))?.nanos;
    const wanted = live[key];
    if (
      amount === undefined ||
      wanted === undefined ||
      amount !== parseQuantity(wanted)?.nanos
    ) {
      return false;
    }
    said += 1;
  }
  return said > 0;
}

/** Paths of maps under a key of this name. */
function mapsNamed(values: unknown, name: string): ValuePath[] {
  return pathsTo(
    values,
    (key, value) =>
      key === name &&
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value),
  );
}

function scalarsNamed(values: unknown, names: readonly string[]): ValuePath[] {
  return pathsTo(
    values,
    (key, value) => names.includes(key) && typeof value === 'number',
  );
}

function pathsTo(
  values: unknown,
  fits: (key: string, value: unknown) => boolean,
): ValuePath[] {
  const found: ValuePath[] = [];
  const pending: (readonly [unknown, ValuePath])[] = [[values, []]];
  for (let count = 0; pending.length > 0 && count < MAX_NODES; count += 1) {
    const [node, path] = pending.pop()!;
    if (typeof node !== 'object' || node === null) {
      continue;
    }
    for (const [key, value] of Object.entries(node)) {
      const at = [...path, Array.isArray(node) ? Number(key) : key];
      if (!Array.isArray(node) && fits(key, value)) {
        found.push(at);
      }
      pending.push([value, at]);
    }
  }
  return found;
}

function isNear({ definedIn, directory, layers }: Release, scope: string) {
  return [definedIn, directory, ...layers.map(({ path }) => path)].some(
    path =>
      path !== undefined &&
      (scope === '.' || path === scope || path.startsWith(`${scope}/`)),
  );
}

function chartName({ chart }: Release): string {
  return chart.kind === 'outside' ? chart.name : chart.directory;
}

function ambiguous(
  candidates: readonly ValuePath[],
  release: Release,
  what: string,
): Ambiguous {
  return {
    kind: 'ambiguous',
    candidates: [{ path: release.definedIn ?? '', documentIndex: 0 }],
    reason: `${candidates
      .map(path => path.join('.'))
      .join(' and ')} may each set ${what} in ${release.id}`,
  };
}

function refuse(code: NotManaged['code'], reason: string): NotManaged {
  return { kind: 'not-managed', code, reason };
}
