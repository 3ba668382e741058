import {
  Abstention,
  AbstentionCode,
} from '@apexlogic/backstage-plugin-finops-common';
import { normalShare } from '../budgetOverrun';
import { median, quantileOfSorted, sortedFinite } from '../robust';
import { medianOfOtherCycles, runningMedian, seasonOf } from '../season';
import { Series } from '../types';
import { CAPACITY_MODEL, CAPACITY_PARAMETERS as P } from './capacityParameters';
import { fitGrowth, GrowthFit, KnownSlope } from './fitGrowth';
import { Run, splitRuns } from './splitRuns';
import { Saturation, SaturationOptions } from './types';

const HOUR_S = 3600;
const DAY_S = 86_400;
const LEVELS = [0.5, 0.8, 0.95];
/** What is so many times the limit is as good as more, and can be squared. */
const BEYOND = 1000;
/** Deviations of the normal distribution below which nine in ten lie. */
const NINETIETH = 1.2816;
/** Steps in which is looked ahead, days. */
const AHEAD_DAYS = 0.25;
/** Share of the present growth from which that of the run before is the same. */
const SAME_GROWTH = 0.5;
/** A change counts as a cause when growth began within this time of it, days. */
const CAUSE_DAYS = 1;

/**
 * When use will pass its limit, from its growth since the last restart.
 *
 * @remarks
 *
 * A restart does not hide growth: what earlier runs grew by stands in until the new one is long enough.
 * Several ways to grow (straight, from an onset on, levelling off like a cache that fills, a step) are
 * weighed by how well they fit, so the interval is wide as long as they cannot be told apart. Levels are
 * medians of six hours with bounded pull of each: 5 % hostile points move the expected time by less than
 * a quarter.
 *
 * @throws RangeError when the limit is not a positive number.
 *
 * @public
 */
