import { workloadKey } from '@apexlogic/backstage-plugin-finops-common';
import { IngestionContext, WorkloadSubject } from './context';
import { setupOf } from './entityContext';
import { readAlerts, readChanges, readLogs } from './readEvents';
import { readCosts } from './readCosts';
import { readLogLines } from './readLogLines';
import { readMetrics } from './readMetrics';
import { readStates } from './readStates';
import { EntityContext } from './types';

/**
 * Asks every source for what is new of some entities and stores it. Sources fail apart: each one's
 * result is kept as its status, and the others are read all the same.
 */
export async function ingestEntities(
  context: IngestionContext,
  entities: readonly EntityContext[],
): Promise<void> {
  const { stores, sources, statuses, now } = context;
  for (const entity of entities) {
    const before = await stores.entities.getEntity(entity.entityRef);
    await stores.entities.saveEntity(
      entity,
      setupOf(entity, {
        refreshed: before?.refreshedAt !== undefined,
        workloads: await countWorkloads(context, entity),
      }),
    );
  }
  await readStates(context, entities);
  const subjects = await subjectsOf(context, entities);
  await readMetrics(context, subjects);
  await readCosts(context, subjects);
  await readChanges(context, entities, subjects);
  await readAlerts(context, subjects);
  await readLogs(context, subjects);
  await readLogLines(context, subjects);

  const registered = new Set(
    Object.values(sources).flatMap(list =>
      (list as readonly { id: string; capabilities: { kind: string } }[]).map(
        source => `${source.capabilities.kind} ${source.id}`,
      ),
    ),
  );
  const previous = await stores.sourceStatuses.list(
    entities.map(entity => entity.entityRef),
  );
  for (const entity of entities) {
    const current = statuses.of(entity.entityRef);
    const asked = new Set(
      current.map(status => `${status.kind} ${status.sourceId}`),
    );
    // A source that had nothing new to be asked for keeps its last status.
    const kept = (previous.get(entity.entityRef) ?? []).filter(status => {
      const key = `${status.kind} ${status.sourceId}`;
      return registered.has(key) && !asked.has(key);
    });
    await stores.sourceStatuses.replace(
      entity.entityRef,
      [...current, ...kept],
      now.toISOString(),
    );
    await stores.entities.saveEntity(
      entity,
      setupOf(entity, {
        refreshed: true,
        workloads: await countWorkloads(context, entity),
      }),
    );
  }
}

async function countWorkloads(
  { stores }: IngestionContext,
  entity: EntityContext,
): Promise<number> {
  return (await stores.entities.getWorkloads(entity.entityRef)).length;
}

async function subjectsOf(
  context: IngestionContext,
  entities: readonly EntityContext[],
): Promise<WorkloadSubject[]> {
  const subjects = new Map<string, WorkloadSubject>();
  for (const entity of entities) {
    for (const stored of await context.stores.entities.getWorkloads(
      entity.entityRef,
    )) {
      const workload = stored.state.workload;
      const key = workloadKey(workload);
      const before = subjects.get(key);
      subjects.set(key, {
        workload,
        key,
        environment: stored.environment,
        entities: [
          ...(before?.entities ?? []),
          { entityRef: entity.entityRef, ownerRef: entity.ownerRefs[0] },
        ],
      });
    }
  }
  return [...subjects.values()];
}
