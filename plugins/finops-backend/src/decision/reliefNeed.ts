import { CapacityRisk } from '../analysis/findCapacityRisks';

/** Relief is fit for what is expected within so many days: time to mend what grows. */
const RELIEF_DAYS = 14;

/** The most that is expected until then; same unit as the use. */
export function reliefNeed({ saturation }: CapacityRisk): number {
  const { mean } = saturation.outlook;
  return mean.values
    .subarray(0, (RELIEF_DAYS * 86_400) / mean.step)
    .reduce((most, value) => Math.max(most, value), 0);
}
