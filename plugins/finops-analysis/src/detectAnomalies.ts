import { bandOf, judgeable } from './expectedBand';
import { Explained, explainSeries, pausePointsOf } from './explainSeries';
import {
  SEASONAL_DETECTOR,
  SEASONAL_DETECTOR_PARAMETERS as P,
} from './seasonalModel';
import { robustSlope } from './robust';
import { Anomaly, Band, DetectOptions, Series } from './types';

const DAY_S = 86_400;
const MONTH_S = 730 * 3600;
/** A deviation that keeps growing: this many times as large in the last third as in the first … */
const GROWTH = 1.7;
/** … and in order: at least this concordance of the values with time (Kendall), over so many points. */
const GROWTH_CONCORDANCE = 0.5;
const GROWTH_POINTS = 9;
/** Points that concordance is measured on; it takes the square of them. */
const GROWTH_SAMPLES = 60;
/** On an occasion of the calendar something unusual is to be expected. */
const OCCASION_CONFIDENCE = 0.5;

/**
 * The intervals in which a series left its expected band, oldest first, not overlapping.
 *
 * @remarks
 *
 * Works for hourly metrics as for daily cost; an almost constant series must move by 10 % to count.
 * Deviations that hold for half a season (at most half a day in hourly metrics) are a `level-shift`, or
 * a `trend-change` if they keep growing; shorter ones a `spike`. A shift ends when its level has held
 * for two weeks and so has become normal. Points in `maintenance` and missing ones are not judged.
 *
 * @public
 */
export function detectAnomalies(
  series: Series,
  options: DetectOptions,
): Anomaly[] {
  const judgedSeries = judgeable(series, options);
  const threshold = options.threshold ?? P.threshold;
  const explained = explainSeries(judgedSeries, options, threshold);
  if (!explained.judged) {
    return [];
  }
  const band = bandOf(series, explained, threshold);
  const lastMeasured = judgedSeries.values.reduce(
    (last, value, i) => (Number.isNaN(value) ? last : i),
    -1,
  );
  const intervals = findIntervals(
    explained,
    judgedSeries.values,
    threshold,
    lastMeasured + 1,
  );
  return joinShifts(intervals, judgedSeries, explained, lastMeasured + 1).map(
    interval =>
      describe(
        interval,
        judgedSeries,
        explained,
        band,
        threshold,
        lastMeasured,
        options,
      ),
  );
}

interface Interval {
  readonly from: number;
  readonly to: number;
  readonly sign: number;
}

/** Runs of deviations to one side that reach the threshold; short returns and gaps do not end a run. */
function findIntervals(
  { deviations, period }: Explained,
  values: Float64Array,
  threshold: number,
  end: number,
): Interval[] {
  const continuation = Math.min(P.continuation, threshold);
  const pause = pausePointsOf(period);
  const intervals: Interval[] = [];
  let i = 0;
  while (i < end) {
    if (Math.abs(deviations[i]) < threshold) {
      i += 1;
      continue;
    }
    const sign = Math.sign(deviations[i]);
    const belongs = (at: number) => sign * deviations[at] >= continuation;
    const earliest =
      intervals.length > 0 ? intervals[intervals.length - 1].to : 0;
    let from = i;
    while (from > earliest && belongs(from - 1)) {
      from -= 1;
    }
    let last = i;
    for (let at = i + 1, quiet = 0; at < end && quiet <= pause; at++) {
      if (belongs(at)) {
        last = at;
        quiet = 0;
      } else if (sign * deviations[at] <= -threshold) {
        break;
      } else if (!Number.isNaN(values[at])) {
        quiet += 1;
      }
    }
    intervals.push({ from, to: last + 1, sign });
    i = last + 1;
  }
  return intervals;
}

/**
 * Intervals that are one shift are one anomaly: where the season is low, a shift can be too small to
 * stand out for a while. It went on if the values between fit the shifted level better than the usual.
 */
function joinShifts(
  intervals: readonly Interval[],
  { values, step }: Series,
  { expected, period }: Explained,
  end: number,
): Interval[] {
  const longestGap = Math.max(period, Math.round(DAY_S / step));
  const goesOn = (from: number, to: number, shift: Interval) =>
    to - from <= longestGap && fitsShift(values, expected, from, to, shift);
  const joined: Interval[] = [];
  for (const next of intervals) {
    const before = joined[joined.length - 1];
    const both = before && { ...before, to: next.to };
    if (
      both?.sign === next.sign &&
      (goesOn(before.to, next.from, before) ||
        goesOn(before.to, next.from, next))
    ) {
      joined[joined.length - 1] = both;
    } else {
      joined.push(next);
    }
  }
  const last = joined[joined.length - 1];
  if (
    last &&
    last.to < end &&
    last.to - last.from >= shiftPointsOf(step, period) &&
    goesOn(last.to, end, last)
  ) {
    joined[joined.length - 1] = { ...last, to: end };
  }
  return joined;
}

