import { SourceStatus } from '@apexlogic/backstage-plugin-finops-common';
import { EntityContext } from '../ingestion/types';
import { setupOf } from '../ingestion/entityContext';
import { Sources } from '../ingestion/sources';
import { ReviewContext, Schemas } from './types';

/** Kinds without which a screen stays empty, and what gives them. */
const NEEDED: readonly {
  kind: keyof Sources & SourceStatus['kind'];
  fix: string;
}[] = [
  {
    kind: 'state',
    fix: 'Install a module that reads live workloads, e.g. …-finops-backend-module-kubernetes.',
  },
  {
    kind: 'metric',
    fix: 'Install a metric source, e.g. …-finops-backend-module-prometheus.',
  },
  {
    kind: 'cost',
    fix: 'Install a cost source, e.g. …-finops-backend-module-opencost.',
  },
];

/** How far an entity is connected and how its sources do. */
export async function entityStatus(
  context: ReviewContext,
  entity: EntityContext,
): Promise<{ setup: Schemas['Setup']; sources: Schemas['SourceStatus'][] }> {
  const { stores } = context;
  const { entityRef } = entity;
  const stored = await stores.entities.getEntity(entityRef);
  const workloads = await stores.entities.getWorkloads(entityRef);
  const setup = setupOf(entity, {
    refreshed: stored?.refreshedAt !== undefined,
    workloads: workloads.length,
  });
  const statuses = await stores.sourceStatuses.list([entityRef]);
  return {
    setup: { state: setup.state, missing: [...setup.missing] },
    sources: [
      ...(statuses.get(entityRef) ?? []),
      ...missingSources(context.sources),
    ],
  };
}

/** Statuses of kinds for which no module is installed. */
export function missingSources(sources: Sources): SourceStatus[] {
  return NEEDED.filter(
    ({ kind }) => (sources[kind] as readonly unknown[]).length === 0,
  ).map(({ kind, fix }) => ({
    sourceId: `no ${kind} source`,
    kind,
    status: 'not-configured',
    fix,
  }));
}
