import { isInfrastructureAction } from '@apexlogic/backstage-plugin-finops-common';
import { planInfrastructure } from './infrastructure/planInfrastructure';
import {
  createRepositoryReader,
  RepositoryReader,
} from './kubernetes/repositoryReader';
import { locateIn } from './locate';
import { draftOf } from './objects/draftOf';
import { planDraft } from './objects/planDraft';
import { planIn, PlanOptions } from './plan';
import type {
  FieldTarget,
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
  const { action } = target;
  if (isInfrastructureAction(action)) {
    return planInfrastructure(
      { ...target, action },
      rationale,
      snapshot,
      reader,
      options,
    );
  }
  switch (action.kind) {
    case 'remove-orphan':
    case 'schedule-off-hours':
    case 'update-policy': {
      const { repository } = snapshot;
      const draft = await draftOf(
        { ...target, action, repository },
        rationale,
        reader,
      );
      return draft.kind === 'refused'
        ? draft
        : planDraft(draft, action, snapshot, reader, options);
    }
    case 'rollback':
      return {
        kind: 'refused',
        code: 'not-supported',
        reason: 'A change is undone by the plan that made it, see planRevert',
      };
    default:
      return planFields(
        { ...target, action },
        rationale,
        snapshot,
        reader,
        options,
      );
  }
}

async function planFields(
  target: FieldTarget,
  rationale: Rationale,
  snapshot: RepositorySnapshot,
  reader: RepositoryReader,
  options: PlanOptions,
): Promise<PlanResult> {
  const location = await locateIn(target, reader);
  switch (location.kind) {
    case 'location':
      return planIn(location, target, rationale, snapshot, reader, options);
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
