import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  findPeriod,
  scoreAnomalies,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { seededRandom } from '../../seededRandom';
import { BenchResult } from '../../types';
import { poly } from './poly';
import { readColumns } from './readColumns';
import { seasonalResidual } from './seasonalResidual';
import { slidingWindowOf } from './slidingWindow';
import { SetReport } from './types';
import { volumesUnderSurface } from './vus';

const RANDOM_SEED = 7;
/** The series carry no times; any step must give the same scores. */
const NOMINAL_STEP_S = 60;
/** A scorer that is further from the reference's values judges nothing. */
const GOLDEN_TOLERANCE = 1e-6;

const BASELINES = {
  poly: (values: Float64Array, window: number) => poly(values, window),
  'seasonal-residual': (values: Float64Array) =>
    seasonalResidual(values, findPeriod(values)),
  random: (values: Float64Array) => {
    const random = seededRandom(RANDOM_SEED);
    return values.map(random);
  },
};

interface Judged {
  readonly source: string;
  readonly ours: number;
  readonly baselines: Readonly<Record<string, number>>;
}

/** VUS-PR of the batch scores per series, as TSB-AD-U judges them: unsupervised, no row is for training. */
export async function judgeTsb(folder: string): Promise<SetReport> {
  const cases: Record<string, unknown>[] = [];
  const notes: string[] = [];
  const judged: Judged[] = [];
  for (const file of await seriesFiles(join(folder, 'series'))) {
    const { values, labels, skipped } = await readLabelled(
      join(folder, 'series', file),
    );
    if (skipped > 0) {
      notes.push(`${file}: ${skipped} unreadable rows skipped`);
    }
    const anomalous = labels.reduce((a, b) => a + b, 0);
    if (anomalous === 0 || anomalous === labels.length) {
      notes.push(`${file} skipped: all ${labels.length} rows have one label`);
      continue;
    }
    const window = slidingWindowOf(values);
    const volume = (scores: Float64Array) =>
      volumesUnderSurface(labels, scores, window).pr;
    const ours = volume(
      scoreAnomalies(
        { start: 0, step: NOMINAL_STEP_S, values },
        { mode: 'batch' },
      ),
    );
    const baselines = Object.fromEntries(
      Object.entries(BASELINES).map(([name, score]) => [
        name,
        volume(score(values, window)),
      ]),
    );
    judged.push({ source: sourceOf(file), ours, baselines });
    cases.push({
      set: 'tsb',
      file,
      rows: values.length,
      window,
      'VUS-PR': ours,
      baselines,
    });
  }
  const golden = await checkGolden(join(folder, 'golden'));
  notes.push(...golden.notes);
  const sources = [...new Set(judged.map(({ source }) => source))].sort();
  return {
    results: [
      ...mean(judged, undefined),
      ...(sources.length > 1
        ? sources.flatMap(source =>
            mean(
              judged.filter(one => one.source === source),
              source,
            ),
          )
        : []),
      ...golden.results,
    ],
    cases,
    notes,
  };
}

function mean(
  judged: readonly Judged[],
  group: string | undefined,
): BenchResult[] {
  if (judged.length === 0) {
    return [];
  }
  const over = (value: (one: Judged) => number) =>
    judged.reduce((sum, one) => sum + value(one), 0) / judged.length;
  return [
    {
      set: 'tsb',
      ...(group === undefined ? {} : { group }),
      metric: 'VUS-PR',
      value: over(({ ours }) => ours),
      n: judged.length,
      baselines: Object.fromEntries(
        Object.keys(BASELINES).map(name => [
          name,
          over(({ baselines }) => baselines[name]),
        ]),
      ),
    },
  ];
}

/** The widest distance between our VUS-PR and the reference's, over the vectors that lie beside the series. */
async function checkGolden(
  folder: string,
): Promise<Pick<SetReport, 'results' | 'notes'>> {
  const text = await readFile(join(folder, 'expected.json'), 'utf8').catch(
    () => undefined,
  );
  if (text === undefined) {
    return {
      results: [],
      notes: [`tsb: VUS-PR was not checked, no golden vectors in ${folder}`],
    };
  }
  const expected: {
    file: string;
    score: string;
    slidingWindow: number;
    VUS_PR: number;
  }[] = JSON.parse(text);
  let widest = 0;
  for (const one of expected) {
    const { labels } = await readLabelled(
      join(folder, 'series', `${one.file}.gz`),
    );
    const { rows } = await readColumns(
      join(folder, `${one.file.slice(0, 3)}_${one.score}.csv.gz`),
      ['score'],
    );
    const scores = Float64Array.from(rows, ([score]) => Number(score));
    const { pr } = volumesUnderSurface(labels, scores, one.slidingWindow);
    widest = Math.max(widest, Math.abs(pr - one.VUS_PR));
  }
  return {
    results: [
      {
        set: 'tsb',
        group: 'golden',
        metric: 'VUS-PR-error',
        value: widest,
        n: expected.length,
        baselines: {},
      },
    ],
    notes:
      widest <= GOLDEN_TOLERANCE
        ? []
        : [
            `tsb: VUS-PR is invalid, it is ${widest} from the reference's golden vectors`,
          ],
  };
}

async function readLabelled(
  path: string,
): Promise<{ values: Float64Array; labels: Uint8Array; skipped: number }> {
  const { rows, skipped } = await readColumns(path, ['Data', 'Label']);
  const readable = rows.filter(
    row => row[0] !== '' && row.every(cell => Number.isFinite(Number(cell))),
  );
  return {
    values: Float64Array.from(readable, ([value]) => Number(value)),
    labels: Uint8Array.from(readable, ([, label]) => Number(label)),
    skipped: skipped + rows.length - readable.length,
  };
}

async function seriesFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter(name => /\.csv(\.gz)?$/.test(name)).sort();
}

/** Names are `<number>_<source>_id_<number>_…`. */
function sourceOf(file: string): string {
  return file.split('_')[1] ?? 'unknown';
}
