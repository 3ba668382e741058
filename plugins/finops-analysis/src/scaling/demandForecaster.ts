import { SCALING_PARAMETERS as P } from './scalingParameters';

const DAY_MINUTES = 1440;
/** Standardised errors are counted in bins of this width between plus and minus `REACH`. */
const BIN = 0.05;
const REACH = 10;
const BINS = (2 * REACH) / BIN + 1;
/** An error beyond this many spreads teaches no more than this one. */
const LARGEST_LESSON = 4;
/** Demand beyond this many spreads enters the levels only so far: a wrong measurement cannot carry them away. */
const LARGEST_STEP = 8;
/** Keeps the regression from trusting itself without end where nothing varies. */
const LARGEST_COVARIANCE = 1e4;
const EPSILON = 1e-3;

/** What the demand one start-up time ahead may be, in replicas at full utilisation. */
export interface DemandOutlook {
  /** Square root of the expected demand; errors are even on this scale, as counts are Poisson-like. */
  readonly root: number;
  /** Spread of the error of `root`. */
  readonly spread: number;
}

/** Learns from each observation and forecasts the demand `horizon` steps ahead. */
export interface DemandForecaster {
  /** Takes the demand of the next step, in replicas at full utilisation, ≥ 0 and finite. */
  observe(demand: number): DemandOutlook;
  /** Whether enough errors are known to trust {@link DemandForecaster.chanceAbove}. */
  readonly trusted: boolean;
  /** Share of past errors (0..1) that would lift the outlook above `demand`. */
  chanceAbove(outlook: DemandOutlook, demand: number): number;
  /** The demand that a share `q` of past errors stays at or below. */
  quantile(outlook: DemandOutlook, q: number): number;
}

/**
 * Levels of several speeds and the season of the day and week, combined by recursive least squares
 * with forgetting on the square root of demand.
 */
export function createDemandForecaster(
  horizon: number,
  stepMinutes: number,
): DemandForecaster {
  const steps = (minutes: number) =>
    Math.max(1, Math.round(minutes / stepMinutes));
  const rates = P.levelHalfLifeMinutes.map(
    minutes => 1 - 2 ** (-stepMinutes / minutes),
  );
  const spreadRate = 1 - 2 ** (-stepMinutes / P.spreadHalfLifeMinutes);
  const span = Math.floor(P.seasonSpanMinutes / stepMinutes);
  const day = steps(DAY_MINUTES);
  const size = rates.length + 3;
  const ringSize = 7 * day + span + 1;
  const ring = new Float64Array(ringSize);
  const levels = new Float64Array(rates.length);
  const weights = new Float64Array(size);
  weights[0] = 0.5;
  weights[1] = 0.5;
  const covariance = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    covariance[i * size + i] = 100;
  }
  const gain = new Float64Array(size);
  const pending: { features: Float64Array; outlook: DemandOutlook }[] = [];
  const errors = new Float64Array(BINS);
  let errorWeight = 0;
  let errorCount = 0;
  let variance = 0.3;
  let seen = 0;

  /** Mean around the step a day and a week before `step`; NaN while none is known. */
  const season = (step: number) => {
    let sum = 0;
    let count = 0;
    for (const back of [day, 7 * day]) {
      const from = Math.max(0, seen - ringSize, step - back - span);
      const to = Math.min(seen - 1, step - back + span);
      for (let at = from; at <= to; at++) {
        sum += ring[at % ringSize];
        count += 1;
      }
    }
    return count > 0 ? sum / count : NaN;
  };

  const learn = (features: Float64Array, root: number) => {
    const error = root - dot(weights, features);
    variance +=
      spreadRate * (Math.min(error * error, 16 * variance + 0.01) - variance);
    let scale: number = P.forgetting;
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let j = 0; j < size; j++) {
        sum += covariance[i * size + j] * features[j];
      }
      gain[i] = sum;
      scale += features[i] * sum;
    }
    const most = LARGEST_LESSON * Math.sqrt(variance);
    const lesson = Math.min(Math.max(error, -most), most);
    let trace = 0;
    for (let i = 0; i < size; i++) {
      weights[i] += (gain[i] / scale) * lesson;
      for (let j = 0; j < size; j++) {
        const at = i * size + j;
        covariance[at] =
          (covariance[at] - (gain[i] * gain[j]) / scale) / P.forgetting;
      }
      trace += covariance[i * size + i];
    }
    if (trace > LARGEST_COVARIANCE) {
      for (let at = 0; at < covariance.length; at++) {
        covariance[at] *= 0.5;
      }
    }
  };

  const count = ({ root: expected, spread }: DemandOutlook, root: number) => {
    const standardised = (root - expected) / spread;
    const limited = Math.min(Math.max(standardised, -REACH), REACH);
    const keep = 1 - 1 / P.errorMemorySteps;
    for (let bin = 0; bin < BINS; bin++) {
      errors[bin] *= keep;
    }
    errorWeight = errorWeight * keep + 1;
    errorCount += 1;
    errors[Math.round((limited + REACH) / BIN)] += 1;
  };

  return {
    get trusted() {
      return errorCount >= P.minimumErrors;
    },
    observe(demand) {
      const due = pending.length >= horizon ? pending.shift() : undefined;
      let root = Math.sqrt(demand);
      if (due) {
        count(due.outlook, root);
        const most = LARGEST_STEP * due.outlook.spread;
        root = Math.min(
          Math.max(root, due.outlook.root - most, 0),
          Math.max(0, due.outlook.root + most),
        );
        learn(due.features, root);
      }
      ring[seen % ringSize] = root;
      seen += 1;
      const now = seen - 1;
      const features = new Float64Array(size);
      for (let i = 0; i < rates.length; i++) {
        levels[i] =
          now === 0 ? root : levels[i] + rates[i] * (root - levels[i]);
        features[i] = levels[i];
      }
      const ahead = season(now + horizon);
      const before = season(now - span);
      features[size - 3] = 1;
      features[size - 2] = Number.isNaN(ahead - before) ? 0 : ahead - before;
      features[size - 1] = Number.isNaN(ahead)
        ? 0
        : ahead - levels[rates.length - 1];
      const outlook = {
        root: Math.max(0, dot(weights, features)),
        spread: Math.sqrt(variance) + EPSILON,
      };
      pending.push({ features, outlook });
      return outlook;
    },
    chanceAbove({ root, spread }, demand) {
      const standardised = (Math.sqrt(demand) - root) / spread;
      let above = 0;
      for (
        let bin = Math.max(0, Math.floor((standardised + REACH) / BIN) + 1);
        bin < BINS;
        bin++
      ) {
        above += errors[bin];
      }
      return errorWeight > 0 ? above / errorWeight : 1;
    },
    quantile({ root, spread }, q) {
      let above = 0;
      let bin = BINS - 1;
      while (bin > 0 && above + errors[bin] <= (1 - q) * errorWeight) {
        above += errors[bin];
        bin -= 1;
      }
      return Math.max(0, root + (bin * BIN - REACH) * spread) ** 2;
    },
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    sum += a[i] * b[i];
  }
  return sum;
}
