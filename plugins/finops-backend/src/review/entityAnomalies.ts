import { EntityContext } from '../ingestion/types';
import { toWire } from './wire';
import { entityStatus } from './entityStatus';
import { DaySpan } from './span';
import { provenanceOf } from './spend';
import { timeline } from './timeline';
import { ReviewContext, Schemas } from './types';

/** Anomalies of a span and what else happened then. */
export async function entityAnomalies(
  context: ReviewContext,
  entity: EntityContext,
  span: DaySpan,
): Promise<Schemas['EntityAnomalies']> {
  const { stores } = context;
  const { entityRef } = entity;
  const start = `${span.startDay}T00:00:00.000Z`;
  const end = `${span.endDay}T00:00:00.000Z`;
  const costs = await stores.costs.getCosts(
    entityRef,
    span.startDay,
    span.endDay,
  );
  const findings = await stores.findings.listFindings(entityRef, start, end);
  return {
    ...(await entityStatus(context, entity)),
    provenance: await provenanceOf(stores.costs, costs, span),
    anomalies: findings.map(finding => toWire<Schemas['Anomaly']>(finding)),
    events: await timeline(stores, entityRef, start, end),
  };
}
