import { Action, workloadKey } from '@apexlogic/backstage-plugin-finops-common';
import { Asked, DeployedWorkload } from './types';

const HOURS = {
  timeZone: 'Europe/Rome',
  weekdays: [1, 2, 3, 4, 5],
  up: '07:15',
  down: '19:45',
} as const;
const LABEL = 'bench.example/cost-centre';
const LABEL_POINTER = '/metadata/labels/bench.example~1cost-centre';
const STOPPED_KINDS = ['Deployment', 'StatefulSet', 'CronJob'];

/**
 * What can be asked of an object as a whole: to go; of a workload also to stop off hours by either mechanism and
 * to carry a label; of what claims storage, to claim twice as much.
 */
export function objectActions(deployed: DeployedWorkload): Asked[] {
  const { kind, name } = deployed.workload;
  const workload = workloadKey(deployed.workload);
  const { apiVersion, spec } = deployed.object as {
    apiVersion: string;
    spec?: any;
  };
  const asked: Asked[] = [
    {
      deployed,
      name: 'removal',
      action: { kind: 'remove-orphan', workload },
      expected: [],
      removed: { kind, name },
    },
  ];
  if (spec?.template || spec?.jobTemplate) {
    const value = '0042';
    asked.push({
      deployed,
      name: 'label',
      action: { kind: 'enforce-tags', workload, labels: { [LABEL]: value } },
      expected: [{ kind, name, pointer: LABEL_POINTER, value }],
    });
    if (spec.template) {
      asked.push({
        deployed,
        name: 'label of pods',
        action: {
          kind: 'enforce-tags',
          workload,
          labels: { [LABEL]: value },
          podTemplate: true,
        },
        expected: ['', '/spec/template'].map(at => ({
          kind,
          name,
          pointer: at + LABEL_POINTER,
          value,
        })),
      });
    }
  }
  if (STOPPED_KINDS.includes(kind)) {
    asked.push(kubeGreen(deployed, workload, apiVersion));
    if (kind !== 'CronJob') {
      asked.push(keda(deployed, workload, apiVersion));
    }
  }
  return [...asked, ...growths(deployed, workload)];
}

function kubeGreen(
  deployed: DeployedWorkload,
  workload: string,
  apiVersion: string,
): Asked {
  const { kind, name } = deployed.workload;
  return {
    deployed,
    name: 'off hours by kube-green',
    action: {
      kind: 'schedule-off-hours',
      workload,
      mechanism: 'kube-green',
      ...HOURS,
    },
    ...addition('kube-green.com/v1alpha1', 'SleepInfo', `${name}-off-hours`, {
      weekdays: '1-5',
      sleepAt: '19:45',
      wakeUpAt: '07:15',
      timeZone: HOURS.timeZone,
      ...(kind === 'CronJob' && { suspendCronJobs: true }),
      [`includeRef/[${name}]/apiVersion`]: apiVersion,
      [`includeRef/[${name}]/kind`]: kind,
      [`includeRef/[${name}]/name`]: name,
    }),
  };
}

function keda(
  deployed: DeployedWorkload,
  workload: string,
  apiVersion: string,
): Asked {
  const { kind, name } = deployed.workload;
  return {
    deployed,
    name: 'off hours by KEDA',
    action: {
      kind: 'schedule-off-hours',
      workload,
      mechanism: 'keda-cron',
      runningReplicas: 2,
      ...HOURS,
    },
    ...addition('keda.sh/v1alpha1', 'ScaledObject', `${name}-off-hours`, {
      'scaleTargetRef/apiVersion': apiVersion,
      'scaleTargetRef/kind': kind,
      'scaleTargetRef/name': name,
      minReplicaCount: 0,
      maxReplicaCount: 2,
      'triggers/0/type': 'cron',
      'triggers/0/metadata/timezone': HOURS.timeZone,
      'triggers/0/metadata/start': '15 7 * * 1-5',
      'triggers/0/metadata/end': '45 19 * * 1-5',
      'triggers/0/metadata/desiredReplicas': '2',
    }),
  };
}

function addition(
  apiVersion: string,
  kind: string,
  name: string,
  spec: Readonly<Record<string, string | number | boolean>>,
): Pick<Asked, 'expected' | 'added'> {
  return {
    added: { kind, name },
    expected: [
      { kind, name, pointer: '/apiVersion', value: apiVersion },
      { kind, name, pointer: '/kind', value: kind },
      { kind, name, pointer: '/metadata/name', value: name },
      ...Object.entries(spec).map(([path, value]) => ({
        kind,
        name,
        pointer: `/spec/${path}`,
        value,
      })),
    ],
  };
}

function growths(deployed: DeployedWorkload, workload: string): Asked[] {
  const { kind, name } = deployed.workload;
  const { spec } = deployed.object as { spec?: any };
  const claims: { claim?: string; size: unknown }[] =
    kind === 'PersistentVolumeClaim'
      ? [{ size: spec?.resources?.requests?.storage }]
      : (spec?.volumeClaimTemplates ?? []).map((template: any) => ({
          claim: template?.metadata?.name,
          size: template?.spec?.resources?.requests?.storage,
        }));
  return claims.flatMap(({ claim, size }) => {
    const [, amount, unit] = /^(\d+)([KMGT]i?)$/.exec(String(size)) ?? [];
    if (amount === undefined) {
      return [];
    }
    const to = `${2 * Number(amount)}${unit}`;
    const action: Action = {
      kind: 'change-storage-tier',
      workload,
      claim,
      size: { from: String(size), to },
    };
    return [
      {
        deployed,
        name: claim === undefined ? 'size of a claim' : 'size of a template',
        action,
        expected: [
          {
            kind,
            name,
            pointer: '/spec/resources/requests/storage',
            value: to,
          },
        ],
      },
    ];
  });
}
