import { Abstention } from '@apexlogic/backstage-plugin-finops-common';
import {
  abstain,
  COST_OPTIMIZER,
  COST_OPTIMIZER_PARAMETERS,
} from './costOptimizer';
import { cpuRequest } from './cpuRequest';
import { memoryRequest } from './memoryRequest';
import { heapFloor, heapWithin, runtimeHints } from './runtimeHints';
import {
  ContainerUsage,
  RequestAdvice,
  ResourceAdvice,
  RightsizeOptions,
  RuntimeSettings,
  UsageHistory,
} from './types';
import { selectUsage, UsageWindow } from './usageWindow';

/** Advice is never surer than this, and never without any weight. */
const CONFIDENCE_RANGE = { lowest: 0.05, highest: 0.95 };

/**
 * Advises the CPU and memory requests of one container from daily sketches of its use.
 *
 * @remarks
 *
 * Each resource gets advice or its own abstention; an abstention of the whole means that neither has
 * any. A CPU request is capped at the CPU limit; a memory limit moves up with a request that needs
 * it (and after out-of-memory kills), never down. Advice is never above what the limits allow.
 *
 * @public
 */
export function rightsize(
  usage: ContainerUsage,
  options: RightsizeOptions,
): RequestAdvice | Abstention {
  const memoryWindow = running(usable('memory', usage.memory, options));
  const cpuWindow = usable('cpu', usage.cpu, options);
  const cpu = adviseCpu(cpuWindow, memoryWindow, usage, options);
  const memory =
    memoryWindow.kind === 'window'
      ? adviseMemory(memoryWindow, usage, options)
      : memoryWindow;

  if (cpu.kind === 'abstention' && memory.kind === 'abstention') {
    return cpu.reason === memory.reason
      ? cpu
      : abstain(cpu.code, `CPU: ${cpu.reason}; memory: ${memory.reason}`);
  }
  const confidences = [
    cpu.kind === 'advice' && cpuWindow.kind === 'window'
      ? confidenceOf(cpuWindow, usage)
      : 1,
    memory.kind === 'advice' && memoryWindow.kind === 'window'
      ? confidenceOf(memoryWindow, usage)
      : 1,
  ];
  const hints = runtimeHints(
    usage.runtime,
    {
      cpu: usage.cpu.limit,
      memory:
        memory.kind === 'advice' && memory.limit !== undefined
          ? memory.limit
          : usage.memory.limit,
    },
    usage.throttledRatio ?? 0,
  );
  return {
    kind: 'advice',
    cpu,
    memory,
    ...(hints.length > 0 ? { hints } : {}),
    confidence: Math.min(...confidences),
    model: COST_OPTIMIZER,
  };
}

function usable(
  resource: 'cpu' | 'memory',
  history: UsageHistory,
  options: RightsizeOptions,
): UsageWindow | Abstention {
  if (options.setByAutoscaler?.includes(resource)) {
    return abstain(
      'autoscaler-on-resource',
      `a vertical autoscaler sets the request of ${resource}: it would undo a change`,
    );
  }
  if (options.autoscaledOn?.includes(resource)) {
    return abstain(
      'autoscaler-on-resource',
      `an autoscaler follows ${resource}: changing the request would move its target too`,
    );
  }
  return selectUsage(history, options, options.tuning?.[resource]?.windowDays);
}

/** A container that runs holds memory; CPU can stay below what is measured. */
function running(window: UsageWindow | Abstention): UsageWindow | Abstention {
  return window.kind === 'window' && window.merged.max === 0
    ? abstain(
        'no-usage',
        `it held no memory in ${window.days.length} days, so it did not run`,
      )
    : window;
}

function adviseCpu(
  window: UsageWindow | Abstention,
  memoryWindow: UsageWindow | Abstention,
  usage: ContainerUsage,
  options: RightsizeOptions,
): ResourceAdvice | Abstention {
  if (window.kind === 'abstention') {
    return window;
  }
  if (
    window.merged.max === 0 &&
    memoryWindow.kind === 'abstention' &&
    memoryWindow.code === 'no-usage'
  ) {
    return memoryWindow;
  }
  const request = cpuRequest(window, usage, options);
  return (
    worthwhile(usage.cpu.request, request, options) ?? describe(window, request)
  );
}

