/** What a hit, a miss and a false alarm are worth. */
export interface NabProfile {
  readonly tp: number;
  readonly fn: number;
  readonly fp: number;
}

/** A scored series: its scores, and the windows of its anomalies as rows, both ends inclusive. */
export interface NabSeries {
  readonly scores: Float64Array;
  readonly windows: readonly (readonly [first: number, last: number])[];
}

const PROBATION_SHARE = 0.15;
const PROBATION_ROWS = 750;
/** Value of an alarm at the very start of a window: what hits are scaled by. */
const EARLIEST = sigmoid(-1);

/** Rows at the start of a series that do not count. */
export function probationRows(rows: number): number {
  return Math.min(Math.floor(PROBATION_SHARE * rows), PROBATION_ROWS);
}

/**
 * The NAB score (Lavin & Ahmad 2015) of all series with one threshold: 100 is every anomaly found at
 * once without a false alarm, 0 is silence.
 */
export function nabScore(
  series: readonly NabSeries[],
  threshold: number,
  profile: NabProfile,
): number {
  let raw = 0;
  let windows = 0;
  for (const one of series) {
    windows += one.windows.length;
    raw += rawScore(one, threshold, profile);
  }
  return normalise(raw, windows, profile);
}

/** The best score that one threshold reaches on these very series, as NAB's own leaderboard reports. */
export function nabScoreTuned(
  series: readonly NabSeries[],
  profile: NabProfile,
): { score: number; threshold: number } {
  // From the highest score downwards each row that becomes an alarm changes the sum a little.
  const alarms: { score: number; value: number; window: number }[] = [];
  let windows = 0;
  for (const one of series) {
    const { values, windowOf } = rowValues(one, profile);
    for (let i = probationRows(values.length); i < values.length; i++) {
      alarms.push({
        score: one.scores[i],
        value: values[i],
        window: windowOf[i] < 0 ? -1 : windows + windowOf[i],
      });
    }
    windows += one.windows.length;
  }
  alarms.sort((a, b) => b.score - a.score);
  const found = new Float64Array(windows).fill(-profile.fn);
  let raw = -profile.fn * windows;
  let best = { raw, threshold: Infinity };
  alarms.forEach(({ score, value, window }, i) => {
    if (window < 0) {
      raw += value;
    } else if (value > found[window]) {
      raw += value - found[window];
      found[window] = value;
    }
    const complete = i + 1 === alarms.length || alarms[i + 1].score < score;
    if (complete && raw > best.raw) {
      best = { raw, threshold: score };
    }
  });
  return {
    score: normalise(best.raw, windows, profile),
    threshold: best.threshold,
  };
}

/** NAB's scale: 0 for silence, 100 for every window found at once; `raw` is the sum of all values. */
export function normalise(
  raw: number,
  windows: number,
  { fn }: Pick<NabProfile, 'fn'>,
): number {
  return (100 * (raw + fn * windows)) / (windows + fn * windows);
}

function rawScore(
  series: NabSeries,
  threshold: number,
  profile: NabProfile,
): number {
  const { values, windowOf } = rowValues(series, profile);
  const found = new Float64Array(series.windows.length).fill(-profile.fn);
  let raw = 0;
  for (let i = probationRows(values.length); i < values.length; i++) {
    if (series.scores[i] >= threshold) {
      if (windowOf[i] < 0) {
        raw += values[i];
      } else {
        found[windowOf[i]] = Math.max(found[windowOf[i]], values[i]);
      }
    }
  }
  return raw + found.reduce((a, b) => a + b, 0);
}

/** What an alarm at each row is worth, and in which window it lies (-1: none). */
function rowValues(
  { scores, windows }: NabSeries,
  { tp, fp }: NabProfile,
): { values: Float64Array; windowOf: Int32Array } {
  const n = scores.length;
  const values = new Float64Array(n);
  const windowOf = new Int32Array(n).fill(-1);
  windows.forEach(([first, last], index) =>
    windowOf.fill(index, first, last + 1),
  );
  let latest = -1;
  for (let i = 0; i < n; i++) {
    if (windowOf[i] >= 0) {
      latest = windowOf[i];
      const [first, last] = windows[latest];
      const length = last - first + 1;
      values[i] = (tp * sigmoid(-(last - i + 1) / length)) / EARLIEST;
    } else if (latest < 0) {
      values[i] = -fp;
    } else {
      const [first, last] = windows[latest];
      values[i] = fp * sigmoid((i - last) / Math.max(1, last - first));
    }
  }
  return { values, windowOf };
}

function sigmoid(y: number): number {
  return y >= 3 ? -1 : 2 / (1 + Math.exp(5 * y)) - 1;
}
