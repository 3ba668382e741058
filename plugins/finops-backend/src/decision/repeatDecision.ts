import { createHash } from 'node:crypto';
import { analyseWorkload } from '../analysis/analyseWorkload';
import { WorkloadInputs } from '../analysis/types';
import { RecommendationContent } from '../database/RecommendationStore';
import { decideWorkload } from './decideEntity';

/** Fields that deciding again must give again. Evidence is left out: its pictures need all series. */
export const COMPARED_FIELDS = [
  'title',
  'action',
  'reason',
  'saving',
  'risk',
  'effort',
  'priority',
  'confidence',
  'model',
  'environment',
] as const;

export type ComparedField = (typeof COMPARED_FIELDS)[number];

/** A field that came out otherwise. */
export interface FieldDifference {
  readonly field: ComparedField;
  readonly recorded: unknown;
  readonly repeated: unknown;
}

type Compared = Pick<RecommendationContent, ComparedField>;

/**
 * Runs models and decision again over recorded inputs. `undefined` where they no longer give this kind of
 * advice. Pure; the result depends on the inputs and on this version of the models alone.
 */
export function repeatDecision(
  entityRef: string,
  actionKind: string,
  inputs: WorkloadInputs,
): RecommendationContent | undefined {
  const drafts = decideWorkload(
    entityRef,
    analyseWorkload(inputs),
    [],
    inputs.mechanism,
    inputs.now,
  ).flatMap(decision => (decision.kind === 'draft' ? [decision.content] : []));
  return drafts.find(({ action }) => action.kind === actionKind);
}

/** What came out otherwise; all fields where there is no such advice any more. */
export function differences(
  recorded: Compared,
  repeated: Compared | undefined,
  except: readonly ComparedField[] = [],
): FieldDifference[] {
  return COMPARED_FIELDS.filter(field => !except.includes(field))
    .map(field => ({
      field,
      recorded: recorded[field],
      repeated: repeated?.[field],
    }))
    .filter(
      ({ recorded: was, repeated: is }) =>
        JSON.stringify(was) !== JSON.stringify(is),
    );
}

/** SHA-256 over the fields that are compared. */
export function comparedHash(content: Compared): string {
  return createHash('sha256')
    .update(JSON.stringify(COMPARED_FIELDS.map(field => content[field])))
    .digest('hex');
}
