import { Workload } from '@apexlogic/backstage-plugin-finops-common';
import { Allocation } from './allocation';

/** Jobs of a CronJob carry the minute or second they were scheduled for. */
const JOB_SUFFIX = /-\d{8,10}$/;

/** Whose cost an allocation is. */
export type AllocationOwner =
  /** Cost of nodes, of another cluster or of another namespace: not a part of what was asked for. */
  | { readonly kind: 'elsewhere' }
  /** In the namespace, but of no controller. */
  | { readonly kind: 'nobody' }
  /** A workload that was not asked for. */
  | { readonly kind: 'other-workload' }
  | { readonly kind: 'workload'; readonly workload: Workload };

interface Identity {
  readonly cluster: string;
  readonly namespace: string;
  readonly controllerKind: string;
  readonly controller: string;
}

/** Whether a name is missing, or `__idle__`, `__unallocated__`, `__unmounted__` and the like. */
export function isNothing(name: string): boolean {
  return /^(__\w+__)?$/.test(name);
}

/**
 * Who the parts of an allocation's name or its properties say it belongs to. Aggregated names are
 * `cluster/namespace/kind/controller`; cluster names may hold slashes (ARNs do), the others not.
 */
export function allocationIdentity(
  key: string,
  allocation: Allocation,
): Identity {
  const parts = (allocation.name ?? key).split('/');
  const named = parts.length >= 4;
  const [namespace = '', controllerKind = '', controller = ''] = named
    ? parts.slice(-3)
    : [];
  const properties = allocation.properties ?? {};
  const kind = (properties.controllerKind || controllerKind).toLowerCase();
  const name = properties.controller || controller;
  return {
    cluster: properties.cluster || (named ? parts.slice(0, -3).join('/') : ''),
    namespace: properties.namespace || namespace,
    controllerKind: kind,
    // Some versions write `deployment:web` when they aggregate by controller.
    controller: name.startsWith(`${kind}:`)
      ? name.slice(kind.length + 1)
      : name,
  };
}

/**
 * Finds the asked workload an allocation belongs to. Kinds are compared without case, since the server
 * writes them in lower case; a Job is its CronJob's where that was asked for.
 *
 * @param cluster - How the server calls the workloads' cluster; `undefined` when it serves only that one.
 */
export function allocationOwner(
  key: string,
  allocation: Allocation,
  asked: { readonly workloads: readonly Workload[]; readonly cluster?: string },
): AllocationOwner {
  const identity = allocationIdentity(key, allocation);
  if (
    key.includes('__idle__') ||
    identity.namespace !== asked.workloads[0].namespace
  ) {
    return { kind: 'elsewhere' };
  }
  if (asked.cluster !== undefined && identity.cluster !== asked.cluster) {
    return { kind: 'elsewhere' };
  }
  if (isNothing(identity.controllerKind) || isNothing(identity.controller)) {
    return { kind: 'nobody' };
  }
  const exact = asked.workloads.find(
    ({ kind, name }) =>
      kind.toLowerCase() === identity.controllerKind &&
      name === identity.controller,
  );
  if (exact) {
    return { kind: 'workload', workload: exact };
  }
  const cronJob =
    identity.controllerKind === 'job'
      ? asked.workloads.find(
          ({ kind, name }) =>
            kind === 'CronJob' &&
            (name === identity.controller ||
              name === identity.controller.replace(JOB_SUFFIX, '')),
        )
      : undefined;
  return cronJob
    ? { kind: 'workload', workload: cronJob }
    : { kind: 'other-workload' };
}
