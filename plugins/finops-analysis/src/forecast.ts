import {
  Abstention,
  ModelRef,
} from '@apexlogic/backstage-plugin-finops-common';
import { Autoregression, fitAutoregression, Regressor } from './autoregress';
import { calendarSeasons } from './calendarSeasons';
import { cleanHistory } from './cleanHistory';
import { usableValues } from './explainSeries';
import { predict } from './predict';
import { quantileOfSorted } from './robust';
import { findPeriod } from './season';
import { Forecast, ForecastOptions, Series } from './types';

/** The model behind {@link forecast}. @public */
export const MEDIAN_FORECASTER: ModelRef = {
  name: 'MedianForecaster',
  version: '2.0.0',
};

/** Chosen on public series of hours and weeks and frozen: one configuration for all. */
const PARAMETERS = {
  minimumPoints: 14,
  /** At least this share of the horizon must have been seen. */
  minimumHistoryShare: 1 / 3,
  /** Older points say nothing of the future that newer ones do not, and cost time. */
  maximumPoints: 1200,
  /** Newest points that the autoregressions are fitted to: long memory, and short. */
  longMemory: 800,
  shortMemory: 350,
  ridge: 0.0001,
  /** Between the largest and the smallest value for them to be compared by ratio. */
  widestRatio: 1e4,
  /** A lag must leave this many points to learn from. */
  pointsPerLag: 40,
  /** Past moments from which a forecast is made and compared with what came. */
  origins: 12,
  /**
   * With so many autoregressions the past is judged without the simple methods: they start anew at each
   * moment, which costs more than all others together and changes little.
   */
  enoughMethods: 3,
  /** Errors of leads between these factors of a lead stand in for it. */
  leadWindow: [0.7, 1.4],
  pooledLeads: 30,
  /** Growth of errors of sums with the number of points: between independent (0.5) and equal (1). */
  totalErrorExponent: 0.75,
  /**
   * What the quantiles of past errors are multiplied by: those of single points are pooled over leads
   * and never shrink with the lead, which widens them; those of sums are few.
   */
  pointWidth: 0.75,
  totalWidth: 1.1,
  /** Seasons, and points, that the simple methods look back. */
  simpleSeasons: 2,
  simplePoints: 240,
  /** A forecast stays within the range of the past, widened by this share of it per horizon. */
  rangeShare: 1,
} as const;

/**
 * Continues a series, with intervals measured on its own past.
 *
 * @remarks
 *
 * The mean is the median of several methods: ridge autoregressions on values and on their changes,
 * with long and short memory, on lags around days, weeks and years as the step and the history allow;
 * and the simple methods of `predict`. Their mistakes differ, the median keeps none of the wild ones.
 * Where all values are positive, and of comparable size, they work on logarithms. The first to combine so much simplicity this
 * way were Petropoulos & Svetunkov (2020).
 *
 * The intervals are quantiles of the errors that the same methods make from earlier moments, so they
 * hold what they promise also where the series is not normal. A series that never was negative is
 * never forecast to be. Up to 5 % of wild points in the history, of any size, move the mean by less
 * than the width of the middle 80 % of the values: spikes are taken out, all but the newest point,
 * which may be a new level and is only pulled in to four such widths.
 *
 * @throws RangeError when the horizon is not a positive integer, a level not within (0, 1), or a
 *   regressor not finite or not as long as history and horizon together.
 *
 * @public
 */
