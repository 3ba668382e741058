import { Config } from '@backstage/config';
import { DateTime, IANAZone } from 'luxon';
import {
  ChangeRule,
  ChangeSubject,
  matchesChange,
  readChangeRule,
  requireOneOf,
} from './changeRules';

/** Days as windows name them, in ISO order. */
export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;

export type Weekday = (typeof WEEKDAYS)[number];

/** When change requests of some changes may be opened and updated. */
export type ScheduleWindow = ChangeRule & {
  /** IANA name. */
  readonly timeZone: string;
  readonly weekdays: readonly Weekday[];
  /** `HH:MM` on the clock there. */
  readonly from: string;
  /** The first minute after it, `HH:MM` up to `24:00`; on the next day where it is before `from`. */
  readonly to: string;
};

/** Whether it is open now, and the next change of that; times are ISO instants. */
export type Opening =
  | { readonly kind: 'open'; readonly until: string }
  | { readonly kind: 'closed'; readonly opensAt: string };

/** Days looked ahead: each weekday comes again within them, whatever the clocks do. */
const DAYS_AHEAD = 9;

const TIME = /^([01]\d|2[0-3]):([0-5]\d)$|^24:00$/;

/** Reads `finops.windows`; throws on what makes no sense. */
export function readWindows(items: readonly Config[]): ScheduleWindow[] {
  return items.map(item => {
    const timeZone = item.getString('timeZone');
    if (!IANAZone.isValidZone(timeZone)) {
      throw new Error(`finops.windows: '${timeZone}' is no time zone`);
    }
    const weekdays = item.getOptionalStringArray('weekdays') ?? [...WEEKDAYS];
    weekdays.forEach(day => requireOneOf('windows: weekday', day, WEEKDAYS));
    const [from, to] = ['from', 'to'].map(key => item.getString(key));
    if (!TIME.test(from) || from === '24:00' || !TIME.test(to) || from === to) {
      throw new Error(
        `finops.windows: '${from}' to '${to}' is no span of a day; write 09:00 to 17:00`,
      );
    }
    if (weekdays.length === 0) {
      throw new Error(
        'finops.windows: weekdays is empty, so that it never opens',
      );
    }
    return {
      ...readChangeRule(item, 'windows'),
      timeZone,
      weekdays: weekdays as Weekday[],
      from,
      to,
    };
  });
}

/** Whether a change may be proposed now; `undefined` where no window is about it, so that it always may. */
export function openingOf(
  windows: readonly ScheduleWindow[],
  subject: ChangeSubject,
  now: string,
): Opening | undefined {
  const openings = windows
    .filter(window => matchesChange(window, subject))
    .map(window => openingAt(window, now));
  const open = openings
    .flatMap(opening => (opening.kind === 'open' ? [opening] : []))
    .sort((a, b) => (a.until < b.until ? 1 : -1));
  const closed = openings
    .flatMap(opening => (opening.kind === 'closed' ? [opening] : []))
    .sort((a, b) => (a.opensAt < b.opensAt ? -1 : 1));
  return open.at(0) ?? closed.at(0);
}

/** Whether one window is open at an instant. Spans are as long as the clock there makes them. */
export function openingAt(window: ScheduleWindow, now: string): Opening {
  const { timeZone, weekdays } = window;
  const instant = DateTime.fromISO(now, { zone: timeZone });
  const today = instant.startOf('day');
  // A span of yesterday may still last.
  for (let offset = -1; offset <= DAYS_AHEAD; offset++) {
    const day = today.plus({ days: offset });
    if (weekdays.includes(WEEKDAYS[day.weekday - 1])) {
      const start = at(day, window.from);
      const end =
        window.to > window.from
          ? at(day, window.to)
          : at(day.plus({ days: 1 }), window.to);
      if (instant < start) {
        return { kind: 'closed', opensAt: isoOf(start) };
      }
      if (instant < end) {
        return { kind: 'open', until: isoOf(end) };
      }
    }
  }
  throw new Error(`A window of ${weekdays.join(', ')} never opens`);
}

/** The instant at which the clock first shows, or passes over, a time of a day. */
function at(day: DateTime, time: string): DateTime {
  const [hour, minute] = time.split(':').map(Number);
  return hour === 24
    ? day.plus({ days: 1 }).startOf('day')
    : day.set({ hour, minute });
}

function isoOf(instant: DateTime): string {
  return instant.toUTC().toJSDate().toISOString();
}
