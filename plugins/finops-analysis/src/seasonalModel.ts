import { ModelRef } from '@apexlogic/backstage-plugin-finops-common';

/** The model behind the anomaly functions. @public */
export const SEASONAL_DETECTOR: ModelRef = {
  name: 'SeasonalDetector',
  version: '1.2.0',
};

/** Online score from which a point is worth an alarm. @public */
export const SEASONAL_DETECTOR_THRESHOLD = 5;

/**
 * Online score of an alarm sudden enough to interrupt somebody: fewer than one false one in three weeks
 * and series on public streams, at the price of two in five real ones.
 *
 * @public
 */
export const SEASONAL_DETECTOR_URGENT_THRESHOLD = 5.3;

/** Frozen: one configuration for every series, daily cost and hourly metrics alike. */
export const SEASONAL_DETECTOR_PARAMETERS = {
  /** Deviations from which a point is anomalous. */
  threshold: SEASONAL_DETECTOR_THRESHOLD,
  /** Deviations from which neighbours of an anomalous point belong to it. */
  continuation: 2.5,
  /** Fewer measured points, and nothing is judged. */
  minimumPoints: 10,
  /** The level is the median of this many seasons, and at least of so many points. */
  levelSeasons: 2,
  minimumLevelPoints: 7,
  /** Cycles that make up the season of an online score. */
  onlineCycles: 8,
  /** Seasons of residuals that make up the spread of an online score, and at least so many points. */
  onlineSpreadSeasons: 8,
  minimumOnlineSpreadPoints: 30,
  /** An online score looks for the season again when the history has grown by this factor. */
  periodSearchGrowth: 1.25,
  /**
   * The spread is never taken for smaller than this share of the level: on almost constant series
   * every ripple would else be an anomaly. With the threshold it makes 10 % the least that counts.
   */
  minimumSpread: 0.02,
  /** A level that has held this long is the new normal, seconds. */
  adoptAfterSeconds: 14 * 86_400,
  /** Deviations that hold for this share of a season (and this many points) are a shift, not a spike. */
  shiftSeasonShare: 0.5,
  minimumShiftPoints: 3,
  /** Scores end here: how wild a point is beyond it means nothing. */
  maximumScore: 1000,
} as const;
