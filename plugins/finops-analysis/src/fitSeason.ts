import { median, robustDeviation } from './robust';
import {
  everyNth,
  medianOfOtherCycles,
  runningMedian,
  seasonOf,
} from './season';
import { SEASONAL_DETECTOR_PARAMETERS as P } from './seasonalModel';
import { SeasonEffect, UsualSpread } from './trackLevel';

/** A phase with less than this share of the level says nothing of it: the season is then added. */
const MINIMUM_FACTOR = 0.05;
/** Season and level are estimated in turn, each from the series without the other. */
const PASSES = 2;
/** Quiet and busy phases have spreads of their own, from at least so many points each. */
const SPREAD_POINTS = 100;
const MAXIMUM_SPREADS = 6;
/** No phase is taken for calmer than this share of the overall spread. */
const MINIMUM_SPREAD_SHARE = 0.5;

/** What each phase of a season does to the level, and how far values usually are from it. */
export interface FittedSeason {
  readonly effects: readonly SeasonEffect[];
  readonly usual: readonly UsualSpread[];
}

interface Candidate extends FittedSeason {
  /** Mean logarithm of the spread: the lower, the likelier the values. */
  readonly surprise: number;
}

/**
 * The season per phase, added to the level or in proportion to it: whichever makes the values likelier.
 *
 * @remarks
 *
 * The level is at first the running median over one season, in which a season cannot show; then that of
 * the values without season, in which a shift of the level is as sharp as it was. Phases are medians
 * over the cycles and spreads medians over the residuals, so that neither a shift nor wild points in a
 * minority of the cycles change what is usual.
 */
export function fitSeason(
  values: Float64Array,
  period: number,
  levelPoints: number,
): FittedSeason {
  const added = fit(values, period, levelPoints, addedSeason, false);
  if (period === 1) {
    return added;
  }
  const scaled = fit(values, period, levelPoints, scaledSeason, true);
  const meaningful = scaled.effects.every(
    ({ factor }) => factor > MINIMUM_FACTOR,
  );
  return meaningful && scaled.surprise < added.surprise ? scaled : added;
}

/** The level with noise: what remains of each value without its season. */
export function withoutSeason(
  values: Float64Array,
  effects: readonly SeasonEffect[],
): Float64Array {
  return values.map((value, i) => {
    const { factor, shift } = effects[i % effects.length];
    return (value - shift) / factor;
  });
}

function fit(
  values: Float64Array,
  period: number,
  levelPoints: number,
  seasonFrom: typeof addedSeason,
  proportional: boolean,
): Candidate {
  let level = runningMedian(values, (period > 1 ? period : levelPoints) >> 1);
  let effects = seasonFrom(values, level, period);
  for (let pass = 1; pass < PASSES; pass++) {
    level = runningMedian(withoutSeason(values, effects), levelPoints >> 1);
    effects = seasonFrom(values, level, period);
  }
  level = runningMedian(withoutSeason(values, effects), levelPoints >> 1);
  const residuals = unforeseen(values, level, period, proportional);
  const spreads = spreadPerPhase(residuals, effects);
  let sum = 0;
  let count = 0;
  values.forEach((value, i) => {
    if (!Number.isNaN(value)) {
      const { factor, shift } = effects[i % period];
      const expected = Math.abs(level[i] * factor + shift);
      const spread = spreads[i % period] * (proportional ? expected : 1);
      sum += Math.log(
        Math.max(spread, P.minimumSpread * expected, Number.MIN_VALUE),
      );
      count += 1;
    }
  });
  return {
    effects,
    usual: Array.from(spreads, spread =>
      proportional
        ? { constant: 0, share: spread }
        : { constant: spread, share: 0 },
    ),
    surprise: count > 0 ? sum / count : 0,
  };
}

/**
 * Distance of each value from the season that the other cycles show: a season of few cycles follows
 * its own noise, and distances from that would be too small.
 */
function unforeseen(
  values: Float64Array,
  level: Float64Array,
  period: number,
  proportional: boolean,
): Float64Array {
  const effects = values.map((value, i) => {
    if (!proportional) {
      return value - level[i];
    }
    return level[i] > 0 ? value / level[i] : NaN;
  });
  const others = medianOfOtherCycles(effects, period);
  return effects.map((effect, i) => {
    if (!proportional) {
      return effect - others[i];
    }
    return others[i] > 0 ? effect / others[i] - 1 : NaN;
  });
}

function addedSeason(
  values: Float64Array,
  level: Float64Array,
  period: number,
): SeasonEffect[] {
  return Array.from(seasonOf(values, level, period), shift => ({
    factor: 1,
    shift,
  }));
}

/** Not centred: a factor refers to the level as the running median gives it. */
function scaledSeason(
  values: Float64Array,
  level: Float64Array,
  period: number,
): SeasonEffect[] {
  const ratios = values.map((value, i) =>
    level[i] > 0 ? value / level[i] : NaN,
  );
  return Array.from({ length: period }, (_, phase) => ({
    factor: median(everyNth(ratios, phase, period)),
    shift: 0,
  }));
}

/** Spread of the residuals of each phase, shared with the phases that have about the same effect. */
function spreadPerPhase(
  residuals: Float64Array,
  effects: readonly SeasonEffect[],
): Float64Array {
  const period = effects.length;
  const overall = robustDeviation(residuals, median(residuals));
  const groups = Math.min(
    MAXIMUM_SPREADS,
    period,
    Math.max(1, Math.floor(residuals.length / SPREAD_POINTS)),
  );
  const spreads = new Float64Array(period).fill(overall);
  const phases = effects
    .map((_, phase) => phase)
    .sort(
      (a, b) =>
        effects[a].factor +
        effects[a].shift -
        (effects[b].factor + effects[b].shift),
    );
  for (let group = 0; groups > 1 && group < groups; group++) {
    const members = phases.slice(
      Math.floor((group * period) / groups),
      Math.floor(((group + 1) * period) / groups),
    );
    const together = members.flatMap(phase => [
      ...everyNth(residuals, phase, period),
    ]);
    const spread = robustDeviation(together, median(together));
    for (const phase of members) {
      spreads[phase] = Math.max(spread, MINIMUM_SPREAD_SHARE * overall);
    }
  }
  return spreads;
}
