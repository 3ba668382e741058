import { Forecast } from './types';

/** @public */
export interface ReconciledForecasts {
  /** In the order given; their means sum to the whole's, point by point and in total. */
  readonly parts: readonly Forecast[];
  readonly whole: Forecast;
}

type Intervals = Forecast['intervals'];

/**
 * Makes forecasts of parts and of their whole agree: the services of a team sum to the team.
 *
 * @remarks
 *
 * Optimal combination with diagonal weights (WLS of Wickramasuriya, Athanasopoulos & Hyndman, JASA
 * 2019): the difference between the whole and the sum of its parts is shared out in proportion to how
 * uncertain each of them is, by its widest interval. Nobody is made less certain by it, and what was
 * never negative stays so.
 *
 * @param whole - The whole forecast on its own, over the same days with the same levels as the parts.
 *
 * @throws RangeError when horizons or levels differ, or there are no parts.
 *
 * @public
 */
export function reconcileForecasts(
  parts: readonly Forecast[],
  whole: Forecast,
): ReconciledForecasts {
  refuseUnlike(parts, whole);
  const horizon = whole.mean.length;
  const means = parts.map(() => new Float64Array(horizon));
  const shrink = parts.map(() => new Float64Array(horizon));
  const wholeMean = new Float64Array(horizon);
  const wholeShrink = new Float64Array(horizon);
  for (let i = 0; i < horizon; i++) {
    const point = reconcile(
      parts.map(part => ({
        mean: part.mean[i],
        variance: widthAt(part.intervals, i) ** 2,
      })),
      { mean: whole.mean[i], variance: widthAt(whole.intervals, i) ** 2 },
    );
    point.parts.forEach(({ mean, factor }, k) => {
      means[k][i] = mean;
      shrink[k][i] = factor;
    });
    wholeMean[i] = point.whole.mean;
    wholeShrink[i] = point.whole.factor;
  }
  const totals = reconcile(
    parts.map(({ total }) => ({
      mean: total.mean,
      variance: totalWidth(total) ** 2,
    })),
    { mean: whole.total.mean, variance: totalWidth(whole.total) ** 2 },
  );
  const reconciled = parts.map((part, k) =>
    moved(part, means[k], shrink[k], totals.parts[k].factor),
  );
  return {
    parts: reconciled,
    whole: moved(whole, wholeMean, wholeShrink, totals.whole.factor),
  };
}

function refuseUnlike(parts: readonly Forecast[], whole: Forecast): void {
  const levels = ({ intervals }: Forecast) =>
    intervals.map(({ level }) => level).join(', ');
  if (parts.length === 0) {
    throw new RangeError('there are no parts to reconcile');
  }
  for (const part of parts) {
    if (
      part.mean.length !== whole.mean.length ||
      levels(part) !== levels(whole)
    ) {
      throw new RangeError(
        `forecasts of ${part.mean.length} and ${
          whole.mean.length
        } points at levels ${levels(part)} and ${levels(
          whole,
        )} cannot be reconciled`,
      );
    }
  }
}

interface Guess {
  readonly mean: number;
  readonly variance: number;
}

interface Moved {
  readonly mean: number;
  /** By how much its interval becomes narrower, 0..1. */
  readonly factor: number;
}

function reconcile(
  parts: readonly Guess[],
  whole: Guess,
): { parts: Moved[]; whole: Moved } {
  const sum = parts.reduce((total, { mean }) => total + mean, 0);
  const sumVariance = parts.reduce(
    (total, { variance }) => total + variance,
    0,
  );
  const all = sumVariance + whole.variance;
  const missing = whole.mean - sum;
  const moves = parts.map(({ mean, variance }) => {
    // Without any uncertainty the parts are believed.
    const share = all > 0 ? variance / all : 0;
    const least = mean >= 0 ? 0 : -Infinity;
    return {
      mean: Math.max(least, mean + share * missing),
      factor: Math.sqrt(1 - share),
    };
  });
  return {
    parts: moves,
    whole: {
      mean: moves.reduce((total, { mean }) => total + mean, 0),
      factor: all > 0 ? Math.sqrt(sumVariance / all) : 1,
    },
  };
}

function widthAt(intervals: Intervals, i: number): number {
  return intervals.reduce(
    (widest, { lower, upper }) => Math.max(widest, upper[i] - lower[i]),
    0,
  );
}

function totalWidth({ intervals }: Forecast['total']): number {
  return intervals.reduce(
    (widest, { lower, upper }) => Math.max(widest, upper - lower),
    0,
  );
}

/** A forecast around new means, its intervals moved along and narrowed. */
function moved(
  forecast: Forecast,
  mean: Float64Array,
  shrink: Float64Array,
  totalShrink: number,
): Forecast {
  const isNeverNegative = forecast.intervals.every(({ lower }) =>
    lower.every(value => value >= 0),
  );
  const floor = isNeverNegative ? 0 : -Infinity;
  const total = mean.reduce((sum, value) => sum + value, 0);
  return {
    ...forecast,
    mean,
    intervals: forecast.intervals.map(({ level, lower, upper }) => ({
      level,
      lower: mean.map((value, i) =>
        Math.max(floor, value - shrink[i] * (forecast.mean[i] - lower[i])),
      ),
      upper: mean.map(
        (value, i) => value + shrink[i] * (upper[i] - forecast.mean[i]),
      ),
    })),
    total: {
      mean: total,
      intervals: forecast.total.intervals.map(({ level, lower, upper }) => ({
        level,
        lower: Math.max(
          floor,
          total - totalShrink * (forecast.total.mean - lower),
        ),
        upper: total + totalShrink * (upper - forecast.total.mean),
      })),
    },
  };
}
