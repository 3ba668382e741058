import {
  ComparedObject,
  DesiredState,
  readDesiredState,
} from '@apexlogic/backstage-plugin-finops-manifests';
import {
  EntityStore,
  StoredEntity,
  StoredWorkload,
} from '../database/EntityStore';
import { parseRepositoryUrl } from '../delivery/parseRepositoryUrl';
import { isBelow } from './isChecked';

/** Kinds that run containers and are watched. */
const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'];

/** The running workload that a changed object is, or why there is none. */
export type Match =
  | {
      readonly kind: 'known';
      readonly entity: StoredEntity;
      readonly stored: StoredWorkload;
    }
  | { readonly kind: 'unknown'; readonly reason: string };

/** A changed object that runs containers. */
export interface ChangedWorkload {
  readonly compared: ComparedObject;
  readonly match: Match;
  /** What its files want; absent on the side where there is none. */
  readonly before?: DesiredState;
  readonly after?: DesiredState;
}

/**
 * Finds the running workloads behind changed objects. A file does not say its cluster: an entity that names
 * the repository tells, and the one whose folder lies nearest counts. Two clusters are never mixed.
 */
export async function matchWorkloads(
  entities: EntityStore,
  repositoryUrl: string,
  objects: readonly ComparedObject[],
): Promise<ChangedWorkload[]> {
  const workloads: ChangedWorkload[] = [];
  for (const compared of objects) {
    const { kind } = compared.object;
    if (WORKLOAD_KINDS.includes(kind)) {
      const stateOf = (object: unknown) =>
        object === undefined ? undefined : readDesiredState(kind, object);
      workloads.push({
        compared,
        match: await matchOf(entities, repositoryUrl, compared),
        before: stateOf(compared.before),
        after: stateOf(compared.after),
      });
    }
  }
  return workloads;
}

async function matchOf(
  entities: EntityStore,
  repositoryUrl: string,
  { object, path }: ComparedObject,
): Promise<Match> {
  const found = await entities.findWorkloads(object);
  const ranked = found
    .map(candidate => ({
      ...candidate,
      rank: nearness(candidate.entity, repositoryUrl, path),
    }))
    .sort((a, b) => b.rank - a.rank);
  const [first] = ranked;
  if (!first) {
    return { kind: 'unknown', reason: 'nothing like it runs yet' };
  }
  const nearest = ranked.filter(({ rank }) => rank === first.rank);
  // Without a namespace of its own only a folder tells which of several is meant.
  if (object.namespace === undefined && first.rank === 0) {
    return { kind: 'unknown', reason: 'its file names no namespace' };
  }
  const keys = new Set(nearest.map(({ stored }) => stored.workload));
  return keys.size === 1
    ? { kind: 'known', entity: first.entity, stored: first.stored }
    : {
        kind: 'unknown',
        reason: `it may be any of ${[...keys].join(', ')}`,
      };
}

/** Depth of the entity's folder that holds the path; 0 = it names the repository not at all, or another folder. */
function nearness(
  { context }: StoredEntity,
  repositoryUrl: string,
  path: string,
): number {
  return Math.max(
    0,
    ...[context.gitopsUrl, context.sourceUrl].map(url => {
      if (!url || !isBelow(url, repositoryUrl)) {
        return 0;
      }
      const folder = parseRepositoryUrl(url)?.path;
      if (folder === undefined) {
        return 1;
      }
      return path.startsWith(`${folder}/`) ? 1 + folder.split('/').length : 0;
    }),
  );
}
