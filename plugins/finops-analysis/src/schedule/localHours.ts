const HOUR_S = 3600;
const QUARTER_S = 900;

/**
 * Makes a function from epoch seconds to hours since 1970-01-01T00:00 on the clock of a time zone.
 * Remembers the offset of each quarter of an hour, the finest step of any zone.
 *
 * @throws RangeError for an unknown zone.
 */
export function localHours(timeZone: string): (time: number) => number {
  if (timeZone === 'UTC') {
    return time => Math.floor(time / HOUR_S);
  }
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
  });
  const known = new Map<number, number>();
  return time => {
    const quarter = Math.floor(time / QUARTER_S);
    let hour = known.get(quarter);
    if (hour === undefined) {
      const parts: Record<string, number> = {};
      for (const { type, value } of format.formatToParts(
        quarter * QUARTER_S * 1000,
      )) {
        parts[type] = Number(value);
      }
      hour =
        Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour) /
        (HOUR_S * 1000);
      known.set(quarter, hour);
    }
    return hour;
  };
}
