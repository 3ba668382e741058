import { median, robustDeviation } from '../robust';
import { CAPACITY_PARAMETERS as P } from './capacityParameters';

/** Residuals further out than so many spreads pull with bounded force (Huber). */
const HUBER = 1.5;
const ROUNDS = 3;

/** Level over time in days: `a + b * shape(t)`, with what is uncertain of it. */
export interface GrowthFit {
  readonly shape: 'linear' | 'relaxing' | 'step';
  /** Days at which growth began. */
  readonly onset: number;
  /** Probability that this is how it grows, among all fits. */
  readonly weight: number;
  readonly levelAt: (day: number) => number;
  /** Variance of the level, without drift. */
  readonly varianceAt: (day: number) => number;
  /** Growth a day at the end. */
  readonly slope: number;
}

/** Growth known from an earlier run, per day. */
export interface KnownSlope {
  readonly slope: number;
  readonly deviation: number;
  /** Days at which it began. */
  readonly onset: number;
}

/** All ways in which blocks may grow that are about as likely as the likeliest, and the spread around. */
export function fitGrowth(
  days: ArrayLike<number>,
  levels: ArrayLike<number>,
  known?: KnownSlope,
): { readonly fits: readonly GrowthFit[]; readonly spread: number } {
  const n = days.length;
  const end = days[n - 1];
  const raw: (Omit<GrowthFit, 'weight'> & {
    residuals: Float64Array;
    terms: number;
  })[] = [];
  const add = (
    shape: GrowthFit['shape'],
    onset: number,
    terms: number,
    at: (day: number) => number,
  ) => {
    const u = Float64Array.from({ length: n }, (_, i) => at(days[i]));
    const fit = huberLine(u, levels);
    if (fit) {
      raw.push({
        shape,
        onset,
        terms,
        residuals: fit.residuals,
        levelAt: day => fit.a + fit.b * at(day),
        varianceAt: day =>
          P.dependence *
          (fit.variance / fit.sum +
            (fit.variance * (at(day) - fit.mean) ** 2) / fit.square),
        slope: (fit.b * (at(end + 0.5) - at(end - 0.5))) / 1,
      });
    }
  };
  add('linear', days[0], 2, day => day - days[0]);
  for (const onset of onsets(days)) {
    add('linear', onset, 3, day => Math.max(0, day - onset));
    add('step', onset, 3, day => (day >= onset ? 1 : 0));
  }
  for (const onset of [days[0] - 0.125, ...onsets(days)]) {
    for (const tau of P.relaxationDays) {
      add('relaxing', onset, onset < days[0] ? 3 : 4, day =>
        day > onset ? 1 - Math.exp(-(day - onset) / tau) : 0,
      );
    }
  }
  if (known) {
    const a = median(
      Array.from(days, (day, i) => levels[i] - known.slope * day),
    );
    raw.push({
      shape: 'linear',
      onset: days[0],
      terms: 1,
      residuals: Float64Array.from(
        days,
        (day, i) => levels[i] - a - known.slope * day,
      ),
      levelAt: day => a + known.slope * day,
      varianceAt: day => (known.deviation * (day - end)) ** 2,
      slope: known.slope,
    });
  }
  const spreads = raw.map(
    ({ residuals, terms }) =>
      robustDeviation(residuals, 0) * Math.sqrt(n / Math.max(1, n - terms)),
  );
  const scale = Math.max(...Array.from(levels, Math.abs), Number.MIN_VALUE);
  const spread = Math.max(Math.min(...spreads), 1e-4 * scale);
  const scores = raw.map(
    ({ residuals, terms }) =>
      residuals.reduce((sum, r) => sum + huberLoss(r / spread), 0) /
        P.dependence +
      (terms / 2) * Math.log(Math.max(2, n / P.dependence)),
  );
  const best = Math.min(...scores);
  const total = scores.reduce((sum, s) => sum + Math.exp(best - s), 0);
  return {
    spread,
    fits: raw
      .map(({ residuals: _, terms: __, ...fit }, i) => ({
        ...fit,
        weight: Math.exp(best - scores[i]) / total,
      }))
      .filter(({ weight }) => weight > 1e-3),
  };
}

/** Blocks at which growth may have begun: not the first, nor too late to tell. */
function onsets(days: ArrayLike<number>): number[] {
  const last = days.length - P.minimumBlocks;
  const every = Math.max(1, Math.ceil(days.length / 24));
  const found: number[] = [];
  for (let i = last; i >= 2; i -= every) {
    found.push(days[i]);
  }
  return found;
}

function huberLoss(z: number): number {
  const size = Math.abs(z);
  return size <= HUBER ? (z * z) / 2 : HUBER * (size - HUBER / 2);
}

/** Line through points with bounded pull of each; nothing when all `u` are the same. */
function huberLine(u: Float64Array, levels: ArrayLike<number>) {
  const n = u.length;
  const weights = new Float64Array(n).fill(1);
  const residuals = new Float64Array(n);
  let [a, b, sum, mean, square, spread] = [0, 0, 0, 0, 0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    [sum, mean, square] = [0, 0, 0];
    let level = 0;
    for (let i = 0; i < n; i++) {
      sum += weights[i];
      mean += weights[i] * u[i];
      level += weights[i] * levels[i];
    }
    mean /= sum;
    level /= sum;
    let product = 0;
    for (let i = 0; i < n; i++) {
      square += weights[i] * (u[i] - mean) ** 2;
      product += weights[i] * (u[i] - mean) * (levels[i] - level);
    }
    if (!(square > 1e-12)) {
      return undefined;
    }
    b = product / square;
    a = level - b * mean;
    for (let i = 0; i < n; i++) {
      residuals[i] = levels[i] - a - b * u[i];
    }
    spread = robustDeviation(residuals, 0);
    for (let i = 0; i < n; i++) {
      const size = Math.abs(residuals[i]);
      weights[i] = size > HUBER * spread ? (HUBER * spread) / size : 1;
    }
    if (!(spread > 0)) {
      break;
    }
  }
  return { a, b, sum, mean, square, variance: spread * spread, residuals };
}
