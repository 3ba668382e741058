import {
  AuthService,
  BackstageCredentials,
  BackstageUserPrincipal,
  PermissionsRegistryService,
  PermissionsService,
} from '@backstage/backend-plugin-api';
import { Entity, parseEntityRef } from '@backstage/catalog-model';
import { CatalogService } from '@backstage/plugin-catalog-node';
import {
  AuthorizeResult,
  BasicPermission,
  ResourcePermission,
} from '@backstage/plugin-permission-common';
import {
  createConditionAuthorizer,
  createConditionTransformer,
} from '@backstage/plugin-permission-node';
import { RESOURCE_TYPE_FINOPS_ENTITY } from '@apexlogic/backstage-plugin-finops-common/permissions';
import { EntityFilter } from '../database/entityFilter';
import { EntityStore } from '../database/EntityStore';
import { FinopsError } from '../governance/errors';
import { ENTITY_FIELDS, entityContextOf } from '../ingestion/entityContext';
import { getEntities } from '../ingestion/selectEntities';
import { EntityContext } from '../ingestion/types';
import {
  FinopsEntityResource,
  finopsEntityPermissionResourceRef,
} from './permissions';

/** Credentials of a person. */
export type UserCredentials = BackstageCredentials<BackstageUserPrincipal>;

type EntityPermission = ResourcePermission<typeof RESOURCE_TYPE_FINOPS_ENTITY>;

/** What a caller may see of a kind of data. */
export interface EntityScope {
  /** For SQL; absent = everything. */
  readonly filter?: EntityFilter;
  /** The same for an entity that is not stored. */
  allows(resource: FinopsEntityResource): boolean;
}

/** Asks the permission framework, for one entity or for lists. */
export class Authoriser {
  readonly #permissions: PermissionsService;
  readonly #registry: PermissionsRegistryService;
  readonly #catalog: CatalogService;

  constructor(options: {
    permissions: PermissionsService;
    permissionsRegistry: PermissionsRegistryService;
    catalog: CatalogService;
  }) {
    this.#permissions = options.permissions;
    this.#registry = options.permissionsRegistry;
    this.#catalog = options.catalog;
  }