export function timeToSaturation(
  usage: Series,
  limit: number,
  options: SaturationOptions = {},
): Saturation | Abstention {
  if (!(limit > 0 && Number.isFinite(limit))) {
    throw new RangeError(`a limit of ${limit} cannot be reached`);
  }
  const { start, hours: medians } = hourlyMedians(usage);
  const most = BEYOND * limit;
  const hours = medians.map(value => Math.min(Math.max(value, -most), most));
  const measured = hours.filter(Number.isFinite).length;
  if (measured < P.minimumHours) {
    return abstain(
      'not-enough-history',
      `only ${measured} hours with measurements, ${P.minimumHours} are needed`,
    );
  }
  let newest = hours.length - 1;
  while (Number.isNaN(hours[newest])) {
    newest -= 1;
  }
  if (hours.length - 1 - newest > P.staleAfterHours) {
    return abstain(
      'stale-data',
      `nothing was measured in the last ${hours.length - 1 - newest} hours`,
    );
  }
  const season = seasonOfDayAndWeek(hours);
  const level = hours.map((value, i) => value - season[i % season.length]);
  const hourOf = (at: number) => Math.round((at - start) / HOUR_S);
  const runs = splitRuns(level, limit, (options.restarts ?? []).map(hourOf));
  const now = hours.length / 24;
  const blocks = blocksOf(level, runs[runs.length - 1]);
  const regular = regularPeaks(level, runs, blocks.levels);
  const earlier = regular ? undefined : earlierSlope(level, runs);
  const points = regular ?? blocks;
  if (
    points.levels.length < 2 ||
    (points.levels.length < P.minimumBlocks && !earlier && !regular)
  ) {
    return abstain(
      'not-enough-points',
      'it was restarted too recently to tell how it grows',
    );
  }
  const { fits, spread } = fitGrowth(points.days, points.levels, earlier);
  const excess = peaksAbove(level, spread);
  const seasonAt = (day: number) => {
    const from = Math.floor(day * 24);
    let highest = -Infinity;
    for (let i = from; i < from + P.blockHours; i++) {
      highest = Math.max(highest, season[i % season.length]);
    }
    return highest;
  };
  const usual = median(level.filter(Number.isFinite));
  const exponent = seasonExponent(hours, season);
  const upperAt = (fit: GrowthFit, day: number) => {
    const at = fit.levelAt(day);
    const grown = usual > 0 && at > 0 ? (at / usual) ** exponent : 1;
    return at + seasonAt(day) * grown + excess;
  };
  const steps = P.horizonDays / AHEAD_DAYS;
  const chance = new Float64Array(steps + 1);
  // First and second moment of the mixture of all fits.
  const shown = P.outlookDays / AHEAD_DAYS;
  const first = new Float64Array(shown);
  const second = new Float64Array(shown);
  for (const fit of fits) {
    let passed = 0;
    for (let step = 0; step <= steps; step++) {
      const day = now + step * AHEAD_DAYS;
      const ahead = step * AHEAD_DAYS;
      const variance =
        fit.varianceAt(day) +
        spread * spread * (P.levelVariance + P.drift ** 2 * ahead);
      const upper = upperAt(fit, day);
      passed = Math.max(
        passed,
        1 - normalShare((limit - upper) / Math.sqrt(variance)),
      );
      if (step < shown) {
        const used = Math.max(0, upper);
        first[step] += fit.weight * used;
        second[step] += fit.weight * (used * used + variance);
      }
      chance[step] += fit.weight * passed;
    }
  }
  const secondsAt = (share: number): number | undefined => {
    const step = chance.findIndex(value => value >= share);
    if (step < 0) {
      return undefined;
    }
    const before = step === 0 ? 0 : chance[step - 1];
    const into =
      step === 0 ? 0 : (share - before) / (chance[step] - before) - 1;
    return (step + into) * AHEAD_DAYS * DAY_S;
  };
  const likeliest = likeliestOf(fits);
  const growthPerDay = fits.reduce((sum, f) => sum + f.weight * f.slope, 0);
  const upperUse = fits.reduce(
    (sum, fit) => sum + fit.weight * (fit.levelAt(now) + excess),
    0,
  );
  const kept = fits.reduce((sum, fit) => sum + fit.weight, 0);
  const outlook = (deviations: number): Series => ({
    start: start + hours.length * HOUR_S,
    step: AHEAD_DAYS * DAY_S,
    values: first.map((sum, step) => {
      const mean = sum / kept;
      const variance = Math.max(0, second[step] / kept - mean * mean);
      return Math.max(0, mean + deviations * Math.sqrt(variance));
    }),
  });
  const grows = growthPerDay * 7 > Math.max(2 * spread, 0.01 * limit);
  // Growth that was there before the restart did not begin with it.
  const isOld =
    earlier !== undefined &&
    earlier.slope >= SAME_GROWTH * growthPerDay &&
    likeliest.onset - points.days[0] < 1;
  const since = start + (isOld ? earlier.onset : likeliest.onset) * DAY_S;
  const cause = grows
    ? (options.changes ?? [])
        .filter(({ at }) => Math.abs(at - since) <= CAUSE_DAYS * DAY_S)
        .sort((a, b) => Math.abs(a.at - since) - Math.abs(b.at - since))[0]
    : undefined;
  return {
    kind: 'saturation',
    growth: growthOf(),
    expected: secondsAt(0.5),
    intervals: LEVELS.map(share => ({
      level: share,
      earliest: secondsAt((1 - share) / 2),
      latest: secondsAt((1 + share) / 2),
    })),
    probability: {
      within24h: chance[1 / AHEAD_DAYS],
      within7d: chance[7 / AHEAD_DAYS],
      within30d: chance[30 / AHEAD_DAYS],
    },
    upperUse,
    growthPerDay,
    outlook: {
      mean: outlook(0),
      lower: outlook(-NINETIETH),
      upper: outlook(NINETIETH),
    },
    since: grows ? since : undefined,
    cause,
    measured: { start, end: start + hours.length * HOUR_S },
    model: CAPACITY_MODEL,
  };

  function growthOf(): Saturation['growth'] {
    if (grows) {
      return !regular && (runs.length > 1 || cause) ? 'leak' : 'trend';
    }
    if (likeliest.shape === 'step') {
      return 'step';
    }
    return chance[7 / AHEAD_DAYS] >= 0.5 ? 'seasonal-peak' : 'none';
  }
}

/** Whether it should be raised now, before savings: likely within a week, or possible within a day. @public */
export function isCapacityRisk({ probability }: Saturation): boolean {
  return (
    probability.within24h >= P.raise.within24h ||
    probability.within7d >= P.raise.within7d
  );
}

function likeliestOf(fits: readonly GrowthFit[]): GrowthFit {
  return fits.reduce((a, b) => (b.weight > a.weight ? b : a));
}

/** Median of each hour of the window, aligned to its end. */
function hourlyMedians({ start, step, values }: Series): {
  start: number;
  hours: Float64Array;
} {
  const end = start + step * values.length;
  const count = Math.min(
    P.windowDays * 24,
    Math.ceil((step * values.length) / HOUR_S),
  );
  const first = end - count * HOUR_S;
  const hours = Float64Array.from({ length: count }, (_, hour) => {
    const from = Math.ceil((first + hour * HOUR_S - start) / step);
    const to = Math.ceil((first + (hour + 1) * HOUR_S - start) / step);
    const inside = sortedFinite(values.slice(Math.max(0, from), to));
    return inside.length > 0 ? quantileOfSorted(inside, 0.5) : NaN;
  });
  return { start: first, hours };
}

