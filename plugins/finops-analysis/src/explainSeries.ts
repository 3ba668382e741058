import { median, robustDeviation } from './robust';
import { findPeriod, runningMedian, seasonOf } from './season';
import { SEASONAL_DETECTOR_PARAMETERS as P } from './seasonalModel';
import { LevelTracker } from './trackLevel';
import { ScoreOptions, Series } from './types';

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
  const measured = series.values.filter(Number.isFinite).length;
  if (measured < P.minimumPoints) {
    const center = median(series.values);
    const flat = series.values.map(() => center);
    const zero = new Float64Array(series.values.length);
    return {
      period: 1,
      expected: flat,
      spread: zero,
      deviations: zero.slice(),
      judged: false,
    };
  }
  // Infinite values are as meaningless as missing ones.
  const values = series.values.map(value =>
    Number.isFinite(value) ? value : NaN,
  );
  const adoptAfter = Math.max(
    2 * P.minimumLevelPoints,
    Math.round(P.adoptAfterSeconds / series.step),
  );
  return options.mode === 'batch'
    ? explainBatch(
        values,
        options.period ?? findPeriod(values),
        adoptAfter,
        threshold,
      )
    : explainOnline(values, options.period, adoptAfter, threshold);
}

function explainBatch(
  values: Float64Array,
  period: number,
  adoptAfter: number,
  threshold: number,
): Explained {
  const n = values.length;
  const levelPoints = levelPointsOf(period);
  const level = runningMedian(values, levelPoints >> 1);
  const season = seasonOf(values, level, period);
  const deseasoned = values.map((value, i) => value - season[i % period]);
  const residuals = deseasoned.map((value, i) => value - level[i]);
  const usual = robustDeviation(residuals, median(residuals));

  // The first points have no past; the median of the first seasons stands in for it.
  const tracker = new LevelTracker({ levelPoints, adoptAfter, threshold }, [
    median(deseasoned.subarray(0, Math.max(levelPoints, P.minimumPoints))),
  ]);
  const expected = new Float64Array(n);
  const spread = new Float64Array(n);
  const deviations = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const step = tracker.next(values[i], season[i % period], usual);
    expected[i] = step.expected;
    spread[i] = Math.max(usual, P.minimumSpread * Math.abs(step.expected));
    deviations[i] = step.deviation;
  }
  return { period, expected, spread, deviations, judged: true };
}

function explainOnline(
  values: Float64Array,
  knownPeriod: number | undefined,
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
  });
  let nextSearch: number = P.minimumPoints;
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
    return median(differences);
  };

  for (let i = 0; i < n; i++) {
    if (knownPeriod === undefined && i >= nextSearch) {
      nextSearch = Math.ceil(i * P.periodSearchGrowth);
      const found = findPeriod(values.subarray(0, i));
      if (found !== period) {
        period = found;
        const levelPoints = levelPointsOf(period);
        const recent = Array.from(
          { length: Math.min(levelPoints, i) },
          (_, k) => {
            const at = i - 1 - k;
            return values[at] - seasonAt(at);
          },
        ).reverse();
        tracker = new LevelTracker(
          { levelPoints, adoptAfter, threshold },
          recent,
        );
      }
    }
    const step = tracker.next(values[i], seasonAt(i), usual);
    const warm = i >= Math.max(P.minimumPoints, period === 1 ? 0 : 2 * period);
    expected[i] = step.expected;
    spread[i] = Math.max(usual, P.minimumSpread * Math.abs(step.expected));
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
