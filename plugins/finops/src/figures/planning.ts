import { RecommendationState } from '@apexlogic/backstage-plugin-finops-common';

const PLANNABLE: readonly RecommendationState[] = [
  'proposed',
  'blocked',
  'needs-input',
  'open',
  'awaiting-approval',
];

/** States in which a new plan can still become the change request. */
export function isPlannable(state: RecommendationState): boolean {
  return PLANNABLE.includes(state);
}

/** Added and removed lines of a unified diff, its headers not counted. */
export function countDiffLines(diff: string): {
  added: number;
  removed: number;
} {
  let inHunk = false;
  let added = 0;
  let removed = 0;
  for (const line of diff.split('\n')) {
    if (line.startsWith('@@')) {
      inHunk = true;
    } else if (inHunk && line.startsWith('+')) {
      added += 1;
    } else if (inHunk && line.startsWith('-')) {
      removed += 1;
    }
  }
  return { added, removed };
}
