import type { ScheduleOffHoursAction } from '@apexlogic/backstage-plugin-finops-common';
import type { BuiltWorkload } from '../kubernetes/buildWorkloads';
import type { Wanted, WantedMap, WantedScalar } from '../yaml/mergeEdits';
import { plainOrQuoted } from '../yaml/scalarText';
import type { Neighbour } from './neighbours';
import type { CronHours } from './runningHours';
import { selects } from './selectors';

/** What a mechanism writes. */
export interface Schedule {
  readonly apiVersion: string;
  readonly kind: 'SleepInfo' | 'ScaledObject';
  /** The whole `spec` of a new object. */
  readonly spec: WantedMap;
  /** Edits of one that is there: pointer in the object → what it is to say there. */
  edits(present: Readonly<Record<string, unknown>>): readonly {
    readonly under: string;
    readonly wanted: WantedMap;
  }[];
}

type Plain = Readonly<Record<string, unknown>>;

/** KEDA's own limit where an object sets none. */
const KEDA_MAX_REPLICAS = 100;

/** The object that carries out an action. */
export function scheduleOf(
  action: ScheduleOffHoursAction,
  hours: CronHours,
  workload: BuiltWorkload,
): Schedule {
  return action.mechanism === 'kube-green'
    ? sleepInfo(action, hours, workload)
    : scaledObject(action, hours, workload);
}

/**
 * https://github.com/kube-green/kube-green/blob/main/api/v1alpha1/sleepinfo_types.go: it stops what a
 * namespace holds, of what `includeRef` names where that is given.
 */
function sleepInfo(
  { timeZone, up, down }: ScheduleOffHoursAction,
  { upDays }: CronHours,
  { apiVersion, kind, name }: BuiltWorkload,
): Schedule {
  const times: WantedMap['entries'] = [
    ['weekdays', text(upDays)],
    ['sleepAt', text(down)],
    ['wakeUpAt', text(up)],
    ['timeZone', text(timeZone)],
  ];
  const kinds: WantedMap['entries'] =
    kind === 'CronJob'
      ? [['suspendCronJobs', { kind: 'scalar', value: true }]]
      : [];
  return {
    apiVersion: 'kube-green.com/v1alpha1',
    kind: 'SleepInfo',
    spec: map([
      ...times,
      ...kinds,
      [
        'includeRef',
        {
          kind: 'last',
          item: map([
            ['apiVersion', text(apiVersion)],
            ['kind', text(kind)],
            ['name', text(name)],
          ]),
        },
      ],
    ]),
    edits: () => [{ under: '', wanted: map([['spec', map(times)]]) }],
  };
}

/** https://keda.sh/docs/latest/scalers/cron/: to stop outside of the hours, the minimum is 0. */
function scaledObject(
  action: Extract<ScheduleOffHoursAction, { mechanism: 'keda-cron' }>,
  { upDays, downDays }: CronHours,
  { apiVersion, kind, name }: BuiltWorkload,
): Schedule {
  const { timeZone, up, down, runningReplicas } = action;
  const metadata = map([
    ['timezone', text(timeZone)],
    ['start', text(cron(up, upDays))],
    ['end', text(cron(down, downDays))],
    ['desiredReplicas', text(String(runningReplicas))],
  ]);
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    spec: map([
      [
        'scaleTargetRef',
        map([
          ['apiVersion', text(apiVersion)],
          ['kind', text(kind)],
          ['name', text(name)],
        ]),
      ],
      ['minReplicaCount', count(0)],
      ['maxReplicaCount', count(runningReplicas)],
      [
        'triggers',
        {
          kind: 'last',
          item: map([
            ['type', text('cron')],
            ['metadata', metadata],
          ]),
        },
      ],
    ]),
    edits: present => {
      const spec = (present.spec ?? {}) as Plain;
      const limit = Number(spec.maxReplicaCount ?? KEDA_MAX_REPLICAS);
      const bounds: WantedMap['entries'] = [
        ...((spec.minReplicaCount ?? 0) === 0
          ? []
          : [['minReplicaCount', count(0)] as const]),
        ...(limit >= runningReplicas
          ? []
          : [['maxReplicaCount', count(runningReplicas)] as const]),
      ];
      return [
        ...(bounds.length === 0
          ? []
          : [{ under: '', wanted: map([['spec', map(bounds)]]) }]),
        { under: '/spec/triggers/0/metadata', wanted: metadata },
      ];
    },
  };
}

/** How another object of the repository stands to a workload's hours. */
export type Bearing =
  /** It is a schedule of this workload and nothing else. */
  | 'its-schedule'
  /** It stops or scales this workload by rules of its own. */
  | 'other-rule'
  | undefined;

/** Whether a neighbour stops or scales a workload. */
export function bearingOn(
  { says }: Neighbour,
  workload: BuiltWorkload,
  labels: Readonly<Record<string, string>>,
): Bearing {
  const [resource] = says;
  const { apiVersion, kind, spec } = (resource ?? {}) as {
    apiVersion?: string;
    kind?: string;
    spec?: Plain;
  };
  if (kind === 'SleepInfo' && apiVersion?.startsWith('kube-green.com/')) {
    return bearingOfSleepInfo(spec ?? {}, workload, labels);
  }
  const scaled = spec?.scaleTargetRef as Plain | undefined;
  const isScaled =
    scaled?.name === workload.name &&
    (scaled?.kind ?? 'Deployment') === workload.kind;
  if (!isScaled) {
    return undefined;
  }
  const triggers = Array.isArray(spec?.triggers) ? spec.triggers : [];
  return kind === 'ScaledObject' &&
    triggers.length === 1 &&
    (triggers[0] as Plain | null)?.type === 'cron'
    ? 'its-schedule'
    : 'other-rule';
}

function bearingOfSleepInfo(
  spec: Plain,
  workload: BuiltWorkload,
  labels: Readonly<Record<string, string>>,
): Bearing {
  const isKind =
    {
      Deployment: spec.suspendDeployments !== false,
      StatefulSet: spec.suspendStatefulSets !== false,
      CronJob: spec.suspendCronJobs === true,
    }[workload.kind] ?? false;
  const means = (ref: unknown) => {
    const { kind, name, matchLabels } = (ref ?? {}) as Plain;
    return matchLabels
      ? selects(
          { matchLabels: matchLabels as Plain, matchExpressions: [] },
          labels,
        )
      : kind === workload.kind && name === workload.name;
  };
  const [included, excluded] = [spec.includeRef, spec.excludeRef].map(list =>
    Array.isArray(list) ? list : [],
  );
  const isMeant =
    isKind &&
    (included.length === 0 || included.some(means)) &&
    !excluded.some(means);
  if (!isMeant) {
    return undefined;
  }
  return included.length === 1 && (included[0] as Plain).name === workload.name
    ? 'its-schedule'
    : 'other-rule';
}

function cron(time: string, days: string): string {
  const [hours, minutes] = time.split(':').map(Number);
  return `${minutes} ${hours} * * ${days}`;
}

function map(entries: readonly (readonly [string, Wanted])[]): WantedMap {
  return { kind: 'map', entries };
}

function text(value: string): WantedScalar {
  return { kind: 'scalar', value, quoted: plainOrQuoted(value) !== value };
}

function count(value: number): WantedScalar {
  return { kind: 'scalar', value };
}
