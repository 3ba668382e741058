import { workloadKey } from '@apexlogic/backstage-plugin-finops-common';
import {
  StateSource,
  WorkloadState,
} from '@apexlogic/backstage-plugin-finops-node';
import { StoredWorkload } from '../database/EntityStore';
import { IngestionContext } from './context';
import { environmentOf } from './environmentOf';
import { readSafely } from './sources';
import { EntityContext } from './types';

/**
 * Reads the live state of the entities' workloads and stores it. An entity whose sources all failed
 * keeps what was last seen.
 */
export async function readStates(
  context: IngestionContext,
  entities: readonly EntityContext[],
): Promise<void> {
  const { stores, sources, statuses, signal } = context;
  const seen = new Map<
    string,
    Map<string, { state: WorkloadState; sourceId: string }>
  >();
  const answered = new Set<string>();
  for (const source of sources.state) {
    for (const batch of batchesFor(source, entities)) {
      const selectors = batch.map(entity => entity.selector!);
      const refs = selectors.map(selector => selector.entityRef);
      for await (const result of readSafely(
        () => source.readState(selectors, { signal }),
        signal,
      )) {
        if (result.status === 'ok') {
          const { entityRef, states } = result.data;
          statuses.record([entityRef], source, result);
          answered.add(entityRef);
          const workloads = seen.get(entityRef) ?? new Map();
          seen.set(entityRef, workloads);
          for (const state of states) {
            const key = workloadKey(state.workload);
            if (!workloads.has(key)) {
              workloads.set(key, { state, sourceId: source.id });
            }
          }
        } else {
          statuses.record(refs, source, result);
          if (result.status === 'no-data') {
            refs.forEach(ref => answered.add(ref));
          }
        }
      }
    }
  }
  for (const entity of entities) {
    if (answered.has(entity.entityRef)) {
      await saveStates(
        context,
        entity,
        seen.get(entity.entityRef) ?? new Map(),
      );
    } else if (!entity.selector) {
      await stores.entities.replaceWorkloads(entity.entityRef, []);
    }
  }
}

function batchesFor(
  source: StateSource,
  entities: readonly EntityContext[],
): EntityContext[][] {
  const asked = entities.filter(
    ({ selector }) =>
      selector &&
      (!selector.cluster ||
        !source.clusters ||
        source.clusters.includes(selector.cluster)),
  );
  const size = Math.max(1, source.capabilities.batchSize);
  const batches: EntityContext[][] = [];
  for (let index = 0; index < asked.length; index += size) {
    batches.push(asked.slice(index, index + size));
  }
  return batches;
}

async function saveStates(
  context: IngestionContext,
  entity: EntityContext,
  workloads: ReadonlyMap<string, { state: WorkloadState; sourceId: string }>,
): Promise<void> {
  const { stores, now, environmentRules } = context;
  const before = new Map(
    (await stores.entities.getWorkloads(entity.entityRef)).map(stored => [
      stored.workload,
      stored,
    ]),
  );
  const stored: StoredWorkload[] = [];
  for (const [key, { state, sourceId }] of workloads) {
    const old = before.get(key)?.state;
    const changed = old !== undefined && specOf(old) !== specOf(state);
    if (changed && !state.specChangedAt) {
      await stores.events.save([
        {
          entityRef: entity.entityRef,
          sourceId,
          id: `spec-change/${key}/${now.toISOString()}`,
          kind: 'spec-change',
          at: now.toISOString(),
          title: `Live spec of ${state.workload.kind} ${state.workload.name} changed`,
          workload: key,
        },
      ]);
    }
    stored.push({
      workload: key,
      environment: environmentOf(
        state.workload,
        state.labels,
        environmentRules,
      ),
      // Sources that cannot tell when a spec changed are helped by what was seen before.
      state: {
        ...state,
        specChangedAt:
          state.specChangedAt ??
          (changed ? now.toISOString() : old?.specChangedAt),
      },
      sourceId,
      observedAt: now.toISOString(),
    });
  }
  await stores.entities.replaceWorkloads(entity.entityRef, stored);
}

function specOf(state: WorkloadState): string {
  // An autoscaler moves replicas all day; that is no change of the spec.
  return JSON.stringify([
    state.autoscaler ? undefined : state.replicas,
    state.containers.map(({ image, ...spec }) => spec),
  ]);
}
