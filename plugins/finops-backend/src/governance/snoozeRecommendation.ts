import {
  canTransition,
  DAY_MS,
} from '@apexlogic/backstage-plugin-finops-common';
import { Loop } from '../delivery/Loop';
import { advance } from './advance';
import { FinopsError } from './errors';

/** Longest a recommendation may be hidden. */
const MAX_SNOOZE_DAYS = 180;

/** Hides a recommendation until an instant in the next 180 days. */
export async function snoozeRecommendation(
  loop: Loop,
  options: { id: string; until: string; actor: string },
): Promise<void> {
  const { id, until, actor } = options;
  const now = loop.now();
  const instant = Date.parse(until);
  if (
    !(
      instant > Date.parse(now) &&
      instant <= Date.parse(now) + MAX_SNOOZE_DAYS * DAY_MS
    )
  ) {
    throw new FinopsError(
      'bad-input',
      `until must lie in the next ${MAX_SNOOZE_DAYS} days.`,
    );
  }
  const snoozedUntil = new Date(instant).toISOString();
  await advance(loop.stores, id, ({ state }) => {
    if (!canTransition(state, 'snoozed')) {
      throw new FinopsError(
        'wrong-state',
        `A recommendation that is ${state} cannot be snoozed.`,
      );
    }
    return {
      to: 'snoozed',
      event: 'snoozed',
      actor,
      detail: `Snoozed until ${snoozedUntil}.`,
      now,
      snoozedUntil,
    };
  });
}
