import { ModelRef } from '@apexlogic/backstage-plugin-finops-common';

/** @public */
export const CAPACITY_MODEL: ModelRef = {
  name: 'TimeToSaturation',
  version: '1.0.0',
};

/** One configuration for every resource; a change of it is a new version of the model. */
export const CAPACITY_PARAMETERS = {
  /** History that is looked at, days. */
  windowDays: 28,
  /** Hours with measurements before anything is said. */
  minimumHours: 48,
  /** Nothing is said of what was not measured for this long, hours. */
  staleAfterHours: 6,
  /** Growth is measured on medians of so many hours: two hostile ones of them change nothing. */
  blockHours: 6,
  /** Blocks of a run before its own growth is trusted. */
  minimumBlocks: 4,
  /** A fall is a restart from so many usual changes between hours, and this share of the limit. */
  resetDeviations: 8,
  resetShare: 0.06,
  /** Restarts from which their regularity can keep something below its limit. */
  regularResets: 3,
  /** Largest spread of the peaks before restarts that counts as regular, as a share of them. */
  regularSpread: 0.12,
  /** Relaxation times of a fill that ends by itself (cache, pool), days. */
  relaxationDays: [0.25, 0.5, 1, 2, 4],
  /** Neighbouring blocks resemble each other: so many of them say as much as one. */
  dependence: 2.5,
  /** A season must take this share off the distance between hours and their day's level. */
  seasonGain: 0.15,
  /** The level must change by this factor between halves before one can see whether the season grows with it. */
  seasonGrowthLevel: 1.1,
  /** Peaks above the level: this quantile of the residuals, widened. */
  peakQuantile: 0.9,
  peakFactor: 1.5,
  /** Uncertainty of where the peaks stand now, in variances of the blocks. */
  levelVariance: 1,
  /** Unforeseen change of the level in a day, in spreads of the blocks. */
  drift: 1.4,
  /** Looked ahead, days. */
  horizonDays: 90,
  /** Shown of it, days. */
  outlookDays: 14,
  /** Chances from which it is a risk worth raising. */
  raise: { within24h: 0.3, within7d: 0.5 },
} as const;
