import { BestPrediction } from './bestPrediction';
import { MeanSurprise } from './meanSurprise';
import { PhaseMedian } from './phaseMedian';
import { RunningQuantile } from './runningQuantile';
import {
  SEASONAL_DETECTOR_PARAMETERS,
  SEASONAL_DETECTOR_THRESHOLD,
} from './seasonalModel';

const DAY_S = 86_400;

/**
 * Chosen together on public labelled streams and frozen: one configuration for every series and
 * resolution. Lengths are in points or in seasons, never in names of series.
 */
const PARAMETERS = {
  /** Seasons whose running median is the level. */
  levelSeasons: 2,
  minimumLevelPoints: 24,
  /** Longer windows are thinned out evenly: their quantiles hardly change, their cost does. */
  sampledPoints: 144,
  /** Past seasons whose median at the same phase is the season; of a week of days fewer are known. */
  seasons: 8,
  weeks: 4,
  /** Weight of the newest error, in seasons, when level and level with season are compared. */
  choiceSeasons: 4,
  /** Errors count up to this multiple of the usual one in that comparison. */
  choiceClip: 5,
  /** Means over 1, 2, 4 … points are watched, the longest a quarter of a season. */
  longestMean: 32,
  longestMeanSeasons: 0.25,
  /** A mean of n points stands out n to the power of this less by chance than one point does. */
  meanExponent: 0.4,
  /** Means within this multiple of what independent noise of the usual size would show surprise nobody. */
  noise: 8,
  /** Forgetting per point of what is usual. */
  memory: 0.9999,
  /** What is far out counts in what is usual as this multiple of it: one wild point blinds nobody. */
  clip: 10,
  /**
   * And as this multiple of the quantile of the newest residuals at most, which a minority of wild
   * points cannot move.
   */
  clipOfQuantile: 100,
  clipQuantile: 0.75,
  /** Beyond this multiple of that bound a residual is as wild as can be, and larger sums lose digits. */
  wildest: 1e6,
  /** What is usual is at least this share of the level. */
  minimumSpread: 0.005,
  /** Points, or share of a season, before anything is scored. */
  warmPoints: 24,
  warmSeasons: 1 / 3,
  /** At the start the bar is higher by this share, less so the nearer two seasons are known. */
  coldStart: 0.5,
  /** Raw score of a first alarm. */
  alarm: 2.65,
  /** After an alarm its aftermath raises no further one for this share of a season. */
  restSeasons: 0.45,
  minimumRest: 3,
  restingScore: 2.5,
  /** Unless it is so many times as surprising as the alarm itself. */
  escalation: 8,
  /** Each alarm of the past raises the bar by this share of it, fading with this half-life. */
  fatigue: 0.12,
  fatigueHalfLife: 6000,
} as const;

/**
 * The score of each point from its own past, in one pass and bounded memory.
 *
 * @remarks
 *
 * A residual (value minus the running median of the level, and minus the median of the last seasons
 * where that has lately predicted better) is averaged over 1, 2, 4 … points. Each average is compared
 * with its own past by the 6th-power mean: between the standard deviation, which heavy tails exceed
 * every day, and the record, which never forgets. The comparisons are joined by the same mean, so the
 * most surprising length decides.
 *
 * One event is one alarm: after a score at the threshold the score is held down for a while, and a
 * series that keeps alarming has to be more surprising to do so again.
 *
 * @param values - Points in order; NaN = missing, which scores 0 and teaches nothing. Magnitudes
 *   beyond 1e50 must have been taken out, their powers would overflow.
 * @param season - Points of a season; 1 = none.
 */
export function scoreOnline(
  values: Float64Array,
  season: number,
): Float64Array {
  const P = PARAMETERS;
  const n = values.length;
  const scores = new Float64Array(n);
  const levelPoints = Math.max(
    P.minimumLevelPoints,
    Math.round(P.levelSeasons * season),
  );
  const warm = Math.max(P.warmPoints, Math.round(P.warmSeasons * season));
  const rest = Math.max(P.minimumRest, Math.round(P.restSeasons * season));
  const levels = new RunningQuantile(levelPoints, P.sampledPoints, 0.5);
  const errors = new RunningQuantile(
    levelPoints,
    P.sampledPoints,
    P.clipQuantile,
  );
  const seasons = new PhaseMedian(season, P.seasons);
  const weeks = new PhaseMedian(7 * season, P.weeks);
  const prediction = new BestPrediction(
    3,
    P.choiceSeasons * season,
    P.choiceClip,
  );
  const means = new MeanSurprise(
    meanLengths(season),
    P.meanExponent,
    P.memory,
    P.clip,
  );
  const fading = 0.5 ** (1 / P.fatigueHalfLife);
  let fatigue = 0;
  let restUntil = 0;
  let peak = 0;
  let measured = 0;
  for (let i = 0; i < n; i++) {
    fatigue *= fading;
    const value = values[i];
    if (Number.isNaN(value)) {
      means.miss();
      seasons.miss(i);
      weeks.miss(i);
      continue;
    }
    const level = levels.size > 0 ? levels.value : value;
    const plain = value - level;
    prediction.candidates[0] = plain;
    prediction.candidates[1] = plain - seasons.expected(i, plain);
    prediction.candidates[2] = plain - weeks.expected(i, plain);
    const most = P.clipOfQuantile * errors.value;
    const wildest = most > 0 ? P.wildest * most : Infinity;
    const residual = Math.max(-wildest, Math.min(wildest, prediction.pick()));
    levels.add(value);
    errors.add(Math.abs(residual));
    measured += 1;
    if (measured <= P.warmPoints) {
      // Nothing yet says how far out is wild.
      means.miss();
      continue;
    }
    const raw = means.next(
      residual,
      P.minimumSpread * Math.abs(level),
      most,
      P.noise * errors.value,
    );
    if (measured <= warm) {
      continue;
    }
    const cold = Math.max(0, 1 - i / (2 * season));
    const bar = P.alarm * (1 + P.fatigue * fatigue) * (1 + P.coldStart * cold);
    const score = (SEASONAL_DETECTOR_THRESHOLD * raw) / bar;
    if (i < restUntil && score < P.escalation * peak) {
      scores[i] = Math.min(score, P.restingScore);
      continue;
    }
    scores[i] = Math.min(score, SEASONAL_DETECTOR_PARAMETERS.maximumScore);
    if (score >= SEASONAL_DETECTOR_THRESHOLD) {
      restUntil = i + rest;
      peak = score;
      fatigue += 1;
    }
  }
  return scores;
}

/** Points of the season that people's work has: a day, or a week where a point is a day or more. */
export function naturalSeason(step: number): number {
  const seconds = step < DAY_S ? DAY_S : 7 * DAY_S;
  return Math.max(1, Math.round(seconds / step));
}

function meanLengths(season: number): number[] {
  const longest = Math.min(
    PARAMETERS.longestMean,
    Math.max(1, PARAMETERS.longestMeanSeasons * season),
  );
  const lengths: number[] = [];
  for (let length = 1; length <= longest; length *= 2) {
    lengths.push(length);
  }
  return lengths;
}
