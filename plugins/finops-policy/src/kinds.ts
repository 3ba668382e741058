/** Kinds whose resource name the rules of English do not give. */
const IRREGULAR_RESOURCES: Readonly<Record<string, string>> = {
  Endpoints: 'endpoints',
  NodeMetrics: 'nodes',
  PodMetrics: 'pods',
};

const CLUSTER_SCOPED_KINDS = new Set([
  'APIService',
  'CSIDriver',
  'CSINode',
  'CertificateSigningRequest',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'FlowSchema',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'RuntimeClass',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttachment',
]);

/**
 * The resource name of a kind as `resourceRules` spell it: Deployment → deployments,
 * NetworkPolicy → networkpolicies, Ingress → ingresses.
 */
export function resourceOfKind(kind: string): string {
  const known = IRREGULAR_RESOURCES[kind];
  if (known) {
    return known;
  }
  const lower = kind.toLowerCase();
  if (/[^aeiou]y$/.test(lower)) {
    return `${lower.slice(0, -1)}ies`;
  }
  return /(s|x|z|ch|sh)$/.test(lower) ? `${lower}es` : `${lower}s`;
}

/** Groups under which resources of infrastructure code are seen; Kubernetes names none without a dot so. */
const INFRASTRUCTURE_GROUPS = new Set(['terraform', 'cloudformation', 'arm']);

/**
 * Whether objects of this kind lie in no namespace; unknown kinds are taken as namespaced. Nothing that
 * infrastructure code declares lies in one.
 */
export function isClusterScoped(kind: string, group: string): boolean {
  return INFRASTRUCTURE_GROUPS.has(group) || CLUSTER_SCOPED_KINDS.has(kind);
}

/** Fields the API server writes as null where the file says nothing, so that policies ask `== null` for them. */
const NULL_FIELDS: Readonly<Record<string, readonly string[]>> = {
  ClusterRole: ['rules'],
  Role: ['rules'],
};

/** Fields of a kind that are there, as null, also where a file leaves them out. */
export function nullFieldsOf(kind: string): readonly string[] {
  return Object.hasOwn(NULL_FIELDS, kind) ? NULL_FIELDS[kind] : [];
}
