import { detectAnomalies } from './detectAnomalies';
import { Series } from './types';

const DAY_HOURS = 24;

/** A reproducible source of numbers in [0, 1). */
function randomFrom(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Invented {
  readonly seed: number;
  readonly days: number;
  /** Mean of a weekday. */
  readonly level: number;
  /** Swing of a day, and weekends, as shares of the level. */
  readonly swing: number;
  readonly weekend: number;
  /** Standard deviation as a share of what the hour would have. */
  readonly noise: number;
  readonly shift?: { readonly factor: number; readonly hours: number };
}

function invent(options: Invented): Series {
  const random = randomFrom(options.seed);
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const hours = options.days * DAY_HOURS;
  const values = Float64Array.from({ length: hours }, (_, hour) => {
    const ofDay =
      1 + options.swing * Math.sin(((hour % 24) / 24) * 2 * Math.PI);
    const ofWeek = Math.floor(hour / DAY_HOURS) % 7 >= 5 ? options.weekend : 1;
    const shifted = options.shift && hour >= hours - options.shift.hours;
    const factor = shifted ? options.shift!.factor : 1;
    const mean = options.level * ofDay * ofWeek * factor;
    return Math.max(0, mean * (1 + options.noise * normal()));
  });
  return {
    start: Date.parse('2026-01-05T00:00:00Z') / 1000,
    step: 3600,
    values,
  };
}

const detect = (options: Invented) =>
  detectAnomalies(invent(options), { mode: 'batch' });

describe('a shift of the level in a seasonal series', () => {
  const histories = [21, 28, 35].flatMap(days => [
    { days, weekend: 1 },
    { days, weekend: 0.35 },
  ]);

  it.each(histories)(
    'is one ongoing anomaly, and what was before stays usual: %j',
    ({ days, weekend }) => {
      for (const factor of [0.1, 0.4, 2, 5, 20, 30]) {
        for (const [seed, level] of [0.02, 3, 500].entries()) {
          const shift = { factor, hours: 8 * DAY_HOURS - 7 };
          const options = {
            seed,
            days,
            level,
            weekend,
            swing: 0.5,
            noise: 0.03,
          };
          expect({
            factor,
            level,
            found: detect({ ...options, shift }).map(
              ({ from, to, shape, direction, ongoing }) => ({
                startsOnTime: Math.abs(from - days * 24 + shift.hours) <= 6,
                endsAtEnd: to === days * 24,
                shape,
                direction,
                ongoing,
              }),
            ),
          }).toEqual({
            factor,
            level,
            found: [
              {
                startsOnTime: true,
                endsAtEnd: true,
                shape: 'level-shift',
                direction: factor > 1 ? 'above' : 'below',
                ongoing: true,
              },
            ],
          });
        }
      }
    },
  );

  it('stays one anomaly when it is half the level more, in noise', () => {
    const from = 29 * DAY_HOURS;
    for (let seed = 1; seed <= 5; seed++) {
      const found = detect({
        seed,
        days: 35,
        level: 10,
        swing: 0.3,
        weekend: 1,
        noise: 0.05,
        shift: { factor: 1.5, hours: 6 * DAY_HOURS },
      });
      // Noise may have wild points of its own before.
      expect(found.filter(({ to }) => to > from)).toMatchObject([
        { from, to: 35 * DAY_HOURS, shape: 'level-shift', ongoing: true },
      ]);
    }
  });
});

it('leaves events of several nights apart, none of them a shift', () => {
  const series = invent({
    seed: 5,
    days: 35,
    level: 10,
    swing: 0.5,
    weekend: 1,
    noise: 0.05,
  });
  const nights = [28, 29, 30, 31];
  for (const night of nights) {
    for (let hour = 2; hour < 5; hour++) {
      series.values[night * DAY_HOURS + hour] *= 3;
    }
  }
  expect(detectAnomalies(series, { mode: 'batch' })).toMatchObject(
    nights.map(night => ({
      from: night * DAY_HOURS + 2,
      to: night * DAY_HOURS + 5,
      shape: 'spike',
      ongoing: false,
    })),
  );
});

it('raises at most 0.05 false alarms a series and day on what is only seasonal', () => {
  let alarms = 0;
  let days = 0;
  for (let seed = 1; seed <= 120; seed++) {
    const options = {
      seed,
      days: [14, 21, 28, 35][seed % 4],
      level: [0.02, 3, 500][seed % 3],
      swing: [0.3, 0.6, 0.9][Math.floor(seed / 4) % 3],
      weekend: [1, 0.35, 0.7][Math.floor(seed / 12) % 3],
      noise: [0.03, 0.12][Math.floor(seed / 36) % 2],
    };
    alarms += detect(options).length;
    days += options.days;
  }
  expect(alarms / days).toBeLessThanOrEqual(0.05);
});
