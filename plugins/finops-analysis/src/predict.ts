import { seasonOf } from './season';

/** Weights of the newest value tried by exponential smoothing. */
const LEVEL_WEIGHTS = [0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9];
/** Weights of the newest slope tried by the damped trend. */
const TREND_WEIGHTS = [0.02, 0.1, 0.25];
const DAMPING = 0.9;
/** Points whose mean is the level of a series without season. */
const RECENT_POINTS = 7;
const RECENT_SEASONS = 2;

/**
 * Continues a complete series by the pointwise median of four methods on the values without season:
 * mean of the last seasons, damped trend, Theta, and drift. Their mistakes differ, the median keeps
 * none of the wild ones.
 */
export function predict(
  values: Float64Array,
  period: number,
  horizon: number,
): Float64Array {
  // A season seen less than twice cannot be told from a trend.
  const seasonLength = values.length >= 2 * period ? period : 1;
  const season = seasonOf(
    values,
    centredMean(values, seasonLength),
    seasonLength,
  );
  const level = values.map((value, i) => value - season[i % seasonLength]);
  const methods = [
    recentMean(level, seasonLength),
    dampedTrend(level),
    theta(level),
    drift(level),
  ];
  const predicted = new Float64Array(horizon);
  for (let i = 0; i < horizon; i++) {
    let sum = 0;
    let least = Infinity;
    let most = -Infinity;
    for (const method of methods) {
      const candidate = method(i + 1);
      sum += candidate;
      least = Math.min(least, candidate);
      most = Math.max(most, candidate);
    }
    // The median of four: without the lowest and the highest.
    predicted[i] =
      (sum - least - most) / 2 + season[(values.length + i) % seasonLength];
  }
  return predicted;
}

type Method = (lead: number) => number;

function recentMean(level: Float64Array, period: number): Method {
  const points = period > 1 ? RECENT_SEASONS * period : RECENT_POINTS;
  const recent = level.subarray(Math.max(0, level.length - points));
  const mean = recent.reduce((a, b) => a + b, 0) / recent.length;
  return () => mean;
}

function drift(level: Float64Array): Method {
  const last = level[level.length - 1];
  const slope = level.length > 1 ? (last - level[0]) / (level.length - 1) : 0;
  return lead => last + slope * lead;
}

/** Exponential smoothing plus half of the straight line's slope. */
function theta(level: Float64Array): Method {
  let best = { error: Infinity, smoothed: level[0] };
  for (const weight of LEVEL_WEIGHTS) {
    let smoothed = level[0];
    let error = 0;
    for (let i = 1; i < level.length; i++) {
      const miss = level[i] - smoothed;
      error += miss * miss;
      smoothed += weight * miss;
    }
    if (error < best.error) {
      best = { error, smoothed };
    }
  }
  const slope = straightSlope(level) / 2;
  return lead => best.smoothed + slope * lead;
}

function dampedTrend(level: Float64Array): Method {
  let best = { error: Infinity, smoothed: level[0], trend: 0 };
  for (const levelWeight of LEVEL_WEIGHTS) {
    for (const trendWeight of TREND_WEIGHTS) {
      let smoothed = level[0];
      let trend = 0;
      let error = 0;
      for (let i = 1; i < level.length; i++) {
        const expected = smoothed + DAMPING * trend;
        const miss = level[i] - expected;
        error += miss * miss;
        smoothed = expected + levelWeight * miss;
        trend = DAMPING * trend + levelWeight * trendWeight * miss;
      }
      if (error < best.error) {
        best = { error, smoothed, trend };
      }
    }
  }
  return lead =>
    best.smoothed +
    best.trend * ((DAMPING * (1 - DAMPING ** lead)) / (1 - DAMPING));
}

function straightSlope(values: Float64Array): number {
  const middle = (values.length - 1) / 2;
  let above = 0;
  let below = 0;
  values.forEach((value, i) => {
    above += (i - middle) * value;
    below += (i - middle) ** 2;
  });
  return below > 0 ? above / below : 0;
}

/** Mean over one season around each point; at the ends over the nearest whole season. */
function centredMean(values: Float64Array, period: number): Float64Array {
  const sums = new Float64Array(values.length + 1);
  values.forEach((value, i) => {
    sums[i + 1] = sums[i] + value;
  });
  const width = Math.min(period, values.length);
  return values.map((_, i) => {
    const from = Math.min(Math.max(0, i - (width >> 1)), values.length - width);
    return (sums[from + width] - sums[from]) / width;
  });
}
