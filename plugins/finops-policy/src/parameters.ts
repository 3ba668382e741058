import { PolicyEvaluationError } from './engine';
import { matchLabelSelector } from './matchResources';
import { ParameterReference } from './policySource';
import { KubernetesObject } from './readPolicyFile';

/**
 * The objects a policy's parameters may be, found among the files beside the policies. Without a namespace
 * in the reference it is that of the changed object, as in Kubernetes.
 *
 * Throws {@link PolicyEvaluationError} where there are none and the reference does not allow that.
 */
export function findParameters(
  kind: { readonly apiVersion: string; readonly kind: string },
  reference: ParameterReference,
  objects: readonly KubernetesObject[],
  namespace: string | undefined,
): readonly KubernetesObject[] {
  const wanted = reference.namespace ?? namespace;
  const found = objects.filter(object => {
    const own = object.metadata?.namespace ?? undefined;
    return (
      object.apiVersion === kind.apiVersion &&
      object.kind === kind.kind &&
      (own === undefined || own === wanted) &&
      (reference.name === undefined ||
        object.metadata?.name === reference.name) &&
      (!reference.selector ||
        matchLabelSelector(reference.selector, labelsOf(object)) === 'yes')
    );
  });
  if (found.length === 0 && reference.whenMissing === 'deny') {
    throw new PolicyEvaluationError(
      `its parameters (${kind.kind} ${
        reference.name ?? 'by selector'
      }) are in no file beside the policies`,
    );
  }
  return found;
}

function labelsOf(object: KubernetesObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(Object(object.metadata?.labels)).map(([key, value]) => [
      key,
      String(value),
    ]),
  );
}
