import { UsageSketch } from '@apexlogic/backstage-plugin-finops-analysis';
import {
  addDays,
  Day,
  daysBetween,
} from '@apexlogic/backstage-plugin-finops-common';
import { SketchedResource, StoredSketch } from '../database/UsageStore';

/** Whole days after a choice on which it is judged. */
export const JUDGED_DAYS = 7;

/** Fewer days with measurements than this, and nothing is said: what was not seen was not healthy. */
const LEAST_DAYS = 5;

/**
 * Shares of the measured time, 0..1, in which a container used more than each of some requests would have
 * been, over the days from `startDay`; nothing when too few of them were measured.
 *
 * @param isLeftOut - days nothing may be learnt from
 */
export function timeOver(
  sketches: readonly StoredSketch[],
  subject: { readonly container: string; readonly resource: SketchedResource },
  startDay: Day,
  isLeftOut: (day: Day) => boolean,
): ((request: number) => number) | undefined {
  const wanted = new Set(
    daysBetween(startDay, addDays(startDay, JUDGED_DAYS)).filter(
      day => !isLeftOut(day),
    ),
  );
  const days = sketches.filter(
    ({ container, resource, day, sketch }) =>
      container === subject.container &&
      resource === subject.resource &&
      wanted.has(day) &&
      sketch.count > 0,
  );
  if (days.length < LEAST_DAYS) {
    return undefined;
  }
  const merged = UsageSketch.empty(subject.resource);
  days.forEach(({ sketch }) => merged.merge(sketch));
  return request => merged.shareAbove(request);
}
