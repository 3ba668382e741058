import {
  createConditionExports,
  createPermissionResourceRef,
  createPermissionRule,
} from '@backstage/plugin-permission-node';
import { z } from 'zod';
import { RESOURCE_TYPE_FINOPS_ENTITY } from '@apexlogic/backstage-plugin-finops-common/permissions';
import { EntityCondition } from '../database/entityFilter';

/** What permission rules look at. @public */
export interface FinopsEntityResource {
  readonly entityRef: string;
  /** Lower case. */
  readonly kind: string;
  readonly ownerRefs: readonly string[];
  /** Environments its workloads run in; empty before they are known. */
  readonly environments: readonly string[];
}

/**
 * Resource of the entity-scoped permissions, for policies that decide by condition.
 *
 * @public
 */
export const finopsEntityPermissionResourceRef = createPermissionResourceRef<
  FinopsEntityResource,
  EntityCondition
>().with({
  pluginId: 'finops',
  resourceType: RESOURCE_TYPE_FINOPS_ENTITY,
});

const isOwner = createPermissionRule({
  name: 'IS_OWNER',
  description: 'Allow figures of entities owned by one of the claims',
  resourceRef: finopsEntityPermissionResourceRef,
  paramsSchema: z.object({
    claims: z
      .array(z.string())
      .describe('Refs of users and groups that may own the entity'),
  }),
  apply: (resource, { claims }) =>
    resource.ownerRefs.some(owner => claims.includes(owner)),
  toQuery: ({ claims }) => ({ property: 'owner', values: claims }),
});

const hasKind = createPermissionRule({
  name: 'HAS_KIND',
  description: 'Allow figures of entities of one of the kinds',
  resourceRef: finopsEntityPermissionResourceRef,
  paramsSchema: z.object({
    kinds: z.array(z.string()).describe('Entity kinds, in any case'),
  }),
  apply: (resource, { kinds }) =>
    kinds.some(kind => kind.toLocaleLowerCase('en-US') === resource.kind),
  toQuery: ({ kinds }) => ({
    property: 'kind',
    values: kinds.map(kind => kind.toLocaleLowerCase('en-US')),
  }),
});

const hasEnvironment = createPermissionRule({
  name: 'HAS_ENVIRONMENT',
  description:
    'Allow figures of entities with a workload in one of the environments',
  resourceRef: finopsEntityPermissionResourceRef,
  paramsSchema: z.object({
    environments: z
      .array(z.string())
      .describe('production, staging, development or unknown'),
  }),
  apply: (resource, { environments }) =>
    resource.environments.some(name => environments.includes(name)),
  toQuery: ({ environments }) => ({
    property: 'environment',
    values: environments,
  }),
});

/** Rules of the entity-scoped permissions. */
export const finopsEntityRules = { isOwner, hasKind, hasEnvironment };

const exported = createConditionExports({
  resourceRef: finopsEntityPermissionResourceRef,
  rules: finopsEntityRules,
});

/**
 * Conditions for permission policies.
 *
 * @public
 */
export const finopsEntityConditions = exported.conditions;

/**
 * Wraps conditions into a decision of a permission policy.
 *
 * @public
 */
export const createFinopsEntityConditionalDecision =
  exported.createConditionalDecision;
