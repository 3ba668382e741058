import fc from 'fast-check';
import {
  Opening,
  openingAt,
  openingOf,
  ScheduleWindow,
  WEEKDAYS,
} from './windows';

const OFFICE: ScheduleWindow = {
  timeZone: 'Europe/Berlin',
  weekdays: ['monday', 'tuesday', 'wednesday', 'thursday'],
  from: '09:00',
  to: '17:00',
};

const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 30))
  .map(parts => parts.map(part => String(part).padStart(2, '0')).join(':'));

const windows: fc.Arbitrary<ScheduleWindow> = fc
  .record({
    timeZone: fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
    ),
    weekdays: fc.subarray([...WEEKDAYS], { minLength: 1 }),
    from: time,
    to: fc.oneof(time, fc.constant('24:00')),
  })
  .filter(({ from, to }) => from !== to);

/** What the clock shows there, by another library. */
function clockAt(instant: number, timeZone: string) {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'long',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  return {
    weekday: WEEKDAYS.indexOf(
      parts.weekday.toLocaleLowerCase('en-US') as never,
    ),
    time: `${parts.hour}:${parts.minute}`,
  };
}

function isOpenByClock(window: ScheduleWindow, instant: number): boolean {
  const { weekday, time: now } = clockAt(instant, window.timeZone);
  const on = (day: number) => window.weekdays.includes(WEEKDAYS[(day + 7) % 7]);
  return window.to > window.from
    ? on(weekday) && now >= window.from && now < window.to
    : (on(weekday) && now >= window.from) ||
        (on(weekday - 1) && now < window.to);
}

/** A year's hours, the days on which clocks change left out: there spans are longer or shorter. */
const instants = fc
  .integer({ min: 0, max: 365 * 48 })
  .map(halves => Date.parse('2026-01-01T00:00:00Z') + halves * 1_800_000)
  .filter(instant =>
    ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'].every(zone =>
      [-36, 36].every(
        hours =>
          clockAt(instant, zone).time ===
            clockAt(instant + 86_400_000, zone).time &&
          clockAt(instant + hours * 3_600_000, zone).time.slice(3) ===
            clockAt(instant, zone).time.slice(3) &&
          clockAt(instant - 86_400_000, zone).time ===
            clockAt(instant, zone).time,
      ),
    ),
  );

describe('openingAt', () => {
  it('agrees with the clock on the wall, and what it tells next is true', () => {
    fc.assert(
      fc.property(windows, instants, (window, instant) => {
        const opening = openingAt(window, new Date(instant).toISOString());
        expect(opening.kind === 'open').toBe(isOpenByClock(window, instant));
        const next = Date.parse(
          opening.kind === 'open' ? opening.until : opening.opensAt,
        );
        expect(next).toBeGreaterThan(instant);
        if (opening.kind === 'closed') {
          expect(openingAt(window, opening.opensAt).kind).toBe('open');
          expect(
            openingAt(window, new Date(next - 60_000).toISOString()).kind,
          ).toBe('closed');
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, ScheduleWindow, string, Opening]>([
    [
      'on Friday evening waits for Monday',
      OFFICE,
      '2026-11-20T18:00:00Z',
      { kind: 'closed', opensAt: '2026-11-23T08:00:00.000Z' },
    ],
    [
      'is over at its end',
      OFFICE,
      '2026-11-19T16:00:00Z',
      { kind: 'closed', opensAt: '2026-11-23T08:00:00.000Z' },
    ],
    [
      'goes by summer time',
      OFFICE,
      '2026-07-01T07:00:00Z',
      { kind: 'open', until: '2026-07-01T15:00:00.000Z' },
    ],
    [
      'lasts past midnight',
      { ...OFFICE, weekdays: ['friday'], from: '22:00', to: '02:00' },
      '2026-11-21T00:30:00Z',
      { kind: 'open', until: '2026-11-21T01:00:00.000Z' },
    ],
    [
      'of an hour that the clock leaves out opens after it',
      { ...OFFICE, weekdays: ['sunday'], from: '02:30', to: '05:00' },
      '2026-03-29T00:00:00Z',
      { kind: 'closed', opensAt: '2026-03-29T01:30:00.000Z' },
    ],
    [
      'of a whole day has 25 hours when the clock goes back',
      { ...OFFICE, weekdays: ['sunday'], from: '00:00', to: '24:00' },
      '2026-10-24T22:00:00Z',
      { kind: 'open', until: '2026-10-25T23:00:00.000Z' },
    ],
  ])('%s', (_, window, now, opening) => {
    expect(openingAt(window, now)).toEqual(opening);
  });
});

describe('openingOf', () => {
  const subject = {
    owners: ['group:default/storefront'],
    environment: 'production',
    action: 'rightsize',
  };

  it('is the earliest of those that are about the change, and nothing where none is', () => {
    const now = '2026-11-20T18:00:00Z';
    const sunday: ScheduleWindow = { ...OFFICE, weekdays: ['sunday'] };
    expect(openingOf([OFFICE, sunday], subject, now)).toEqual({
      kind: 'closed',
      opensAt: '2026-11-22T08:00:00.000Z',
    });
    expect(
      openingOf([{ ...OFFICE, environment: 'staging' }], subject, now),
    ).toBeUndefined();
    expect(
      openingOf(
        [OFFICE, { ...OFFICE, weekdays: ['friday'], to: '23:00' }],
        subject,
        now,
      ),
    ).toEqual({ kind: 'open', until: '2026-11-20T22:00:00.000Z' });
  });
});
