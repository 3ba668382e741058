import type { RepositoryReader } from '../kubernetes/repositoryReader';
import type { PlanRefusal, Rationale } from '../types';
import type { Draft, ObjectTarget } from './draft';
import { draftPolicyUpdate } from './draftPolicyUpdate';
import { draftRemoval } from './draftRemoval';
import { draftSchedule } from './draftSchedule';

/** The change that an action on whole objects asks for, or why there is none. */
export async function draftOf(
  target: ObjectTarget,
  rationale: Rationale,
  reader: RepositoryReader,
): Promise<Draft | PlanRefusal> {
  const { action } = target;
  switch (action.kind) {
    case 'remove-orphan':
      return draftRemoval(target, rationale, reader);
    case 'schedule-off-hours':
      return draftSchedule({ ...target, action }, rationale, reader);
    default:
      return draftPolicyUpdate({ ...target, action }, rationale, reader);
  }
}