function adviseMemory(
  window: UsageWindow,
  usage: ContainerUsage,
  options: RightsizeOptions,
): ResourceAdvice | Abstention {
  const demand = memoryRequest(window, usage, options);
  const { limit, leakPerDay } = demand;
  const present = usage.memory.request;
  // A fixed heap can fill at any time; no request is cut below it, and none is raised for it alone.
  const floor = Math.min(heapFloor(usage.runtime), present ?? 0);
  const request = Math.max(demand.request, floor);
  if (leakPerDay !== undefined && present !== undefined && request < present) {
    const mebibytes = Math.max(1, Math.round(leakPerDay / 2 ** 20));
    return abstain(
      'conflicting-signals',
      `the daily peaks allow less memory, but they rise steadily by ${mebibytes} MiB a day, as a leak does`,
    );
  }
  const tooSmall =
    limit === undefined ? worthwhile(present, request, options) : undefined;
  if (tooSmall && !worthwhile(present, demand.request, options)) {
    return heapInTheWay(demand.request, usage.runtime);
  }
  return (
    tooSmall ?? {
      ...describe(window, request),
      ...(limit === undefined ? {} : { limit }),
    }
  );
}

function heapInTheWay(
  request: number,
  runtime: RuntimeSettings | undefined,
): Abstention {
  const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  const heap = heapWithin(request);
  return abstain(
    'conflicting-signals',
    `its use would allow ${mebibytes(request)}, but its ${
      runtime?.kind === 'jvm' ? 'JVM' : 'runtime'
    } may fill a heap of ${mebibytes(runtime?.memoryBytes ?? 0)}${
      heap === undefined ? '' : `; a heap of ${mebibytes(heap)} would fit`
    }`,
  );
}

function worthwhile(
  present: number | undefined,
  advised: number,
  options: RightsizeOptions,
): Abstention | undefined {
  if (present === undefined || present <= 0) {
    return undefined;
  }
  const minimum =
    options.minimumChange ?? COST_OPTIMIZER_PARAMETERS.minimumChange;
  const change = Math.abs(advised - present) / present;
  return change < minimum
    ? abstain(
        'change-too-small',
        `the request would change by ${(change * 100).toFixed(
          1,
        )} %, at least ${(minimum * 100).toFixed(0)} % are worth a review`,
      )
    : undefined;
}

function describe(
  { merged, days }: UsageWindow,
  request: number,
): ResourceAdvice {
  return {
    kind: 'advice',
    request,
    observed: {
      mean: merged.mean,
      p95: merged.quantile(0.95),
      p99: merged.quantile(0.99),
      max: merged.max,
    },
    timeOver: merged.shareAbove(request),
    points: merged.count,
    historyDays: days.length,
  };
}

/** Grows with history, falls where the days disagree and where throttling or kills hide the demand. */
function confidenceOf({ days }: UsageWindow, usage: ContainerUsage): number {
  const history = Math.min(
    1,
    days.length / COST_OPTIMIZER_PARAMETERS.windowDays,
  );
  const levels = days.map(({ sketch }) => sketch.quantile(0.95));
  const mean = levels.reduce((a, b) => a + b, 0) / levels.length;
  const spread =
    levels.reduce((sum, level) => sum + Math.abs(level - mean), 0) /
    levels.length;
  const steadiness = mean > 0 ? mean / (mean + spread) : 0;
  const visible =
    (1 - Math.min(1, usage.throttledRatio ?? 0)) *
    ((usage.oomKills ?? 0) > 0 ? 0.8 : 1);
  const confidence = Math.sqrt(history) * steadiness * visible;
  return Math.min(
    Math.max(confidence, CONFIDENCE_RANGE.lowest),
    CONFIDENCE_RANGE.highest,
  );
}
