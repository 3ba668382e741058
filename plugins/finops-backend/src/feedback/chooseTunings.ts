import { randomUUID } from 'node:crypto';
import { setImmediate as letOthersRun } from 'node:timers/promises';
import {
  BASELINE_ARM,
  Choice,
  chooseArm,
  recordChoice,
  tuningOf,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { addDays, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import { SKETCH_DAYS } from '../analysis/adviseContainers';
import { WorkloadTunings } from '../analysis/types';
import { StoredWorkload } from '../database/EntityStore';
import { NewChoice, StoredChoice } from '../database/LearningStore';
import { StoredMetric } from '../database/UsageStore';
import { ArmRequests, requestsOfArms } from './requestsOfArms';
import { LearningContext, updateLearner } from './updateLearner';

/** Metrics that move a request beside use itself. */
export const STRAIN_METRICS: readonly StoredMetric[] = [
  'cpu-throttled-ratio',
  'oom-kills',
];

/** A context that was not let act plays the baseline; that teaches too. */
const HELD_BACK: Pick<Choice, 'arm' | 'propensity' | 'guarded'> = {
  arm: BASELINE_ARM,
  propensity: 1,
  guarded: true,
};

/**
 * What the learner chose for the workloads of an entity. A container and resource has one choice at a
 * time: it holds for the days on which it is judged and as long as its outcome is awaited, however often
 * the entity is analysed; only when its context may no longer act the baseline is back at once. Where there
 * is none, one is drawn and logged with its propensity. Before the learner was judged for the first time
 * nothing is chosen.
 */
export async function chooseTunings(
  context: LearningContext,
  entityRef: string,
): Promise<ReadonlyMap<string, WorkloadTunings>> {
  const { stores } = context;
  const tunings = new Map<string, WorkloadTunings>();
  const { taughtAt, verdicts } = await stores.learning.getGate();
  if (taughtAt === undefined) {
    return tunings;
  }
  const acting = new Set(
    verdicts.filter(({ acts }) => acts).map(verdict => verdict.context),
  );
  for (const stored of await stores.entities.getWorkloads(entityRef)) {
    const { workload } = stored;
    let awaited = await stores.learning.getAwaited(workload);
    const open = await openRequests(context, stored, awaited);
    if (open.length > 0) {
      await choose(context, workload, open);
      awaited = await stores.learning.getAwaited(workload);
    }
    tunings.set(
      workload,
      tuningsOf(awaited.filter(choice => acting.has(choice.context))),
    );
    await letOthersRun();
  }
  return tunings;
}

/** Requests of what has no choice and could have one. */
async function openRequests(
  { stores, now }: LearningContext,
  stored: StoredWorkload,
  awaited: readonly StoredChoice[],
): Promise<ArmRequests[]> {
  const isComplete = stored.state.containers.every(({ name }) =>
    (['cpu', 'memory'] as const).every(resource =>
      isAmong(awaited, { container: name, resource }),
    ),
  );
  if (isComplete) {
    return [];
  }
  const firstDay = addDays(dayOf(now), -SKETCH_DAYS);
  const tomorrow = addDays(dayOf(now), 1);
  const { workload } = stored;
  const series = await stores.usage.getSeries(
    workload,
    STRAIN_METRICS,
    firstDay,
    tomorrow,
  );
  const sketches = await stores.usage.getSketches(workload, firstDay, tomorrow);
  return requestsOfArms({ stored, series }, sketches, now).filter(
    item => !isAmong(awaited, item),
  );
}

async function choose(
  context: LearningContext,
  workload: string,
  open: readonly ArmRequests[],
): Promise<void> {
  const { stores, now, random } = context;
  await updateLearner(context, async ({ taughtAt, verdicts, ...state }) => {
    if (taughtAt === undefined) {
      return undefined;
    }
    const awaited = await stores.learning.getAwaited(workload);
    let { learner } = state;
    const chosen: NewChoice[] = [];
    for (const item of open) {
      if (isAmong(awaited, item)) {
        continue;
      }
      const mayAct = verdicts.some(
        verdict => verdict.context === item.context && verdict.acts,
      );
      const { arm, propensity, guarded } = mayAct
        ? chooseArm(learner, item.context, random)
        : HELD_BACK;
      const id = randomUUID();
      learner = recordChoice(
        learner,
        id,
        { context: item.context, subject: workload },
        { arm, propensity },
      );
      chosen.push({
        id,
        workload,
        container: item.container,
        resource: item.resource,
        context: item.context,
        arm,
        propensity,
        guarded,
        chosenAt: now,
        request: item.requests[arm],
        baselineRequest: item.requests[BASELINE_ARM],
      });
    }
    return chosen.length > 0
      ? { state: { learner, verdicts, taughtAt }, chosen }
      : undefined;
  });
}

function isAmong(
  choices: readonly StoredChoice[],
  { container, resource }: Pick<StoredChoice, 'container' | 'resource'>,
): boolean {
  return choices.some(
    choice => choice.container === container && choice.resource === resource,
  );
}

function tuningsOf(choices: readonly StoredChoice[]): WorkloadTunings {
  const tunings = new Map<string, ReturnType<WorkloadTunings['get']>>();
  for (const { container, resource, arm } of choices) {
    if (arm !== BASELINE_ARM) {
      tunings.set(container, {
        ...tunings.get(container),
        [resource]: tuningOf(arm),
      });
    }
  }
  return tunings as WorkloadTunings;
}
