import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { forecast } from '@apexlogic/backstage-plugin-finops-analysis';
import { BenchReport, BenchResult, Suite, SuiteOptions } from '../../types';
import { Accuracy, accuracyOf, intervalQuality } from './accuracy';
import { loadAugurs } from './augurs';
import { Baseline, naive2, seasonalNaive, theta } from './baselines';
import { FREQUENCIES, Frequency, readSeries } from './m4';

const SET = 'm4';
const LEVELS = [0.8, 0.95];
/** Moments inside the history that are forecast from where there is no test file, in horizons before its end. */
const ORIGINS = [3, 2, 1];
/** Fewer points of history are no forecast but a guess, for everyone. */
const MINIMUM_POINTS = 14;

interface Task {
  readonly id: string;
  readonly history: Float64Array;
  readonly actual: Float64Array;
}

interface Judged {
  readonly accuracy: Readonly<Record<string, Accuracy>>;
  /** Coverage and interval score per level. */
  readonly intervals: readonly { coverage: number; MSIS: number }[];
}

/**
 * Judges {@link forecast} by the rules of the M4 competition: on its test files where they lie beside
 * the series, otherwise from three moments inside the series.
 */
export const forecastSuite: Suite = {
  name: 'forecast',
  async run(options: SuiteOptions): Promise<BenchReport> {
    const results: BenchResult[] = [];
    const cases: Record<string, unknown>[] = [];
    const notes: string[] = [];
    const report = { suite: 'forecast', results, cases, notes };
    if (options.set !== undefined && options.set !== SET) {
      notes.push(`${options.set} skipped: this suite has no such set`);
      return report;
    }
    const folder = join(options.data, 'forecast', SET);
    const files = await readdir(folder).catch(() => []);
    const methods = await baselines(notes);
    let isEmpty = true;
    for (const [name, frequency] of Object.entries(FREQUENCIES)) {
      const train = files.find(file => file.startsWith(`${name}-train.csv`));
      if (train === undefined) {
        continue;
      }
      isEmpty = false;
      const test = files.find(file => file.startsWith(`${name}-test.csv`));
      notes.push(
        test === undefined
          ? `${SET} ${name}: no test file, forecast from inside the series`
          : `${SET} ${name}: judged on ${test}`,
      );
      const tasks = await readTasks(folder, train, test, frequency, notes);
      const judged = tasks.map(task => {
        const one = judge(task, frequency, methods);
        cases.push({
          set: SET,
          group: name,
          id: task.id,
          points: task.history.length,
          ...one.accuracy,
        });
        return one;
      });
      results.push(...summarise(name, judged));
    }
    if (isEmpty) {
      notes.push(`${SET} skipped: no data in ${folder}`);
    }
    return report;
  },
};

async function baselines(notes: string[]): Promise<Record<string, Baseline>> {
  const simple = { naive2, snaive: seasonalNaive, theta };
  try {
    return { ...simple, augurs: await loadAugurs() };
  } catch (error) {
    notes.push(
      `augurs left out: ${error instanceof Error ? error.message : error}`,
    );
    return simple;
  }
}

async function readTasks(
  folder: string,
  train: string,
  test: string | undefined,
  { horizon, season }: Frequency,
  notes: string[],
): Promise<Task[]> {
  const { series, skipped } = await readSeries(join(folder, train));
  if (skipped > 0) {
    notes.push(`${train}: ${skipped} unreadable series skipped`);
  }
  const tasks: Task[] = [];
  let short = 0;
  const add = (id: string, history: Float64Array, actual?: Float64Array) => {
    const isLong = history.length >= Math.max(MINIMUM_POINTS, 2 * season);
    if (isLong && actual?.length === horizon) {
      tasks.push({ id, history, actual });
    } else {
      short += 1;
    }
  };
  if (test === undefined) {
    for (const [id, values] of series) {
      for (const origin of ORIGINS) {
        const end = Math.max(0, values.length - origin * horizon);
        add(id, values.slice(0, end), values.slice(end, end + horizon));
      }
    }
  } else {
    const { series: tests } = await readSeries(join(folder, test));
    for (const [id, values] of series) {
      add(id, values, tests.get(id));
    }
  }
  if (short > 0) {
    notes.push(
      `${train}: ${short} forecasts left out, too little history or no values to judge by`,
    );
  }
  return tasks;
}

function judge(
  { history, actual }: Task,
  { horizon, season, step }: Frequency,
  methods: Readonly<Record<string, Baseline>>,
): Judged {
  const accuracy: Record<string, Accuracy> = {};
  for (const [name, method] of Object.entries(methods)) {
    accuracy[name] = accuracyOf(
      actual,
      method(history, horizon, season),
      history,
      season,
    );
  }
  const ours = forecast(
    { start: 0, step, values: history },
    { horizon, levels: LEVELS },
  );
  if (ours.kind === 'abstention') {
    // Who says nothing is judged as the reference, with no interval at all.
    accuracy.ours = accuracy.naive2;
    return {
      accuracy,
      intervals: LEVELS.map(() => ({ coverage: 0, MSIS: 0 })),
    };
  }
  accuracy.ours = accuracyOf(actual, ours.mean, history, season);
  return {
    accuracy,
    intervals: ours.intervals.map(interval =>
      intervalQuality(actual, interval, history, season),
    ),
  };
}

function summarise(group: string, judged: readonly Judged[]): BenchResult[] {
  if (judged.length === 0) {
    return [];
  }
  const n = judged.length;
  const mean = (value: (one: Judged) => number) =>
    judged.reduce((sum, one) => sum + value(one), 0) / n;
  const names = Object.keys(judged[0].accuracy);
  const figures = (value: (name: string) => number) => {
    const { ours, ...others } = Object.fromEntries(
      names.map(name => [name, value(name)]),
    );
    return { value: ours, baselines: others };
  };
  const errorOf = (name: string, metric: keyof Accuracy) =>
    mean(({ accuracy }) => accuracy[name][metric]);
  const owa = (name: string) =>
    (errorOf(name, 'sMAPE') / errorOf('naive2', 'sMAPE') +
      errorOf(name, 'MASE') / errorOf('naive2', 'MASE')) /
    2;
  const row = (
    metric: string,
    figure: { value: number; baselines: Record<string, number> },
  ) => ({
    set: SET,
    group,
    metric,
    n,
    ...figure,
  });
  return [
    row('OWA', figures(owa)),
    row(
      'sMAPE',
      figures(name => errorOf(name, 'sMAPE')),
    ),
    row(
      'MASE',
      figures(name => errorOf(name, 'MASE')),
    ),
    ...LEVELS.flatMap((level, i) => [
      row(`coverage-${100 * level}`, {
        value: mean(({ intervals }) => intervals[i].coverage),
        baselines: {},
      }),
      row(`MSIS-${100 * level}`, {
        value: mean(({ intervals }) => intervals[i].MSIS),
        baselines: {},
      }),
    ]),
  ];
}
