import {
  LEARNER_MODEL,
  ResourceAdvice,
  Tuning,
} from '@apexlogic/backstage-plugin-finops-analysis';
import {
  ContainerRequests,
  Environment,
  Evidence,
  Level,
  ModelRef,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  formatCpu,
  formatMemory,
} from '@apexlogic/backstage-plugin-finops-manifests';
import { ContainerSpec } from '@apexlogic/backstage-plugin-finops-node';
import { firstStep } from '../analysis/firstStep';
import { WorkloadAnalysis } from '../analysis/types';
import {
  costEvidence,
  runtimeEvidence,
  stateEvidence,
  usageEvidence,
} from './evidence';
import { priceSaving } from './priceSaving';
import { priorityOf } from './priorityOf';
import { Decision } from './types';
import { withhold } from './withhold';
import { joinReason, number, percent, savingInWords } from './words';

/** Share of time above the advised request from which a change counts as risky. */
const RISKY_TIME_OVER = 0.01;

const MEBIBYTE = 1024 * 1024;

interface Change {
  readonly container: ContainerSpec;
  readonly resource: 'cpu' | 'memory';
  readonly advice: ResourceAdvice;
  /** What a learner chose; absent: the safe baseline. */
  readonly tuning?: Tuning;
  readonly before: number;
  /** What is proposed now: the advice, or the first step towards it. */
  readonly request: number;
}

/** Turns the advice for a workload's containers into one priced proposal, beside what was withheld. */
export function proposeRightsizing(
  entityRef: string,
  analysis: WorkloadAnalysis,
  now: string,
): Decision[] {
  const { history, containers } = analysis;
  const { workload, environment, state } = history.stored;
  const decisions: Decision[] = [];
  const changes: Change[] = [];
  let model: ModelRef | undefined;
  const confidences: number[] = [];
  for (const { container: name, advice, tuning } of containers) {
    if (advice.kind === 'abstention') {
      decisions.push(withhold(workload, name, advice));
      continue;
    }
    const container = state.containers.find(
      candidate => candidate.name === name,
    )!;
    let changed = false;
    for (const resource of ['cpu', 'memory'] as const) {
      const judged = advice[resource];
      const before =
        resource === 'cpu' ? container.cpuRequest : container.memoryRequest;
      if (judged.kind === 'abstention') {
        decisions.push(withhold(workload, `${name} ${resource}`, judged));
      } else if (before !== undefined) {
        const request = firstStep(before, judged.request);
        changes.push({
          container,
          resource,
          advice: judged,
          tuning: tuning?.[resource],
          before,
          request,
        });
        changed = true;
      }
    }
    if (changed) {
      model = advice.model;
      confidences.push(advice.confidence);
    }
  }
  if (changes.length === 0 || !model) {
    return decisions;
  }
  const after = new Map<string, { cpu?: number; memory?: number }>();
  for (const { container, resource, request } of changes) {
    after.set(container.name, {
      ...after.get(container.name),
      [resource]: request,
    });
  }
  const priced = priceSaving(
    history,
    { replicas: 'as-they-run', containers: after },
    now,
  );
  if (priced.kind === 'no-price') {
    decisions.push(
      withhold(workload, 'requests', {
        code: 'no-price',
        reason: `Other requests would fit, but the saving is unknown. ${priced.reason}`,
        model,
      }),
    );
    return decisions;
  }
  const { saving, share } = priced;
  const relief = changes.some(change => change.request > change.before);
  decisions.push({
    kind: 'draft',
    content: {
      entityRef,
      workload,
      environment,
      action: {
        kind: 'rightsize',
        workload,
        containers: [...after.keys()].map(name => requestsOf(name, changes)),
      },
      title: titleOf(changes),
      reason: joinReason([...changes.map(reasonOf), savingInWords(saving)]),
      saving,
      risk: riskOf(environment, state.workload.kind, changes),
      effort: 'low',
      priority: priorityOf({ share, environment, relief }),
      confidence: Math.min(...confidences),
      model,
      evidence: [
        ...changes.flatMap(change => evidenceOf(analysis, change)),
        ...containers.flatMap(({ container, advice }) =>
          advice.kind === 'advice' && after.has(container)
            ? runtimeEvidence(history, container, advice.hints ?? [])
            : [],
        ),
        ...costEvidence(history, now),
        stateEvidence(history),
      ],
    },
  });
  return decisions;
}

