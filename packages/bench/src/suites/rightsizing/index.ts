import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { paretoPlot } from '../../paretoPlot';
import { BenchReport, BenchResult, Suite, SuiteOptions } from '../../types';
import { adviseWindow } from './adviseWindow';
import { replayLearner } from './replayLearner';
import { BASELINES } from './baselines';
import { loadBitbrains } from './bitbrains';
import { loadCrane } from './crane';
import { judge, JudgedWindow, summarise } from './judge';
import { loadPlanetlab } from './planetlab';
import { LoadedSet } from './types';

/** The layouts this suite knows, by the name of the set's folder. */
const LOADERS = new Map<
  string,
  (folder: string, files: readonly string[]) => Promise<LoadedSet>
>([
  ['bitbrains', loadBitbrains],
  ['crane', loadCrane],
  ['planetlab', loadPlanetlab],
]);

/**
 * Judges {@link rightsize} on what machines used after the decision, beside the formulas of other
 * tools. Without advice the request stays what it was; where a set does not say what it was, the
 * window is left out for everyone and lowers `coverage`.
 */
export const rightsizingSuite: Suite = {
  name: 'rightsizing',
  async run(options: SuiteOptions): Promise<BenchReport> {
    const results: BenchResult[] = [];
    const cases: Record<string, unknown>[] = [];
    const notes: string[] = [];
    const wanted =
      options.set === undefined ? [...LOADERS.keys()] : [options.set];
    for (const set of wanted) {
      const load = LOADERS.get(set);
      const folder = join(options.data, 'rightsizing', set);
      if (!load) {
        notes.push(`${set} skipped: this suite has no such set`);
        continue;
      }
      const files = await dataFiles(folder);
      if (files.length === 0) {
        notes.push(`${set} skipped: no data in ${folder}`);
        continue;
      }
      const loaded = await load(folder, files);
      notes.push(...loaded.notes.map(note => `${set}: ${note}`));
      const judged: JudgedWindow[] = [];
      for (const window of loaded.windows) {
        const advice = adviseWindow(window);
        const request =
          advice.kind === 'advice' ? advice.request : window.present;
        const judgeRequest = (amount: number) =>
          judge(window, amount, loaded.capUse);
        const baselines = Object.fromEntries(
          Object.entries(BASELINES).map(([name, formula]) => [
            name,
            formula(window),
          ]),
        );
        cases.push({
          set,
          series: window.trace.series,
          resource: window.trace.resource,
          now: window.now,
          ...(request === undefined ? {} : { request }),
          ...(advice.kind === 'abstention' ? { abstained: advice.reason } : {}),
          baselines,
        });
        if (request === undefined) {
          notes.push(
            `${set}: ${window.trace.series} at ${window.now} left out: ${
              advice.kind === 'abstention' ? advice.reason : ''
            }`,
          );
          continue;
        }
        judged.push({
          window,
          advised: advice.kind === 'advice',
          ours: judgeRequest(request),
          baselines: Object.fromEntries(
            Object.entries(baselines).map(([name, amount]) => [
              name,
              judgeRequest(amount),
            ]),
          ),
        });
      }
      results.push(...summarise(set, judged, loaded.windows.length));
      const replayed = replayLearner(set, loaded);
      results.push(...replayed.results);
      notes.push(...replayed.notes);
    }
    const plot = plotOf(results);
    return {
      suite: 'rightsizing',
      results,
      cases,
      notes,
      ...(plot ? { plot } : {}),
    };
  },
};

/** CPU of the first set: what is asked for against how often it is not enough. */
function plotOf(results: readonly BenchResult[]): string | undefined {
  const whole = results.filter(({ group }) => group === undefined);
  const asked = whole.find(({ metric }) => metric === 'cpu-request-over-use');
  const over = whole.find(
    ({ set, metric }) => set === asked?.set && metric === 'cpu-time-over',
  );
  if (!asked || !over) {
    return undefined;
  }
  return paretoPlot({
    title: `CPU requests on ${asked.set}`,
    xLabel: 'request over use',
    yLabel: 'time above the request, %',
    points: [
      { name: 'ours', x: asked.value, y: 100 * over.value, ours: true },
      ...Object.keys(asked.baselines).map(name => ({
        name,
        x: asked.baselines[name],
        y: 100 * over.baselines[name],
      })),
    ],
  });
}

async function dataFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter(name => /\.csv(\.gz)?$/.test(name)).sort();
}
