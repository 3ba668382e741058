import { posix } from 'node:path';
import {
  isInfrastructureAction,
  ObjectRef,
} from '@apexlogic/backstage-plugin-finops-common';
import { locateInfrastructure } from './infrastructure/planInfrastructure';
import type { Layer } from './kubernetes/buildWorkloads';
import {
  createRepositoryReader,
  RepositoryReader,
} from './kubernetes/repositoryReader';
import {
  ResolvedWorkload,
  resolveWorkload,
  scopeOf,
} from './kubernetes/resolveWorkload';
import { locateBySetters, locateInCharts } from './helm/locateInCharts';
import { Part, partsOf } from './partsOf';
import type {
  Ambiguous,
  FieldTarget,
  InfrastructureTarget,
  Location,
  LocateResult,
  NotManaged,
  RepositorySnapshot,
} from './types';

/** Kinds whose schema says how lists are merged, so that a patch may name one container. */
const MERGED_KINDS = [
  'CronJob',
  'DaemonSet',
  'Deployment',
  'HorizontalPodAutoscaler',
  'Job',
  'ReplicaSet',
  'StatefulSet',
];

/**
 * Finds the place where the fields of an action are to be edited, one for each of its parts: the nearest
 * layer that sets them.
 * A file that several deployed kustomizations share is never chosen; then a patch that the overlay
 * already has for the object carries the change, or one that is to be added to it.
 * Of an action on a cloud resource it finds where the code declares it.
 *
 * @public
 */
export async function locate(
  target: FieldTarget | InfrastructureTarget,
  snapshot: RepositorySnapshot,
): Promise<LocateResult> {
  const reader = createRepositoryReader(snapshot);
  return isInfrastructureAction(target.action)
    ? locateInfrastructure(target as InfrastructureTarget, reader)
    : locateIn(target as FieldTarget, reader);
}

/** {@link locate} over a reader that later steps use again. */
export async function locateIn(
  target: FieldTarget,
  reader: RepositoryReader,
): Promise<Location | Ambiguous | NotManaged> {
  const places: Location[] = [];
  for (const part of partsOf(target)) {
    const place = await locatePart(part, target, reader);
    if (place.kind !== 'location') {
      return place;
    }
    places.push(place);
  }
  const [first, ...companions] = places;
  return companions.length > 0 ? { ...first, companions } : first;
}

async function locatePart(
  part: Part,
  target: FieldTarget,
  reader: RepositoryReader,
): Promise<Location | Ambiguous | NotManaged> {
  const { path, allowSharedBase } = target;
  const scope = scopeOf(path);
  const named = await locateBySetters(part, scope, reader);
  if (named) {
    return named;
  }
  const resolved = await resolveWorkload(
    { workload: part.object, path },
    reader,
  );
  if (resolved.kind === 'ambiguous') {
    return resolved;
  }
  const inCharts = await locateInCharts(part, target, scope, reader);
  if (resolved.kind !== 'resolved') {
    return inCharts ?? resolved;
  }
  // A chart in the repository may or may not be what is deployed; a plain file of the object is.
  return inCharts?.kind === 'location' && inCharts.release?.chart !== undefined
    ? {
        kind: 'ambiguous',
        candidates: [resolved.workload.layers[0], inCharts].map(
          ({ path: at, documentIndex }) => ({ path: at, documentIndex }),
        ),
        reason: `${resolved.workload.layers[0].path} defines ${part.object.kind} ${part.object.name}, and the chart ${inCharts.release.chart} writes it, too. Name its folder to choose one`,
      }
    : chooseLayer(resolved, part, allowSharedBase === true, reader.paths);
}

function chooseLayer(
  resolved: ResolvedWorkload,
  part: Part,
  allowSharedBase: boolean,
  paths: ReadonlySet<string>,
): Location | NotManaged {
  const nearestFirst = [...resolved.workload.layers].reverse();
  const isOwn = (layer: Layer) =>
    allowSharedBase || resolved.usersOf(layer).size <= 1;
  const isEditable = (layer: Layer) =>
    layer.fixed === undefined &&
    layer.role !== 'replicas-entry' &&
    isOwn(layer);
  const setting = nearestFirst.find(layer => setsFields(layer, part));

  if (!setting) {
    if (part.kind !== 'resources' && part.kind !== 'labels') {
      return refuse('value-not-found', notSet(part.kind, resolved));
    }
    const resource = resolved.workload.layers[0];
    const place = isEditable(resource)
      ? resource
      : nearestFirst.find(isEditable);
    return place
      ? locationOf(place, resolved)
      : newPatch(resource, resolved, part, paths);
  }
  if (setting.fixed !== undefined) {
    return refuse(
      'not-supported',
      `${setting.path} sets the fields of ${describe(resolved)}, but ${
        setting.fixed
      }`,
    );
  }
  if (!isOwn(setting)) {
    const nearer = nearestFirst.slice(0, nearestFirst.indexOf(setting));
    // A patch that named one metric would replace the whole list of them.
    const patch =
      part.kind === 'autoscaler-target' ? undefined : nearer.find(isEditable);
    if (patch) {
      return locationOf(patch, resolved);
    }
    return part.kind === 'autoscaler-target'
      ? sharedBase(setting, resolved)
      : newPatch(setting, resolved, part, paths);
  }
  if (setting.role !== 'replicas-entry') {
    return locationOf(setting, resolved);
  }
  const carrier = nearestFirst.find(isEditable);
  if (!carrier) {
    return newPatch(resolved.workload.layers[0], resolved, part, paths);
  }
  const { path, documentIndex, pointer, role } = carrier;
  return {
    ...locationOf(setting, resolved),
    rationaleAt: {
      path,
      documentIndex,
      pointer: pointer || undefined,
      object: objectOf(resolved),
      role: role === 'patch' ? 'patch' : 'resource',
    },
  };
}

