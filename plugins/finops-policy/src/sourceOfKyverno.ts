import {
  ClusterPolicyDocument,
  Filters,
  ValidatingPolicyDocument,
} from './kyvernoDocuments';
import { matchFilters } from './matchFilters';
import { matchResources } from './matchResources';
import { MatchResources } from './policyDocuments';
import {
  CONTROL_ANNOTATION,
  outcomeOfActions,
  outcomeOfAnnotation,
  parameterReference,
  PolicySource,
} from './policySource';

const DESCRIPTION = 'policies.kyverno.io/description';
const AUTOGEN = 'pod-policies.kyverno.io/autogen-controllers';

/** What makes pods of a template, by the name of the resource. */
const POD_CONTROLLERS: Readonly<Record<string, string>> = {
  DaemonSet: 'daemonsets',
  Deployment: 'deployments',
  Job: 'jobs',
  ReplicaSet: 'replicasets',
  ReplicationController: 'replicationcontrollers',
  StatefulSet: 'statefulsets',
  CronJob: 'cronjobs',
};

/** Kyverno's `ValidatingPolicy` as a source. Throws on an outcome annotation that says nothing we know. */
export function sourceOfValidatingPolicy({
  metadata,
  spec,
}: ValidatingPolicyDocument): PolicySource {
  const denial = outcomeOfAnnotation(metadata.annotations) ?? 'deny';
  const chosen = spec.autogen?.podControllers?.controllers;
  return {
    name: metadata.name,
    kind: 'ValidatingPolicy',
    description: metadata.annotations?.[DESCRIPTION],
    control: metadata.annotations?.[CONTROL_ANNOTATION],
    match: subject => matchResources(spec.matchConstraints, subject),
    podControllers: isAboutPodsAlone(spec.matchConstraints)
      ? chosen ?? Object.values(POD_CONTROLLERS)
      : [],
    conditions: spec.matchConditions ?? [],
    variables: spec.variables ?? [],
    validations: spec.validations,
    outcome: outcomeOfActions(spec.validationActions ?? ['Deny'], denial),
    bindable: false,
  };
}

/**
 * Each CEL rule of a Kyverno `ClusterPolicy` as a source of its own, named `<policy>/<rule>`. Throws on a
 * rule that matches by who asks: a change plan has no such person.
 */
export function sourcesOfClusterPolicy({
  metadata,
  spec,
}: ClusterPolicyDocument): readonly PolicySource[] {
  const denial = outcomeOfAnnotation(metadata.annotations) ?? 'deny';
  return spec.rules.map(rule => {
    const { cel, message, failureAction } = rule.validate;
    const action =
      failureAction ??
      spec.failureAction ??
      spec.validationFailureAction ??
      'Audit';
    return {
      name: `${metadata.name}/${rule.name}`,
      kind: 'ClusterPolicy',
      description: metadata.annotations?.[DESCRIPTION],
      control: metadata.annotations?.[CONTROL_ANNOTATION],
      match: matchFilters(rule.match, rule.exclude),
      podControllers: [rule.match, rule.exclude].every(isAboutPods)
        ? controllersOfAnnotation(metadata.annotations?.[AUTOGEN])
        : [],
      conditions: rule.celPreconditions ?? [],
      variables: cel.variables ?? [],
      validations: cel.expressions.map(validation => ({
        ...validation,
        message: validation.message ?? message,
      })),
      outcome: /^enforce$/i.test(action) ? denial : 'audit',
      parameterKind: cel.paramKind,
      parameters: cel.paramRef && parameterReference(cel.paramRef),
      bindable: false,
    };
  });
}

/** Kyverno's own conditions for applying a rule about pods to what makes pods. */
function isAboutPodsAlone(match: MatchResources): boolean {
  return (
    !match.namespaceSelector &&
    !match.objectSelector &&
    (match.resourceRules ?? []).every(
      ({ resources, resourceNames = [] }) =>
        resourceNames.length === 0 &&
        resources.length === 1 &&
        resources[0] === 'pods',
    )
  );
}

function isAboutPods(filters: Filters | undefined): boolean {
  return [
    filters ?? {},
    ...(filters?.any ?? []),
    ...(filters?.all ?? []),
  ].every(({ resources = {} }) => {
    const { kinds = [], name, names, selector, annotations } = resources;
    return (
      !name &&
      !names?.length &&
      !selector &&
      !annotations &&
      kinds.every(kind => /(^|\/)Pod$/.test(kind))
    );
  });
}

function controllersOfAnnotation(value: string | undefined): readonly string[] {
  if (value === undefined || value === 'all') {
    return Object.values(POD_CONTROLLERS);
  }
  return value
    .split(',')
    .map(kind => kind.trim())
    .filter(kind => kind !== '' && kind !== 'none')
    .map(kind => {
      const resource = POD_CONTROLLERS[kind];
      if (!resource) {
        throw new Error(`annotation ${AUTOGEN}: '${kind}' makes no pods`);
      }
      return resource;
    });
}
