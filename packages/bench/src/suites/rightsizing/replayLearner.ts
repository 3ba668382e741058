import { createHash } from 'node:crypto';
import {
  Arm,
  ARMS,
  armProbability,
  BASELINE_ARM,
  chooseArm,
  createLearner,
  evaluateOffPolicy,
  gainsOf,
  Learner,
  LEARNER_BUDGET,
  LoggedChoice,
  mayAct,
  Outcome,
  recordChoice,
  recordOutcome,
  tuningOf,
  warmStart,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { seededRandom } from '../../seededRandom';
import { BenchResult } from '../../types';
import { adviseWindow } from './adviseWindow';
import { judge, Judged } from './judge';
import { LoadedSet, Resource, Window } from './types';

/** Runs of the learner, each with chances of its own. */
const RUNS = 10;
const RESAMPLES = 400;
/** Of four parts of the machines: one to start from, one to be let act on, the others are judged. */
const PARTS = 4;

/** What each arm would have come to in one window. */
interface Replayed {
  readonly window: Window;
  readonly judged: Readonly<Record<Arm, Judged>>;
}

/** One choice in a judged window. */
interface Played {
  readonly replayed: Replayed;
  readonly arm: Arm;
}

/**
 * Lets the learner choose the risk of each window in the order of time and learn what came of it once the
 * window is over, beside every arm held fixed. Machines it starts from and is let act on are not judged.
 */
export function replayLearner(
  set: string,
  { windows, capUse }: LoadedSet,
): { results: BenchResult[]; notes: string[] } {
  const results: BenchResult[] = [];
  const notes: string[] = [];
  for (const resource of ['cpu', 'memory'] as const) {
    const all = windows
      .filter(({ trace }) => trace.resource === resource)
      .flatMap(window => replay(window, capUse));
    const parts = Array.from({ length: PARTS }, (_, part) =>
      all.filter(({ window }) => partOf(window.trace.series) === part),
    );
    const [start, gate, ...rest] = parts;
    const judged = rest.flat().sort((a, b) => a.window.now - b.window.now);
    if (start.length === 0 || gate.length === 0 || judged.length === 0) {
      continue;
    }
    const context = `standard/${resource}`;
    const warm = warmStart(
      createLearner(),
      start.flatMap(replayed =>
        ARMS.map(arm => ({ context, arm, outcome: outcomeOf(replayed, arm) })),
      ),
    );
    const evaluation = evaluateOffPolicy(
      randomLog(gate, context),
      (where, arm) => armProbability(warm, where, arm),
    );
    const acts = mayAct(evaluation);
    notes.push(
      `${set} ${resource}: the learner warm-started on ${
        start.length
      } windows was ${
        acts ? '' : 'not '
      }let act: loss ${evaluation.loss.mean.toFixed(
        4,
      )} (${evaluation.loss.lower.toFixed(
        4,
      )} to ${evaluation.loss.upper.toFixed(
        4,
      )}), excess ${evaluation.excess.mean.toFixed(
        5,
      )} (up to ${evaluation.excess.upper.toFixed(5)})`,
    );
    const runsOf = (learner: Learner) =>
      Array.from({ length: RUNS }, (_, run) =>
        play(judged, learner, context, seededRandom(run + 1)),
      );
    const fixed = (arm: Arm) => [judged.map(replayed => ({ replayed, arm }))];
    results.push(
      ...figures(
        set,
        resource,
        context,
        acts ? runsOf(warm) : fixed(BASELINE_ARM),
        {
          ...Object.fromEntries(ARMS.map(arm => [arm, fixed(arm)])),
          'without-gate': runsOf(warm),
          'cold-start': runsOf(createLearner()),
        },
      ),
    );
  }
  return { results, notes };
}

function replay(window: Window, capUse: boolean): Replayed[] {
  const judged: Partial<Record<Arm, Judged>> = {};
  for (const arm of ARMS) {
    const advice = adviseWindow(window, tuningOf(arm));
    if (advice.kind === 'abstention') {
      return [];
    }
    judged[arm] = judge(window, advice.request, capUse);
  }
  return [{ window, judged: judged as Record<Arm, Judged> }];
}

/** Choices at one time are made before any of their outcomes is known. */
function play(
  windows: readonly Replayed[],
  initial: Learner,
  context: string,
  random: () => number,
): Played[] {
  let learner = initial;
  const played: Played[] = [];
  for (let from = 0; from < windows.length; ) {
    const { now } = windows[from].window;
    let to = from;
    while (to < windows.length && windows[to].window.now === now) {
      const choice = chooseArm(learner, context, random);
      learner = recordChoice(
        learner,
        String(to),
        { context, subject: windows[to].window.trace.series },
        choice,
      );
      played.push({ replayed: windows[to], arm: choice.arm });
      to += 1;
    }
    for (let i = from; i < to; i++) {
      const { arm, replayed } = played[i];
      const feedback = recordOutcome(
        learner,
        String(i),
        outcomeOf(replayed, arm),
      );
      learner = feedback.learner;
    }
    from = to;
  }
  return played;
}

/** As if somebody had chosen at random, which tells of every policy. */
function randomLog(
  windows: readonly Replayed[],
  context: string,
): LoggedChoice[] {
  const random = seededRandom(3);
  return windows.map(replayed => {
    const arm = ARMS[Math.floor(random() * ARMS.length)];
    return {
      context,
      subject: replayed.window.trace.series,
      arm,
      propensity: 1 / ARMS.length,
      outcome: outcomeOf(replayed, arm),
    };
  });
}

function outcomeOf({ judged }: Replayed, arm: Arm): Outcome {
  const [one, baseline] = [judged[arm], judged[BASELINE_ARM]];
  return {
    request: one.requested / one.rows,
    baselineRequest: baseline.requested / baseline.rows,
    timeOver: one.rowsOver / one.rows,
    baselineTimeOver: baseline.rowsOver / baseline.rows,
  };
}

type Metric = (played: readonly Played[], context: string) => number;

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const gains = ({ replayed, arm }: Played, context: string) =>
  gainsOf(context, outcomeOf(replayed, arm));

const METRICS: Readonly<Record<string, Metric>> = {
  loss: (played, context) => mean(played.map(one => gains(one, context).loss)),
  regret: (played, context) =>
    mean(played.map(one => gains(one, context).loss)) -
    bestSafeLoss(
      played.map(({ replayed }) => replayed),
      context,
    ),
  'excess-time-over': (played, context) =>
    mean(played.map(one => gains(one, context).excess)),
  'constraint-violations': (played, context) => {
    let sum = 0;
    let beyond = 0;
    let rounds = 0;
    played.forEach((one, i) => {
      sum += gains(one, context).excess;
      const isLast =
        i + 1 === played.length ||
        played[i + 1].replayed.window.now !== one.replayed.window.now;
      if (isLast) {
        rounds += 1;
        beyond += sum > LEARNER_BUDGET * (i + 1) ? 1 : 0;
      }
    });
    return beyond / rounds;
  },
  'request-over-use': played =>
    ratio(
      played,
      one => one.requested,
      one => one.used,
    ),
  'time-over': played =>
    ratio(
      played,
      one => one.rowsOver,
      one => one.rows,
    ),
};

/** The arm that would have been best if held fixed, of those that stay within the budget. */
function bestSafeLoss(windows: readonly Replayed[], context: string): number {
  return Math.min(
    ...ARMS.map(arm => {
      const all = windows.map(replayed => gains({ replayed, arm }, context));
      return mean(all.map(({ excess }) => excess)) <= LEARNER_BUDGET
        ? mean(all.map(({ loss }) => loss))
        : Infinity;
    }),
  );
}

function ratio(
  played: readonly Played[],
  part: (one: Judged) => number,
  whole: (one: Judged) => number,
): number {
  const all = played.map(({ replayed, arm }) => replayed.judged[arm]);
  return (
    all.reduce((sum, one) => sum + part(one), 0) /
    all.reduce((sum, one) => sum + whole(one), 0)
  );
}

function figures(
  set: string,
  resource: Resource,
  context: string,
  ours: readonly (readonly Played[])[],
  baselines: Readonly<Record<string, readonly (readonly Played[])[]>>,
): BenchResult[] {
  return Object.entries(METRICS).map(([name, metric]) => {
    const of = (runs: readonly (readonly Played[])[]) =>
      mean(runs.map(played => metric(played, context)));
    return {
      set,
      group: 'bandit',
      metric: `${resource}-${name}`,
      value: of(ours),
      n: ours[0].length,
      interval: bootstrap(ours, context, metric),
      baselines: Object.fromEntries(
        Object.entries(baselines).map(([rule, runs]) => [rule, of(runs)]),
      ),
    };
  });
}

/** Whole machines are drawn, and a run; the order of time is kept. */
function bootstrap(
  runs: readonly (readonly Played[])[],
  context: string,
  metric: Metric,
): readonly [number, number] {
  const random = seededRandom(5);
  const bySeries = runs.map(played => {
    const groups = new Map<string, Played[]>();
    for (const one of played) {
      const { series } = one.replayed.window.trace;
      groups.set(series, [...(groups.get(series) ?? []), one]);
    }
    return [...groups.values()];
  });
  const values = Array.from({ length: RESAMPLES }, () => {
    const machines = bySeries[Math.floor(random() * bySeries.length)];
    const drawn = machines
      .flatMap(() => machines[Math.floor(random() * machines.length)])
      .sort((a, b) => a.replayed.window.now - b.replayed.window.now);
    return metric(drawn, context);
  }).sort((a, b) => a - b);
  return [
    values[Math.floor(0.025 * RESAMPLES)],
    values[Math.floor(0.975 * RESAMPLES)],
  ];
}

function partOf(series: string): number {
  return createHash('sha256').update(series).digest()[0] % PARTS;
}
