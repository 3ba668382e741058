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

/** What could be chosen for one workload. */
interface OpenRequests extends ArmRequests {
  readonly workload: string;
}

/**
 * What the learner chose for the workloads of some entities, by workload. A container and resource has one
 * choice at a time: it holds for the days on which it is judged and as long as its outcome is awaited,
 * however often its entity is analysed; only when its context may no longer act the baseline is back at
 * once. Where there is none, one is drawn and logged with its propensity, all in one write, since the
 * learner is read and written whole. Before the learner was judged for the first time nothing is chosen.
 */
export async function chooseTunings(
  context: LearningContext,
  entityRefs: readonly string[],
): Promise<ReadonlyMap<string, WorkloadTunings>> {
  const { learning, entities } = context.stores;
  const { taughtAt, verdicts } = await learning.getGate();
  if (taughtAt === undefined) {
    return new Map();
  }
  const workloads = new Map<string, StoredWorkload>();
  for (const entityRef of entityRefs) {
    for (const stored of await entities.getWorkloads(entityRef)) {
      workloads.set(stored.workload, stored);
    }
  }
  const keys = [...workloads.keys()];
  const before = await learning.getAwaited(keys);
  const taken = new Set(before.map(keyOf));
  const open: OpenRequests[] = [];
  for (const stored of workloads.values()) {
    open.push(...(await openRequests(context, stored, taken)));
    await letOthersRun();
  }
  if (open.length > 0) {
    await choose(context, open);
  }
  const awaited = open.length > 0 ? await learning.getAwaited(keys) : before;
  const acting = new Set(
    verdicts.filter(({ acts }) => acts).map(verdict => verdict.context),
  );
  return tuningsOf(awaited.filter(choice => acting.has(choice.context)));
}

/** Requests of what has no choice and could have one. */
async function openRequests(
  { stores, now }: LearningContext,
  stored: StoredWorkload,
  taken: ReadonlySet<string>,
): Promise<OpenRequests[]> {
  const { workload } = stored;
  const isComplete = stored.state.containers.every(({ name }) =>
    (['cpu', 'memory'] as const).every(resource =>
      taken.has(keyOf({ workload, container: name, resource })),
    ),
  );
  if (isComplete) {
    return [];
  }
  const firstDay = addDays(dayOf(now), -SKETCH_DAYS);
  const tomorrow = addDays(dayOf(now), 1);
  const series = await stores.usage.getSeries(
    workload,
    STRAIN_METRICS,
    firstDay,
    tomorrow,
  );
  const sketches = await stores.usage.getSketches(workload, firstDay, tomorrow);
  return requestsOfArms({ stored, series }, sketches, now)
    .map(item => ({ workload, ...item }))
    .filter(item => !taken.has(keyOf(item)));
}

async function choose(
  context: LearningContext,
  open: readonly OpenRequests[],
): Promise<void> {
  const { stores, now, random } = context;
  const workloads = [...new Set(open.map(({ workload }) => workload))];
  await updateLearner(context, async ({ taughtAt, verdicts, ...state }) => {
    if (taughtAt === undefined) {
      return undefined;
    }
    const taken = new Set(
      (await stores.learning.getAwaited(workloads)).map(keyOf),
    );
    let { learner } = state;
    const chosen: NewChoice[] = [];
    for (const item of open) {
      if (taken.has(keyOf(item))) {
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
        { context: item.context, subject: item.workload },
        { arm, propensity },
      );
      chosen.push({
        id,
        workload: item.workload,
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

function keyOf({
  workload,
  container,
  resource,
}: Pick<StoredChoice, 'workload' | 'container' | 'resource'>): string {
  return `${workload}\n${container}\n${resource}`;
}

function tuningsOf(
  choices: readonly StoredChoice[],
): Map<string, WorkloadTunings> {
  const tunings = new Map<
    string,
    Map<string, NonNullable<ReturnType<WorkloadTunings['get']>>>
  >();
  for (const { workload, container, resource, arm } of choices) {
    if (arm !== BASELINE_ARM) {
      const ofWorkload = tunings.get(workload) ?? new Map();
      tunings.set(
        workload,
        ofWorkload.set(container, {
          ...ofWorkload.get(container),
          [resource]: tuningOf(arm),
        }),
      );
    }
  }
  return tunings;
}
