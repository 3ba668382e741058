import type { ContainerRequests } from '@apexlogic/backstage-plugin-finops-common';
import {
  DesiredContainer,
  DesiredState,
  podSpecPath,
} from './kubernetes/desiredState';
import type { AutoscalerPart, Part } from './partsOf';
import { parseQuantity, restyleQuantity } from './quantity';
import type { PlanRefusal } from './types';
import { wantedClaim } from './wantedClaim';
import { wantedLabels } from './wantedLabels';
import type { Wanted, WantedMap, WantedScalar } from './yaml/mergeEdits';

/** One value an action wants, with its place in the workload. */
export interface WantedField {
  /** Pointer in the whole object, containers by name: `/spec/template/spec/containers/[web]/resources/requests/cpu`. */
  readonly pointer: string;
  readonly value: string | number;
}

/** @internal */
export type WantedFieldsResult =
  | {
      readonly kind: 'wanted';
      /** Only what the files do not say yet. */
      readonly wanted: WantedMap;
      /** RFC 6901 pointer in the object of what `wanted` is a part of; absent = the object itself. */
      readonly under?: string;
      readonly fields: readonly WantedField[];
      /** The state after the change. */
      readonly desired: DesiredState;
    }
  | PlanRefusal;

const RESOURCE_FIELDS = [
  { field: 'cpuRequest', side: 'requests', resource: 'cpu' },
  { field: 'memoryRequest', side: 'requests', resource: 'memory' },
  { field: 'cpuLimit', side: 'limits', resource: 'cpu' },
  { field: 'memoryLimit', side: 'limits', resource: 'memory' },
] as const;

/** Checks a part of an action against what the files say and states the values still to be written. */
export function wantedFields(
  part: Part,
  kind: string,
  desired: DesiredState,
): WantedFieldsResult {
  switch (part.kind) {
    case 'replicas':
      return wantedReplicas(part.from, part.to, desired);
    case 'autoscaler-bounds':
      return otherTarget(part, desired) ?? wantedBounds(part, desired);
    case 'autoscaler-target':
      return otherTarget(part, desired) ?? wantedTarget(part, desired);
    case 'claim':
      return wantedClaim(part, desired);
    case 'labels':
      return wantedLabels(part, desired);
    default:
      return wantedResources(part.containers, kind, desired);
  }
}

/** A whole number, of replicas or percent, to be written in place of another. */
export function wholeNumber(count: number): WantedScalar {
  return {
    kind: 'scalar',
    value: count,
    restyle: present => (present === count ? undefined : String(count)),
  };
}

function wantedReplicas(
  from: number,
  to: number,
  desired: DesiredState,
): WantedFieldsResult {
  if (!Number.isSafeInteger(to) || to < 0) {
    return refuse('not-supported', `${to} is not a number of replicas`);
  }
  if (desired.replicas === undefined) {
    return refuse(
      'value-not-found',
      'The files do not set a number of replicas',
    );
  }
  if (desired.replicas === to) {
    return refuse('already-done', `The files say ${to} replicas already`);
  }
  if (desired.replicas !== from) {
    return refuse(
      'value-changed',
      `The files say ${desired.replicas} replicas; the advice was made for ${from}`,
    );
  }
  return {
    kind: 'wanted',
    wanted: map('spec', map('replicas', wholeNumber(to))),
    fields: [{ pointer: '/spec/replicas', value: to }],
    desired: { ...desired, replicas: to },
  };
}

function otherTarget(
  { object, scaled }: AutoscalerPart,
  { autoscaler }: DesiredState,
): PlanRefusal | undefined {
  const scales = autoscaler?.scales;
  return scales?.kind === scaled.kind && scales.name === scaled.name
    ? undefined
    : refuse(
        'value-changed',
        `In the files ${object.name} scales ${
          scales ? `${scales.kind} ${scales.name}` : 'nothing'
        }, not ${scaled.kind} ${scaled.name}`,
      );
}

function wantedBounds(
  { from, to }: AutoscalerPart,
  desired: DesiredState,
): WantedFieldsResult {
  const { minReplicas, maxReplicas } = to;
  if (
    ![minReplicas, maxReplicas].every(Number.isSafeInteger) ||
    minReplicas < 1 ||
    maxReplicas < minReplicas
  ) {
    return refuse(
      'not-supported',
      `${minReplicas} to ${maxReplicas} are not bounds of an autoscaler`,
    );
  }
  const present = desired.autoscaler ?? {};
  const written = {
    // What the API takes where nothing is written.
    minReplicas: present.minReplicas ?? 1,
    maxReplicas: present.maxReplicas,
  };
  if (
    written.minReplicas === minReplicas &&
    written.maxReplicas === maxReplicas
  ) {
    return refuse(
      'already-done',
      `The files say ${minReplicas} to ${maxReplicas} replicas already`,
    );
  }
  if (
    written.minReplicas !== from.minReplicas ||
    written.maxReplicas !== from.maxReplicas
  ) {
    return refuse(
      'value-changed',
      `The files say ${written.minReplicas} to ${
        written.maxReplicas ?? 'no number of'
      } replicas; the advice was made for ${from.minReplicas} to ${
        from.maxReplicas
      }`,
    );
  }
  const changed = (['minReplicas', 'maxReplicas'] as const).filter(
    key => written[key] !== to[key],
  );
  return {
    kind: 'wanted',
    wanted: map('spec', {
      kind: 'map',
      entries: changed.map(key => [key, wholeNumber(to[key])] as const),
    }),
    fields: changed.map(key => ({ pointer: `/spec/${key}`, value: to[key] })),
    desired: {
      ...desired,
      autoscaler: {
        ...present,
        ...Object.fromEntries(changed.map(key => [key, to[key]])),
      },
    },
  };
}

