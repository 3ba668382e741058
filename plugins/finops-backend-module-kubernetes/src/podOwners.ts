import {
  KubernetesObject,
  V1OwnerReference,
  V1Pod,
} from '@kubernetes/client-node';

/** The owner that controls an object, if any. */
export function controllerOf(
  object: KubernetesObject,
): V1OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find(owner => owner.controller);
}

/** What {@link podsByOwner} files a workload's pods under. */
export function ownerKey(kind: string, object: KubernetesObject): string {
  return `${object.metadata?.namespace}/${kind}/${object.metadata?.name}`;
}

/** Pods by the workload their chain of controllers ends at; a Deployment owns its pods through ReplicaSets. */
export function podsByOwner(
  pods: readonly V1Pod[],
  replicaSets: readonly KubernetesObject[],
): Map<string, V1Pod[]> {
  const deployments = new Map<string, string>();
  for (const replicaSet of replicaSets) {
    const owner = controllerOf(replicaSet);
    if (owner) {
      deployments.set(
        ownerKey('ReplicaSet', replicaSet),
        `${replicaSet.metadata?.namespace}/${owner.kind}/${owner.name}`,
      );
    }
  }
  const result = new Map<string, V1Pod[]>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner) {
      const direct = `${pod.metadata?.namespace}/${owner.kind}/${owner.name}`;
      const key = deployments.get(direct) ?? direct;
      const list = result.get(key);
      if (list) {
        list.push(pod);
      } else {
        result.set(key, [pod]);
      }
    }
  }
  return result;
}
