import { SEASONAL_DETECTOR_PARAMETERS as P } from './seasonalModel';
import { SortedWindow } from './sortedWindow';

/** How a season changes the level at one point: `level * factor + shift`. */
export interface SeasonEffect {
  readonly factor: number;
  readonly shift: number;
}

/** The usual distance from what is expected: what stays the same, and a share of what is expected. */
export interface UsualSpread {
  readonly constant: number;
  readonly share: number;
}

export interface LevelStep {
  readonly expected: number;
  /** Usual distance from what is expected, in the unit of the series. */
  readonly spread: number;
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
  /** Quiet points after which an excursion is over. */
  readonly pause: number;
}

/**
 * Follows the level of a de-seasoned series through its own past: the median of the last accepted
 * points.
 *
 * @remarks
 *
 * Points far out are not accepted, so that neither spikes nor a shift move what is expected; nor are
 * those that follow them less far out on the same side. Enough of them become the new level.
 */
export class LevelTracker {
  readonly #options: LevelTrackerOptions;
  /** Last accepted values without their season, oldest first. */
  #accepted: number[] = [];
  /** The same values in order. */
  #ordered: SortedWindow;
  /** Values of the present excursion, all on one side. */
  #outside: number[] = [];
  #outsideSign = 0;
  /** Points accepted since the last one far out. */
  #quiet = 0;

  constructor(options: LevelTrackerOptions, initial: Iterable<number> = []) {
    this.#options = options;
    this.#ordered = new SortedWindow(options.levelPoints);
    this.#accept([...initial].filter(Number.isFinite));
  }

  get hasLevel(): boolean {
    return this.#accepted.length > 0;
  }

  /** Median of the accepted points; 0 without any. */
  get level(): number {
    return this.#ordered.quantile(0.5);
  }

  /** Judges the next value, given its season and the spread around the level, and learns from it. */
  next(value: number, season: SeasonEffect, usual: UsualSpread): LevelStep {
    const expected = this.level * season.factor + season.shift;
    const spread = Math.max(
      usual.constant,
      Math.max(usual.share, P.minimumSpread) * Math.abs(expected),
    );
    if (Number.isNaN(value)) {
      return { expected, spread, deviation: 0 };
    }
    const raw = this.hasLevel
      ? (value - expected) / Math.max(spread, Number.MIN_VALUE)
      : 0;
    const deviation = Math.min(Math.max(raw, -P.maximumScore), P.maximumScore);
    this.#learn((value - season.shift) / season.factor, deviation);
    return { expected, spread, deviation };
  }

  #learn(value: number, deviation: number): void {
    const { threshold, adoptAfter, pause } = this.#options;
    const sign = Math.sign(deviation);
    // Else the calmer points of a small shift would make it usual within days.
    const goesOn = this.#outside.length > 0 && sign === this.#outsideSign;
    const limit = goesOn ? Math.min(P.continuation, threshold) : threshold;
    if (Math.abs(deviation) < limit) {
      this.#accept([value]);
      this.#quiet += 1;
      if (this.#quiet > pause) {
        this.#outside = [];
      }
      return;
    }
    if (!goesOn) {
      this.#outside = [];
      this.#outsideSign = sign;
    }
    this.#quiet = 0;
    this.#outside.push(value);
    if (this.#outside.length >= adoptAfter) {
      this.#accepted = [];
      this.#ordered = new SortedWindow(this.#options.levelPoints);
      this.#accept(this.#outside);
      this.#outside = [];
    }
  }

  #accept(values: readonly number[]): void {
    for (const value of values) {
      if (this.#accepted.length === this.#options.levelPoints) {
        this.#ordered.remove(this.#accepted.shift()!);
      }
      this.#accepted.push(value);
      this.#ordered.add(value);
    }
  }
}
