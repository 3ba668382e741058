import { AuthService } from '@backstage/backend-plugin-api';
import { CATALOG_FILTER_EXISTS } from '@backstage/catalog-client';
import { CatalogService } from '@backstage/plugin-catalog-node';
import { ANNOTATIONS } from '@apexlogic/backstage-plugin-finops-common';
import { ENTITY_FIELDS, entityContextOf } from './entityContext';
import { EntityContext } from './types';

/** Entities in one request to the catalog. */
const PAGE_SIZE = 200;

/**
 * Every catalog entity that points at workloads, a page at a time. Reads as the plugin itself: figures
 * are gathered for all and shown by permission.
 */
export async function* selectEntities(
  catalog: CatalogService,
  auth: AuthService,
): AsyncIterable<EntityContext[]> {
  const credentials = await auth.getOwnServiceCredentials();
  const pages = catalog.streamEntities(
    {
      filter: [
        {
          [`metadata.annotations.${ANNOTATIONS.kubernetesId}`]:
            CATALOG_FILTER_EXISTS,
        },
        {
          [`metadata.annotations.${ANNOTATIONS.kubernetesLabelSelector}`]:
            CATALOG_FILTER_EXISTS,
        },
      ],
      fields: ENTITY_FIELDS,
      pageSize: PAGE_SIZE,
    },
    { credentials },
  );
  for await (const page of pages) {
    yield page.map(entityContextOf);
  }
}

/** The named entities, read as the plugin itself; unknown ones are left out. */
export async function getEntities(
  catalog: CatalogService,
  auth: AuthService,
  entityRefs: readonly string[],
): Promise<EntityContext[]> {
  const credentials = await auth.getOwnServiceCredentials();
  const { items } = await catalog.getEntitiesByRefs(
    { entityRefs: [...entityRefs], fields: ENTITY_FIELDS },
    { credentials },
  );
  return items.filter(entity => entity !== undefined).map(entityContextOf);
}