  /** The entity, as the caller sees it in the catalog, when the permission allows it; throws otherwise. */
  async requireEntity(
    credentials: UserCredentials,
    permission: EntityPermission,
    entityRef: string,
  ): Promise<EntityContext> {
    const entity: Entity | undefined = await this.#catalog.getEntityByRef(
      entityRef,
      { credentials },
    );
    if (!entity) {
      throw new FinopsError(
        'not-found',
        `There is no entity ${entityRef} in the catalog, or you may not see it.`,
      );
    }
    if (!(await this.may(credentials, permission, entityRef))) {
      throw new FinopsError(
        'not-allowed',
        `You need the permission ${permission.name} for ${entityRef}; ask its owner or your portal's administrators.`,
      );
    }
    return entityContextOf(entity);
  }

  /** Whether the caller has an entity-scoped permission. */
  async may(
    credentials: UserCredentials,
    permission: EntityPermission,
    entityRef: string,
  ): Promise<boolean> {
    const [decision] = await this.#permissions.authorize(
      [{ permission, resourceRef: entityRef }],
      { credentials },
    );
    return decision.result === AuthorizeResult.ALLOW;
  }

  /** Whether the caller has a permission that is about no entity. */
  async mayBasic(
    credentials: UserCredentials,
    permission: BasicPermission,
  ): Promise<boolean> {
    const [decision] = await this.#permissions.authorize([{ permission }], {
      credentials,
    });
    return decision.result === AuthorizeResult.ALLOW;
  }

  /** Throws unless the caller has a permission that is about no entity. */
  async requireBasic(
    credentials: UserCredentials,
    permission: BasicPermission,
  ): Promise<void> {
    if (!(await this.mayBasic(credentials, permission))) {
      throw new FinopsError(
        'not-allowed',
        `You need the permission ${permission.name}; ask your portal's administrators.`,
      );
    }
  }

  /** What the caller may see in lists; throws when that is nothing. */
  async scopeOf(
    credentials: UserCredentials,
    permission: EntityPermission,
  ): Promise<EntityScope> {
    const [decision] = await this.#permissions.authorizeConditional(
      [{ permission }],
      { credentials },
    );
    if (decision.result === AuthorizeResult.DENY) {
      throw new FinopsError(
        'not-allowed',
        `You need the permission ${permission.name}; ask your portal's administrators.`,
      );
    }
    if (decision.result === AuthorizeResult.CONDITIONAL) {
      const ruleset = this.#registry.getPermissionRuleset(
        finopsEntityPermissionResourceRef,
      );
      const authorise = createConditionAuthorizer(ruleset);
      return {
        filter: createConditionTransformer(ruleset)(decision.conditions),
        allows: resource => authorise(decision, resource),
      };
    }
    return { allows: () => true };
  }

  /** Entities of the given owners that the caller sees in the catalog. */
  async ownedEntities(
    credentials: UserCredentials,
    ownerRefs: readonly string[],
    kinds: readonly string[],
  ): Promise<EntityContext[]> {
    const owned: EntityContext[] = [];
    if (ownerRefs.length === 0) {
      return owned;
    }
    const pages = this.#catalog.streamEntities(
      {
        filter: kinds.map(kind => ({
          kind,
          'relations.ownedBy': [...ownerRefs],
        })),
        fields: ENTITY_FIELDS,
      },
      { credentials },
    );
    for await (const page of pages) {
      owned.push(...page.map(entityContextOf));
    }
    return owned;
  }

  /** Logins on forges that the caller's own entity in the catalog names. */
  async forgeLogins(credentials: UserCredentials): Promise<string[]> {
    const user = await this.#catalog.getEntityByRef(
      credentials.principal.userEntityRef,
      { credentials },
    );
    return Object.entries(user?.metadata.annotations ?? {}).flatMap(
      ([name, login]) => (name.endsWith('/user-login') ? [login] : []),
    );
  }

  /** An entity as the caller sees it in the catalog; nothing when they do not. */
  async readEntity(
    credentials: UserCredentials,
    entityRef: string,
  ): Promise<EntityContext | undefined> {
    const { items } = await this.#catalog.getEntitiesByRefs(
      { entityRefs: [entityRef], fields: ENTITY_FIELDS },
      { credentials },
    );
    return items[0] && entityContextOf(items[0]);
  }
}

/** Loads the resources permission conditions are applied to. */
export async function loadResources(
  options: {
    entities: EntityStore;
    catalog: CatalogService;
    auth: AuthService;
  },
  entityRefs: readonly string[],
): Promise<(FinopsEntityResource | undefined)[]> {
  const { entities, catalog, auth } = options;
  const stored = new Map(
    (await entities.getEntities(entityRefs)).map(({ context }) => [
      context.entityRef,
      context,
    ]),
  );
  const unknown = entityRefs.filter(
    ref => !stored.has(ref) && isEntityRef(ref),
  );
  for (const context of unknown.length > 0
    ? await getEntities(catalog, auth, unknown)
    : []) {
    stored.set(context.entityRef, context);
  }
  const environments = await entities.getEnvironments(entityRefs);
  return entityRefs.map(ref => {
    const context = stored.get(ref);
    return context && resourceOf(context, environments.get(ref) ?? []);
  });
}

/** An entity as permission rules see it. */
export function resourceOf(
  context: EntityContext,
  environments: readonly string[],
): FinopsEntityResource {
  const { entityRef, kind, ownerRefs } = context;
  return { entityRef, kind, ownerRefs, environments };
}

function isEntityRef(text: string): boolean {
  try {
    parseEntityRef(text);
    return true;
  } catch {
    return false;
  }
}
