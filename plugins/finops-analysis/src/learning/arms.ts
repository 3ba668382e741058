import { Tuning, TUNING_RISKS, TUNING_WINDOW_DAYS } from '../types';
import { Arm } from './types';

/** All arms; the first is the safe baseline. @public */
export const ARMS: readonly Arm[] = TUNING_WINDOW_DAYS.flatMap(days =>
  TUNING_RISKS.map(risk => `${risk}/${days}` as const),
);

/** What `rightsize` does when nobody chooses. @public */
export const BASELINE_ARM: Arm = ARMS[0];

/** @public */
export function tuningOf(arm: Arm): Tuning {
  const [risk, days] = arm.split('/');
  return { risk, windowDays: Number(days) } as Tuning;
}