export function forecast(
  history: Series,
  options: ForecastOptions,
): Forecast | Abstention {
  const { horizon, levels } = options;
  refuseImpossible(history, options);
  const usable = usableValues(history.values);
  const measured = usable.reduce(
    (count, value) => count + (Number.isNaN(value) ? 0 : 1),
    0,
  );
  const needed = Math.max(
    PARAMETERS.minimumPoints,
    Math.ceil(horizon * PARAMETERS.minimumHistoryShare),
  );
  if (measured < needed) {
    return {
      kind: 'abstention',
      code: 'not-enough-history',
      reason: `only ${measured} points of history, ${needed} are needed for ${horizon} points ahead`,
      model: MEDIAN_FORECASTER,
    };
  }

  const { from, to } = newestPart(usable, history.step, options);
  const recent = usable.subarray(from, to);
  const regressors = (options.regressors ?? []).map(({ values }) =>
    values.subarray(from, to + horizon),
  );
  const seasons = seasonsOf(recent, history.step, options);
  const transform = transformFor(recent);
  const values = cleanHistory(
    recent.map(transform.apply),
    seasons[seasons.length - 1] ?? 1,
  );
  const methods = methodsFor(values, seasons, regressors);
  const bounds = boundsOf(values, recent, transform);
  const transformed = combine(methods, values.length, horizon, bounds);
  const errors = pastErrors(methods, values, horizon, bounds);
  const mean = transformed.map(transform.invert);

  const sum = mean.reduce((a, b) => a + b, 0);
  const totals = totalErrors(errors, transform, horizon).sort();
  const widthsOf = leadWidths(errors, horizon, levels);
  return {
    kind: 'forecast',
    mean,
    intervals: levels.map((level, k) => {
      const widths = widthsOf[k];
      return {
        level,
        lower: transformed.map((value, i) =>
          Math.min(mean[i], transform.invert(value - widths[i])),
        ),
        upper: transformed.map((value, i) =>
          Math.max(mean[i], transform.invert(value + widths[i])),
        ),
      };
    }),
    total: {
      mean: sum,
      intervals: levels.map(level => {
        const width =
          PARAMETERS.totalWidth *
          conformalQuantile(totals, level, totals.length);
        return { level, ...transform.around(sum, width, horizon) };
      }),
    },
    seasons,
    coldStart: seasons.length === 0 && calendarSeasons(history.step).length > 0,
    model: MEDIAN_FORECASTER,
  };
}

function refuseImpossible(history: Series, options: ForecastOptions): void {
  const { horizon, levels, regressors = [] } = options;
  if (!(Number.isInteger(horizon) && horizon > 0)) {
    throw new RangeError(`a horizon of ${horizon} points cannot be forecast`);
  }
  if (levels.some(level => !(level > 0 && level < 1))) {
    throw new RangeError(
      `levels ${levels.join(', ')} must lie between 0 and 1`,
    );
  }
  const length = history.values.length + horizon;
  for (const { name, values } of regressors) {
    if (values.length !== length || !values.every(Number.isFinite)) {
      throw new RangeError(
        `regressor ${name} must have ${length} finite values: history and horizon`,
      );
    }
  }
}

/** The newest part of the history that ends with a measured point. */
function newestPart(
  values: Float64Array,
  step: number,
  { period }: ForecastOptions,
): { from: number; to: number } {
  let to = values.length;
  while (to > 0 && Number.isNaN(values[to - 1])) {
    to -= 1;
  }
  const longest = Math.max(
    0,
    ...(period === undefined ? calendarSeasons(step) : [period]),
  );
  // Two of the longest season, if there are so many: with fewer it is not used anyway.
  const wanted =
    2 * longest + PARAMETERS.pointsPerLag <= to
      ? Math.max(PARAMETERS.maximumPoints, 2 * longest + PARAMETERS.shortMemory)
      : PARAMETERS.maximumPoints;
  return { from: Math.max(0, to - wanted), to };
}

/** Seasons of which two are known, shortest first. */
function seasonsOf(
  values: Float64Array,
  step: number,
  { period }: ForecastOptions,
): number[] {
  if (period !== undefined) {
    return period > 1 && values.length >= 2 * period ? [period] : [];
  }
  const calendar = calendarSeasons(step);
  const known = calendar.filter(
    season => season > 1 && values.length >= 2 * season,
  );
  if (calendar.length > 0) {
    return known;
  }
  const found = findPeriod(values);
  return found > 1 ? [found] : [];
}

/** Between the values and what the methods work on. */
interface Transform {
  apply(value: number): number;
  invert(value: number): number;
  /** Error of a sum of values, comparable over sums of different length. */
  sumError(
    actual: number,
    expected: number,
    points: number,
    horizon: number,
  ): number;
  /** The interval of a sum of `horizon` values. */
  around(
    sum: number,
    width: number,
    horizon: number,
  ): { lower: number; upper: number };
}

function transformFor(values: Float64Array): Transform {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    least = value < least ? value : least;
    most = value > most ? value : most;
  }
  const exponent = PARAMETERS.totalErrorExponent;
  // Over wider ranges a logarithm makes more of the smallest values than they mean.
  if (least > 0 && most / least <= PARAMETERS.widestRatio) {
    return {
      apply: Math.log,
      invert: Math.exp,
      sumError: (actual, expected, points, horizon) =>
        Math.abs(Math.log(actual / expected)) *
        (horizon / points) ** (exponent - 1),
      around: (sum, width) => ({
        lower: sum * Math.exp(-width),
        upper: sum * Math.exp(width),
      }),
    };
  }
  const floor = least < 0 ? -Infinity : 0;
  return {
    apply: value => value,
    invert: value => Math.max(floor, value),
    sumError: (actual, expected, points, horizon) =>
      Math.abs(actual - expected) * (horizon / points) ** exponent,
    around: (sum, width) => ({
      lower: Math.max(floor, sum - width),
      upper: sum + width,
    }),
  };
}

