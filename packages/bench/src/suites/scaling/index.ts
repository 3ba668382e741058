import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createLearnedScaler,
  createReplicaScaler,
  ScalingRun,
  simulateScaling,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { paretoPlot } from '../../paretoPlot';
import { BenchReport, BenchResult, Suite, SuiteOptions } from '../../types';
import { loadDemand } from './loadDemand';
import { BASELINES } from './policies';
import { runScaler } from './runScaler';
import { tryLearning } from './tryLearning';

const START_UP_STEPS = 2;
const MAXIMUM_REPLICAS = 500;
/** Replicas that the 99 % quantile of a trace fills at full utilisation. */
const PEAK_REPLICAS = 20;
const PEAK_QUANTILE = 0.99;
/** Fewer rows than this are no trace to judge: a half has no day and little else to learn from. */
const MINIMUM_ROWS = 1440;

/**
 * Replays demand traces against {@link createReplicaScaler} and the rules of other tools: the first half
 * is known, the second is judged, minute by minute, with demand up to now only.
 */
export const scalingSuite: Suite = {
  name: 'scaling',
  async run(options: SuiteOptions): Promise<BenchReport> {
    const folder = join(options.data, 'scaling');
    const names = await readdir(folder).catch(() => [] as string[]);
    const files = names
      .filter(name => /\.csv(\.gz)?$/.test(name))
      .map(name => ({ name, set: setOf(name) }))
      .filter(
        ({ name, set }) =>
          options.set === undefined ||
          set === options.set ||
          withoutEnding(name) === options.set,
      )
      .sort((a, b) => (a.set < b.set ? -1 : 1));
    const notes: string[] = [];
    if (files.length === 0) {
      notes.push(
        `${options.set ?? 'scaling'} skipped: no such data in ${folder}`,
      );
    }
    const judged: Judged[] = [];
    for (const { name, set } of files) {
      const { demand, skipped } = await loadDemand(join(folder, name));
      if (skipped > 0) {
        notes.push(`${set}: ${skipped} rows without a demand skipped`);
      }
      const capacity = capacityOf(demand);
      if (demand.length < MINIMUM_ROWS || capacity === undefined) {
        notes.push(
          `${set} skipped: ${demand.length} rows, at least ${MINIMUM_ROWS} with some demand are needed`,
        );
        continue;
      }
      const verdict = judge(set, demand, capacity);
      judged.push(verdict);
      notes.push(verdict.note);
    }
    return {
      suite: 'scaling',
      results: judged.flatMap(({ results }) => results),
      cases: judged.flatMap(({ cases }) => cases),
      notes,
      ...(judged.length > 0 ? { plot: plotOf(judged) } : {}),
    };
  },
};

interface Judged {
  readonly set: string;
  readonly note: string;
  readonly runs: Readonly<Record<string, ScalingRun>>;
  readonly results: readonly BenchResult[];
  readonly cases: readonly Readonly<Record<string, unknown>>[];
}

function judge(set: string, demand: Float64Array, capacity: number): Judged {
  const half = Math.floor(demand.length / 2);
  const known = demand.subarray(0, half);
  const shape = {
    capacityPerReplica: capacity,
    startUpSteps: START_UP_STEPS,
    maximumReplicas: MAXIMUM_REPLICAS,
  };
  const scaler = {
    capacityPerReplica: capacity,
    startUpMinutes: START_UP_STEPS,
    maximumReplicas: MAXIMUM_REPLICAS,
  };
  const trace = { ...shape, demand: demand.subarray(half) };
  const { run: ours, breaches } = runScaler(
    createReplicaScaler(scaler),
    known,
    trace,
  );
  const { learned, verdict } = tryLearning(known, shape, scaler);
  const learnedRun = runScaler(
    createLearnedScaler(learned, scaler),
    known,
    trace,
  );
  const others = Object.fromEntries(
    Object.entries(BASELINES)
      .map(([name, make]): [string, ScalingRun] => [
        name,
        simulateScaling(trace, make(known, capacity)),
      ])
      .concat([['learned', learnedRun.run]]),
  );
  const row = (
    metric: string,
    figure: (run: ScalingRun) => number,
  ): BenchResult => ({
    set,
    metric,
    value: figure(ours),
    n: ours.steps,
    baselines: Object.fromEntries(
      Object.entries(others).map(([name, run]) => [name, figure(run)]),
    ),
  });
  const runs = { ours, ...others };
  return {
    set,
    runs,
    note: `${set}: the learned policy ${
      verdict.kind === 'deploy'
        ? 'may be deployed'
        : `is not deployed, ${verdict.reason}`
    }`,
    results: [
      row('violation-minutes', run => run.shortSteps),
      row('violation-share', violationShare),
      row('replicas-over-ideal', overIdeal),
      row('mean-replicas', run => run.replicaSteps / run.steps),
      {
        set,
        metric: 'safety-breaches',
        value: breaches,
        n: ours.steps,
        baselines: { learned: learnedRun.breaches },
      },
    ],
    cases: Object.entries(runs).map(([policy, run]) => ({
      set,
      policy,
      minutes: run.steps,
      violationMinutes: run.shortSteps,
      violationShare: violationShare(run),
      replicasOverIdeal: overIdeal(run),
      meanReplicas: run.replicaSteps / run.steps,
    })),
  };
}

/** The set whose policies differ most in how often they fall short; the others lie on one line. */
function plotOf(judged: readonly Judged[]): string {
  const spread = ({ runs }: Judged) => violationShare(runs['hpa-80']);
  const { set, runs } = judged.reduce((most, next) =>
    spread(next) > spread(most) ? next : most,
  );
  return paretoPlot({
    title: `Replica policies on ${set}`,
    xLabel: 'replicas over ideal',
    yLabel: 'violation minutes, % of time',
    // A constant number is so far to the right that nothing else could be told apart.
    points: Object.entries(runs)
      .filter(([name]) => name !== 'static-peak')
      .map(([name, run]) => ({
        name,
        x: overIdeal(run),
        y: 100 * violationShare(run),
        ours: name === 'ours',
      })),
  });
}

function violationShare(run: ScalingRun): number {
  return run.shortSteps / run.steps;
}

function overIdeal(run: ScalingRun): number {
  return run.replicaSteps / run.idealSteps;
}

/** A twentieth of the 99 % quantile (linear) of the positive demand; absent where there is none. */
function capacityOf(demand: Float64Array): number | undefined {
  const positive = demand.filter(value => value > 0).sort();
  if (positive.length === 0) {
    return undefined;
  }
  const at = PEAK_QUANTILE * (positive.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, positive.length - 1);
  const peak =
    positive[below] + (at - below) * (positive[above] - positive[below]);
  return peak / PEAK_REPLICAS;
}

function setOf(file: string): string {
  return withoutEnding(file).replace(/_per_minute$/, '');
}

function withoutEnding(file: string): string {
  return file.replace(/\.csv(\.gz)?$/, '');
}
