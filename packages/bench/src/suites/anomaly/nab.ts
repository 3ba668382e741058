import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  scoreAnomalies,
  SEASONAL_DETECTOR_THRESHOLD,
  SEASONAL_DETECTOR_URGENT_THRESHOLD,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { seededRandom } from '../../seededRandom';
import { BenchResult } from '../../types';
import { countAlarms } from './alarms';
import { windowedGaussian } from './gaussian';
import {
  NabProfile,
  nabScore,
  NabSeries,
  nabScoreTuned,
  normalise,
  probationRows,
} from './nabScore';
import { readColumns } from './readColumns';
import { judgeReported } from './reported';
import { SetReport } from './types';

const RANDOM_SEED = 7;
const DAY_S = 86_400;
/** Published scores have two decimals, raw ones three. */
const PUBLISHED_TOLERANCE = 0.01;
/** Labels are compared to the second: some carry microseconds, the data does not. */
const SECONDS_LENGTH = 19;

/** The profiles of NAB by the names of the metrics. */
const PROFILES = {
  standard: 'standard',
  'low-fp': 'reward_low_FP_rate',
  'low-fn': 'reward_low_FN_rate',
};

interface Detector {
  readonly threshold: number;
  /** A second, higher one for alarms that interrupt somebody. */
  readonly urgent?: number;
  readonly score: (series: Loaded) => Float64Array;
}

/** Frozen thresholds: ours is the shipped one, the others are those NAB's own runs settled on or near. */
const DETECTORS: Readonly<Record<string, Detector>> = {
  ours: {
    threshold: SEASONAL_DETECTOR_THRESHOLD,
    urgent: SEASONAL_DETECTOR_URGENT_THRESHOLD,
    score: ({ values, step }) =>
      scoreAnomalies({ start: 0, step, values }, { mode: 'online' }),
  },
  'windowed-gaussian': {
    threshold: 1 - 1e-7,
    score: ({ values }) => windowedGaussian(values),
  },
  random: {
    threshold: 0.999,
    score: ({ values, seed }) => {
      const random = seededRandom(seed);
      return values.map(random);
    },
  },
};

interface Loaded {
  readonly category: string;
  readonly name: string;
  readonly step: number;
  readonly values: Float64Array;
  readonly windows: readonly (readonly [number, number])[];
  readonly seed: number;
}

type Scored = Loaded & {
  readonly scores: Readonly<Record<string, Float64Array>>;
};

/** The NAB score of the online scores, all series with one threshold (Lavin & Ahmad 2015), and what it means on call. */
export async function judgeNab(folder: string): Promise<SetReport> {
  const notes: string[] = [];
  const profiles = await readProfiles(join(folder, 'profiles.json'));
  const series: Scored[] = [];
  for (const loaded of await loadSeries(folder, notes)) {
    series.push({
      ...loaded,
      scores: Object.fromEntries(
        Object.entries(DETECTORS).map(([name, { score }]) => [
          name,
          score(loaded),
        ]),
      ),
    });
  }
  if (series.length === 0) {
    return {
      results: [],
      cases: [],
      notes: [...notes, `nab skipped: no series in ${folder}`],
    };
  }
  const published = await checkPublished(
    join(folder, 'published_by_category.csv'),
    profiles,
  );
  notes.push(...published.notes);
  const categories = [...new Set(series.map(({ category }) => category))];
  return {
    results: [
      ...judge(series, profiles, undefined),
      ...judgeReported(series),
      ...categories.flatMap(category =>
        judge(
          series.filter(one => one.category === category),
          profiles,
          category,
        ),
      ),
      ...published.results,
    ],
    cases: series.map(one => ({
      set: 'nab',
      series: `${one.category}/${one.name}`,
      rows: one.values.length,
      ...Object.fromEntries(
        Object.entries(DETECTORS).map(([name, { threshold }]) => [
          name,
          countAlarms(
            [{ windows: one.windows, scores: one.scores[name] }],
            threshold,
          ),
        ]),
      ),
    })),
    notes,
  };
}

type Level = 'threshold' | 'urgent';