/** What the hour of the week adds to the level, as far as other days and weeks bear it out. */
function seasonOfDayAndWeek(hours: Float64Array): Float64Array {
  const season = new Float64Array(168);
  let rest = hours;
  for (const [period, cycles] of [
    [24, 3],
    [168, 2],
  ]) {
    if (hours.length >= period * cycles) {
      const around = runningMedian(rest, period >> 1);
      const apart = rest.map((value, i) => value - around[i]);
      const others = medianOfOtherCycles(apart, period);
      const left = apart.map((value, i) => Math.abs(value - others[i]));
      if (median(left) < (1 - P.seasonGain) * median(apart.map(Math.abs))) {
        const found = seasonOf(rest, around, period);
        season.forEach((value, i) => {
          season[i] = value + found[i % period];
        });
        rest = rest.map((value, i) => value - found[i % period]);
      }
    }
  }
  return season;
}

/**
 * How the season grows with the level: 0 not at all, 1 in proportion, as that of a demand does. Told
 * from the swing of the first half of the history and that of the second.
 */
function seasonExponent(hours: Float64Array, season: Float64Array): number {
  const around = runningMedian(hours, 12);
  const shape = hours.map((_, i) => season[i % season.length]);
  const shapeAround = runningMedian(shape, 12);
  const middle = hours.length >> 1;
  const [early, late] = [
    [0, middle],
    [middle, hours.length],
  ].map(([from, to]) => {
    let product = 0;
    let square = 0;
    for (let i = from; i < to; i++) {
      const swing = shape[i] - shapeAround[i];
      if (Number.isFinite(hours[i] - around[i])) {
        product += swing * (hours[i] - around[i]);
        square += swing * swing;
      }
    }
    const half = sortedFinite(hours.slice(from, to));
    return { swing: product / square, level: quantileOfSorted(half, 0.5) };
  });
  const grown = late.level / early.level;
  const wider = late.swing / early.swing;
  return grown >= P.seasonGrowthLevel && wider > 0
    ? Math.min(Math.max(Math.log(wider) / Math.log(grown), 0), 1)
    : 0;
}

/** Medians of blocks of a run; their times are days since the first hour. */
function blocksOf(level: Float64Array, { from, to }: Run) {
  const days: number[] = [];
  const levels: number[] = [];
  // Whole blocks up to the end: the newest must not be the least certain.
  const first = from + ((to - from) % P.blockHours);
  for (let at = first; at < to; at += P.blockHours) {
    const inside = sortedFinite(level.slice(at, at + P.blockHours));
    if (inside.length > 0) {
      days.push((at + P.blockHours / 2) / 24);
      levels.push(quantileOfSorted(inside, 0.5));
    }
  }
  return { days, levels };
}

/** Peaks before restarts when these come regularly, as by rotation: then they decide, not the growth between. */
function regularPeaks(
  level: Float64Array,
  runs: readonly Run[],
  current: readonly number[],
) {
  const days: number[] = [];
  const levels: number[] = [];
  // The window cuts the first run, which says nothing of its growth but ends at a peak as the others do.
  for (const run of runs.slice(0, -1)) {
    const inside = sortedFinite(
      level.slice(Math.max(run.from, run.to - 3), run.to),
    );
    if (inside.length > 0) {
      days.push(run.to / 24);
      levels.push(quantileOfSorted(inside, 0.5));
    }
  }
  if (levels.length < P.regularResets) {
    return undefined;
  }
  const center = median(levels);
  const highest = Math.max(...levels);
  const apart = median(levels.map(peak => Math.abs(peak - center)));
  const isRegular = apart <= P.regularSpread * center;
  return isRegular && current.every(value => value <= 1.1 * highest)
    ? { days, levels }
    : undefined;
}

/** How the run before the present one grew at its end. */
function earlierSlope(
  level: Float64Array,
  runs: readonly Run[],
): KnownSlope | undefined {
  const run = runs[runs.length - 2];
  if (!run) {
    return undefined;
  }
  const { days, levels } = blocksOf(level, run);
  if (levels.length < 2 * P.minimumBlocks) {
    return undefined;
  }
  const { fits } = fitGrowth(days, levels);
  const slope = fits.reduce((sum, fit) => sum + fit.weight * fit.slope, 0);
  const between = fits.reduce(
    (sum, fit) => sum + fit.weight * (fit.slope - slope) ** 2,
    0,
  );
  const { onset } = likeliestOf(fits);
  return { slope, deviation: Math.sqrt(between + (0.2 * slope) ** 2), onset };
}

/** How far peaks stand above the level. */
function peaksAbove(level: Float64Array, spread: number): number {
  const around = runningMedian(level, P.blockHours >> 1);
  const above = sortedFinite(level.map((value, i) => value - around[i]));
  return Math.max(
    P.peakFactor * quantileOfSorted(above, P.peakQuantile),
    0.5 * spread,
  );
}

function abstain(code: AbstentionCode, reason: string): Abstention {
  return { kind: 'abstention', code, reason, model: CAPACITY_MODEL };
}
