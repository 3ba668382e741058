import { LabelSelector, MatchResources, ResourceRule } from './policyDocuments';

/** The label Kubernetes itself puts on every namespace. */
const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

export type Labels = Readonly<Record<string, string>>;

/** What of a changed object decides which policies see it. */
export interface MatchSubject {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural, lower case. */
  readonly resource: string;
  readonly name: string;
  /** `undefined` for objects outside namespaces and where the file does not say. */
  readonly namespace?: string;
  readonly clusterScoped: boolean;
  readonly labels: Labels;
  readonly oldLabels: Labels;
  readonly annotations: Labels;
  /** `undefined` where the namespace object is not known. */
  readonly namespaceLabels?: Labels;
}

/** `unknown`: it depends on labels of a namespace nobody showed us. */
export type MatchResult = 'yes' | 'no' | 'unknown';

/** Whether `matchConstraints` of a policy or `matchResources` of a binding take in the object. */
export function matchResources(
  match: MatchResources,
  subject: MatchSubject,
): MatchResult {
  const {
    resourceRules,
    excludeResourceRules = [],
    objectSelector,
    namespaceSelector,
  } = match;
  if (
    resourceRules &&
    resourceRules.length > 0 &&
    !resourceRules.some(rule => matchesRule(rule, subject))
  ) {
    return 'no';
  }
  if (excludeResourceRules.some(rule => matchesRule(rule, subject))) {
    return 'no';
  }
  // As in Kubernetes the old labels count too: taking the label off must not slip past the policy.
  if (
    objectSelector &&
    selectLabels(objectSelector, subject.labels) !== 'yes' &&
    selectLabels(objectSelector, subject.oldLabels) !== 'yes'
  ) {
    return 'no';
  }
  return namespaceSelector
    ? matchNamespaceSelector(namespaceSelector, subject)
    : 'yes';
}

function matchesRule(rule: ResourceRule, subject: MatchSubject): boolean {
  const { scope = '*', resourceNames = [] } = rule;
  return (
    includes(rule.apiGroups, subject.group) &&
    includes(rule.apiVersions, subject.version) &&
    includes(rule.operations, subject.operation) &&
    // A change of a file is a change of the whole object, never of a subresource such as deployments/scale.
    rule.resources.some(
      resource =>
        resource === '*' || resource === '*/*' || resource === subject.resource,
    ) &&
    (resourceNames.length === 0 || resourceNames.includes(subject.name)) &&
    (scope === '*' || (scope === 'Cluster') === subject.clusterScoped)
  );
}

function includes(values: readonly string[], value: string): boolean {
  return values.includes('*') || values.includes(value);
}

/** Whether the namespace of an object is among those a selector takes. */
export function matchNamespaceSelector(
  selector: LabelSelector,
  subject: MatchSubject,
): MatchResult {
  if (subject.clusterScoped) {
    return subject.kind === 'Namespace'
      ? selectLabels(selector, subject.labels)
      : 'yes';
  }
  if (subject.namespaceLabels) {
    return selectLabels(selector, subject.namespaceLabels);
  }
  const known: Labels =
    subject.namespace === undefined
      ? {}
      : { [NAMESPACE_NAME_LABEL]: subject.namespace };
  return selectLabels(selector, known, key => key in known);
}

/** Whether labels meet a selector; `like` compares a wanted value with one that is there. */
export function matchLabelSelector(
  selector: LabelSelector,
  labels: Labels,
  like?: (wanted: string, value: string) => boolean,
): MatchResult {
  return selectLabels(selector, labels, () => true, like);
}

function selectLabels(
  selector: LabelSelector,
  labels: Labels,
  isKnown: (key: string) => boolean = () => true,
  like: (wanted: string, value: string) => boolean = (wanted, value) =>
    wanted === value,
): MatchResult {
  let result: MatchResult = 'yes';
  const requirements = [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
      key,
      operator: 'In' as const,
      values: [value],
    })),
    ...(selector.matchExpressions ?? []),
  ];
  for (const { key, operator, values = [] } of requirements) {
    if (!isKnown(key)) {
      result = 'unknown';
    } else if (
      !meets(
        Object.hasOwn(labels, key) ? labels[key] : undefined,
        operator,
        values,
        like,
      )
    ) {
      return 'no';
    }
  }
  return result;
}

function meets(
  value: string | undefined,
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist',
  values: readonly string[],
  like: (wanted: string, value: string) => boolean,
): boolean {
  const isAmong = value !== undefined && values.some(each => like(each, value));
  switch (operator) {
    case 'In':
      return isAmong;
    case 'NotIn':
      return !isAmong;
    case 'Exists':
      return value !== undefined;
    default:
      return value === undefined;
  }
}