function wantedTarget(
  { object, from, to }: AutoscalerPart,
  desired: DesiredState,
): WantedFieldsResult {
  const percent = to.cpuUtilisationPercent;
  if (!Number.isSafeInteger(percent) || percent < 1) {
    return refuse('not-supported', `${percent} % is not a utilisation`);
  }
  const follows = desired.autoscaler?.follows;
  if (follows?.pointer === undefined) {
    return refuse(
      'value-not-found',
      `The files do not set one CPU utilisation that ${object.name} follows`,
    );
  }
  const present = follows.cpuUtilisationPercent;
  if (present === percent) {
    return refuse('already-done', `The files say ${percent} % already`);
  }
  if (present !== from.cpuUtilisationPercent) {
    return refuse(
      'value-changed',
      `The files say ${present} % of CPU requests; the advice was made for ${from.cpuUtilisationPercent} %`,
    );
  }
  const slash = follows.pointer.lastIndexOf('/');
  return {
    kind: 'wanted',
    under: follows.pointer.slice(0, slash),
    wanted: map(follows.pointer.slice(slash + 1), wholeNumber(percent)),
    fields: [{ pointer: follows.pointer, value: percent }],
    desired: {
      ...desired,
      autoscaler: {
        ...desired.autoscaler,
        follows: { ...follows, cpuUtilisationPercent: percent },
      },
    },
  };
}

function wantedResources(
  containers: readonly ContainerRequests[],
  kind: string,
  desired: DesiredState,
): WantedFieldsResult {
  const fields: WantedField[] = [];
  const changed = new Map<string, DesiredContainer>();
  const items = {
    containers: [] as [string, WantedMap][],
    initContainers: [] as [string, WantedMap][],
  };
  for (const wanted of containers) {
    const present = desired.containers.find(
      container => container.name === wanted.container,
    );
    if (!present) {
      const names =
        desired.containers.map(container => container.name).join(', ') ||
        'none';
      return refuse(
        'value-not-found',
        `The files have no container '${wanted.container}' (they have: ${names})`,
      );
    }
    const list = present.init ? 'initContainers' : 'containers';
    const sides = {
      requests: [] as [string, Wanted][],
      limits: [] as [string, Wanted][],
    };
    let after = present;
    for (const { field, side, resource } of RESOURCE_FIELDS) {
      const value = wanted[field];
      const amount = value === undefined ? undefined : parseQuantity(value);
      if (value === undefined || isSame(value, present[field])) {
        continue;
      }
      if (!amount || amount.nanos < 0n) {
        return refuse(
          'not-supported',
          `'${value}' is not a quantity of ${resource}`,
        );
      }
      sides[side].push([resource, quantity(value, resource)]);
      fields.push({
        pointer: `/${podSpecPath(kind).join('/')}/${list}/[${
          present.name
        }]/resources/${side}/${resource}`,
        value,
      });
      after = { ...after, [field]: value };
    }
    const broken = aboveLimit(after);
    if (broken && broken !== aboveLimit(present)) {
      return refuse(
        'not-supported',
        `Container '${present.name}' would ask for more ${broken} than its limit allows`,
      );
    }
    const resources = Object.entries(sides).filter(
      ([, entries]) => entries.length > 0,
    );
    if (resources.length > 0) {
      items[list].push([
        present.name,
        map('resources', {
          kind: 'map',
          entries: resources.map(
            ([side, entries]) => [side, { kind: 'map', entries }] as const,
          ),
        }),
      ]);
      changed.set(present.name, after);
    }
  }
  if (fields.length === 0) {
    return refuse('already-done', 'The files ask for these resources already');
  }
  const podSpec: WantedMap = {
    kind: 'map',
    entries: Object.entries(items)
      .filter(([, list]) => list.length > 0)
      .map(([list, named]) => [list, { kind: 'items', items: named }] as const),
  };
  return {
    kind: 'wanted',
    wanted: podSpecPath(kind).reduceRight<WantedMap>(
      (inner, key) => map(key, inner),
      podSpec,
    ),
    fields,
    desired: {
      ...desired,
      containers: desired.containers.map(
        container => changed.get(container.name) ?? container,
      ),
    },
  };
}

/** The resource whose request exceeds its limit, which Kubernetes rejects. */
function aboveLimit(container: DesiredContainer): 'cpu' | 'memory' | undefined {
  const exceeds = (request?: string, limit?: string) => {
    const asked = request === undefined ? undefined : parseQuantity(request);
    const allowed = limit === undefined ? undefined : parseQuantity(limit);
    return (
      asked !== undefined &&
      allowed !== undefined &&
      asked.nanos > allowed.nanos
    );
  };
  if (exceeds(container.cpuRequest, container.cpuLimit)) {
    return 'cpu';
  }
  return exceeds(container.memoryRequest, container.memoryLimit)
    ? 'memory'
    : undefined;
}

function isSame(wanted: string, present: string | undefined): boolean {
  const nanos = parseQuantity(wanted)?.nanos;
  return (
    present !== undefined &&
    nanos !== undefined &&
    nanos === parseQuantity(present)?.nanos
  );
}

function quantity(value: string, resource: 'cpu' | 'memory'): WantedScalar {
  return {
    kind: 'scalar',
    value,
    restyle: present =>
      isSame(value, String(present))
        ? undefined
        : restyleQuantity(value, String(present), resource),
  };
}

function map(key: string, value: Wanted): WantedMap {
  return { kind: 'map', entries: [[key, value]] };
}

function refuse(code: PlanRefusal['code'], reason: string): PlanRefusal {
  return { kind: 'refused', code, reason };
}
