import { Window } from './types';

/** Requests by the published formulas of other tools, see docs/benchmarks.md. */
export const BASELINES: Readonly<Record<string, (window: Window) => number>> = {
  krr,
  vpa: window => vpa(window, 'target'),
  goldilocks: window => vpa(window, 'lower'),
  kubecost,
  crane,
  kruize,
};

const DAY_S = 86_400;
const MIB = 2 ** 20;

/** p95 of 14 days; memory: peak of 14 days + 15 %. Floors 10 m and 100 MiB, rounded up to 1 m and 1 MiB. */
function krr(window: Window): number {
  const use = sortedUse(window, 14);
  if (window.trace.resource === 'cpu') {
    const request = Math.ceil(interpolatedQuantile(use, 0.95) * 1000) / 1000;
    return window.hasUnit ? Math.max(request, 0.01) : request;
  }
  return Math.max(Math.ceil((last(use) * 1.15) / MIB), 100) * MIB;
}

const VPA = {
  growth: 1.05,
  halfLifeDays: 1,
  days: 8,
  margin: 1.15,
  cpuFirst: 0.01,
  memoryFirst: 1e7,
};

/**
 * Percentile of a decaying histogram, the upper end of its bucket, + 15 %. Memory counts one peak a
 * day. `lower` is the median, narrowed by the confidence that the length of the history gives.
 */
function vpa(window: Window, bound: 'target' | 'lower'): number {
  const { resource, times, use } = window.trace;
  const first = resource === 'cpu' ? VPA.cpuFirst : VPA.memoryFirst;
  const weights: number[] = [];
  const add = (value: number, ageDays: number) => {
    const bucket =
      value < first
        ? 0
        : Math.floor(
            Math.log((value * (VPA.growth - 1)) / first + 1) /
              Math.log(VPA.growth),
          );
    weights[bucket] =
      (weights[bucket] ?? 0) + 0.5 ** (ageDays / VPA.halfLifeDays);
  };
  const peaks = new Map<number, number>();
  for (let i = window.fitFrom; i < window.fitTo; i++) {
    const age = (window.now - times[i]) / DAY_S;
    if (age <= VPA.days) {
      if (resource === 'cpu') {
        add(use[i], age);
      } else {
        const day = Math.ceil(age) - 1;
        peaks.set(day, Math.max(peaks.get(day) ?? 0, use[i]));
      }
    }
  }
  peaks.forEach((peak, day) => add(peak, day));

  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const wanted = (bound === 'target' ? 0.9 : 0.5) * total;
  let seen = 0;
  let bucket = 0;
  for (; bucket < weights.length - 1; bucket++) {
    seen += weights[bucket] ?? 0;
    if (seen >= wanted) {
      break;
    }
  }
  const end = (first * (VPA.growth ** (bucket + 1) - 1)) / (VPA.growth - 1);
  const lifespanDays = (window.now - times[window.fitFrom]) / DAY_S;
  const narrowing = bound === 'lower' ? (1 + 0.001 / lifespanDays) ** -2 : 1;
  const minimum = resource === 'cpu' ? 0.025 : 250 * MIB;
  return Math.max(end * VPA.margin * narrowing, window.hasUnit ? minimum : 0);
}

/** Peak of two days at 70 % utilisation. Floors 10 m and 20 MB. */
function kubecost(window: Window): number {
  const minimum = window.trace.resource === 'cpu' ? 0.01 : 20e6;
  return Math.max(
    last(sortedUse(window, 2)) / 0.7,
    window.hasUnit ? minimum : 0,
  );
}

/** p99 of seven days + 15 %. */
function crane(window: Window): number {
  return interpolatedQuantile(sortedUse(window, 7), 0.99) * 1.15;
}

/** The performance profile over seven days: p98 of CPU, the peak of memory. */
function kruize(window: Window): number {
  return interpolatedQuantile(
    sortedUse(window, 7),
    window.trace.resource === 'cpu' ? 0.98 : 1,
  );
}

function sortedUse(
  { trace, now, fitFrom, fitTo }: Window,
  days: number,
): Float64Array {
  let from = fitFrom;
  while (from < fitTo && trace.times[from] < now - days * DAY_S) {
    from++;
  }
  // A machine that was silent for those days is judged by its last word.
  return trace.use.slice(Math.min(from, fitTo - 1), fitTo).sort();
}

function interpolatedQuantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

function last(sorted: Float64Array): number {
  return sorted[sorted.length - 1];
}
