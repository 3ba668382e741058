import {
  Abstention,
  ModelRef,
} from '@apexlogic/backstage-plugin-finops-common';
import { detectAnomalies } from './detectAnomalies';
import { expectedBand } from './expectedBand';
import { usableValues } from './explainSeries';
import { predict } from './predict';
import { quantileOfSorted } from './robust';
import { findPeriod } from './season';
import { Forecast, ForecastOptions, Series } from './types';

/** The model behind {@link forecast}. @public */
export const MEDIAN_FORECASTER: ModelRef = {
  name: 'MedianForecaster',
  version: '1.0.0',
};

const PARAMETERS = {
  minimumPoints: 14,
  /** At least this share of the horizon must have been seen. */
  minimumHistoryShare: 1 / 3,
  /** Older points say nothing of the future that newer ones do not, and cost time. */
  maximumPoints: 1100,
  /** Past moments from which a forecast is made and compared with what came. */
  origins: 40,
  /** Errors of leads between these factors of a lead stand in for it. */
  leadWindow: [0.7, 1.4],
  /** Growth of errors of sums with the number of points: between independent (0.5) and equal (1). */
  totalErrorExponent: 0.75,
} as const;

/**
 * Continues a series, with intervals measured on its own past.
 *
 * @remarks
 *
 * The mean is the median of several simple methods (see `predict`) on the series without its spikes.
 * The intervals are quantiles of the errors that the same procedure made from earlier moments, so
 * they hold what they promise also where the series is not normal. A series that never was negative
 * is never forecast to be.
 *
 * @throws RangeError when the horizon is not a positive integer or a level not within (0, 1).
 *
 * @public
 */
export function forecast(
  history: Series,
  options: ForecastOptions,
): Forecast | Abstention {
  const { horizon, levels } = options;
  if (!(Number.isInteger(horizon) && horizon > 0)) {
    throw new RangeError(`a horizon of ${horizon} points cannot be forecast`);
  }
  if (levels.some(level => !(level > 0 && level < 1))) {
    throw new RangeError(
      `levels ${levels.join(', ')} must lie between 0 and 1`,
    );
  }
  const measured = usableValues(history.values).filter(Number.isFinite).length;
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

  const recent = lastMeasured(history);
  const period = options.period ?? findPeriod(recent.values);
  const values = withoutSpikesAndGaps(recent, period);
  const floor = recent.values.some(value => value < 0) ? -Infinity : 0;
  const mean = predict(values, period, horizon).map(value =>
    Math.max(floor, value),
  );
  const errors = pastErrors(values, period, horizon, floor);

  const sum = mean.reduce((a, b) => a + b, 0);
  const totalErrors = sumErrors(errors, horizon);
  return {
    kind: 'forecast',
    mean,
    intervals: levels.map(level => {
      const widths = leadWidths(errors, horizon, level);
      return {
        level,
        lower: mean.map((value, i) => Math.max(floor, value - widths[i])),
        upper: mean.map((value, i) => value + widths[i]),
      };
    }),
    total: {
      mean: sum,
      intervals: levels.map(level => {
        const width = conformalQuantile(totalErrors, level, totalErrors.length);
        return {
          level,
          lower: Math.max(floor, sum - width),
          upper: sum + width,
        };
      }),
    },
    model: MEDIAN_FORECASTER,
  };
}

/** The newest part of the history that ends with a measured point. */
function lastMeasured(history: Series): Series {
  const usable = usableValues(history.values);
  const end = usable.reduce(
    (last, value, i) => (Number.isNaN(value) ? last : i + 1),
    0,
  );
  const start = Math.max(0, end - PARAMETERS.maximumPoints);
  return {
    start: history.start + start * history.step,
    step: history.step,
    values: usable.slice(start, end),
  };
}

function withoutSpikesAndGaps(series: Series, period: number): Float64Array {
  const options = { mode: 'batch', period } as const;
  const { mean } = expectedBand(series, options);
  const values = series.values.map((value, i) =>
    Number.isNaN(value) ? mean[i] : value,
  );
  for (const { from, to, shape } of detectAnomalies(series, options)) {
    if (shape === 'spike') {
      values.set(mean.subarray(from, to), from);
    }
  }
  return values;
}

/** Errors by origin: `errors[k][lead - 1]` = value - forecast, as far as the values reach. */
function pastErrors(
  values: Float64Array,
  period: number,
  horizon: number,
  floor: number,
): Float64Array[] {
  const n = values.length;
  const first = Math.min(
    n - 2,
    Math.max(Math.ceil(n / 2), 2 * period, PARAMETERS.minimumPoints >> 1),
  );
  const step = Math.max(1, Math.ceil((n - first) / PARAMETERS.origins));
  const errors: Float64Array[] = [];
  for (let origin = n - 1; origin >= first; origin -= step) {
    const leads = Math.min(horizon, n - origin);
    const predicted = predict(values.subarray(0, origin), period, leads);
    errors.push(
      predicted.map((value, i) => values[origin + i] - Math.max(floor, value)),
    );
  }
  return errors;
}

function leadWidths(
  errors: readonly Float64Array[],
  horizon: number,
  level: number,
): Float64Array {
  const longest = Math.max(...errors.map(({ length }) => length));
  const widths = new Float64Array(horizon);
  for (let lead = 1; lead <= horizon; lead++) {
    const known = Math.min(lead, longest);
    const [from, to] = leadRange(known, longest);
    const pooled: number[] = [];
    let origins = 0;
    for (const error of errors) {
      origins += error.length >= from ? 1 : 0;
      for (let i = from; i <= Math.min(to, error.length); i++) {
        pooled.push(Math.abs(error[i - 1]));
      }
    }
    const width =
      conformalQuantile(pooled, level, origins) * Math.sqrt(lead / known);
    // What is further away is never better known.
    widths[lead - 1] = Math.max(width, lead > 1 ? widths[lead - 2] : 0);
  }
  return widths;
}

/** Absolute errors of sums over the horizon, scaled up from shorter sums where the past is short. */
function sumErrors(errors: readonly Float64Array[], horizon: number): number[] {
  const longest = Math.max(...errors.map(({ length }) => length));
  const [from] = leadRange(longest, longest);
  const sums: number[] = [];
  for (const error of errors) {
    if (error.length >= from) {
      const scale = (horizon / error.length) ** PARAMETERS.totalErrorExponent;
      sums.push(Math.abs(error.reduce((a, b) => a + b, 0)) * scale);
    }
  }
  return sums;
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
  errors: readonly number[],
  level: number,
  origins: number,
): number {
  const sorted = Float64Array.from(errors).sort();
  const cautious = Math.min(1, level * (1 + 1 / Math.max(1, origins)));
  return quantileOfSorted(sorted, cautious) * (1 + 1 / Math.max(1, origins));
}
