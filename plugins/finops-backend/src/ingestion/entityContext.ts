import {
  Entity,
  parseEntityRef,
  RELATION_OWNED_BY,
  stringifyEntityRef,
} from '@backstage/catalog-model';
import { ANNOTATIONS } from '@apexlogic/backstage-plugin-finops-common';
import { readBudget } from './budgets';
import { EntityContext, EntitySetup, MissingAnnotation } from './types';

/** Fields of a catalog entity that {@link entityContextOf} reads. */
export const ENTITY_FIELDS = [
  'kind',
  'metadata.name',
  'metadata.namespace',
  'metadata.title',
  'metadata.annotations',
  'spec.owner',
  'relations',
];

/** Reads what the loop needs from a catalog entity. */
export function entityContextOf(entity: Entity): EntityContext {
  const annotations = entity.metadata.annotations ?? {};
  const entityRef = stringifyEntityRef(entity);
  const kubernetesId = annotations[ANNOTATIONS.kubernetesId];
  const labelSelector = annotations[ANNOTATIONS.kubernetesLabelSelector];
  const budget = annotations[ANNOTATIONS.monthlyBudget];
  const dataClass = annotations[ANNOTATIONS.dataClass]
    ?.trim()
    .toLocaleLowerCase('en-US');
  const sourceUrl = urlOf(annotations[ANNOTATIONS.sourceLocation]);
  const gitopsUrl = urlOf(annotations[ANNOTATIONS.gitopsPath]);
  return {
    entityRef,
    kind: entity.kind.toLocaleLowerCase('en-US'),
    title: entity.metadata.title ?? entity.metadata.name,
    ownerRefs: ownersOf(entity),
    selector:
      kubernetesId || labelSelector
        ? {
            entityRef,
            kubernetesId,
            labelSelector,
            namespace: annotations[ANNOTATIONS.kubernetesNamespace],
            cluster: annotations[ANNOTATIONS.kubernetesCluster],
          }
        : undefined,
    sourceUrl,
    gitopsUrl,
    ...(dataClass && { dataClass }),
    budget: budget === undefined ? undefined : readBudget(budget),
  };
}

/** Says how far an entity is connected; every missing thing has its one fix. */
export function setupOf(
  context: EntityContext,
  progress: { readonly refreshed: boolean; readonly workloads: number },
): EntitySetup {
  const name = parseEntityRef(context.entityRef).name;
  const missing: MissingAnnotation[] = [];
  if (!context.selector) {
    missing.push({
      annotation: ANNOTATIONS.kubernetesId,
      example: name,
      why: 'Tells which workloads belong to this entity; their labels carry the same id.',
    });
    return { state: 'not-annotated', missing };
  }
  if (!context.selector.namespace) {
    missing.push({
      annotation: ANNOTATIONS.kubernetesNamespace,
      example: 'production',
      why: 'Limits the search for workloads to one namespace.',
    });
  }
  if (!context.gitopsUrl && !context.sourceUrl) {
    missing.push({
      annotation: ANNOTATIONS.gitopsPath,
      example: `https://github.com/org/gitops/tree/main/apps/${name}`,
      why: 'Names the folder that holds the desired state, so that a change request can be opened.',
    });
  }
  if (!progress.refreshed) {
    return { state: 'waiting', missing };
  }
  return { state: progress.workloads > 0 ? 'ready' : 'no-workload', missing };
}

function ownersOf(entity: Entity): string[] {
  const related = (entity.relations ?? []).filter(
    relation => relation.type === RELATION_OWNED_BY,
  );
  if (related.length > 0) {
    return related.map(relation => relation.targetRef);
  }
  const owner = entity.spec?.owner;
  if (typeof owner !== 'string' || owner === '') {
    return [];
  }
  const defaultNamespace = entity.metadata.namespace ?? 'default';
  return [
    stringifyEntityRef(
      parseEntityRef(owner, { defaultKind: 'group', defaultNamespace }),
    ),
  ];
}

/** Catalog locations are written `url:https://…`; ours may leave the prefix out. */
function urlOf(annotation: string | undefined): string | undefined {
  const url = annotation?.replace(/^url:/, '').trim();
  return url && /^https?:\/\//.test(url) ? url : undefined;
}
