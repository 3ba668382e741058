import { quantileOfSorted, sortedFinite } from './robust';
import { SEASONAL_DETECTOR_PARAMETERS as P } from './seasonalModel';

/** How a season changes the level at one point: `level * factor + shift`. */
export interface SeasonEffect {
  readonly factor: number;
  readonly shift: number;
}

export interface LevelStep {
  readonly expected: number;
  /** (value - expected) in deviations; 0 for a missing value. */
  readonly deviation: number;
}

export interface LevelTrackerOptions {
  /** Points that make up the level. */
  readonly levelPoints: number;
  /** Points after which a level that held is taken for normal. */
  readonly adoptAfter: number;
  /** Deviations from which a point does not touch the level. */
  readonly threshold: number;
}

/**
 * Follows the level of a de-seasoned series through its own past: the median of the last accepted
 * points.
 *
 * @remarks
 *
 * Points far out are not accepted, so that neither spikes nor a shift move what is expected. Points
 * far out on the same side for long enough become the new level.
 */
export class LevelTracker {
  readonly #options: LevelTrackerOptions;
  /** Last accepted values without their season, oldest first. */
  #accepted: number[] = [];
  /** Values far out since the last accepted one, all on one side. */
  #outside: number[] = [];
  #outsideSign = 0;

  constructor(options: LevelTrackerOptions, initial: Iterable<number> = []) {
    this.#options = options;
    this.#accepted = [...initial].filter(Number.isFinite);
  }

  get hasLevel(): boolean {
    return this.#accepted.length > 0;
  }

  /** Median of the accepted points; 0 without any. */
  get level(): number {
    return quantileOfSorted(sortedFinite(this.#accepted), 0.5);
  }

  /** Judges the next value, given its season and the spread around the level, and learns from it. */
  next(value: number, season: SeasonEffect, spread: number): LevelStep {
    const expected = this.level * season.factor + season.shift;
    if (Number.isNaN(value)) {
      return { expected, deviation: 0 };
    }
    const floor = Math.max(
      spread,
      P.minimumSpread * Math.abs(expected),
      Number.MIN_VALUE,
    );
    const raw = this.hasLevel ? (value - expected) / floor : 0;
    const deviation = Math.min(Math.max(raw, -P.maximumScore), P.maximumScore);
    this.#learn((value - season.shift) / season.factor, deviation);
    return { expected, deviation };
  }

  #learn(value: number, deviation: number): void {
    const { threshold, levelPoints, adoptAfter } = this.#options;
    if (Math.abs(deviation) < threshold) {
      this.#accept([value], levelPoints);
      this.#outside = [];
      return;
    }
    if (Math.sign(deviation) !== this.#outsideSign) {
      this.#outside = [];
      this.#outsideSign = Math.sign(deviation);
    }
    this.#outside.push(value);
    if (this.#outside.length >= adoptAfter) {
      this.#accepted = [];
      this.#accept(this.#outside, levelPoints);
      this.#outside = [];
    }
  }

  #accept(values: readonly number[], levelPoints: number): void {
    this.#accepted.push(...values);
    this.#accepted.splice(0, this.#accepted.length - levelPoints);
  }
}
