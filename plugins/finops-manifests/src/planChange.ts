import { isInfrastructureAction } from '@apexlogic/backstage-plugin-finops-common';
import { planInfrastructure } from './infrastructure/planInfrastructure';
import { createRepositoryReader } from './kubernetes/repositoryReader';
import { locateIn } from './locate';
import { planIn, PlanOptions } from './plan';
import type {
  InfrastructureTarget,
  KubernetesTarget,
  LocateTarget,
  PlanResult,
  Rationale,
  RepositorySnapshot,
} from './types';

/**
 * From an action to a proven plan: locates the file, plans the edits and proves them. Everything that
 * stands in the way is a refusal with a code and a reason; only a snapshot that cannot be read throws.
 *
 * @public
 */
export async function planChange(
  target: LocateTarget,
  rationale: Rationale,
  snapshot: RepositorySnapshot,
  options: PlanOptions = {},
): Promise<PlanResult> {
  const reader = createRepositoryReader(snapshot);
  if (isInfrastructureAction(target.action)) {
    return planInfrastructure(
      target as InfrastructureTarget,
      rationale,
      snapshot,
      reader,
      options,
    );
  }
  const ofManifests = target as KubernetesTarget;
  const location = await locateIn(ofManifests, reader);
  switch (location.kind) {
    case 'location':
      return planIn(
        location,
        ofManifests,
        rationale,
        snapshot,
        reader,
        options,
      );
    case 'ambiguous':
      return { kind: 'refused', code: 'ambiguous', reason: location.reason };
    default:
      return {
        kind: 'refused',
        code: location.code ?? 'not-managed',
        reason: location.reason,
      };
  }
}
