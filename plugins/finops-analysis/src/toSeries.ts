import { Series } from './types';

/** A larger grid than this has a step that does not fit the points. */
const MAXIMUM_POINTS = 4_000_000;

/** One measurement: epoch seconds and a value. @public */
export type Point = readonly [time: number, value: number];

/** Points as a regular series, or why they are none. @public */
export type ParsedSeries =
  | {
      readonly kind: 'series';
      readonly series: Series;
      /** Points left out: no finite time, or no finite value. */
      readonly unusable: number;
      /** Points that shared a place with a later one, which stayed. */
      readonly replaced: number;
    }
  | {
      readonly kind: 'error';
      readonly code: 'no-points' | 'unknown-step' | 'bad-step' | 'too-long';
      readonly reason: string;
    };

/**
 * Puts points on a regular grid: the door through which measurements come in. They may be unsorted,
 * duplicate (the last given stays), not finite or missing; what has no value is NaN.
 *
 * @param step - Seconds between values; the median distance of the points when absent.
 *
 * @public
 */
export function toSeries(points: Iterable<Point>, step?: number): ParsedSeries {
  if (step !== undefined && !(step > 0 && Number.isFinite(step))) {
    return error('bad-step', `a step of ${step} s is not possible`);
  }
  const usable: Point[] = [];
  let unusable = 0;
  for (const point of points) {
    if (Number.isFinite(point[0]) && Number.isFinite(point[1])) {
      usable.push(point);
    } else {
      unusable += 1;
    }
  }
  if (usable.length === 0) {
    return error(
      'no-points',
      `none of ${unusable} points has a time and a value`,
    );
  }
  // Stable, so that of equal times the last given comes last.
  usable.sort((a, b) => a[0] - b[0]);
  const width = step ?? medianDistance(usable);
  if (width === undefined) {
    return error('unknown-step', 'points of one moment have no distance');
  }
  const start = usable[0][0];
  const length = Math.round((usable[usable.length - 1][0] - start) / width) + 1;
  if (!(length <= MAXIMUM_POINTS)) {
    return error(
      'too-long',
      `${length} steps of ${width} s are more than ${MAXIMUM_POINTS}`,
    );
  }
  const values = new Float64Array(length).fill(NaN);
  let replaced = 0;
  for (const [time, value] of usable) {
    const at = Math.round((time - start) / width);
    replaced += Number.isNaN(values[at]) ? 0 : 1;
    values[at] = value;
  }
  return {
    kind: 'series',
    series: { start, step: width, values },
    unusable,
    replaced,
  };
}

type ErrorCode = Extract<ParsedSeries, { kind: 'error' }>['code'];

function error(code: ErrorCode, reason: string): ParsedSeries {
  return { kind: 'error', code, reason };
}

function medianDistance(points: readonly Point[]): number | undefined {
  const distances = new Float64Array(points.length - 1);
  let count = 0;
  for (let i = 1; i < points.length; i++) {
    const distance = points[i][0] - points[i - 1][0];
    if (distance > 0) {
      distances[count] = distance;
      count += 1;
    }
  }
  return count > 0
    ? distances.subarray(0, count).sort()[count >> 1]
    : undefined;
}

/**
 * Indices of `after` at which a value is not what `before` said: restated days of billing, say. Values
 * that came or went count too. The same start and step are the caller's promise.
 *
 * @public
 */
export function restatedPoints(before: Series, after: Series): number[] {
  const restated: number[] = [];
  for (
    let i = 0;
    i < Math.min(before.values.length, after.values.length);
    i++
  ) {
    if (!Object.is(before.values[i], after.values[i])) {
      restated.push(i);
    }
  }
  return restated;
}
