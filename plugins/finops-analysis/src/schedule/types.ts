import {
  Abstention,
  ModelRef,
} from '@apexlogic/backstage-plugin-finops-common';

/**
 * CPU measurements of one machine or workload, in any order. Values that are not finite or are
 * negative count as missing.
 *
 * @public
 */
export interface CpuUsage {
  /** Epoch seconds. */
  readonly times: Float64Array;
  /** Cores, one for each time. */
  readonly used: Float64Array;
  /** Cores that could have been used, one for each time or one for all; 0 = switched off. */
  readonly capacity: Float64Array | number;
}

/** @public */
export interface IdleOptions {
  /** Epoch seconds; the time of the last measurement by default. Later ones are not looked at. */
  readonly now?: number;
  /** Price of an hour, in any currency. */
  readonly pricePerHour?: number;
}

/** @public */
export interface ScheduleOptions extends IdleOptions {
  /** IANA name of the zone in which people use it, `UTC` by default. */
  readonly timeZone?: string;
  /** Local dates (`YYYY-MM-DD`) that are unlike other days of their weekday. */
  readonly holidays?: readonly string[];
}

/** What switching off would bring, and cost where it is wrong. In the currency of the price. @public */
export interface SwitchOffMoney {
  /** Price of the hours switched off in 730 hours, a month. */
  readonly savingPerMonth: number;
  /** Price of the hours a week that are expected to be wanted while switched off. */
  readonly costOfErrorPerWeek: number;
}

/**
 * Whether a machine does nothing; an abstention where that cannot be said.
 *
 * @public
 */
export type IdleVerdict = IdleJudgement | Abstention;

/** @public */
export interface IdleJudgement {
  readonly kind: 'idle' | 'in-use';
  /** Share of idle measurements, 0..1: of the window, and of its latest days. */
  readonly idleShare: number;
  readonly latestIdleShare: number;
  /** Chance that an idle machine stays idle in the next week, 0..1; 0 for one in use. */
  readonly confidence: number;
  /** Hours a week in which it was not idle. */
  readonly usedHoursPerWeek: number;
  /** For an idle machine when a price is known. */
  readonly money?: SwitchOffMoney;
  readonly model: ModelRef;
}

/**
 * Hours of the week in which a machine can be off.
 *
 * @public
 */
export interface WeeklySchedule {
  readonly kind: 'schedule';
  readonly timeZone: string;
  /** 168 local hours from Sunday 00:00; true = off. */
  readonly off: readonly boolean[];
  /** 168 chances (0..1) that the hour is used. */
  readonly chanceOfUse: Float64Array;
  /** 24 hours of a holiday, when enough holidays were seen; otherwise holidays are as their weekday. */
  readonly holidayOff?: readonly boolean[];
  readonly offHoursPerWeek: number;
  /** Off hours a week that are expected to be wanted. */
  readonly expectedUsedOffHours: number;
  /** Mean chance that an off hour stays unused, 0..1; 0 without off hours. */
  readonly confidence: number;
  /** When a price is known. */
  readonly money?: SwitchOffMoney;
  readonly model: ModelRef;
}
