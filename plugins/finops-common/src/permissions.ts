import {
  BasicPermission,
  createPermission,
  ResourcePermission,
} from '@backstage/plugin-permission-common';

/** Resource of the entity-scoped permissions; the resource ref is the catalog entity ref. @public */
export const RESOURCE_TYPE_FINOPS_ENTITY = 'finops-entity';

/** @public */
export const finopsCostReadPermission: ResourcePermission<
  typeof RESOURCE_TYPE_FINOPS_ENTITY
> = createPermission({
  name: 'finops.cost.read',
  attributes: { action: 'read' },
  resourceType: RESOURCE_TYPE_FINOPS_ENTITY,
});

/** @public */
export const finopsEvidenceReadPermission: ResourcePermission<
  typeof RESOURCE_TYPE_FINOPS_ENTITY
> = createPermission({
  name: 'finops.evidence.read',
  attributes: { action: 'read' },
  resourceType: RESOURCE_TYPE_FINOPS_ENTITY,
});

/** @public */
export const finopsRecommendationReadPermission: ResourcePermission<
  typeof RESOURCE_TYPE_FINOPS_ENTITY
> = createPermission({
  name: 'finops.recommendation.read',
  attributes: { action: 'read' },
  resourceType: RESOURCE_TYPE_FINOPS_ENTITY,
});

/** Approve, snooze, dismiss. @public */
export const finopsRecommendationDecidePermission: ResourcePermission<
  typeof RESOURCE_TYPE_FINOPS_ENTITY
> = createPermission({
  name: 'finops.recommendation.decide',
  attributes: { action: 'update' },
  resourceType: RESOURCE_TYPE_FINOPS_ENTITY,
});

/** Open or update a change request. @public */
export const finopsRecommendationDeliverPermission: ResourcePermission<
  typeof RESOURCE_TYPE_FINOPS_ENTITY
> = createPermission({
  name: 'finops.recommendation.deliver',
  attributes: { action: 'update' },
  resourceType: RESOURCE_TYPE_FINOPS_ENTITY,
});

/** @public */
export const finopsPolicyReadPermission: BasicPermission = createPermission({
  name: 'finops.policy.read',
  attributes: { action: 'read' },
});

/** See how the portal governs itself, such as what it learnt. @public */
export const finopsGovernanceReadPermission: BasicPermission = createPermission(
  {
    name: 'finops.governance.read',
    attributes: { action: 'read' },
  },
);

/** Change it, such as reset what it learnt. @public */
export const finopsGovernanceManagePermission: BasicPermission =
  createPermission({
    name: 'finops.governance.manage',
    attributes: { action: 'update' },
  });

/** @public */
export const finopsPermissions = [
  finopsCostReadPermission,
  finopsEvidenceReadPermission,
  finopsRecommendationReadPermission,
  finopsRecommendationDecidePermission,
  finopsRecommendationDeliverPermission,
  finopsPolicyReadPermission,
  finopsGovernanceReadPermission,
  finopsGovernanceManagePermission,
];
