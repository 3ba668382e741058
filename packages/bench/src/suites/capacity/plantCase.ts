import { Series } from '@apexlogic/backstage-plugin-finops-analysis';
import { seededRandom } from '../../seededRandom';

const DAY_S = 86_400;
const HOUR_S = 3600;
export const STEP_S = 900;
/** Length of a case; its first two weeks only show what is usual. */
export const CASE_DAYS = 42;
export const WARM_UP_DAYS = 14;
const START = Date.UTC(2026, 0, 5) / 1000;
/** The limit is passed for good when most of an hour is above it: one point is a scrape, not an outage. */
const PASSED_POINTS = 3;

/** What grows towards a limit until it is passed. */
export const RISK_KINDS = [
  'memory-leak',
  'restarted-leak',
  'volume',
  'quota',
  'replica-maximum',
  'connections',
] as const;

/** What looks like growth and passes nothing. */
export const HARMLESS_KINDS = [
  'steady',
  'daily-season',
  'weekly-season',
  'filling-cache',
  'rotated-logs',
  'level-shift',
  'slow-growth',
  'bursts',
  'nightly-restart',
] as const;

type RiskKind = (typeof RISK_KINDS)[number];
type HarmlessKind = (typeof HARMLESS_KINDS)[number];

/** One service whose use of one limited resource is watched. */
export interface PlantedCase {
  readonly kind: RiskKind | HarmlessKind;
  readonly seed: number;
  /** Use of the whole case, unit of the limit. */
  readonly use: Series;
  readonly limit: number;
  /** Deployments, epoch seconds; growth begins after one of them where a release is its cause. */
  readonly changes: readonly { readonly at: number; readonly label: string }[];
  /** When the limit is passed, epoch seconds; absent where it is not. */
  readonly passedAt?: number;
}

interface Draw {
  readonly uniform: (from: number, to: number) => number;
  readonly normal: () => number;
}

/** Use by time in days, with the limit at 1. */
type Shape = (day: number) => number;

/** The same seed plants the same case. A case that was to pass its limit but would not is drawn again. */
export function plantCase(
  kind: PlantedCase['kind'],
  seed: number,
): PlantedCase {
  const isRisk = (RISK_KINDS as readonly string[]).includes(kind);
  for (let attempt = 0; ; attempt++) {
    const planted = drawCase(kind, seed, seededRandom(seed * 1009 + attempt));
    const passes = planted.passedAt !== undefined;
    const judgeable =
      !passes || planted.passedAt! >= START + (WARM_UP_DAYS + 2) * DAY_S;
    if (passes === isRisk && judgeable) {
      return planted;
    }
  }
}

function drawCase(
  kind: PlantedCase['kind'],
  seed: number,
  random: () => number,
): PlantedCase {
  const draw: Draw = {
    uniform: (from, to) => from + (to - from) * random(),
    normal: () =>
      Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  };
  const released = draw.uniform(WARM_UP_DAYS - 4, 30);
  const shape = shapeOf(kind, released, draw);
  const limit = 10 ** draw.uniform(0, 3);
  const noise = draw.uniform(0.003, 0.04);
  const spikes = draw.uniform(0, 0.004);
  const missing = draw.uniform(0, 0.03);
  const outage = draw.uniform(1, CASE_DAYS);
  const points = (CASE_DAYS * DAY_S) / STEP_S;
  const values = new Float64Array(points);
  let drifting = 0;
  for (let i = 0; i < points; i++) {
    const day = (i * STEP_S) / DAY_S;
    drifting = 0.95 * drifting + 0.3 * draw.normal();
    const spike = random() < spikes ? draw.uniform(0.05, 0.6) : 0;
    const value = shape(day) * (1 + noise * drifting) + spike;
    const isMissing =
      random() < missing || (day >= outage && day < outage + 1 / 8);
    values[i] = isMissing ? NaN : Math.max(0, value * limit);
  }
  const passedAt = passing(values, limit);
  const changes = [
    { at: START + draw.uniform(0, WARM_UP_DAYS - 4) * DAY_S, label: 'first' },
    { at: START + released * DAY_S, label: 'release' },
  ];
  return {
    kind,
    seed,
    use: { start: START, step: STEP_S, values },
    limit,
    changes,
    passedAt,
  };
}

