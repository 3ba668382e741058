import {
  ARMS,
  BASELINE_ARM,
  LEARNER_BUDGET,
  LEARNER_MODEL,
  tuningOf,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { ContextVerdict, StoredLearner } from '../database/LearningStore';
import { Schemas } from './types';
import { toWire } from './wire';

/** What was learnt and where it may act, for people. */
export function learningReport(
  { learner, verdicts, version, updatedAt, taughtAt, problem }: StoredLearner,
  enabled: boolean,
): Schemas['LearningReport'] {
  const pending = Object.values(learner.pending);
  const contexts = new Set([
    ...Object.keys(learner.contexts),
    ...verdicts.map(({ context }) => context),
    ...pending.map(({ context }) => context),
  ]);
  return {
    enabled,
    model: { ...LEARNER_MODEL },
    version,
    updatedAt,
    taughtAt,
    problem,
    contexts: [...contexts].sort().map(context => {
      const { plays, spent, arms } = learner.contexts[context] ?? {
        plays: 0,
        spent: 0,
        arms: {},
      };
      const verdict = verdicts.find(item => item.context === context);
      return {
        context,
        verdict: verdict && verdictOf(verdict),
        plays,
        pending: pending.filter(choice => choice.context === context).length,
        spent,
        budget: LEARNER_BUDGET * plays,
        arms: ARMS.map(arm => ({
          ...tuningOf(arm),
          baseline: arm === BASELINE_ARM,
          weight: arms[arm]?.loss.weight ?? 0,
          meanLoss: arms[arm]?.loss.mean ?? 0,
          meanExcess: arms[arm]?.excess.mean ?? 0,
        })),
      };
    }),
  };
}

/** Everything that was learnt. */
export function learningExport({
  learner,
  verdicts,
  version,
  updatedAt,
  taughtAt,
}: StoredLearner): Schemas['LearningExport'] {
  return {
    version,
    updatedAt,
    taughtAt,
    learner: toWire(learner),
    verdicts: verdicts.map(verdict => ({
      context: verdict.context,
      ...verdictOf(verdict),
    })),
  };
}

function verdictOf({
  acts,
  evaluatedAt,
  windows,
  evaluation,
}: ContextVerdict): Schemas['LearningVerdict'] {
  return { acts, evaluatedAt, windows, ...evaluation };
}
