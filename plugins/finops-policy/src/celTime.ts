import { Environment, EvaluationError } from '@marcbachmann/cel-js';
import { Duration, durationOf, nanosOf, withinRange } from './celOperations';

const SYNCHRONOUS = { async: false };
const TIMESTAMP = 'google.protobuf.Timestamp';
const DURATION = 'google.protobuf.Duration';
const RFC_3339 =
  /^\d{4}-(0[1-9]|1[0-2])-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
const FIXED_OFFSET = /^([+-]?)(\d{2}):(\d{2})$/;
const NANOS: Readonly<Record<string, bigint>> = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  µs: 1_000n,
  ns: 1n,
};
const DAY = 86_400_000;

/** The wall clock of a timestamp in a zone, as the fields of a UTC date. */
const FIELDS: Readonly<Record<string, (wall: Date) => number>> = {
  getFullYear: wall => wall.getUTCFullYear(),
  getMonth: wall => wall.getUTCMonth(),
  getDate: wall => wall.getUTCDate(),
  getDayOfMonth: wall => wall.getUTCDate() - 1,
  getDayOfWeek: wall => wall.getUTCDay(),
  getDayOfYear: wall =>
    Math.floor((wall.getTime() - Date.UTC(wall.getUTCFullYear(), 0)) / DAY),
  getHours: wall => wall.getUTCHours(),
  getMinutes: wall => wall.getUTCMinutes(),
  getSeconds: wall => wall.getUTCSeconds(),
  getMilliseconds: wall => wall.getUTCMilliseconds(),
};

/** Names of {@link registerTime} that stand in for the library's own. */
export const TIME_FUNCTIONS = ['timestamp', 'duration'];
export const TIME_METHODS = Object.keys(FIELDS);

/**
 * Timestamps and durations of the specification: RFC 3339 to the millisecond, durations within int64
 * nanoseconds, fields in any zone of the IANA database or at a fixed offset. The library reads zones by way
 * of the host's own, which is wrong around its changes of the clock.
 */
export function registerTime(environment: Environment, prefix: string) {
  environment
    .registerFunction(
      `${prefix}timestamp(string): ${TIMESTAMP}`,
      parseTimestamp,
      SYNCHRONOUS,
    )
    .registerFunction(
      `${prefix}timestamp(int): ${TIMESTAMP}`,
      (seconds: bigint) => withinRange(new Date(Number(seconds) * 1000)),
      SYNCHRONOUS,
    )
    .registerFunction(
      `${prefix}timestamp(${TIMESTAMP}): ${TIMESTAMP}`,
      (instant: Date) => instant,
      SYNCHRONOUS,
    )
    .registerFunction(
      `${prefix}duration(string): ${DURATION}`,
      parseDuration,
      SYNCHRONOUS,
    )
    .registerFunction(
      `${prefix}duration(${DURATION}): ${DURATION}`,
      (duration: Duration) => duration,
      SYNCHRONOUS,
    );
  for (const [name, field] of Object.entries(FIELDS)) {
    environment
      .registerFunction(
        `${TIMESTAMP}.${prefix}${name}(): int`,
        (instant: Date) => BigInt(field(instant)),
        SYNCHRONOUS,
      )
      .registerFunction(
        `${TIMESTAMP}.${prefix}${name}(string): int`,
        (instant: Date, zone: string) =>
          BigInt(field(wallClock(instant, zone))),
        SYNCHRONOUS,
      );
  }
  const units = [
    ['getHours', NANOS.h],
    ['getMinutes', NANOS.m],
    ['getSeconds', NANOS.s],
  ] as const;
  for (const [name, unit] of units) {
    environment.registerFunction(
      `${DURATION}.${prefix}${name}(): int`,
      (duration: Duration) => nanosOf(duration) / unit,
      SYNCHRONOUS,
    );
  }
  // Of a duration it is the part below a second.
  environment.registerFunction(
    `${DURATION}.${prefix}getMilliseconds(): int`,
    (duration: Duration) => (nanosOf(duration) % NANOS.s) / NANOS.ms,
    SYNCHRONOUS,
  );
}

export function formatTimestamp(instant: Date): string {
  return instant.toISOString().replace(/\.?0*Z$/, 'Z');
}

/** Seconds with their fraction, as protobuf's JSON has it: `6347s`, `-1.5s`. */
export function formatDuration(duration: Duration): string {
  const nanos = nanosOf(duration);
  const size = nanos < 0n ? -nanos : nanos;
  const fraction = (size % NANOS.s)
    .toString()
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${nanos < 0n ? '-' : ''}${size / NANOS.s}${
    fraction && `.${fraction}`
  }s`;
}

function parseTimestamp(text: string): Date {
  const instant = new Date(text);
  if (!RFC_3339.test(text) || Number.isNaN(instant.getTime())) {
    throw new EvaluationError(
      `'${text.slice(0, 40)}' is no RFC 3339 timestamp`,
    );
  }
  return withinRange(instant) as Date;
}

/** Go's form: `1h30m`, `-1.5s`. Throws on anything else and beyond int64 nanoseconds. */
function parseDuration(text: string): Duration {
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  const parts = [...rest.matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|ms|s|m|h)/gy)];
  const length = parts.reduce((sum, [part]) => sum + part.length, 0);
  if (rest !== '0' && (parts.length === 0 || length !== rest.length)) {
    throw new EvaluationError(`'${text.slice(0, 40)}' is no duration`);
  }
  let nanos = 0n;
  for (const [, whole, fraction = '', unit] of parts) {
    if (whole === '' && fraction === '') {
      throw new EvaluationError(`'${text.slice(0, 40)}' is no duration`);
    }
    const digits = fraction.slice(0, 13);
    nanos +=
      BigInt(whole || 0) * NANOS[unit] +
      (BigInt(digits || 0) * NANOS[unit]) / 10n ** BigInt(digits.length);
  }
  return withinRange(durationOf(sign === '-' ? -nanos : nanos)) as Duration;
}

/** The zone's clock at an instant. Throws on a zone nobody knows. */
function wallClock(instant: Date, zone: string): Date {
  const offset = FIXED_OFFSET.exec(zone);
  if (offset) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    const signed = offset[1] === '-' ? -minutes : minutes;
    return new Date(instant.getTime() + signed * 60_000);
  }
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  return new Date(
    Date.UTC(
      parts.year,
      parts.month - 1,
      parts.day,
      parts.hour,
      parts.minute,
      parts.second,
      instant.getUTCMilliseconds(),
    ),
  );
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) {
    return known;
  }
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    // Zones are few, but a policy may compute names.
    if (formats.size < 500) {
      formats.set(zone, format);
    }
    return format;
  } catch {
    throw new EvaluationError(`'${zone.slice(0, 40)}' is no time zone`);
  }
}