function passing(values: Float64Array, limit: number): number | undefined {
  const inHour = HOUR_S / STEP_S;
  for (let i = 0; i + inHour <= values.length; i++) {
    let above = 0;
    for (let k = i; k < i + inHour; k++) {
      above += values[k] >= limit ? 1 : 0;
    }
    if (above >= PASSED_POINTS) {
      return START + i * STEP_S;
    }
  }
  return undefined;
}

function shapeOf(
  kind: PlantedCase['kind'],
  released: number,
  draw: Draw,
): Shape {
  const base = draw.uniform(0.2, 0.6);
  const swing = draw.uniform(0.02, 0.15);
  const peak = draw.uniform(0, 1);
  const daily: Shape = day => swing * Math.sin(2 * Math.PI * (day - peak));
  const weekly: Shape = day => (Math.floor(day) % 7 >= 5 ? -1 : 0);
  const since = (day: number) => Math.max(0, day - released);
  switch (kind) {
    case 'memory-leak': {
      const rate = (1 - base) / draw.uniform(2.5, 11);
      return day => base + 0.3 * daily(day) + rate * since(day);
    }
    case 'restarted-leak': {
      // A restart along the way takes it back to the start; it passes before the next.
      const rate = (1 - base) / draw.uniform(4, 9);
      const restart = released + draw.uniform(1.5, 3.5);
      return day =>
        base +
        0.3 * daily(day) +
        rate * (day < restart ? since(day) : day - restart);
    }
    case 'volume': {
      const rate = (1 - base) / draw.uniform(20, 40);
      const uneven = draw.uniform(0, 0.8);
      return day =>
        base +
        rate * (day + (uneven * Math.sin(2 * Math.PI * (day - peak))) / 7);
    }
    case 'quota': {
      // Objects are made on working days.
      const rate = (1 - base) / draw.uniform(14, 28);
      const working = (day: number) =>
        Math.floor(day / 7) * 5 + Math.min(day % 7, 5);
      return day => base + rate * working(day);
    }
    case 'replica-maximum': {
      const growth = draw.uniform(0.012, 0.035);
      const wave = draw.uniform(0.15, 0.4);
      const start = draw.uniform(0.35, 0.6);
      return day =>
        start *
        (1 + growth * day) *
        (1 + wave * Math.sin(2 * Math.PI * (day - peak)) + 0.15 * weekly(day));
    }
    case 'connections': {
      // A pool that is not given back, in proportion to traffic.
      const rate = (1 - base) / draw.uniform(4, 14);
      return day =>
        base +
        daily(day) +
        rate *
          (since(day) -
            (swing * Math.cos(2 * Math.PI * (since(day) - peak))) / 7);
    }
    case 'steady':
      return () => base + 0.25;
    case 'daily-season': {
      const wave = draw.uniform(0.1, 0.3);
      return day => base + wave * Math.sin(2 * Math.PI * (day - peak));
    }
    case 'weekly-season': {
      const off = draw.uniform(0.1, 0.3);
      return day => base + 0.25 + daily(day) + off * weekly(day);
    }
    case 'filling-cache': {
      const tau = draw.uniform(0.3, 2.5);
      const height = draw.uniform(0.2, 0.85 - base);
      return day =>
        base +
        0.3 * daily(day) +
        height * (day > released ? 1 - Math.exp(-since(day) / tau) : 0);
    }
    case 'rotated-logs': {
      const cycle = draw.uniform(0.5, 5);
      const height = draw.uniform(0.2, 0.85 - base);
      return day => base + height * ((day / cycle) % 1);
    }
    case 'level-shift': {
      const height = draw.uniform(0.1, 0.85 - base);
      return day => base + 0.3 * daily(day) + (day > released ? height : 0);
    }
    case 'slow-growth': {
      const rate = (0.9 - base) / draw.uniform(120, 300);
      return day => base + 0.3 * daily(day) + rate * day;
    }
    case 'bursts': {
      const height = draw.uniform(0.1, 0.3);
      const every = draw.uniform(1.3, 4);
      return day =>
        base + daily(day) + ((day / every) % 1 < 0.15 / every ? height : 0);
    }
    case 'nightly-restart': {
      const rate = draw.uniform(0.1, 0.3);
      const hour = draw.uniform(0, 1);
      return day => base + rate * ((day + hour) % 1);
    }
    default:
      throw new Error(`no such kind: ${kind satisfies never}`);
  }
}
