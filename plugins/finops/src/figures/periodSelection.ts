import { addDays, Day, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import { z } from 'zod';
import { formatDay, formatMonth } from './time';

/** A choice of the period picker; its text form stands in the URL. */
export type PeriodSelection =
  | { readonly kind: 'rolling'; readonly days: number }
  | { readonly kind: 'month'; readonly month: string }
  | { readonly kind: 'custom'; readonly firstDay: Day; readonly lastDay: Day };

export const DEFAULT_PERIOD: PeriodSelection = { kind: 'rolling', days: 30 };

/** Longest span a screen asks for, in days: what the backend keeps of daily cost. */
const MAX_DAYS = 770;

const day = z.iso.date();
const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/);

/** Reads `30d`, `2026-10` or `2026-10-01..2026-10-15`; anything else is the default. */
export function parsePeriod(text: string | null | undefined): PeriodSelection {
  const rolling = /^(\d{1,3})d$/.exec(text ?? '');
  if (rolling && Number(rolling[1]) >= 1 && Number(rolling[1]) <= MAX_DAYS) {
    return { kind: 'rolling', days: Number(rolling[1]) };
  }
  if (month.safeParse(text).success) {
    return { kind: 'month', month: text as string };
  }
  const [firstDay, lastDay, rest] = (text ?? '').split('..');
  if (
    rest === undefined &&
    day.safeParse(firstDay).success &&
    day.safeParse(lastDay).success &&
    firstDay <= lastDay &&
    addDays(firstDay, MAX_DAYS) > lastDay
  ) {
    return { kind: 'custom', firstDay, lastDay };
  }
  return DEFAULT_PERIOD;
}

/** The inverse of {@link parsePeriod}. */
export function serializePeriod(selection: PeriodSelection): string {
  switch (selection.kind) {
    case 'rolling':
      return `${selection.days}d`;
    case 'month':
      return selection.month;
    default:
      return `${selection.firstDay}..${selection.lastDay}`;
  }
}

/** The half-open span of UTC days a selection stands for. */
export function spanOf(
  selection: PeriodSelection,
  now: number,
): { startDay: Day; endDay: Day } {
  switch (selection.kind) {
    case 'rolling': {
      const endDay = addDays(dayOf(now), 1);
      return { startDay: addDays(endDay, -selection.days), endDay };
    }
    case 'month':
      return {
        startDay: `${selection.month}-01`,
        endDay: `${addMonths(selection.month, 1)}-01`,
      };
    default:
      return {
        startDay: selection.firstDay,
        endDay: addDays(selection.lastDay, 1),
      };
  }
}

/** "30 days", "October 2026" or "1 Oct to 15 Oct". */
export function periodInWords(selection: PeriodSelection, now: number): string {
  switch (selection.kind) {
    case 'rolling':
      return `${selection.days} days`;
    case 'month':
      return formatMonth(selection.month);
    default:
      return `${formatDay(selection.firstDay, now)} to ${formatDay(
        selection.lastDay,
        now,
      )}`;
  }
}

/** `start` (`YYYY-MM`) moved by whole calendar months. */
export function addMonths(start: string, months: number): string {
  const [year, index] = start.split('-').map(Number);
  const moved = new Date(Date.UTC(year, index - 1 + months, 1));
  return moved.toISOString().slice(0, 7);
}

/** The last `count` months, newest first. */
export function recentMonths(now: number, count: number): string[] {
  const present = dayOf(now).slice(0, 7);
  return Array.from({ length: count }, (_, index) =>
    addMonths(present, -index),
  );
}
