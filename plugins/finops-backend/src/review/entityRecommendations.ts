import { Recommendation } from '@apexlogic/backstage-plugin-finops-common';
import { EntityContext } from '../ingestion/types';
import { entityStatus } from './entityStatus';
import { readSpan } from './span';
import { provenanceOf } from './spend';
import { ReviewContext, Schemas } from './types';
import { toWire } from './wire';

/** Recommendations of an entity and why other advice was withheld. */
export async function entityRecommendations(
  context: ReviewContext,
  entity: EntityContext,
  options: { withEvidence: boolean },
): Promise<Schemas['EntityRecommendations']> {
  const { stores } = context;
  const { entityRef } = entity;
  const span = readSpan({}, context.now());
  const costs = await stores.costs.getCosts(
    entityRef,
    span.startDay,
    span.endDay,
  );
  const recommendations = await stores.recommendations.list(entityRef);
  const withheld = await stores.findings.listWithheld(entityRef);
  return {
    ...(await entityStatus(context, entity)),
    provenance: await provenanceOf(stores.costs, costs, span),
    recommendations: recommendations.map(({ recommendation }) =>
      recommendationView(recommendation, options),
    ),
    withheld: withheld.map(({ workload, subject, abstention, at }) => ({
      workload,
      subject,
      code: abstention.code,
      reason: abstention.reason,
      model: abstention.model,
      at,
    })),
  };
}

/** A recommendation as shown; without evidence for callers who may not read it. */
export function recommendationView(
  recommendation: Recommendation,
  { withEvidence }: { withEvidence: boolean },
): Schemas['Recommendation'] {
  return toWire({
    ...recommendation,
    evidence: withEvidence ? recommendation.evidence : [],
  });
}