/** One method: what it expects after `end`. */
interface Method {
  /** First `end` after which it can. */
  readonly earliest: number;
  readonly isSimple?: true;
  continue(end: number, horizon: number): Float64Array;
}

function methodsFor(
  values: Float64Array,
  seasons: readonly number[],
  regressors: readonly Regressor[],
): Method[] {
  const lags = lagsFor(values.length, seasons);
  const longest = seasons[seasons.length - 1] ?? 1;
  const fits: (Autoregression | undefined)[] = [];
  for (const points of [PARAMETERS.longMemory, PARAMETERS.shortMemory]) {
    for (const difference of [0, 1]) {
      fits.push(fitLongest(values, lags, points, difference, regressors));
    }
  }
  if (seasons.length > 1) {
    fits.push(
      fitLongest(
        values,
        lags.filter(lag => lag <= longest),
        PARAMETERS.longMemory,
        longest,
        regressors,
      ),
    );
  }
  const methods: Method[] = fits.flatMap(fit => fit ?? []);
  const simplePoints = Math.max(
    PARAMETERS.simplePoints,
    PARAMETERS.simpleSeasons * longest,
  );
  // Without influences: where these matter, the simple methods would outvote them.
  if (regressors.length === 0 || methods.length === 0) {
    methods.push({
      earliest: 1,
      isSimple: true,
      continue: (end, horizon) =>
        predict(
          values.subarray(Math.max(0, end - simplePoints), end),
          longest,
          horizon,
        ),
    });
  }
  return methods;
}

/** The autoregression with all the lags that the history is long enough for. */
function fitLongest(
  values: Float64Array,
  lags: readonly number[],
  points: number,
  difference: number,
  regressors: readonly Regressor[],
): Autoregression | undefined {
  for (let count = lags.length; count > 0; count--) {
    const fit = fitAutoregression(
      values,
      {
        lags: lags.slice(0, count),
        difference,
        points,
        ridge: PARAMETERS.ridge,
      },
      regressors,
    );
    if (fit) {
      return fit;
    }
  }
  return undefined;
}

/** The newest points, and those around one, two and more seasons ago. */
function lagsFor(points: number, seasons: readonly number[]): number[] {
  const lags = new Set([1, 2, 3]);
  const [short, long] = seasons;
  if (short !== undefined) {
    [short - 1, short, short + 1, 2 * short].forEach(lag => lags.add(lag));
  }
  if (long !== undefined) {
    [
      3 * short,
      long - short - 1,
      long - short,
      long - short + 1,
      long - 1,
      long,
      long + 1,
      long + short,
      2 * long,
    ].forEach(lag => lags.add(lag));
  }
  return [...lags]
    .filter(lag => lag > 0 && points - lag >= PARAMETERS.pointsPerLag)
    .sort((a, b) => a - b);
}

/** Between which transformed values a forecast stays. */
function boundsOf(
  values: Float64Array,
  measured: Float64Array,
  { apply }: Transform,
): { least: number; most: number } {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const share = PARAMETERS.rangeShare * (most - least);
  const isNeverNegative = measured.every(value => !(value < 0));
  const floor = isNeverNegative && apply(1) !== 0 ? 0 : -Infinity;
  return { least: Math.max(floor, least - share), most: most + share };
}

/** The pointwise median of the methods, within bounds. */
function combine(
  methods: readonly Method[],
  end: number,
  horizon: number,
  { least, most }: { least: number; most: number },
): Float64Array {
  const candidates = methods.map(method => method.continue(end, horizon));
  const count = candidates.length;
  const sorted = new Float64Array(count);
  const combined = new Float64Array(horizon);
  for (let i = 0; i < horizon; i++) {
    for (let k = 0; k < count; k++) {
      const value = candidates[k][i];
      let at = k;
      for (; at > 0 && sorted[at - 1] > value; at--) {
        sorted[at] = sorted[at - 1];
      }
      sorted[at] = value;
    }
    const median = (sorted[(count - 1) >> 1] + sorted[count >> 1]) / 2;
    combined[i] = Math.max(least, Math.min(most, median));
  }
  return combined;
}

/** What was expected and what came, from one moment of the past, as far as the values reach. */
interface PastError {
  readonly expected: Float64Array;
  readonly actual: Float64Array;
}

