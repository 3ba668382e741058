/** Catalog annotations the plugins read; the well-known ones first, ours only where none exists. @public */
export const ANNOTATIONS = {
  kubernetesId: 'backstage.io/kubernetes-id',
  kubernetesNamespace: 'backstage.io/kubernetes-namespace',
  kubernetesLabelSelector: 'backstage.io/kubernetes-label-selector',
  kubernetesCluster: 'backstage.io/kubernetes-cluster',
  sourceLocation: 'backstage.io/source-location',
  argocdAppName: 'argocd/app-name',
  costSelector: 'finops.apexlogic.com/cost-selector',
  gitopsPath: 'finops.apexlogic.com/gitops-path',
  /** Class of the data an entity handles, such as `personal`; `public` and `internal` ask for no care of their own. */
  dataClass: 'finops.apexlogic.com/data-class',
  /** What the entity, or all that a group owns, may cost a calendar month: `50000 USD`. */
  monthlyBudget: 'finops.apexlogic.com/monthly-budget',
} as const;

/** Default prefix of the rationale annotations written on workloads (configurable). @public */
export const DEFAULT_RATIONALE_PREFIX = 'ai.apexlogic.com';

/** Names of the rationale annotations below the prefix. @public */
export const RATIONALE_ANNOTATIONS = {
  reason: 'optimisation-reason',
  model: 'proposed-by-model',
  priority: 'review-priority',
} as const;
