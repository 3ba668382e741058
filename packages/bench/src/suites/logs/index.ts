import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mineTemplates } from '@apexlogic/backstage-plugin-finops-analysis';
import { BenchReport, BenchResult, Suite, SuiteOptions } from '../../types';
import { brain } from './brain';
import { drain } from './drain';
import { groupingAccuracy } from './groupingAccuracy';
import { LabelledLines, loadSystem } from './loadSystem';

const SET = 'loghub';

type Parser = (lines: readonly string[]) => ArrayLike<number | string>;

const ours: Parser = lines => mineTemplates(lines).templateIds;

const BASELINES: Readonly<Record<string, Parser>> = {
  drain,
  brain,
  'exact-line': lines => lines,
  'one-template': lines => new Int32Array(lines.length),
};

/** Judges {@link mineTemplates} on lines with known events, one configuration for all systems. */
export const logsSuite: Suite = {
  name: 'logs',
  async run(options: SuiteOptions): Promise<BenchReport> {
    const folder = join(options.data, 'logs', SET);
    const notes: string[] = [];
    const results: BenchResult[] = [];
    if (options.set !== undefined && options.set !== SET) {
      notes.push(`${options.set} skipped: this suite has no such set`);
      return { suite: 'logs', results, cases: [], notes };
    }
    const names = await readdir(folder).catch(() => []);
    for (const file of names.filter(n => /\.csv(\.gz)?$/.test(n)).sort()) {
      const system = file.replace(/\.csv(\.gz)?$/, '');
      const loaded = await loadSystem(join(folder, file)).catch(error => {
        notes.push(`${SET}: ${file} skipped: ${error.message}`);
      });
      if (loaded?.content.length) {
        results.push(...judge(system, loaded));
        if (loaded.bad > 0) {
          notes.push(`${SET}: ${system}: ${loaded.bad} bad rows skipped`);
        }
        if (!loaded.corrected) {
          notes.push(`${SET}: ${system}: no corrected templates`);
        }
      }
    }
    if (results.length === 0) {
      notes.push(`${SET} skipped: no data in ${folder}`);
    }
    return {
      suite: 'logs',
      results: [...means(results), ...results],
      cases: [],
      notes,
    };
  },
};

function judge(system: string, lines: LabelledLines): BenchResult[] {
  const runs = Object.entries({ ours, ...BASELINES }).map(([name, parse]) => {
    const started = performance.now();
    const predicted = parse(lines.content);
    const seconds = (performance.now() - started) / 1000;
    return { name, predicted, linesPerSecond: lines.content.length / seconds };
  });
  const row = (
    metric: string,
    figure: (run: (typeof runs)[number]) => number,
  ) =>
    toResult(
      { set: SET, group: system, metric, n: lines.content.length },
      Object.fromEntries(runs.map(run => [run.name, figure(run)])),
    );
  const accuracy = (truth: readonly string[]) => (run: (typeof runs)[number]) =>
    groupingAccuracy(run.predicted, truth);
  return [
    row('grouping-accuracy', accuracy(lines.events)),
    ...(lines.corrected
      ? [row('grouping-accuracy-corrected', accuracy(lines.corrected))]
      : []),
    row('lines-per-second', run => run.linesPerSecond),
  ];
}

/** Plain means over systems; of the speed the harmonic one, that of all lines together. */
function means(results: readonly BenchResult[]): BenchResult[] {
  const metrics = [...new Set(results.map(({ metric }) => metric))];
  return metrics.map(metric => {
    const rows = results.filter(result => result.metric === metric);
    const n = rows.reduce((sum, result) => sum + result.n, 0);
    const mean = (figure: (result: BenchResult) => number) =>
      metric === 'lines-per-second'
        ? n / rows.reduce((sum, row) => sum + row.n / figure(row), 0)
        : rows.reduce((sum, row) => sum + figure(row), 0) / rows.length;
    return toResult(
      { set: SET, group: 'mean', metric, n },
      {
        ours: mean(({ value }) => value),
        ...Object.fromEntries(
          Object.keys(BASELINES).map(name => [
            name,
            mean(({ baselines }) => baselines[name]),
          ]),
        ),
      },
    );
  });
}

function toResult(
  about: Pick<BenchResult, 'set' | 'group' | 'metric' | 'n'>,
  { ours: value, ...figures }: Record<string, number>,
): BenchResult {
  // How fast a line is copied says nothing about a parser.
  const { drain: byDrain, brain: byBrain } = figures;
  return {
    ...about,
    value,
    baselines:
      about.metric === 'lines-per-second'
        ? { drain: byDrain, brain: byBrain }
        : figures,
  };
}
