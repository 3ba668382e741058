import {
  ContainerRequests,
  workloadKey,
} from '@apexlogic/backstage-plugin-finops-common';
import { objectActions } from './objectActions';
import { Asked, DeployedWorkload } from './types';

interface Container {
  readonly name: string;
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string | number>>;
    readonly limits?: Readonly<Record<string, string | number>>;
  };
}

const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'];

/** Every action that can be asked of an object. */
export function actionsFor(deployed: DeployedWorkload): Asked[] {
  return [
    ...(WORKLOAD_KINDS.includes(deployed.workload.kind)
      ? fieldActions(deployed)
      : []),
    ...objectActions(deployed),
  ];
}

/**
 * Other requests for each container and for all together, a limit of CPU, another number of replicas where one
 * is set, and other settings of its autoscaler.
 */
function fieldActions(deployed: DeployedWorkload): Asked[] {
  const workload = workloadKey(deployed.workload);
  const { kind, name } = deployed.workload;
  const { spec } = deployed.object as { spec: any };
  const podPath =
    kind === 'CronJob'
      ? 'spec/jobTemplate/spec/template/spec'
      : 'spec/template/spec';
  const pod = kind === 'CronJob' ? spec?.jobTemplate?.spec : spec;
  const containers: Container[] = pod?.template?.spec?.containers ?? [];
  const rightsize = (
    label: string,
    wanted: readonly ContainerRequests[],
  ): Asked => ({
    deployed,
    name: label,
    action: { kind: 'rightsize', workload, containers: wanted },
    expected: wanted.flatMap(
      ({ container, cpuRequest, memoryRequest, cpuLimit, memoryLimit }) =>
        [
          ['requests/cpu', cpuRequest] as const,
          ['requests/memory', memoryRequest] as const,
          ['limits/cpu', cpuLimit] as const,
          ['limits/memory', memoryLimit] as const,
        ].flatMap(([field, value]) =>
          value === undefined
            ? []
            : [
                {
                  kind,
                  name,
                  pointer: `/${podPath}/containers/[${container}]/resources/${field}`,
                  value,
                },
              ],
        ),
    ),
  });
  const asked = containers.flatMap(container => [
    rightsize('cpu request', [
      { container: container.name, cpuRequest: newCpu(container) },
    ]),
    rightsize('memory request and limit', [newMemory(container)]),
    rightsize('cpu limit', [{ container: container.name, cpuLimit: '7' }]),
  ]);
  if (containers.length > 1) {
    asked.push(
      rightsize(
        'all requests',
        containers.map(container => ({
          ...newMemory(container),
          cpuRequest: newCpu(container),
        })),
      ),
    );
  }
  if (Number.isInteger(spec?.replicas)) {
    const to = spec.replicas + 1;
    asked.push({
      deployed,
      name: 'replicas',
      action: { kind: 'scale-replicas', workload, from: spec.replicas, to },
      expected: [{ kind, name, pointer: '/spec/replicas', value: to }],
    });
  }
  return [...asked, ...autoscalerActions(deployed, workload, containers)];
}

function autoscalerActions(
  deployed: DeployedWorkload,
  workload: string,
  containers: readonly Container[],
): Asked[] {
  const { metadata, spec } = (deployed.autoscaler ?? {}) as {
    metadata?: { name: string };
    spec?: any;
  };
  const index = (spec?.metrics ?? []).findIndex(
    (metric: any) =>
      metric?.resource?.name === 'cpu' &&
      Number.isInteger(metric.resource.target?.averageUtilization),
  );
  const percent =
    spec?.targetCPUUtilizationPercentage ??
    spec?.metrics?.[index]?.resource.target.averageUtilization;
  if (!metadata || !Number.isInteger(percent) || containers.length === 0) {
    return [];
  }
  const from = {
    minReplicas: spec.minReplicas ?? 1,
    maxReplicas: spec.maxReplicas,
    cpuUtilisationPercent: percent,
  };
  const to = {
    minReplicas: from.minReplicas + 1,
    maxReplicas: from.maxReplicas + 2,
    cpuUtilisationPercent: percent + 1,
  };
  const [{ name: container }] = containers;
  const cpuRequest = newCpu(containers[0]);
  const object = { kind: 'HorizontalPodAutoscaler', name: metadata.name };
  const target =
    index >= 0
      ? `/spec/metrics/${index}/resource/target/averageUtilization`
      : '/spec/targetCPUUtilizationPercentage';
  return [
    {
      deployed,
      name: 'autoscaler and requests',
      action: {
        kind: 'tune-autoscaler',
        workload,
        autoscaler: metadata.name,
        from,
        to,
        containers: [{ container, cpuRequest }],
      },
      expected: [
        { ...object, pointer: '/spec/minReplicas', value: to.minReplicas },
        { ...object, pointer: '/spec/maxReplicas', value: to.maxReplicas },
        { ...object, pointer: target, value: to.cpuUtilisationPercent },
        {
          kind: deployed.workload.kind,
          name: deployed.workload.name,
          pointer: `/spec/template/spec/containers/[${container}]/resources/requests/cpu`,
          value: cpuRequest,
        },
      ],
    },
  ];
}

/** Values that no file says by chance, and that fit below any limit that is there. */
function newCpu({ resources }: Container): string {
  return isBelow(resources?.limits?.cpu, 0.013) ? '3m' : '13m';
}

function newMemory({ name, resources }: Container): ContainerRequests {
  const limited = resources?.limits?.memory !== undefined;
  return {
    container: name,
    memoryRequest: '17Mi',
    ...(limited && { memoryLimit: '19Mi' }),
  };
}

function isBelow(cpu: string | number | undefined, cores: number): boolean {
  const [, amount, milli] = /^([\d.]+)(m?)$/.exec(String(cpu ?? '')) ?? [];
  return amount !== undefined && Number(amount) / (milli ? 1000 : 1) < cores;
}
