import { Abstention, DAY_MS } from '@apexlogic/backstage-plugin-finops-common';
import {
  abstain,
  COST_OPTIMIZER,
  COST_OPTIMIZER_PARAMETERS,
} from './costOptimizer';
import { sortedFinite } from './robust';
import { availabilityFloor, unavailableAt } from './scaling/availabilityFloor';
import { selectWindow } from './scaling/loadWindow';
import { cutSeries } from './cutSeries';
import { busiestWeekdayPeak, peakOutlook } from './scaling/peakOutlook';
import { ReplicaLoad, ReplicaOptions, ReplicaPlan, Series } from './types';

const P = COST_OPTIMIZER_PARAMETERS.replicas;
const { windowDays } = COST_OPTIMIZER_PARAMETERS;

/** What one signal says of running fewer replicas. */
interface Vote {
  readonly says: 'supports' | 'contradicts';
  /** 0..1 */
  readonly weight: number;
  readonly why: string;
}

/**
 * The fewest replicas whose requests hold the load, for a workload with a fixed number of them.
 *
 * @remarks
 *
 * The CPU peak is taken per weekday and the busiest weekday decides, so that a weekly peak is kept.
 * Growth that the weekdays agree on is carried on for a week. The requests are those advised where they
 * change too. Never below what availability asks for: the stated minimum, one replica a zone, one more
 * than a disruption budget keeps; and while as many replicas are away as it lets go, the rest hold the peak.
 * Memory must fit too. Signals that CPU does not show (a busy network, many or rising requests) are
 * weighed against it; where together they outweigh it, the plan is withheld and the weighing told.
 * Never more than half of the replicas go at once, and never advises more replicas than there are.
 *
 * @public
 */
export function planReplicas(
  load: ReplicaLoad,
  options: ReplicaOptions,
): ReplicaPlan | Abstention {
  const { currentReplicas } = options;
  if (options.autoscaled) {
    return abstain(
      'autoscaler-on-resource',
      'an autoscaler sets the number of replicas',
    );
  }
  if (!(load.cpuRequestPerPod > 0)) {
    return abstain(
      'no-request',
      'the pods request no CPU, so there is nothing to fill',
    );
  }
  const requestAfter = options.advisedCpuRequestPerPod ?? load.cpuRequestPerPod;
  if (!(requestAfter > 0)) {
    return abstain('no-request', 'the pods are to request no CPU');
  }
  const floor = availabilityFloor(options);
  const fewest = Math.max(
    floor,
    Math.ceil(currentReplicas * (1 - P.maximumCut)),
  );
  if (currentReplicas <= floor) {
    return abstain(
      'change-too-small',
      `${currentReplicas} replicas are already the fewest allowed (${floor})`,
    );
  }

  const window = selectWindow(load.cpuTotal, options);
  if ('code' in window) {
    return window;
  }
  const { from, to } = window;
  const cpu = cutSeries(load.cpuTotal, from, to);
  const peak = busiestWeekdayPeak(cpu);
  if (peak === 0) {
    return abstain(
      'no-usage',
      `the pods used no CPU at all in ${window.days} days`,
    );
  }

  const target = options.targetUtilisation ?? P.targetUtilisation;
  const capacity = currentReplicas * load.cpuRequestPerPod;
  const outlook = peakOutlook(cpu, peak);
  const { maxUnavailable } = options.disruptionBudget ?? {};
  const forCpu = Math.max(
    Math.ceil(outlook.expected / (target * requestAfter) - 1e-9),
    maxUnavailable === undefined
      ? 0
      : fewestWhileDisrupted(outlook.expected / requestAfter, options),
  );
  if (forCpu > currentReplicas) {
    return abstain(
      'conflicting-signals',
      `the CPU peak is ${percent(
        outlook.expected / (currentReplicas * requestAfter),
      )} of the requests, above the ${percent(
        target,
      )} aimed at or what is left during a disruption: there is no replica to spare`,
    );
  }
  const memoryPeak = load.memoryTotal
    ? busiestWeekdayPeak(cutSeries(load.memoryTotal, from, to))
    : 0;
  const memoryPerPod = load.memoryRequestPerPod ?? 0;
  const forMemory =
    memoryPerPod > 0
      ? Math.ceil(memoryPeak / (P.memoryUtilisation * memoryPerPod) - 1e-9)
      : 0;
  const replicas = Math.max(fewest, forCpu, forMemory);
  if (replicas >= currentReplicas) {
    return forMemory > forCpu && forMemory >= currentReplicas
      ? abstain(
          'conflicting-signals',
          `CPU fits ${Math.max(
            fewest,
            forCpu,
          )} replicas, but memory needs ${forMemory} (peak ${percent(
            memoryPeak / (currentReplicas * memoryPerPod),
          )} of the requests); memory decides, a pod without memory is killed`,
        )
      : abstain(
          'change-too-small',
          `the peak (${percent(
            peak / capacity,
          )} of the requests) needs all ${currentReplicas} replicas`,
        );
  }

  const votes = weigh(load, replicas, from, to);
  const against = votes.filter(({ says }) => says === 'contradicts');
  const outweighed = against.reduce((sum, { weight }) => sum + weight, 0);
  const supported = votes
    .filter(({ says }) => says === 'supports')
    .reduce((sum, { weight }) => sum + weight, 0);
  if (outweighed - supported >= P.cpuWeight) {
    const weighing = [
      `CPU says ${replicas} of ${currentReplicas} replicas are enough (weight ${P.cpuWeight})`,
    ]
      .concat(
        votes.map(
          ({ says, weight, why }) => `${why} ${says} it (weight ${weight})`,
        ),
      )
      .join('; ');
    return abstain('conflicting-signals', weighing);
  }

  const utilisation = utilisationOf(load, currentReplicas, from, to);
  const peakAfter = peak / (replicas * requestAfter);
  const slack = Math.max(0, 1 - peakAfter / target);
  const history = Math.min(1, window.days / windowDays);
  const confidence =
    0.55 + 0.15 * history + 0.15 * slack + 0.3 * supported - 0.3 * outweighed;
  return {
    kind: 'plan',
    replicas,
    meanUtilisation: utilisation,
    peakUtilisation: peak / capacity,
    peakUtilisationAfter: peakAfter,
    peak: outlook,
    floor,
    underusedRatio: Math.min(Math.max(1 - utilisation, 0), 1),
    historyDays: window.days,
    confidence: Math.min(Math.max(confidence, 0.05), 0.95),
    model: COST_OPTIMIZER,
  };
}