function pastErrors(
  methods: readonly Method[],
  values: Float64Array,
  horizon: number,
  bounds: { least: number; most: number },
): PastError[] {
  const n = values.length;
  const first = Math.min(
    n - 2,
    Math.max(Math.ceil(n / 2), PARAMETERS.minimumPoints >> 1),
  );
  const able = methods.filter(({ earliest }) => earliest <= first);
  const enough = able.filter(({ isSimple }) => !isSimple);
  const judged = enough.length >= PARAMETERS.enoughMethods ? enough : able;
  const step = Math.max(1, Math.ceil((n - first) / PARAMETERS.origins));
  const errors: PastError[] = [];
  for (let origin = n - 1; origin >= first; origin -= step) {
    const leads = Math.min(horizon, n - origin);
    errors.push({
      expected: combine(judged, origin, leads, bounds),
      actual: values.subarray(origin, origin + leads),
    });
  }
  return errors;
}

/** For each level the distance from the forecast that it covers, lead by lead. */
function leadWidths(
  errors: readonly PastError[],
  horizon: number,
  levels: readonly number[],
): Float64Array[] {
  const longest = Math.max(...errors.map(({ actual }) => actual.length));
  const widths = levels.map(() => new Float64Array(horizon));
  let before = 0;
  for (let lead = 1; before < horizon; lead = nextLead(lead, horizon)) {
    const known = Math.min(lead, longest);
    const { sorted, origins } = pooledErrors(errors, known, longest);
    for (let k = 0; k < levels.length; k++) {
      const width = before === 0 ? 0 : widths[k][before - 1];
      // What is further away is never better known.
      const next = Math.max(
        width,
        PARAMETERS.pointWidth *
          conformalQuantile(sorted, levels[k], origins) *
          Math.sqrt(lead / known),
      );
      for (let i = before; i < lead; i++) {
        const share = (i + 1 - before) / (lead - before);
        const between = width + share * (next - width);
        widths[k][i] = before === 0 || i + 1 === lead ? next : between;
      }
    }
    before = lead;
  }
  return widths;
}

/** Sizes of the errors at about a lead, ascending, and of how many origins they are. */
function pooledErrors(
  errors: readonly PastError[],
  lead: number,
  longest: number,
): { sorted: Float64Array; origins: number } {
  const [from, to] = leadRange(lead, longest);
  // Neighbouring leads err alike: a part of them says as much as all.
  const stride = Math.ceil((to - from + 1) / PARAMETERS.pooledLeads);
  const pooled = new Float64Array(
    errors.length * Math.ceil((to - from + 1) / stride),
  );
  let count = 0;
  let origins = 0;
  for (const { expected, actual } of errors) {
    origins += actual.length >= from ? 1 : 0;
    for (let i = from; i <= Math.min(to, actual.length); i += stride) {
      pooled[count] = Math.abs(actual[i - 1] - expected[i - 1]);
      count += 1;
    }
  }
  return { sorted: pooled.subarray(0, count).sort(), origins };
}

/** Leads whose widths are measured; between them they are interpolated. */
function nextLead(lead: number, horizon: number): number {
  return Math.min(
    horizon,
    Math.max(lead + 1, Math.round(lead * PARAMETERS.leadWindow[1])),
  );
}

/** Errors of sums over the horizon, scaled up from shorter sums where the past is short. */
function totalErrors(
  errors: readonly PastError[],
  { invert, sumError }: Transform,
  horizon: number,
): Float64Array {
  const longest = Math.max(...errors.map(({ actual }) => actual.length));
  const [from] = leadRange(longest, longest);
  const total = (values: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) {
      sum += invert(values[i]);
    }
    return sum;
  };
  return Float64Array.from(
    errors.filter(({ actual }) => actual.length >= from),
    ({ expected, actual }) =>
      sumError(total(actual), total(expected), actual.length, horizon),
  );
}

/** Leads whose errors stand in for one, widened downwards where long leads were seen too rarely. */
function leadRange(lead: number, longest: number): [number, number] {
  const [shorter, longer] = PARAMETERS.leadWindow;
  return [
    Math.max(
      1,
      Math.min(Math.floor(lead * shorter), Math.floor(longest * shorter)),
    ),
    Math.max(lead, Math.floor(lead * longer)),
  ];
}

/**
 * The quantile of past errors that covers the next one with the wanted probability; errors of one
 * origin hang together, so only the number of origins counts as evidence.
 */
function conformalQuantile(
  sorted: Float64Array,
  level: number,
  origins: number,
): number {
  const cautious = Math.min(1, level * (1 + 1 / Math.max(1, origins)));
  return quantileOfSorted(sorted, cautious) * (1 + 1 / Math.max(1, origins));
}
