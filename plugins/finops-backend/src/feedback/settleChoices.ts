import { setImmediate as letOthersRun } from 'node:timers/promises';
import {
  recordOutcome,
  withdrawChoice,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { addDays, Day, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import { StoredWorkload } from '../database/EntityStore';
import { Settlement, StoredChoice } from '../database/LearningStore';
import { StoredSketch } from '../database/UsageStore';
import { JUDGED_DAYS, timeOver } from './timeOver';
import { LearningContext, updateLearner } from './updateLearner';

/** Days left for late measurements before a choice is judged. */
const GRACE_DAYS = 1;

/** Choices settled in one write. */
const BATCH = 200;

/**
 * Learns what came of the choices whose days are over: how much of the time the container used more than
 * the chosen request and than the baseline's, on the same days. That is a replay of what the requests
 * would have come to and holds whether or not somebody applied them. What was hardly measured, or is
 * gone, is withdrawn and never counted as healthy.
 */
export async function settleChoices(
  context: LearningContext,
  isLeftOut: (day: Day) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { stores, now } = context;
  const before = addDays(dayOf(now), -(JUDGED_DAYS + GRACE_DAYS));
  for (;;) {
    signal.throwIfAborted();
    const due = await stores.learning.listDue(`${before}T00:00:00.000Z`, BATCH);
    if (due.length === 0) {
      break;
    }
    const settlements = await settle(context, due, isLeftOut);
    const result = await updateLearner(context, ({ learner, ...state }) => {
      let next = learner;
      const settled = due.map((choice, i) => {
        const settlement = settlements[i];
        if (settlement.kind === 'withdrawn') {
          next = withdrawChoice(next, choice.id);
          return { id: choice.id, settlement };
        }
        const feedback = recordOutcome(next, choice.id, {
          request: choice.request,
          baselineRequest: choice.baselineRequest,
          timeOver: settlement.timeOver,
          baselineTimeOver: settlement.baselineTimeOver,
        });
        next = withdrawChoice(feedback.learner, choice.id);
        return {
          id: choice.id,
          settlement:
            feedback.kind === 'learnt'
              ? settlement
              : ({
                  kind: 'withdrawn',
                  reason: `the learner refused it: ${feedback.why}`,
                } as const),
        };
      });
      return { state: { ...state, learner: next }, settled };
    });
    if (result === 'overtaken') {
      return;
    }
    await letOthersRun();
  }
  await forgetLost(context);
}

async function settle(
  { stores }: LearningContext,
  due: readonly StoredChoice[],
  isLeftOut: (day: Day) => boolean,
): Promise<Settlement[]> {
  const workloads = [...new Set(due.map(({ workload }) => workload))];
  const days = due.map(firstJudgedDay).sort();
  const [known, sketches] = [
    await stores.entities.getWorkloadsByKey(workloads),
    await stores.usage.getSketchesOf(
      workloads,
      days[0],
      addDays(days[days.length - 1], JUDGED_DAYS),
    ),
  ];
  return due.map(choice =>
    settlementOf(
      choice,
      known.get(choice.workload),
      sketches.get(choice.workload) ?? [],
      isLeftOut,
    ),
  );
}

function settlementOf(
  choice: StoredChoice,
  workload: StoredWorkload | undefined,
  sketches: readonly StoredSketch[],
  isLeftOut: (day: Day) => boolean,
): Settlement {
  const isThere = workload?.state.containers.some(
    ({ name }) => name === choice.container,
  );
  if (!isThere) {
    return { kind: 'withdrawn', reason: 'the container is gone' };
  }
  const shareOver = timeOver(
    sketches,
    choice,
    firstJudgedDay(choice),
    isLeftOut,
  );
  return shareOver
    ? {
        kind: 'learnt',
        timeOver: shareOver(choice.request),
        baselineTimeOver: shareOver(choice.baselineRequest),
      }
    : { kind: 'withdrawn', reason: 'too few of its days were measured' };
}

function firstJudgedDay({ chosenAt }: StoredChoice): Day {
  return addDays(dayOf(chosenAt), 1);
}

/** Choices that are no longer in the log, e.g. past the retention while learning was off, would be awaited for ever. */
async function forgetLost(context: LearningContext): Promise<void> {
  await updateLearner(context, async ({ learner, ...state }) => {
    const awaited = new Set(await context.stores.learning.listAwaitedIds());
    const lost = Object.keys(learner.pending).filter(id => !awaited.has(id));
    return lost.length > 0
      ? { state: { ...state, learner: lost.reduce(withdrawChoice, learner) } }
      : undefined;
  });
}
