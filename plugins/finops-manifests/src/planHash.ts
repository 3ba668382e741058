import type {
  Action,
  ObjectRef,
  PlannedFile,
  RepositoryRef,
} from '@apexlogic/backstage-plugin-finops-common';
import { sha256 } from './applySplices';

/** SHA-256 over the base commit and every edit: an approval binds to it. */
export function planHash(
  repository: RepositoryRef,
  baseSha: string,
  files: readonly PlannedFile[],
): string {
  return sha256(
    JSON.stringify([
      repository.url,
      repository.branch,
      baseSha,
      files.map(file => [
        file.path,
        file.beforeSha256,
        file.afterSha256,
        file.splices.map(({ start, end, text }) => [start, end, text]),
        // Hashes of plans that delete nothing stay what they were.
        ...(file.deleted ? ['deleted'] : []),
      ]),
    ]),
  );
}

/**
 * SHA-256 over where a plan writes, which fields, and what kind of action it is. Fields are those the action
 * names, whether or not the file says them already: what happens to agree must not make another change request.
 */
export function planIdentity(options: {
  readonly repository: RepositoryRef;
  readonly path: string;
  readonly object: ObjectRef;
  readonly action: Action;
}): string {
  const { repository, path, object, action } = options;
  return sha256(
    JSON.stringify([
      repository.url,
      repository.branch,
      path,
      [object.kind, object.namespace ?? '', object.name],
      actionFields(action).sort(),
      action.kind,
    ]),
  );
}

function presentOf<T extends object>(
  action: T,
  fields: readonly (keyof T & string)[],
): string[] {
  return fields.filter(field => action[field] !== undefined);
}

function actionFields(action: Action): string[] {
  switch (action.kind) {
    case 'scale-replicas':
      return ['replicas'];
    case 'tune-autoscaler':
      return [`autoscaler/${action.autoscaler}`];
    case 'schedule-off-hours':
      return ['schedule'];
    case 'remove-orphan':
      return ['object'];
    case 'rollback':
      return [`reverts/${action.reverts}`];
    case 'downgrade-database':
      return presentOf(action, ['instanceClass', 'memoryGib']);
    case 'change-storage-tier':
      return 'resource' in action
        ? presentOf(action, ['sizeGib', 'tier'])
        : [`claim/${action.claim ?? ''}`];
    case 'enforce-tags':
      return 'resource' in action
        ? Object.keys(action.tags).map(key => `tags/${key}`)
        : Object.keys(action.labels).map(key => `labels/${key}`);
    case 'update-policy':
      return action.changes.map(
        ({ documentIndex, pointer }) => `${documentIndex}${pointer}`,
      );
    default:
      if ('resource' in action) {
        return ['instanceType'];
      }
      return action.containers.flatMap(({ container, ...fields }) =>
        Object.entries(fields).flatMap(([field, value]) =>
          value === undefined ? [] : `${container}/${field}`,
        ),
      );
  }
}
