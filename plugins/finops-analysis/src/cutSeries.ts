import { Series } from './types';

/**
 * The points of a series in `[from, to)`, epoch seconds. Its values are a view of the series', not a copy.
 *
 * @public
 */
export function cutSeries(series: Series, from: number, to: number): Series {
  const { start, step, values } = series;
  const first = Math.max(0, Math.ceil((from - start) / step));
  const end = Math.max(
    first,
    Math.min(values.length, Math.ceil((to - start) / step)),
  );
  return {
    start: start + first * step,
    step,
    values: values.subarray(first, end),
  };
}
