import { RequestAdvice } from '@apexlogic/backstage-plugin-finops-analysis';
import {
  formatCpu,
  formatMemory,
  parseQuantity,
  podSpecPath,
  SourceObject,
} from '@apexlogic/backstage-plugin-finops-manifests';
import { Abstention } from '@apexlogic/backstage-plugin-finops-common';
import { adviseContainers } from '../analysis/adviseContainers';
import { at, listAt, Objection } from './securityRules';
import { MeasuredWorkload } from './readHistory';

/** A request this many times what the model advises, or the advice this many times it, is worth a remark. */
const FAR = 1.5;

const RESOURCES = ['cpu', 'memory'] as const;
type Resource = (typeof RESOURCES)[number];

/**
 * What an object requests that does not fit what its containers used: requests far from the advice, limits below
 * the highest use seen.
 *
 * @param measured - the running workload that the object is; nothing is said without one
 */
export function usageObjections(
  source: Pick<SourceObject, 'object' | 'plain'>,
  measured: MeasuredWorkload,
  now: string,
): Objection[] {
  const objections: Objection[] = [];
  const pod = podSpecPath(source.object.kind);
  listAt(source.plain, [...pod, 'containers']).forEach((container, index) => {
    const name = at(container, ['name']);
    if (typeof name !== 'string') {
      return;
    }
    const keys = [...pod, 'containers', index, 'resources'];
    const written = (side: 'requests' | 'limits', resource: Resource) => {
      const value = at(container, ['resources', side, resource]);
      return typeof value === 'string' || typeof value === 'number'
        ? { text: value, amount: parseQuantity(value)?.amount }
        : undefined;
    };
    const requests = {
      cpu: written('requests', 'cpu'),
      memory: written('requests', 'memory'),
    };
    const advice = adviceFor(measured, name, requests, now);
    for (const resource of RESOURCES) {
      const request = requests[resource];
      const advised = advice?.kind === 'advice' ? advice[resource] : undefined;
      if (request?.amount && advised?.kind === 'advice') {
        const times = request.amount / advised.request;
        if (times >= FAR || times <= 1 / FAR) {
          const instead = write(resource, advised.request, request.text);
          objections.push({
            rule: times > 1 ? 'request-too-high' : 'request-too-low',
            kind: times > 1 ? 'cost' : 'performance',
            keys: [...keys, 'requests', resource],
            message: `${name} used at most ${write(
              resource,
              advised.observed.max,
            )} ${label(resource)} a pod over ${
              advised.historyDays
            } days; ${instead} would do where ${request.text} is requested.`,
            instead,
          });
        }
      }
      const limit = written('limits', resource);
      const peak = peakOf(measured, name, resource);
      if (limit?.amount && peak !== undefined && limit.amount < peak) {
        objections.push({
          rule: 'limit-below-peak',
          kind: 'performance',
          keys: [...keys, 'limits', resource],
          message: `${name} has used ${write(resource, peak)} ${label(
            resource,
          )} in a pod, more than this limit: it would be ${
            resource === 'cpu' ? 'throttled' : 'killed'
          }.`,
        });
      }
    }
  });
  return objections;
}

/**
 * Requests that a container lacks: the scheduler and every price then guess.
 *
 * @param deployed - the object as it is deployed; its source may leave out what another file says
 */
export function missingRequests(
  { object, plain }: Pick<SourceObject, 'object' | 'plain'>,
  deployed: unknown,
): Objection[] {
  const pod = podSpecPath(object.kind);
  const containers = listAt(deployed, [...pod, 'containers']);
  return listAt(plain, [...pod, 'containers']).flatMap((container, index) => {
    const name = at(container, ['name']);
    const whole = containers.find(
      candidate => at(candidate, ['name']) === name,
    );
    // The file that gives a container its image is the one that brings it.
    if (!whole || at(container, ['image']) === undefined) {
      return [];
    }
    const missing = RESOURCES.filter(
      resource =>
        at(whole, ['resources', 'requests', resource]) === undefined &&
        at(whole, ['resources', 'limits', resource]) === undefined,
    );
    return missing.length > 0
      ? [
          {
            rule: 'request-missing',
            kind: 'performance' as const,
            keys: [...pod, 'containers', index],
            message: `${String(name)} requests no ${missing
              .map(label)
              .join(' and no ')}: nothing is set aside for it.`,
          },
        ]
      : [];
  });
}

/** What the model says of a container as the file wants it. */
function adviceFor(
  { history, sketches }: MeasuredWorkload,
  name: string,
  requests: Readonly<
    Record<Resource, { readonly amount?: number } | undefined>
  >,
  now: string,
): RequestAdvice | Abstention | undefined {
  const { stored } = history;
  const state = {
    ...stored.state,
    containers: stored.state.containers
      .filter(container => container.name === name)
      .map(container => ({
        ...container,
        cpuRequest: requests.cpu?.amount ?? container.cpuRequest,
        memoryRequest: requests.memory?.amount ?? container.memoryRequest,
      })),
  };
  return adviseContainers(
    { ...history, stored: { ...stored, state } },
    sketches,
    now,
  )[0]?.advice;
}

function peakOf(
  { history }: MeasuredWorkload,
  container: string,
  resource: Resource,
): number | undefined {
  let peak: number | undefined;
  for (const series of history.series) {
    if (
      series.container === container &&
      series.metric === `${resource}-usage-max`
    ) {
      for (const value of series.values) {
        if (Number.isFinite(value) && value > (peak ?? 0)) {
          peak = value;
        }
      }
    }
  }
  return peak;
}

function write(
  resource: Resource,
  amount: number,
  like?: string | number,
): string {
  return resource === 'cpu'
    ? formatCpu(amount, like)
    : formatMemory(amount, like);
}

function label(resource: Resource): string {
  return resource === 'cpu' ? 'CPU' : 'memory';
}
