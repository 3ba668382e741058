const DAY_S = 86_400;

/** Days, weeks and years in points, as far as points of this step can show them; shortest first. */
export function calendarSeasons(step: number): number[] {
  if (step <= DAY_S / 4) {
    return [Math.round(DAY_S / step), Math.round((7 * DAY_S) / step)];
  }
  if (step <= DAY_S) {
    return [Math.round((7 * DAY_S) / step)];
  }
  if (step <= 7 * DAY_S) {
    return [Math.round((364 * DAY_S) / step)];
  }
  return step <= 31 * DAY_S ? [Math.round((365 * DAY_S) / step)] : [];
}
