import { SCHEDULE_MODEL, SCHEDULE_PARAMETERS } from './scheduleParameters';
import { selectMeasurements } from './selectMeasurements';
import { switchOffMoney } from './switchOffMoney';
import { CpuUsage, IdleOptions, IdleVerdict } from './types';

const P = SCHEDULE_PARAMETERS.idle;
const DAY_S = 86_400;
const HOURS_OF_WEEK = 168;

/**
 * Tells whether a machine does nothing: nearly all measurements of two weeks, and nearly all of the
 * latest two days, are below 0.03 cores. What it is used for besides CPU is not looked at.
 *
 * @throws TypeError when the columns of the usage differ in length.
 *
 * @public
 */
export function isIdle(
  usage: CpuUsage,
  options: IdleOptions = {},
): IdleVerdict {
  const selected = selectMeasurements(usage, options.now);
  if (selected.kind === 'abstention') {
    return selected;
  }
  const latestFrom = selected.now - P.latestDays * DAY_S;
  let idle = 0;
  let latest = 0;
  let latestIdle = 0;
  for (const row of selected.rows) {
    const isIdleRow = usage.used[row] < P.cores ? 1 : 0;
    idle += isIdleRow;
    if (usage.times[row] >= latestFrom) {
      latest += 1;
      latestIdle += isIdleRow;
    }
  }
  const idleShare = idle / selected.rows.length;
  const latestIdleShare = latestIdle / latest;
  const lower = Math.min(idleShare, latestIdleShare);
  const usedHoursPerWeek = (1 - idleShare) * HOURS_OF_WEEK;
  const figures = {
    idleShare,
    latestIdleShare,
    usedHoursPerWeek,
    model: SCHEDULE_MODEL,
  };
  if (lower < P.share) {
    return { kind: 'in-use', confidence: 0, ...figures };
  }
  return {
    kind: 'idle',
    confidence: lower >= P.clearShare ? P.confidenceClear : P.confidence,
    ...figures,
    ...switchOffMoney(options.pricePerHour, HOURS_OF_WEEK, usedHoursPerWeek),
  };
}
