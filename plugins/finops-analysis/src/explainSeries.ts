import { median, robustDeviation, sortedFinite } from './robust';
import { findPeriod } from './season';
import { fitSeason, withoutSeason } from './fitSeason';
import { SEASONAL_DETECTOR_PARAMETERS as P } from './seasonalModel';
import { LevelTracker } from './trackLevel';
import { ScoreOptions, Series } from './types';

/** Larger values are broken, and their sixth powers would overflow. */
const LARGEST_VALUE = 1e50;
/** An online score waits for this many of the seasons that people's work has, a day or a week. */
const UNKNOWN_SEASONS = 4;
const DAY_S = 86_400;

/** What was expected at each point, and how far from it the value was. */
export interface Explained {
  /** Season length in points; 1 without season. */
  readonly period: number;
  readonly expected: Float64Array;
  /** Usual distance from what is expected, in the unit of the series. */
  readonly spread: Float64Array;
  /** Signed distance in spreads; 0 where nothing is judged. */
  readonly deviations: Float64Array;
  /** Whether there was enough to judge anything. */
  readonly judged: boolean;
}

/**
 * Splits a series into season, level and residual. `batch` knows the whole series for season and
 * spread, `online` at each point only what came before; the level is followed forwards in both.
 */
export function explainSeries(
  series: Series,
  options: ScoreOptions,
  threshold: number,
): Explained {
  const values = usableValues(series.values);
  const measured = values.filter(Number.isFinite).length;
  if (measured < P.minimumPoints) {
    const center = median(values);
    const flat = values.map(() => center);
    const zero = new Float64Array(values.length);
    return {
      period: 1,
      expected: flat,
      spread: zero,
      deviations: zero.slice(),
      judged: false,
    };
  }
  const adoptAfter = Math.max(
    2 * P.minimumLevelPoints,
    Math.round(P.adoptAfterSeconds / series.step),
  );
  const week = Math.round((7 * DAY_S) / series.step);
  return options.mode === 'batch'
    ? explainBatch(
        values,
        options.period ?? findPeriod(values, week),
        adoptAfter,
        threshold,
      )
    : explainOnline(
        values,
        options.period,
        week,
        warmAfter(options.period, series.step),
        adoptAfter,
        threshold,
      );
}

/** The values with everything that is no measurement taken for missing. */
export function usableValues(values: Float64Array): Float64Array {
  return values.map(value => (Math.abs(value) < LARGEST_VALUE ? value : NaN));
}

/** Points before an online score means anything: until then a weekend passes for an outage. */
function warmAfter(period: number | undefined, step: number): number {
  const naturalSeason = (step < DAY_S ? DAY_S : 7 * DAY_S) / step;
  const points =
    period === undefined ? UNKNOWN_SEASONS * naturalSeason : 2 * period;
  return Math.max(P.minimumPoints, Math.round(points));
}

function explainBatch(
  values: Float64Array,
  period: number,
  adoptAfter: number,
  threshold: number,
): Explained {
  const n = values.length;
  const levelPoints = levelPointsOf(period);
  const pause = pausePointsOf(period);
  const { effects, usual } = fitSeason(values, period, levelPoints);
  const deseasoned = withoutSeason(values, effects);

  // The first points have no past; the median of the first seasons stands in for it.
  const tracker = new LevelTracker(
    { levelPoints, adoptAfter, threshold, pause },
    [median(deseasoned.subarray(0, Math.max(levelPoints, P.minimumPoints)))],
  );
  const expected = new Float64Array(n);
  const spread = new Float64Array(n);
  const deviations = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const phase = i % period;
    const step = tracker.next(values[i], effects[phase], usual[phase]);
    expected[i] = step.expected;
    spread[i] = step.spread;
    deviations[i] = step.deviation;
  }
  return { period, expected, spread, deviations, judged: true };
}

function explainOnline(
  values: Float64Array,
  knownPeriod: number | undefined,
  week: number,
  warmPoints: number,
  adoptAfter: number,
  threshold: number,
): Explained {
  const n = values.length;
  const expected = new Float64Array(n);
  const spread = new Float64Array(n);
  const deviations = new Float64Array(n);
  let period = knownPeriod ?? 1;
  let tracker = new LevelTracker({
    levelPoints: levelPointsOf(period),
    adoptAfter,
    threshold,
    pause: pausePointsOf(period),
  });
  let nextSearch: number = P.minimumPoints;
  let missed = false;
  const residuals: number[] = [];
  let usual = 0;

  const seasonAt = (i: number): number => {
    if (period === 1) {
      return 0;
    }
    const differences: number[] = [];
    for (
      let cycle = 1;
      cycle <= P.onlineCycles && i - cycle * period >= 0;
      cycle++
    ) {
      const at = i - cycle * period;
      // The level over the season before that point is the median of what was measured then.
      const from = Math.max(0, at - period + 1);
      differences.push(
        values[at] - median(values.subarray(from, Math.min(i, from + period))),
      );
    }
    return cautiousMedian(differences);
  };

  for (let i = 0; i < n; i++) {
    if (knownPeriod === undefined && i >= nextSearch) {
      nextSearch = Math.ceil(i * P.periodSearchGrowth);
      const found = findPeriod(values.subarray(0, i), week);
      // A few wild cycles can hide a season for a while.
      const hidden = found === 1 && period > 1 && !missed;
      missed = found === 1;
      if (found !== period && !hidden) {
        period = found;
        const levelPoints = levelPointsOf(period);
        const pause = pausePointsOf(period);
        const recent = Array.from(
          { length: Math.min(levelPoints, i) },
          (_, k) => {
            const at = i - 1 - k;
            return values[at] - seasonAt(at);
          },
        ).reverse();
        tracker = new LevelTracker(
          { levelPoints, adoptAfter, threshold, pause },
          recent,
        );
      }
    }
    const step = tracker.next(
      values[i],
      { factor: 1, shift: seasonAt(i) },
      { constant: usual, share: 0 },
    );
    const warm = i >= Math.max(warmPoints, 2 * period);
    expected[i] = step.expected;
    spread[i] = step.spread;
    deviations[i] =
      warm && residuals.length >= P.minimumPoints ? step.deviation : 0;
    if (!Number.isNaN(values[i])) {
      residuals.push(values[i] - step.expected);
      const kept = Math.max(
        P.minimumOnlineSpreadPoints,
        P.onlineSpreadSeasons * period,
      );
      if (residuals.length > kept) {
        residuals.shift();
      }
      // Every point while there are few, then only as often as the spread can change noticeably.
      if (
        residuals.length < P.minimumOnlineSpreadPoints ||
        i % Math.max(1, kept >> 5) === 0
      ) {
        usual = robustDeviation(residuals, median(residuals));
      }
    }
  }
  return { period, expected, spread, deviations, judged: true };
}

function levelPointsOf(period: number): number {
  return Math.max(P.minimumLevelPoints, P.levelSeasons * period);
}

/** Quiet points that do not yet end an excursion. */
export function pausePointsOf(period: number): number {
  return Math.max(1, Math.floor(period / 12));
}

/** Of two middle values the one nearer to zero, so that one wild cycle of two cannot make a season. */
function cautiousMedian(values: readonly number[]): number {
  const sorted = sortedFinite(values);
  const lower = sorted[(sorted.length - 1) >> 1] ?? 0;
  const upper = sorted[sorted.length >> 1] ?? 0;
  return Math.abs(lower) <= Math.abs(upper) ? lower : upper;
}
