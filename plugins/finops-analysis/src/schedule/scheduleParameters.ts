import {
  Abstention,
  AbstentionCode,
  ModelRef,
} from '@apexlogic/backstage-plugin-finops-common';

/** @public */
export const SCHEDULE_MODEL: ModelRef = {
  name: 'UsageSchedule',
  version: '1.1.0',
};

/** One configuration for everything that runs; docs/benchmarks.md tells how it was chosen. @public */
export const SCHEDULE_PARAMETERS = {
  /** History that is looked at: two of each weekday. */
  windowDays: 14,
  /** Days with measurements before anything is said. */
  minimumDays: 5,
  minimumPoints: 100,
  /** Nothing is said of what was not measured for this long. */
  staleAfterDays: 2,

  idle: {
    /** Cores below which a measurement is idle, as in GCP's recommender. */
    cores: 0.03,
    /** Share of idle measurements from which a machine is idle. */
    share: 0.97,
    /** The same must hold for the latest days, as what was just taken into use is not idle. */
    latestDays: 2,
    /** Share from which hardly anything but a new use of the machine ends the idleness. */
    clearShare: 0.99,
    /** Observed share of machines that stayed idle for a week, from a clear and from another share. */
    confidenceClear: 0.96,
    confidence: 0.9,
  },

  off: {
    /** Share of the capacity below which an hour's maximum must stay. */
    capacityShare: 0.05,
    /** Largest estimated chance of use of an hour that counts as off. */
    maximumChance: 0.1,
    /** Days after which a day counts half. */
    halfLifeDays: 7,
    /** How much more the same weekday counts than another day. */
    sameWeekday: 2,
    /** How much a working day tells of a day of the weekend, and it of a working day. */
    otherPartOfWeek: 0.05,
    /** How much the hours before and after count. */
    neighbour: 0.3,
    /** Chance that an hour without any sign of use is used all the same, as observed. */
    surprise: 0.014,
    /** Holidays that must have been seen before they have hours of their own. */
    minimumHolidays: 2,
  },
} as const;

export function abstainFromSchedule(
  code: AbstentionCode,
  reason: string,
): Abstention {
  return { kind: 'abstention', code, reason, model: SCHEDULE_MODEL };
}
