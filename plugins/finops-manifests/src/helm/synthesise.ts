import type {
  ObjectRef,
  PlannedObject,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  DesiredContainer,
  DesiredState,
  podSpecPath,
} from '../kubernetes/desiredState';
import { isSameObject, PlannedPart } from '../plannedParts';

/** What a plan deploys differently; an object that no file holds is put together of what is known of it. */
export function plannedObject(
  { location }: PlannedPart,
  parts: readonly PlannedPart[],
): PlannedObject {
  const { object, kustomization, sites, release, desired, labels } = location;
  const isWritten = sites?.every(
    ({ holder }) => holder && isSameObject(holder.object, object),
  );
  if (!sites || isWritten) {
    return { object, kustomization };
  }
  const last = parts.findLast(part =>
    isSameObject(part.location.object, object),
  )!;
  return {
    object,
    release,
    synthesised: {
      before: synthesised(object, labels, desired!),
      after: synthesised(object, labels, last.desired),
    },
  };
}

function synthesised(
  { apiVersion, kind, namespace, name }: ObjectRef,
  labels: Readonly<Record<string, string>> | undefined,
  { replicas, containers, autoscaler }: DesiredState,
): unknown {
  const head = {
    apiVersion,
    kind,
    metadata: defined({ name, namespace, labels }),
  };
  if (autoscaler) {
    const { minReplicas, maxReplicas, scales, follows } = autoscaler;
    return {
      ...head,
      spec: defined({
        minReplicas,
        maxReplicas,
        scaleTargetRef: scales,
        metrics:
          follows?.cpuUtilisationPercent === undefined
            ? undefined
            : [
                {
                  type: 'Resource',
                  resource: {
                    name: 'cpu',
                    target: {
                      type: 'Utilization',
                      averageUtilization: follows.cpuUtilisationPercent,
                    },
                  },
                },
              ],
      }),
    };
  }
  const lists = defined({
    containers: listOf(containers.filter(({ init }) => !init)),
    initContainers: listOf(containers.filter(({ init }) => init)),
  });
  const body = podSpecPath(kind).reduceRight<unknown>(
    (inner, key) => ({ [key]: inner }),
    lists,
  ) as { spec: object };
  return {
    ...head,
    spec: defined({ ...body.spec, replicas }),
  };
}

function listOf(containers: readonly DesiredContainer[]) {
  return containers.length === 0
    ? undefined
    : containers.map(
        ({ name, cpuRequest, memoryRequest, cpuLimit, memoryLimit }) => ({
          name,
          resources: defined({
            requests: filled({ cpu: cpuRequest, memory: memoryRequest }),
            limits: filled({ cpu: cpuLimit, memory: memoryLimit }),
          }),
        }),
      );
}

function filled(map: Record<string, string | undefined>) {
  const present = defined(map);
  return Object.keys(present).length > 0 ? present : undefined;
}

function defined(map: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(map).filter(([, value]) => value !== undefined),
  );
}
