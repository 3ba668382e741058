import { median, robustDeviation } from '../robust';
import { CAPACITY_PARAMETERS as P } from './capacityParameters';

/** Hours to each side whose medians are compared. */
const SIDE = 3;

/** Indices `[from, to)` of hours between two restarts. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/** Splits hourly use where it falls to a lower level for good, and at known restarts. */
export function splitRuns(
  hours: Float64Array,
  limit: number,
  known: readonly number[],
): Run[] {
  const falls = hours.map((_, i) =>
    i < SIDE || i + SIDE > hours.length
      ? NaN
      : sideMedian(hours, i, i + SIDE) - sideMedian(hours, i - SIDE, i),
  );
  const usual = robustDeviation(falls, 0);
  const least = Math.max(P.resetDeviations * usual, P.resetShare * limit);
  const starts = new Set<number>(
    known.filter(at => at > 0 && at < hours.length),
  );
  for (let i = SIDE; i < hours.length; i++) {
    const around = falls.subarray(i - SIDE, i + SIDE + 1);
    if (
      -falls[i] >= least &&
      around.every(other => !(other < falls[i])) &&
      ![...starts].some(start => Math.abs(start - i) <= SIDE) &&
      !endsAnExcursion(hours, i, least)
    ) {
      starts.add(i);
    }
  }
  const bounds = [...starts].sort((a, b) => a - b);
  return [0, ...bounds].map((from, n) => ({
    from,
    to: bounds[n] ?? hours.length,
  }));
}

/** A burst of hours that is over: the use is where it was a day before. */
function endsAnExcursion(
  hours: Float64Array,
  at: number,
  least: number,
): boolean {
  const after = sideMedian(hours, at, at + SIDE);
  for (let back = SIDE; back <= 24 && at - back - SIDE >= 0; back++) {
    const before = sideMedian(hours, at - back - SIDE, at - back);
    const risen = sideMedian(hours, at - back, at - back + SIDE) - before;
    if (risen >= least && Math.abs(after - before) < least / 2) {
      return true;
    }
  }
  return false;
}

function sideMedian(hours: Float64Array, from: number, to: number): number {
  const side = hours.subarray(from, to).filter(Number.isFinite);
  return side.length > 0 ? median(side) : NaN;
}