function setsFields(layer: Layer, part: Part): boolean {
  const { state, opaque } = layer;
  switch (part.kind) {
    case 'replicas':
      return (
        layer.role === 'replicas-entry' ||
        state.replicas !== undefined ||
        opaque?.replicas === true
      );
    case 'autoscaler-bounds':
      return (
        state.autoscaler?.minReplicas !== undefined ||
        state.autoscaler?.maxReplicas !== undefined ||
        opaque?.autoscaler === true
      );
    case 'autoscaler-target':
      return (
        state.autoscaler?.follows !== undefined || opaque?.autoscaler === true
      );
    case 'claim':
      return (
        // What a claim template says is never edited: any layer will do to say why.
        part.object.kind === 'StatefulSet' ||
        (part.wanted.size !== undefined && state.claim?.size !== undefined) ||
        (part.wanted.storageClass !== undefined &&
          state.claim?.storageClass !== undefined) ||
        opaque?.claim === true
      );
    case 'labels':
      return (
        opaque?.labels === true ||
        Object.keys(part.labels).some(
          key =>
            state.labels?.[key] !== undefined ||
            (part.podTemplate && state.podLabels?.[key] !== undefined),
        )
      );
    default:
      return (
        opaque?.resources === true ||
        part.containers.some(wanted =>
          state.containers.some(
            present =>
              present.name === wanted.container &&
              ((wanted.cpuRequest !== undefined &&
                present.cpuRequest !== undefined) ||
                (wanted.memoryRequest !== undefined &&
                  present.memoryRequest !== undefined) ||
                (wanted.cpuLimit !== undefined &&
                  present.cpuLimit !== undefined) ||
                (wanted.memoryLimit !== undefined &&
                  present.memoryLimit !== undefined)),
          ),
        )
      );
  }
}

function notSet(
  kind: Exclude<Part['kind'], 'resources' | 'labels'>,
  resolved: ResolvedWorkload,
): string {
  const name = describe(resolved);
  switch (kind) {
    case 'replicas':
      return `No file sets the replicas of ${name}; an autoscaler may own them`;
    case 'autoscaler-bounds':
      return `No file sets the bounds of ${name}`;
    case 'claim':
      return `No file sets what ${name} claims`;
    default:
      return `No file says what ${name} follows`;
  }
}

function locationOf(layer: Layer, resolved: ResolvedWorkload): Location {
  const { root } = resolved.workload;
  let source: Location['source'] = 'plain';
  if (root) {
    source =
      layer.directory === root.directory
        ? 'kustomize-overlay'
        : 'kustomize-base';
  }
  return {
    kind: 'location',
    path: layer.path,
    documentIndex: layer.documentIndex,
    pointer: layer.pointer || undefined,
    role: layer.role,
    object: objectOf(resolved),
    source,
    kustomization: root?.path,
    desired: resolved.desired,
  };
}

function objectOf({
  workload: { apiVersion, kind, namespace, name },
}: ResolvedWorkload): ObjectRef {
  return { apiVersion, kind, namespace, name };
}

/** A patch of its own in the deployed kustomization, so that what others share stays as it is. */
function newPatch(
  layer: Layer,
  resolved: ResolvedWorkload,
  part: Part,
  paths: ReadonlySet<string>,
): Location | NotManaged {
  const { workload } = resolved;
  const { root, kind, name } = workload;
  const path =
    root &&
    posix.join(root.directory, `finops-${kind.toLowerCase()}-${name}.yaml`);
  // Lists of other kinds are replaced by a patch, not merged by name.
  const isMerged =
    MERGED_KINDS.includes(kind) ||
    part.kind === 'labels' ||
    part.kind === 'claim';
  return path && !paths.has(path) && isMerged
    ? {
        kind: 'location',
        path,
        documentIndex: 0,
        role: 'new-patch',
        object: objectOf(resolved),
        source: 'kustomize-overlay',
        kustomization: root.path,
        desired: resolved.desired,
        patchedName: nameBefore(workload),
      }
    : sharedBase(layer, resolved);
}

/** Names are lengthened after patches were applied, so that a patch names what there was before. */
function nameBefore({ root, name }: ResolvedWorkload['workload']): string {
  const { namePrefix = '', nameSuffix = '' } = root ?? {};
  return name.slice(namePrefix.length, name.length - nameSuffix.length);
}

function sharedBase(layer: Layer, resolved: ResolvedWorkload): NotManaged {
  const users = [...resolved.usersOf(layer)].sort();
  return refuse(
    'shared-base',
    `${layer.path} is shared by ${users.length} kustomizations (${users.join(
      ', ',
    )}), and the overlay of ` +
      `${describe(
        resolved,
      )} has no patch file of its own for it. Add one to let it be changed alone`,
  );
}

function refuse(code: NotManaged['code'], reason: string): NotManaged {
  return { kind: 'not-managed', code, reason };
}

function describe({ workload: { kind, name } }: ResolvedWorkload): string {
  return `${kind} ${name}`;
}
