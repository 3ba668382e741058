import {
  StateSource,
  WorkloadSelector,
  WorkloadState,
} from '@apexlogic/backstage-plugin-finops-node';
import { isoOf, STEP_SECONDS } from './calendar';
import { capabilitiesOf } from './capabilities';
import { Estate, PlacedService } from './estate';
import { changesOf } from './releases';

/** What runs in the estate at its newest instant. */
export function createStateSource(estate: Estate): StateSource {
  return {
    id: 'demo',
    capabilities: capabilitiesOf(estate, 'state'),
    async *readState(selectors, { signal }) {
      for (const selector of selectors) {
        signal.throwIfAborted();
        const states = estate.services
          .filter(placed => selects(selector, placed))
          .map(placed => stateOf(estate, placed));
        yield {
          status: 'ok',
          data: { entityRef: selector.entityRef, states },
          asOf: isoOf(estate.end()),
        };
      }
    },
  };
}

/** From being scheduled to being ready, of every pod here. */
const START_UP_SECONDS = 40;

function stateOf(estate: Estate, placed: PlacedService): WorkloadState {
  const { service } = placed;
  const { cluster, namespace, kind, name, autoscaler } = service;
  const { replicas } = estate.sampleAt(placed, estate.end() / STEP_SECONDS - 1);
  const lastSpecChange = changesOf(estate, placed)
    .filter(change => change.kind !== 'commit')
    .at(-1);
  return {
    workload: { cluster, namespace, kind, name },
    ...(kind !== 'CronJob' && {
      replicas,
      readyReplicas: replicas,
      startUpSeconds: START_UP_SECONDS,
    }),
    containers: service.containers.map(({ share: _, ...spec }, index) => ({
      ...spec,
      // A device is held by the first container.
      ...(index === 0 &&
        service.gpusPerPod && {
          extendedResources: { 'nvidia.com/gpu': service.gpusPerPod },
        }),
    })),
    ...(autoscaler && {
      autoscaler: {
        kind: 'HorizontalPodAutoscaler',
        name,
        minReplicas: autoscaler.minReplicas,
        maxReplicas: autoscaler.maxReplicas,
        resources: ['cpu'],
        targetUtilisation: { cpu: autoscaler.cpuTarget },
      },
    }),
    labels: labelsOf(placed),
    annotations: service.annotations ?? {},
    ...(lastSpecChange && { specChangedAt: lastSpecChange.at }),
  };
}

function labelsOf({ service }: PlacedService): Record<string, string> {
  return {
    'app.kubernetes.io/name': service.name,
    environment: service.environment,
    ...service.labels,
    ...(service.kubernetesId && {
      'backstage.io/kubernetes-id': service.kubernetesId,
    }),
  };
}

/**
 * The rule of the Kubernetes plugin: a label selector replaces the id. A selector with neither
 * names no workload, so an entity without annotations never claims a whole namespace.
 */
function selects(selector: WorkloadSelector, placed: PlacedService): boolean {
  const { service } = placed;
  if (selector.cluster !== undefined && selector.cluster !== service.cluster) {
    return false;
  }
  if (
    selector.namespace !== undefined &&
    selector.namespace !== service.namespace
  ) {
    return false;
  }
  if (selector.labelSelector !== undefined) {
    const labels = labelsOf(placed);
    return selector.labelSelector
      .split(',')
      .every(term => matchesTerm(term.trim(), labels));
  }
  return (
    selector.kubernetesId !== undefined &&
    selector.kubernetesId === service.kubernetesId
  );
}

/** One equality term of a label selector: `key=value`, `key==value`, `key!=value` or `key`. */
function matchesTerm(term: string, labels: Record<string, string>): boolean {
  const match = /^([^=!\s]+)\s*(?:(!=|==?)\s*(\S*))?$/.exec(term);
  if (!match) {
    return false;
  }
  const [, key, operator, value] = match;
  if (operator === undefined) {
    return key in labels;
  }
  return operator === '!=' ? labels[key] !== value : labels[key] === value;
}