function judge(
  series: readonly Scored[],
  profiles: Readonly<Record<string, NabProfile>>,
  category: string | undefined,
): BenchResult[] {
  const windows = series.reduce((sum, one) => sum + one.windows.length, 0);
  const days = series.reduce(
    (sum, { values, step }) =>
      sum + ((values.length - probationRows(values.length)) * step) / DAY_S,
    0,
  );
  const row = (
    metric: string,
    n: number,
    figure: (scored: NabSeries[], threshold: number) => number,
    level: Level = 'threshold',
  ): BenchResult => {
    const { ours, ...baselines } = Object.fromEntries(
      Object.entries(DETECTORS).flatMap(([name, detector]) => {
        const threshold = detector[level];
        const scored = series.map(one => ({
          windows: one.windows,
          scores: one.scores[name],
        }));
        return threshold === undefined
          ? []
          : [[name, figure(scored, threshold)]];
      }),
    );
    const groups = [category, level === 'urgent' ? level : undefined];
    const group = groups.filter(one => one !== undefined).join(' ');
    return {
      set: 'nab',
      ...(group === '' ? {} : { group }),
      metric,
      value: ours,
      n,
      baselines,
    };
  };
  const onCall = (level: Level) => [
    ...(windows > 0
      ? [
          row(
            'recall',
            windows,
            (scored, threshold) =>
              countAlarms(scored, threshold).found / windows,
            level,
          ),
          row(
            'F1',
            windows,
            (scored, threshold) => {
              const { found, falseAlarms } = countAlarms(scored, threshold);
              return (2 * found) / (found + falseAlarms + windows);
            },
            level,
          ),
        ]
      : []),
    row(
      'false-alarms-per-day',
      series.length,
      (scored, threshold) => countAlarms(scored, threshold).falseAlarms / days,
      level,
    ),
  ];
  const scores =
    windows > 0
      ? [
          ...Object.entries(PROFILES).map(([metric, profile]) =>
            row(metric, windows, (scored, threshold) =>
              nabScore(scored, threshold, profiles[profile]),
            ),
          ),
          row(
            'standard-tuned',
            windows,
            scored => nabScoreTuned(scored, profiles[PROFILES.standard]).score,
          ),
        ]
      : [];
  return [
    ...scores,
    ...onCall('threshold'),
    ...(category === undefined ? onCall('urgent') : []),
  ];
}

/**
 * Our scale applied to the raw scores that NAB publishes per category, against what it made of them:
 * the widest distance. They are printed with two decimals.
 */
async function checkPublished(
  path: string,
  profiles: Readonly<Record<string, NabProfile>>,
): Promise<Pick<SetReport, 'results' | 'notes'>> {
  const columns = ['profile', 'windows', 'raw', 'normalized'];
  const read = await readColumns(path, columns).catch(() => undefined);
  if (read === undefined) {
    return {
      results: [],
      notes: [`nab: arithmetic not checked, there is no ${path}`],
    };
  }
  let widest = 0;
  let rows = 0;
  for (const [profile, windows, raw, normalized] of read.rows) {
    if (profile in profiles && Number(windows) > 0) {
      const ours = normalise(Number(raw), Number(windows), profiles[profile]);
      widest = Math.max(widest, Math.abs(ours - Number(normalized)));
      rows += 1;
    }
  }
  return {
    results: [
      {
        set: 'nab',
        group: 'published',
        metric: 'arithmetic-error',
        value: widest,
        n: rows,
        baselines: {},
      },
    ],
    notes:
      widest <= PUBLISHED_TOLERANCE
        ? []
        : [
            `nab: scores are invalid, our scale is ${widest} from the published one`,
          ],
  };
}

async function loadSeries(folder: string, notes: string[]): Promise<Loaded[]> {
  const labels: Record<string, [string, string][]> = JSON.parse(
    await readFile(join(folder, 'labels', 'combined_windows.json'), 'utf8'),
  );
  const loaded: Loaded[] = [];
  const data = join(folder, 'data');
  for (const category of (await readdir(data)).sort()) {
    const files = await readdir(join(data, category)).catch(() => []);
    for (const file of files.filter(one => /\.csv(\.gz)?$/.test(one)).sort()) {
      const name = file.replace(/\.gz$/, '');
      const labelled = labels[`${category}/${name}`];
      if (labelled === undefined) {
        notes.push(`nab: ${category}/${name} skipped, it has no labels`);
        continue;
      }
      const { rows, skipped } = await readColumns(join(data, category, file), [
        'timestamp',
        'value',
      ]);
      if (skipped > 0) {
        notes.push(
          `nab: ${category}/${name}: ${skipped} unreadable rows skipped`,
        );
      }
      const times = rows.map(([time]) => time.slice(0, SECONDS_LENGTH));
      const rowAt = (time: string) =>
        times.indexOf(time.slice(0, SECONDS_LENGTH));
      const windows = labelled.map(
        ([from, to]) => [rowAt(from), rowAt(to)] as const,
      );
      if (windows.some(([from, to]) => from < 0 || to < from)) {
        notes.push(
          `nab: ${category}/${name} skipped, a label is not among its rows`,
        );
        continue;
      }
      const values = Float64Array.from(rows, ([, value]) =>
        value === '' ? NaN : Number(value),
      );
      loaded.push({
        category,
        name,
        values,
        windows,
        step: medianStep(times.slice(probationRows(times.length))),
        seed: RANDOM_SEED + loaded.length,
      });
    }
  }
  return loaded;
}

function medianStep(times: readonly string[]): number {
  const seconds = times.map(
    time => Date.parse(`${time.replace(' ', 'T')}Z`) / 1000,
  );
  const steps = seconds
    .slice(1)
    .map((time, i) => time - seconds[i])
    .filter(step => step > 0)
    .sort((a, b) => a - b);
  return steps[steps.length >> 1] ?? 1;
}

async function readProfiles(path: string): Promise<Record<string, NabProfile>> {
  const profiles: Record<
    string,
    { CostMatrix: { tpWeight: number; fnWeight: number; fpWeight: number } }
  > = JSON.parse(await readFile(path, 'utf8'));
  return Object.fromEntries(
    Object.entries(profiles).map(([name, { CostMatrix: cost }]) => [
      name,
      { tp: cost.tpWeight, fn: cost.fnWeight, fp: cost.fpWeight },
    ]),
  );
}
