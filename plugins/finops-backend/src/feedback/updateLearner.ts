import { Stores } from '../database/createStores';
import { LearningChange, StoredLearner } from '../database/LearningStore';

/** Attempts before a change that others keep overtaking is left for the next pass. */
const MAX_ATTEMPTS = 5;

/** What learning works with. */
export interface LearningContext {
  readonly stores: Pick<Stores, 'entities' | 'learning' | 'usage'>;
  readonly now: string;
  /** Draws within [0, 1). */
  random(): number;
}

/**
 * Changes what was learnt: decides on a fresh read, and again when somebody else was faster.
 *
 * @param change - nothing = leave it
 */
export async function updateLearner(
  { stores, now }: Pick<LearningContext, 'stores' | 'now'>,
  change: (
    state: StoredLearner,
  ) => LearningChange | undefined | Promise<LearningChange | undefined>,
): Promise<'changed' | 'left' | 'overtaken'> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const state = await stores.learning.getState();
    const next = await change(state);
    if (!next) {
      return 'left';
    }
    const result = await stores.learning.replace(state.version, next, now);
    if (result === 'replaced') {
      return 'changed';
    }
  }
  return 'overtaken';
}
