import { WorkloadRead } from './sources';

/**
 * Cluster and namespace of a read; undefined when it asks for no workload. Throws when its workloads
 * do not share them, which no source can answer in one go.
 *
 * @public
 */
export function sharedNamespace({
  workloads,
}: WorkloadRead):
  | { readonly cluster: string; readonly namespace: string }
  | undefined {
  if (workloads.length === 0) {
    return undefined;
  }
  const { cluster, namespace } = workloads[0];
  if (
    workloads.some(
      workload =>
        workload.cluster !== cluster || workload.namespace !== namespace,
    )
  ) {
    throw new Error(
      'the workloads of one read must share cluster and namespace',
    );
  }
  return { cluster, namespace };
}
