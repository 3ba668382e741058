/** Something an entity runs, in one cluster. @public */
export interface Workload {
  readonly cluster: string;
  readonly namespace: string;
  /** Kubernetes kind in its own spelling, e.g. `Deployment`. */
  readonly kind: string;
  readonly name: string;
}

/** `cluster/namespace/kind/name`; names of Kubernetes objects hold no slash. @public */
export type WorkloadKey = string;

/** @public */
export function workloadKey(workload: Workload): WorkloadKey {
  return `${workload.cluster}/${workload.namespace}/${workload.kind}/${workload.name}`;
}

/** Reads a key back; throws on anything but four non-empty parts. @public */
export function parseWorkloadKey(key: WorkloadKey): Workload {
  const parts = key.split('/');
  if (parts.length !== 4 || parts.some(part => part === '')) {
    throw new Error(
      `'${key}' is not a workload key (cluster/namespace/kind/name)`,
    );
  }
  const [cluster, namespace, kind, name] = parts;
  return { cluster, namespace, kind, name };
}

/** Where the entity's workloads run; decides risk and review. @public */
export type Environment = 'production' | 'staging' | 'development' | 'unknown';
