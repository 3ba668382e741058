import { SwitchOffMoney } from './types';

const HOURS_OF_MONTH = 730;
const HOURS_OF_WEEK = 168;

/** What hours a week are worth; nothing without a usable price. */
export function switchOffMoney(
  pricePerHour: number | undefined,
  offHoursPerWeek: number,
  wrongHoursPerWeek: number,
): { money?: SwitchOffMoney } {
  if (
    pricePerHour === undefined ||
    !Number.isFinite(pricePerHour) ||
    pricePerHour < 0
  ) {
    return {};
  }
  return {
    money: {
      savingPerMonth:
        (pricePerHour * HOURS_OF_MONTH * offHoursPerWeek) / HOURS_OF_WEEK,
      costOfErrorPerWeek: pricePerHour * wrongHoursPerWeek,
    },
  };
}
