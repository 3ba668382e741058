import { quantileOfSorted, sortedFinite } from '../robust';
import { Series } from '../types';

/** Rises beyond this quantile of all are left to the safety margin. */
const RISE_QUANTILE = 0.995;
/** From below this quantile of the load a rise is for the minimum to hold, not for the target. */
const USUAL_QUANTILE = 0.25;

/**
 * How much the load rises while a replica starts, from its own past: absolute and relative to what it was
 * before. A start shorter than a step of the series takes its share of the step's rise.
 */
export function startUpRise(
  { values, step }: Series,
  startUpSeconds: number,
): { readonly absolute: number; readonly relative: number } {
  const lag = Math.max(1, Math.ceil(startUpSeconds / step));
  const share = Math.min(1, startUpSeconds / step);
  const absolute: number[] = [];
  const relative: number[] = [];
  const usual = quantileOfSorted(sortedFinite(values), USUAL_QUANTILE);
  for (let i = lag; i < values.length; i++) {
    const rise = share * (values[i] - values[i - lag]);
    if (Number.isFinite(rise)) {
      absolute.push(Math.max(0, rise));
      if (values[i - lag] >= usual && values[i - lag] > 0) {
        relative.push(Math.max(0, rise / values[i - lag]));
      }
    }
  }
  return {
    absolute: quantileOfSorted(sortedFinite(absolute), RISE_QUANTILE),
    relative: quantileOfSorted(sortedFinite(relative), RISE_QUANTILE),
  };
}