function requestsOf(
  container: string,
  changes: readonly Change[],
): ContainerRequests {
  const cpu = changes.find(
    change => change.container.name === container && change.resource === 'cpu',
  );
  const memory = changes.find(
    change =>
      change.container.name === container && change.resource === 'memory',
  );
  return {
    container,
    cpuRequest: cpu && formatCpu(cpu.request),
    memoryRequest: memory && formatMemory(memory.request),
    memoryLimit:
      memory?.advice.limit === undefined
        ? undefined
        : formatMemory(memory.advice.limit),
  };
}

function titleOf(changes: readonly Change[]): string {
  const parts = changes.map(({ container, resource, request, before }) => {
    const [from, to] =
      resource === 'cpu'
        ? [formatCpu(before), formatCpu(request)]
        : [formatMemory(before), formatMemory(request)];
    return `${resource === 'cpu' ? 'CPU' : 'memory'} of ${
      container.name
    } from ${from} to ${to}`;
  });
  const [first, ...rest] = parts;
  return `Request ${[first, ...rest].slice(0, 2).join(' and ')}${
    parts.length > 2 ? ` and ${parts.length - 2} more` : ''
  }`;
}

function reasonOf({
  container,
  resource,
  advice,
  before,
  request,
}: Change): string {
  const share = (value: number) => percent(value / before);
  return `${container.name} ${
    resource === 'cpu' ? 'CPU' : 'memory'
  } p99 ${share(advice.observed.p99)}, max ${share(
    advice.observed.max,
  )} of its request over ${advice.historyDays} days${
    request > advice.request ? ', halved as a first step' : ''
  }`;
}

function riskOf(
  environment: Environment,
  kind: string,
  changes: readonly Change[],
): Level {
  if (environment === 'development' || environment === 'staging') {
    return 'low';
  }
  if (
    kind === 'StatefulSet' &&
    changes.some(change => change.request < change.before)
  ) {
    return 'high';
  }
  const tight = changes.some(
    change => change.advice.timeOver > RISKY_TIME_OVER,
  );
  const lessMemory = changes.some(
    change => change.resource === 'memory' && change.request < change.before,
  );
  return tight || lessMemory ? 'medium' : 'low';
}

function evidenceOf({ history }: WorkloadAnalysis, change: Change): Evidence[] {
  const { container, resource, advice, tuning, before, request } = change;
  const metric = resource === 'cpu' ? 'cpu-usage-max' : 'memory-usage-max';
  const usage = history.series.find(
    series => series.metric === metric && series.container === container.name,
  );
  if (!usage) {
    return [];
  }
  const write = (value: number) =>
    resource === 'cpu'
      ? `${number(value)} cores`
      : `${number(value / MEBIBYTE)} MiB`;
  return [
    usageEvidence({
      history,
      id: `${container.name}-${resource}`,
      summary: `${container.name} used ${write(
        advice.observed.mean,
      )} on average and ${write(advice.observed.max)} at most of ${write(
        before,
      )} requested, per pod over ${advice.historyDays} days.${
        tuning
          ? ` ${LEARNER_MODEL.name} ${LEARNER_MODEL.version} chose a ${tuning.risk} request from the last ${tuning.windowDays} days.`
          : ''
      }`,
      metric,
      container: container.name,
      usage,
      unit: resource === 'cpu' ? 'cores' : 'bytes',
      request: before,
      proposed: request,
      limit: resource === 'cpu' ? container.cpuLimit : container.memoryLimit,
    }),
  ];
}
