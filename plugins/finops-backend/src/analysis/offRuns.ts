const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const HOURS_OF_DAY = 24;

/** Hours that follow one another, over the end of the week as well. */
export interface OffRun {
  /** Hour of the week from Sunday 00:00. */
  readonly from: number;
  readonly hours: number;
}

/** The runs of off hours of a week that are long enough to stop for, in order of their start. */
export function offRuns(
  off: readonly boolean[],
  minimumHours: number,
): OffRun[] {
  const length = off.length;
  if (off.every(Boolean)) {
    return [{ from: 0, hours: length }];
  }
  const runs: OffRun[] = [];
  for (let from = 0; from < length; from++) {
    // A run starts where the hour before is on; the one over the end of the week starts late in it.
    if (off[from] && !off[(from + length - 1) % length]) {
      let hours = 1;
      while (off[(from + hours) % length]) {
        hours += 1;
      }
      if (hours >= minimumHours) {
        runs.push({ from, hours });
      }
    }
  }
  return runs;
}

/**
 * "Mon to Thu 20:00 to 07:00, Fri 20:00 to Mon 07:00": runs that begin at the same hour of several days
 * and last equally long are told once.
 */
export function weekInWords(runs: readonly OffRun[]): string {
  const alike = new Map<string, number[]>();
  for (const { from, hours } of runs) {
    const key = `${from % HOURS_OF_DAY}/${hours}`;
    alike.set(key, [
      ...(alike.get(key) ?? []),
      Math.floor(from / HOURS_OF_DAY),
    ]);
  }
  return [...alike]
    .map(([key, days]) => {
      const [start, hours] = key.split('/').map(Number);
      if (hours >= DAYS.length * HOURS_OF_DAY) {
        return 'the whole week';
      }
      const begin = `${daysInWords(days)} ${clock(start)}`;
      const end = start + hours;
      if (days.length > 1) {
        return hours > HOURS_OF_DAY
          ? `${begin} for ${hours} hours`
          : `${begin} to ${clock(end)}`;
      }
      const endDay = DAYS[(days[0] + Math.floor(end / HOURS_OF_DAY)) % 7];
      return `${begin} to ${end >= HOURS_OF_DAY ? `${endDay} ` : ''}${clock(
        end,
      )}`;
    })
    .join(', ');
}

function daysInWords(days: readonly number[]): string {
  const isRow =
    days.length > 2 &&
    days.every((day, index) => index === 0 || day === days[index - 1] + 1);
  return isRow
    ? `${DAYS[days[0]]} to ${DAYS[days[days.length - 1]]}`
    : days.map(day => DAYS[day]).join(', ');
}

function clock(hour: number): string {
  return `${String(hour % HOURS_OF_DAY).padStart(2, '0')}:00`;
}