/** Whether values are nearer to the level of the shift, in proportion or added, than to the usual one. */
function fitsShift(
  values: Float64Array,
  expected: Float64Array,
  from: number,
  to: number,
  shift: Interval,
): boolean {
  let points = 0;
  let observedSum = 0;
  let expectedSum = 0;
  for (let i = shift.from; i < shift.to; i++) {
    if (!Number.isNaN(values[i])) {
      points += 1;
      observedSum += values[i];
      expectedSum += expected[i];
    }
  }
  const ratio = expectedSum > 0 ? observedSum / expectedSum : 1;
  const offset = (observedSum - expectedSum) / points;
  let usual = 0;
  let scaled = 0;
  let added = 0;
  for (let i = from; i < to; i++) {
    if (!Number.isNaN(values[i])) {
      usual += Math.abs(values[i] - expected[i]);
      scaled += Math.abs(values[i] - expected[i] * ratio);
      added += Math.abs(values[i] - expected[i] - offset);
    }
  }
  return Math.min(scaled, added) < usual;
}

/** Points from which an anomaly is a shift: in metrics finer than a day half a day is long, also where the season is a week. */
function shiftPointsOf(step: number, period: number): number {
  const season = step < DAY_S ? Math.min(period, DAY_S / step) : period;
  return Math.max(P.minimumShiftPoints, Math.ceil(season * P.shiftSeasonShare));
}

function describe(
  { from, to, sign }: Interval,
  series: Series,
  { deviations, period }: Explained,
  band: Band,
  threshold: number,
  lastMeasured: number,
  { calendar = [] }: DetectOptions,
): Anomaly {
  const { values, step } = series;
  let points = 0;
  const sums = { observed: 0, expected: 0, lower: 0, upper: 0 };
  let score = 0;
  const distances: number[] = [];
  for (let i = from; i < to; i++) {
    if (!Number.isNaN(values[i])) {
      points += 1;
      sums.observed += values[i];
      sums.expected += band.mean[i];
      sums.lower += band.lower[i];
      sums.upper += band.upper[i];
      score = Math.max(score, Math.abs(deviations[i]));
      distances.push(values[i] - band.mean[i]);
    }
  }
  // Half at the threshold, near certain at several times it, more so the longer it holds.
  const surprise = (score / threshold) * Math.sqrt(points);
  const confidence = Math.min(0.99, surprise / (1 + surprise));
  const lasts = points >= shiftPointsOf(step, period);
  const grows = lasts && keepsGrowing(distances);
  const ongoing = to > lastMeasured;
  // Of what keeps growing the newest third says how large it is now.
  const now = grows ? lastThird(distances) : distances;
  const occasion = calendar.find(
    ({ start, end }) =>
      2 * overlap(series, from, to, start, end) >= (to - from) * step,
  );
  const lasting = grows ? 'trend-change' : 'level-shift';
  return {
    from,
    to,
    shape: lasts ? lasting : 'spike',
    direction: sign > 0 ? 'above' : 'below',
    observed: sums.observed / points,
    expected: sums.expected / points,
    lower: sums.lower / points,
    upper: sums.upper / points,
    impact: sums.observed - sums.expected,
    ...(ongoing ? { impactPerMonth: (mean(now) * MONTH_S) / step } : {}),
    ...(occasion ? { occasion: occasion.label } : {}),
    ongoing,
    score,
    confidence: confidence * (occasion ? OCCASION_CONFIDENCE : 1),
    model: SEASONAL_DETECTOR,
  };
}

/** Whether distances go on growing in one direction, rather than jumping there once. */
function keepsGrowing(distances: readonly number[]): boolean {
  const third = Math.floor(distances.length / 3);
  if (distances.length < GROWTH_POINTS) {
    return false;
  }
  const first = mean(distances.slice(0, third));
  const last = mean(lastThird(distances));
  const every = Math.ceil(distances.length / GROWTH_SAMPLES);
  const { concordance } = robustSlope(
    distances.filter((_, i) => i % every === 0),
  );
  return (
    Math.abs(last) >= GROWTH * Math.abs(first) &&
    concordance * Math.sign(last) >= GROWTH_CONCORDANCE
  );
}

function lastThird(values: readonly number[]): readonly number[] {
  return values.slice(-Math.max(1, Math.floor(values.length / 3)));
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Seconds that points share with a span of time. */
function overlap(
  { start, step }: Series,
  from: number,
  to: number,
  spanStart: number,
  spanEnd: number,
): number {
  return (
    Math.min(start + to * step, spanEnd) -
    Math.max(start + from * step, spanStart)
  );
}
