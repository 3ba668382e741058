import { ModelRef } from '@apexlogic/backstage-plugin-finops-common';
import { Series, TimeSpan } from '../types';

/** @public */
export interface SaturationOptions {
  /** Known restarts, epoch seconds; resets that the use itself shows are found without them. */
  readonly restarts?: readonly number[];
  /** Recent commits or deployments: one after which growth began is named as its likely cause. */
  readonly changes?: readonly {
    /** Epoch seconds. */
    readonly at: number;
    readonly label: string;
  }[];
}

/** When the use of something limited is expected to pass its limit. @public */
export interface Saturation {
  readonly kind: 'saturation';
  /**
   * What makes it grow: a `leak` since a restart or change, a `trend`, only its usual
   * `seasonal-peak`, a `step` to a new level, or nothing (`none`).
   */
  readonly growth: 'leak' | 'trend' | 'seasonal-peak' | 'step' | 'none';
  /** Seconds from the end of the series until it passes; absent when not within 90 days. */
  readonly expected?: number;
  /** Bounds around it, same unit; an absent bound lies beyond 90 days. */
  readonly intervals: readonly {
    readonly level: number;
    readonly earliest?: number;
    readonly latest?: number;
  }[];
  /** Chance of passing within the time from the end of the series, 0..1. */
  readonly probability: {
    readonly within24h: number;
    readonly within7d: number;
    readonly within30d: number;
  };
  /** Upper use now and its growth a day, in the unit of the series. */
  readonly upperUse: number;
  readonly growthPerDay: number;
  /** Upper use in the days to come, with 80 % bounds; same unit, never below nothing. */
  readonly outlook: {
    readonly mean: Series;
    readonly lower: Series;
    readonly upper: Series;
  };
  /** When the growth began, epoch seconds, as far as the history shows it. */
  readonly since?: number;
  /** The change after which it began. */
  readonly cause?: { readonly at: number; readonly label: string };
  /** History that the growth was measured on. */
  readonly measured: TimeSpan;
  readonly model: ModelRef;
}
