import { seededRandom } from '../../seededRandom';
import { BenchResult } from '../../types';
import { Resource, Window } from './types';

/** What one request would have meant in one window. */
export interface Judged {
  readonly requested: number;
  readonly used: number;
  readonly rows: number;
  readonly rowsOver: number;
}

/** One window with the request of ours and of each baseline. */
export interface JudgedWindow {
  readonly window: Window;
  readonly advised: boolean;
  readonly ours: Judged;
  readonly baselines: Readonly<Record<string, Judged>>;
}

const BOOTSTRAP_SAMPLES = 1000;
const BOOTSTRAP_SEED = 20_261_101;

/** Sums over the judged rows of a window. */
export function judge(
  window: Window,
  request: number,
  capUse: boolean,
): Judged {
  const [lower, upper] = window.bounds ?? [0, Infinity];
  const bounded = Math.min(Math.max(request, lower), upper);
  let used = 0;
  let rowsOver = 0;
  for (let i = window.fitTo; i < window.judgeTo; i++) {
    const use = window.trace.use[i];
    used += capUse ? Math.min(use, bounded) : use;
    rowsOver += use > bounded ? 1 : 0;
  }
  const rows = window.judgeTo - window.fitTo;
  return { requested: bounded * rows, used, rows, rowsOver };
}

type Metric = (judged: readonly Judged[]) => number;

const sum = (judged: readonly Judged[], pick: (one: Judged) => number) =>
  judged.reduce((total, one) => total + pick(one), 0);

const ratio = (numerator: number, denominator: number) =>
  denominator > 0 ? numerator / denominator : 0;

const METRICS: Readonly<Record<string, Metric>> = {
  'request-over-use': judged =>
    ratio(
      sum(judged, one => one.requested),
      sum(judged, one => one.used),
    ),
  'request-over-use-median': judged => {
    const ratios = judged
      .filter(one => one.used > 0)
      .map(one => one.requested / one.used)
      .sort((a, b) => a - b);
    return ratios.length === 0
      ? 0
      : (ratios[(ratios.length - 1) >> 1] + ratios[ratios.length >> 1]) / 2;
  },
  'time-over': judged =>
    ratio(
      sum(judged, one => one.rowsOver),
      sum(judged, one => one.rows),
    ),
  'windows-over': judged =>
    ratio(judged.filter(one => one.rowsOver > 0).length, judged.length),
  'windows-over-1-percent': judged =>
    ratio(
      judged.filter(one => one.rowsOver > 0.01 * one.rows).length,
      judged.length,
    ),
};

/** Figures of a set: whole, and per group where it has groups. */
export function summarise(
  set: string,
  judged: readonly JudgedWindow[],
  windows: number,
): BenchResult[] {
  const results: BenchResult[] = [];
  for (const resource of ['cpu', 'memory'] as const) {
    const ofResource = judged.filter(
      ({ window }) => window.trace.resource === resource,
    );
    if (ofResource.length > 0) {
      results.push(...summariseGroup(set, undefined, resource, ofResource));
      const groups = new Map<string, JudgedWindow[]>();
      for (const one of ofResource) {
        if (one.window.group !== undefined) {
          groups.set(one.window.group, [
            ...(groups.get(one.window.group) ?? []),
            one,
          ]);
        }
      }
      groups.forEach((members, group) =>
        results.push(...summariseGroup(set, group, resource, members)),
      );
    }
  }
  results.push({
    set,
    metric: 'coverage',
    value: ratio(judged.filter(({ advised }) => advised).length, windows),
    n: windows,
    baselines: {},
  });
  return results;
}

function summariseGroup(
  set: string,
  group: string | undefined,
  resource: Resource,
  members: readonly JudgedWindow[],
): BenchResult[] {
  const names = Object.keys(members[0].baselines);
  return Object.entries(METRICS).map(([name, metric]) => ({
    set,
    ...(group === undefined ? {} : { group }),
    metric: `${resource}-${name}`,
    value: metric(members.map(({ ours }) => ours)),
    n: members.length,
    ...(group === undefined ? { interval: bootstrap(members, metric) } : {}),
    baselines: Object.fromEntries(
      names.map(baseline => [
        baseline,
        metric(members.map(({ baselines }) => baselines[baseline])),
      ]),
    ),
  }));
}

/** Windows of one machine are not independent, so whole machines are drawn. */
function bootstrap(
  members: readonly JudgedWindow[],
  metric: Metric,
): readonly [number, number] {
  const bySeries = new Map<string, Judged[]>();
  for (const { window, ours } of members) {
    const known = bySeries.get(window.trace.series);
    if (known) {
      known.push(ours);
    } else {
      bySeries.set(window.trace.series, [ours]);
    }
  }
  const series = [...bySeries.values()];
  const random = seededRandom(BOOTSTRAP_SEED);
  const values = Array.from({ length: BOOTSTRAP_SAMPLES }, () =>
    metric(series.flatMap(() => series[Math.floor(random() * series.length)])),
  ).sort((a, b) => a - b);
  return [
    values[Math.floor(0.025 * values.length)],
    values[Math.ceil(0.975 * values.length) - 1],
  ];
}
