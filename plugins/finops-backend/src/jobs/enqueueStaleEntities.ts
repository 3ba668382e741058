import { createHash } from 'node:crypto';
import { selectEntities } from '../ingestion/selectEntities';
import { EntityContext } from '../ingestion/types';
import { JobQueue } from './JobQueue';
import { RefreshContext } from './refreshEntities';

/** Kind of the jobs that refresh entities. */
export const REFRESH_JOB = 'refresh-entities';

/** Payload of a {@link REFRESH_JOB}. */
export interface RefreshJob {
  readonly entityRefs: readonly string[];
}

/** Entities in one job: enough to ask sources by the namespace, few enough to spread over replicas. */
const JOB_SIZE = 20;

/**
 * Queues every entity that points at workloads and was not refreshed lately. Entities of one namespace
 * share jobs, so that a source is asked about the namespace once and not per entity.
 */
export async function enqueueStaleEntities(
  context: RefreshContext,
  queue: JobQueue,
  signal: AbortSignal,
): Promise<void> {
  const { catalog, auth, stores, config } = context;
  const staleBefore = new Date(
    Date.parse(context.now()) - config.refreshAfterMs,
  ).toISOString();
  const groups = new Map<string, string[]>();
  for await (const page of selectEntities(catalog, auth)) {
    signal.throwIfAborted();
    const known = new Map(
      (
        await stores.entities.getEntities(page.map(entity => entity.entityRef))
      ).map(stored => [stored.context.entityRef, stored.refreshedAt]),
    );
    for (const entity of page) {
      if ((known.get(entity.entityRef) ?? '') < staleBefore) {
        const group = groupOf(entity);
        groups.set(group, [...(groups.get(group) ?? []), entity.entityRef]);
      }
    }
  }
  for (const refs of groups.values()) {
    refs.sort();
    for (let index = 0; index < refs.length; index += JOB_SIZE) {
      await enqueueRefresh(queue, refs.slice(index, index + JOB_SIZE));
    }
  }
}

/** Queues one pass over some entities; the same pass is not queued twice. */
export async function enqueueRefresh(
  queue: JobQueue,
  entityRefs: readonly string[],
): Promise<void> {
  const key = createHash('sha256').update(entityRefs.join('\n')).digest('hex');
  await queue.enqueue(REFRESH_JOB, key, { entityRefs } satisfies RefreshJob);
}

function groupOf({ selector }: EntityContext): string {
  return `${selector?.cluster ?? ''}/${selector?.namespace ?? ''}`;
}
