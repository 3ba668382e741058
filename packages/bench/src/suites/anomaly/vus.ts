/** Labelled rows of a series: an anomaly is a run of labelled rows, both ends inclusive. */
type Segment = readonly [first: number, last: number];

const THRESHOLDS = 250;

/** Volumes under the precision-recall and the ROC surface. */
export interface Volumes {
  readonly pr: number;
  readonly roc: number;
}

/**
 * VUS-PR and VUS-ROC (Paparrizos et al., VLDB 2022) as the reference computes them
 * (`RangeAUC_volume_opt` of TSB-AD, 250 thresholds): the mean over buffers of 0..`window` rows, with
 * labels that fade out over half a buffer on both sides of each anomaly.
 *
 * @param labels - 1 where anomalous, else 0; at least one of each.
 * @param scores - finite, higher = more anomalous.
 */
export function volumesUnderSurface(
  labels: Uint8Array,
  scores: Float64Array,
  window: number,
): Volumes {
  const n = labels.length;
  const anomalies = segmentsOf(labels);
  const positives = labels.reduce((a, b) => a + b, 0);
  const reached = thresholdRanks(scores);
  const order = descending(scores);
  // Only rows within the widest buffer ever carry weight.
  const widest = joined(anomalies, window, n);
  const nearRows: number[] = [];
  const nearRanks: number[] = [];
  const inWidest = new Uint8Array(n);
  widest.forEach(([first, last]) => inWidest.fill(1, first, last + 1));
  order.forEach((row, rank) => {
    if (inWidest[row]) {
      nearRows.push(row);
      nearRanks.push(rank);
    }
  });

  let pr = 0;
  let roc = 0;
  for (let buffer = 0; buffer <= window; buffer++) {
    const weights = fadedLabels(labels, anomalies, buffer);
    const ranges = joined(anomalies, buffer, n);
    const firstSeen = ranges
      .map(([first, last]) => firstThreshold(scores, first, last, reached))
      .sort((a, b) => a - b);
    let at = 0;
    let seen = 0;
    let hit = 0;
    let hitLabels = 0;
    let before = { recall: 0, falseRate: 0 };
    for (let k = 0; k < THRESHOLDS; k++) {
      const alarms = reached.counts[k];
      for (; at < nearRows.length && nearRanks[at] < alarms; at++) {
        const row = nearRows[at];
        hit += weights[row];
        hitLabels += labels[row];
      }
      while (seen < firstSeen.length && firstSeen[seen] <= k) {
        seen += 1;
      }
      // Half-way between the labelled rows and the labelled rows with the part of the buffer that was hit.
      const relevant = positives + (hit - hitLabels) / 2;
      const recall = Math.min(hit / relevant, 1) * (seen / ranges.length);
      const falseRate = (alarms - hit) / (n - relevant);
      pr += ((recall - before.recall) * hit) / alarms;
      roc += ((falseRate - before.falseRate) * (recall + before.recall)) / 2;
      before = { recall, falseRate };
    }
    roc += ((1 - before.falseRate) * (1 + before.recall)) / 2;
  }
  return { pr: pr / (window + 1), roc: roc / (window + 1) };
}

/** Runs of labelled rows. */
export function segmentsOf(labels: Uint8Array): Segment[] {
  const segments: Segment[] = [];
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 1) {
      const first = i;
      while (i + 1 < labels.length && labels[i + 1] === 1) {
        i += 1;
      }
      segments.push([first, i]);
    }
  }
  return segments;
}

/** Thresholds are scores at evenly spaced ranks; an alarm is a score at or above one. */
function thresholdRanks(scores: Float64Array): {
  thresholds: Float64Array;
  counts: Uint32Array;
} {
  const sorted = scores.slice().sort().reverse();
  const step = (sorted.length - 1) / (THRESHOLDS - 1);
  const thresholds = Float64Array.from({ length: THRESHOLDS }, (_, k) => {
    const rank =
      k === THRESHOLDS - 1 ? sorted.length - 1 : Math.trunc(k * step);
    return sorted[rank];
  });
  let count = 0;
  const counts = Uint32Array.from(thresholds, threshold => {
    while (count < sorted.length && sorted[count] >= threshold) {
      count += 1;
    }
    return count;
  });
  return { thresholds, counts };
}

function descending(scores: Float64Array): Uint32Array {
  return Uint32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a]);
}

/** Index of the first threshold at which anything in the range is an alarm. */
function firstThreshold(
  scores: Float64Array,
  first: number,
  last: number,
  { thresholds }: { thresholds: Float64Array },
): number {
  const highest = scores
    .subarray(first, last + 1)
    .reduce((a, b) => Math.max(a, b), -Infinity);
  let low = 0;
  let high = THRESHOLDS;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (thresholds[middle] <= highest) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/** Anomalies widened by half a buffer to both sides, those that touch as one. */
function joined(
  anomalies: readonly Segment[],
  buffer: number,
  rows: number,
): Segment[] {
  const half = buffer >> 1;
  const ranges: Segment[] = [];
  let first = Math.max(anomalies[0][0] - half, 0);
  for (let i = 0; i + 1 < anomalies.length; i++) {
    if (anomalies[i][1] + half < anomalies[i + 1][0] - half) {
      ranges.push([first, anomalies[i][1] + half]);
      first = anomalies[i + 1][0] - half;
    }
  }
  ranges.push([
    first,
    Math.min(anomalies[anomalies.length - 1][1] + half, rows - 1),
  ]);
  return ranges;
}

function fadedLabels(
  labels: Uint8Array,
  anomalies: readonly Segment[],
  buffer: number,
): Float64Array {
  const weights = Float64Array.from(labels);
  const half = buffer >> 1;
  for (const [first, last] of anomalies) {
    for (let distance = 1; distance <= half; distance++) {
      const weight = Math.sqrt(1 - distance / buffer);
      if (last + distance < labels.length) {
        weights[last + distance] += weight;
      }
      if (first - distance >= 0) {
        weights[first - distance] += weight;
      }
    }
  }
  return weights.map(weight => Math.min(1, weight));
}
