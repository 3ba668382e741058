import { seededRandom } from '../../seededRandom';
import { BenchReport, BenchResult, Suite, SuiteOptions } from '../../types';
import { Judged, judgeCase } from './judge';
import { HARMLESS_KINDS, plantCase, RISK_KINDS } from './plantCase';
import {
  predictLinear,
  predictLinearAlone,
  Rule,
  threshold90,
  timeToSaturationRule,
} from './rules';

const SET = 'planted';
/** Parameters were chosen on the first; the figures are of the second, drawn from other seeds. */
const SEEDS = { tuning: 1, judged: 100_001 } as const;
/** Cases of each kind. */
const CASES = 20;
const RESAMPLES = 400;

const BASELINES: Readonly<Record<string, Rule>> = {
  'kubernetes-mixin': predictLinear,
  'predict-linear': predictLinearAlone,
  'threshold-90': threshold90,
};

/**
 * Judges {@link timeToSaturation} once a day on planted cases that pass a limit and on harmless ones
 * that look alike. Needs no data.
 */
export const capacitySuite: Suite = {
  name: 'capacity',
  async run({ set }: SuiteOptions): Promise<BenchReport> {
    const first = set === 'tuning' ? SEEDS.tuning : SEEDS.judged;
    if (set !== undefined && set !== 'tuning' && set !== SET) {
      const note = `${set} skipped: this suite has no such set`;
      return { suite: 'capacity', results: [], cases: [], notes: [note] };
    }
    const kinds = [...RISK_KINDS, ...HARMLESS_KINDS];
    const planted = kinds.flatMap((kind, k) =>
      Array.from({ length: CASES }, (_, i) =>
        plantCase(kind, first + k * CASES + i),
      ),
    );
    const ours = planted.map(one => judgeCase(one, timeToSaturationRule));
    const raisedShare = shareRaised(ours);
    const others = {
      ...BASELINES,
      random: randomRule(raisedShare),
    };
    const baselines = Object.fromEntries(
      Object.entries(others).map(([name, rule]) => [
        name,
        planted.map(one => judgeCase(one, rule)),
      ]),
    );
    const name = set ?? SET;
    return {
      suite: 'capacity',
      results: [
        ...figures(name, undefined, ours, baselines),
        ...kinds.flatMap(kind => {
          const of = (all: readonly Judged[]) =>
            all.filter(judged => judged.kind === kind);
          return figures(
            name,
            kind,
            of(ours),
            Object.fromEntries(
              Object.entries(baselines).map(([rule, all]) => [rule, of(all)]),
            ),
          );
        }),
      ],
      cases: ours.map(judged => ({ set: name, ...judged })),
      notes: [],
    };
  },
};

const METRICS: Readonly<
  Record<string, (all: readonly Judged[]) => number | undefined>
> = {
  'recall-24h': all =>
    ratio(
      all.filter(isRisk),
      one => +one.caught,
      () => 1,
    ),
  'median-lead-hours': all => {
    const leads = all.flatMap(({ leadHours }) => leadHours ?? []);
    return leads.length > 0 ? middleOf(leads) : undefined;
  },
  'false-per-service-week': all =>
    ratio(
      all,
      one => one.falseAlarms,
      one => one.days / 7,
    ),
  'interval-coverage-80': all =>
    ratio(
      all,
      one => one.held,
      one => one.intervals,
    ),
};

function figures(
  set: string,
  group: string | undefined,
  ours: readonly Judged[],
  baselines: Readonly<Record<string, readonly Judged[]>>,
): BenchResult[] {
  return Object.entries(METRICS).flatMap(([metric, of]) => {
    const value = of(ours);
    return value === undefined
      ? []
      : [
          {
            set,
            ...(group === undefined
              ? { interval: bootstrap(ours, of) }
              : { group }),
            metric,
            value,
            n: ours.length,
            baselines: Object.fromEntries(
              Object.entries(baselines).flatMap(([name, all]) => {
                const other = of(all);
                return other === undefined ? [] : [[name, other]];
              }),
            ),
          },
        ];
  });
}

function bootstrap(
  all: readonly Judged[],
  of: (some: readonly Judged[]) => number | undefined,
): [number, number] {
  const random = seededRandom(7);
  const values = Array.from(
    { length: RESAMPLES },
    () => of(all.map(() => all[Math.floor(random() * all.length)])) ?? 0,
  ).sort((a, b) => a - b);
  return [
    values[Math.floor(0.025 * RESAMPLES)],
    values[Math.floor(0.975 * RESAMPLES)],
  ];
}

/** The middle one; the upper of two. */
function middleOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function isRisk(one: Judged): boolean {
  return one.isRisk;
}

function ratio<T>(
  all: readonly T[],
  part: (one: T) => number,
  whole: (one: T) => number,
): number | undefined {
  const total = all.reduce((sum, one) => sum + whole(one), 0);
  return total > 0
    ? all.reduce((sum, one) => sum + part(one), 0) / total
    : undefined;
}

/** How often ours raises, so that chance alone may raise as often. */
function shareRaised(all: readonly Judged[]): number {
  return (
    ratio(
      all,
      one => one.raisedDays,
      one => one.days,
    ) ?? 0
  );
}

function randomRule(share: number): Rule {
  const random = seededRandom(11);
  return () => ({ raised: random() < share });
}