/** Fewest replicas of which those left during a disruption hold `pods` full pods. */
function fewestWhileDisrupted(pods: number, options: ReplicaOptions): number {
  const needed = Math.ceil(pods / P.disruptedUtilisation - 1e-9);
  for (let replicas = 1; replicas <= options.currentReplicas; replicas++) {
    if (
      replicas - unavailableAt(replicas, options.disruptionBudget) >=
      needed
    ) {
      return replicas;
    }
  }
  return options.currentReplicas + 1;
}

function weigh(
  load: ReplicaLoad,
  replicas: number,
  from: number,
  to: number,
): Vote[] {
  const votes: Vote[] = [];
  if (load.network) {
    const perPod =
      busiestWeekdayPeak(cutSeries(load.network, from, to)) / replicas;
    if (perPod >= P.busyNetworkBytesPerPod) {
      votes.push({
        says: 'contradicts',
        weight: P.networkWeight,
        why: `a network peak of ${(perPod / 1e6).toFixed(
          1,
        )} MB/s per remaining pod`,
      });
    }
  }
  if (load.requestRate) {
    const recent = sortedFinite(cutSeries(load.requestRate, from, to).values);
    const mean =
      recent.length > 0
        ? recent.reduce((a, b) => a + b, 0) / recent.length
        : undefined;
    const peakPerPod =
      busiestWeekdayPeak(cutSeries(load.requestRate, from, to)) / replicas;
    if (peakPerPod >= P.manyRequestsPerPod) {
      votes.push({
        says: 'contradicts',
        weight: P.manyRequestsWeight,
        why: `a peak of ${peakPerPod.toFixed(0)} requests/s per remaining pod`,
      });
    } else if (mean !== undefined && mean / replicas <= P.fewRequestsPerPod) {
      votes.push({
        says: 'supports',
        weight: P.fewRequestsWeight,
        why: `a mean of only ${(mean / replicas).toFixed(
          2,
        )} requests/s per remaining pod`,
      });
    }
    const growth = weeklyGrowth(load.requestRate, from, to);
    if (growth !== undefined && growth >= P.risingRequests) {
      votes.push({
        says: 'contradicts',
        weight: P.risingRequestsWeight,
        why: `a rise of requests by ${percent(growth)} from the week before`,
      });
    }
  }
  return votes;
}

/** Relative change of the mean from the week before to the last one; absent without both weeks. */
function weeklyGrowth(
  series: Series,
  from: number,
  to: number,
): number | undefined {
  const week = (7 * DAY_MS) / 1000;
  if (from > to - 2 * week) {
    return undefined;
  }
  const meanOf = (start: number, end: number) => {
    const { values } = cutSeries(series, start, end);
    const measured = values.filter(Number.isFinite);
    const expected = week / series.step;
    return measured.length >= expected / 2
      ? measured.reduce((a, b) => a + b, 0) / measured.length
      : undefined;
  };
  const before = meanOf(to - 2 * week, to - week);
  const after = meanOf(to - week, to);
  return before !== undefined && after !== undefined && before > 0
    ? after / before - 1
    : undefined;
}

/** Used share of what was requested by as many replicas as ran at the time. */
function utilisationOf(
  load: ReplicaLoad,
  currentReplicas: number,
  from: number,
  to: number,
): number {
  const cpu = cutSeries(load.cpuTotal, from, to);
  let used = 0;
  let requested = 0;
  cpu.values.forEach((value, i) => {
    if (Number.isFinite(value)) {
      const time = cpu.start + i * cpu.step;
      const running =
        load.replicas.values[
          Math.floor((time - load.replicas.start) / load.replicas.step)
        ];
      used += value;
      requested +=
        (running > 0 ? running : currentReplicas) * load.cpuRequestPerPod;
    }
  });
  return requested > 0 ? used / requested : 0;
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}
