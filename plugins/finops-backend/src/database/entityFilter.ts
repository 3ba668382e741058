import { Knex } from 'knex';
import { PermissionCriteria } from '@backstage/plugin-permission-common';

/** What one permission condition asks of an entity: any of the values. @public */
export interface EntityCondition {
  readonly property: 'owner' | 'kind' | 'environment';
  readonly values: readonly string[];
}

/** Conditions of a permission decision, ready for SQL; absent = everything. */
export type EntityFilter = PermissionCriteria<EntityCondition>;

/** Limits a query to the entities a filter lets through; `column` holds the entity ref. */
export function filterEntities<Q extends Knex.QueryBuilder>(
  query: Q,
  filter: EntityFilter | undefined,
  column: string,
): Q {
  if (filter) {
    query.andWhere(builder => {
      applyCriteria(builder, filter, column);
    });
  }
  return query;
}

function applyCriteria(
  query: Knex.QueryBuilder,
  criteria: EntityFilter,
  column: string,
): void {
  if ('allOf' in criteria) {
    for (const part of criteria.allOf) {
      query.andWhere(builder => {
        applyCriteria(builder, part, column);
      });
    }
  } else if ('anyOf' in criteria) {
    for (const part of criteria.anyOf) {
      query.orWhere(builder => {
        applyCriteria(builder, part, column);
      });
    }
  } else if ('not' in criteria) {
    query.whereNot(builder => {
      applyCriteria(builder, criteria.not, column);
    });
  } else {
    applyCondition(query, criteria, column);
  }
}

function applyCondition(
  query: Knex.QueryBuilder,
  { property, values }: EntityCondition,
  column: string,
): void {
  switch (property) {
    case 'owner':
      query.whereIn(column, inner => {
        inner
          .select('entity_ref')
          .from('finops_entity_owners')
          .whereIn('owner_ref', values);
      });
      return;
    case 'environment':
      query.whereIn(column, inner => {
        inner
          .select('entity_ref')
          .from('finops_workloads')
          .whereIn('environment', values);
      });
      return;
    default:
      query.whereIn(column, inner => {
        inner
          .select('entity_ref')
          .from('finops_entities')
          .whereIn('kind', values);
      });
  }
}
