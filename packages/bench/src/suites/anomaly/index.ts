import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchReport, BenchResult, Suite, SuiteOptions } from '../../types';
import { judgeNab } from './nab';
import { judgeTsb } from './tsb';
import { SetReport } from './types';

const SETS = new Map<string, (folder: string) => Promise<SetReport>>([
  ['tsb', judgeTsb],
  ['nab', judgeNab],
]);

/** Judges {@link scoreAnomalies}: in batch on labelled series (TSB-AD-U), online on labelled streams (NAB). */
export const anomalySuite: Suite = {
  name: 'anomaly',
  async run(options: SuiteOptions): Promise<BenchReport> {
    const results: BenchResult[] = [];
    const cases: Readonly<Record<string, unknown>>[] = [];
    const notes: string[] = [];
    const wanted = options.set === undefined ? [...SETS.keys()] : [options.set];
    for (const set of wanted) {
      const judge = SETS.get(set);
      const folder = join(options.data, 'anomaly', set);
      const exists = await stat(folder).then(
        found => found.isDirectory(),
        () => false,
      );
      if (!judge) {
        notes.push(`${set} skipped: this suite has no such set`);
      } else if (!exists) {
        notes.push(`${set} skipped: no data in ${folder}`);
      } else {
        const report = await judge(folder);
        results.push(...report.results);
        cases.push(...report.cases);
        notes.push(...report.notes);
      }
    }
    return { suite: 'anomaly', results, cases, notes };
  },
};
