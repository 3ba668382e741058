import {
  RELATION_OWNED_BY,
  stringifyEntityRef,
} from '@backstage/catalog-model';
import {
  getEntityRelations,
  humanizeEntityRef,
  useEntity,
} from '@backstage/plugin-catalog-react';

/** What the tabs need to know of the entity of the page. */
export function useEntityFacts(): {
  entityRef: string;
  name: string;
  ask: string;
} {
  const { entity } = useEntity();
  const owners = getEntityRelations(entity, RELATION_OWNED_BY);
  return {
    entityRef: stringifyEntityRef(entity),
    name: entity.metadata.title ?? entity.metadata.name,
    ask:
      owners.length > 0
        ? `its owner (${owners
            .map(owner => humanizeEntityRef(owner, { defaultKind: 'group' }))
            .join(', ')}) or whoever runs the portal`
        : 'whoever runs the portal',
  };
}
