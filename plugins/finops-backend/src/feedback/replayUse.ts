import { createHash } from 'node:crypto';
import { setImmediate as letOthersRun } from 'node:timers/promises';
import {
  Arm,
  ARMS,
  BASELINE_ARM,
  Outcome,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { addDays, Day, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import { SKETCH_DAYS } from '../analysis/adviseContainers';
import { StoredSketch } from '../database/UsageStore';
import { chunksOf } from '../database/rows';
import { STRAIN_METRICS } from './chooseTunings';
import { ArmHistory, requestsOfArms } from './requestsOfArms';
import { JUDGED_DAYS, timeOver } from './timeOver';
import { LearningContext } from './updateLearner';

/** Workloads replayed for each purpose in one pass. */
const MOST_WORKLOADS = 200;

/** Workloads whose sketches are read at once. */
const READ_TOGETHER = 20;

/** Workloads teach the learner or decide whether it may act, never both. */
export type ReplayPart = 'teach' | 'judge';

/** What every arm would have come to for one resource of one container in one week. */
export interface Replayed {
  readonly workload: string;
  /** Workload class and resource, e.g. `standard/cpu`. */
  readonly context: string;
  readonly outcomes: Readonly<Record<Arm, Outcome>>;
}

/**
 * Replays the last weeks of stored use of one part of the workloads: asks every arm as of the start of
 * each week, knowing only the days before it, and looks at what it would have come to in that week. Of
 * many workloads a sample is taken, another one each week.
 *
 * @param weeks - whole weeks back from today
 */
export async function replayUse(
  { stores, now }: LearningContext,
  part: ReplayPart,
  weeks: number,
  isLeftOut: (day: Day) => boolean,
  signal: AbortSignal,
): Promise<Replayed[]> {
  const today = dayOf(now);
  const weekStarts = Array.from({ length: weeks }, (_, i) =>
    addDays(today, -JUDGED_DAYS * (i + 1)),
  );
  const firstDay = addDays(weekStarts[weeks - 1], -SKETCH_DAYS);
  const sample = sampleOf(
    (await stores.entities.listWorkloadKeys()).filter(
      workload => partOf(workload) === part,
    ),
    today,
  );
  const replayed: Replayed[] = [];
  for (const keys of chunksOf(sample, READ_TOGETHER)) {
    const workloads = await stores.entities.getWorkloadsByKey(keys);
    const sketches = await stores.usage.getSketchesOf(keys, firstDay, today);
    for (const [workload, stored] of workloads) {
      signal.throwIfAborted();
      const series = await stores.usage.getSeries(
        workload,
        STRAIN_METRICS,
        firstDay,
        today,
      );
      for (const weekStart of weekStarts) {
        replayed.push(
          ...replayWeek(
            { stored, series },
            sketches.get(workload) ?? [],
            weekStart,
            isLeftOut,
          ),
        );
      }
      // Every arm of every week is work enough; requests get their turn between two workloads.
      await letOthersRun();
    }
  }
  return replayed;
}

function replayWeek(
  history: ArmHistory,
  sketches: readonly StoredSketch[],
  weekStart: Day,
  isLeftOut: (day: Day) => boolean,
): Replayed[] {
  return requestsOfArms(
    history,
    sketches,
    `${weekStart}T00:00:00.000Z`,
  ).flatMap(({ container, resource, context, requests }) => {
    const shareOver = timeOver(
      sketches,
      { container, resource },
      weekStart,
      isLeftOut,
    );
    if (!shareOver) {
      return [];
    }
    const baseline = requests[BASELINE_ARM];
    const baselineTimeOver = shareOver(baseline);
    const outcomes = Object.fromEntries(
      ARMS.map((arm): [Arm, Outcome] => [
        arm,
        {
          request: requests[arm],
          baselineRequest: baseline,
          timeOver: shareOver(requests[arm]),
          baselineTimeOver,
        },
      ]),
    ) as Record<Arm, Outcome>;
    return [{ workload: history.stored.workload, context, outcomes }];
  });
}

/** By hash of its key, so that a workload keeps to its part. */
function partOf(workload: string): ReplayPart {
  return hashOf(workload)[0] % 2 === 0 ? 'teach' : 'judge';
}

function sampleOf(workloads: readonly string[], day: Day): string[] {
  return workloads
    .map(workload => ({
      workload,
      order: hashOf(`${day}\n${workload}`).toString('hex'),
    }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .slice(0, MOST_WORKLOADS)
    .map(({ workload }) => workload);
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
