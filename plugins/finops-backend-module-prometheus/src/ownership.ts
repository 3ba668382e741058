import { Workload } from '@apexlogic/backstage-plugin-finops-common';
import { copyLabel, oneOf, selector, setLabel } from './promql';

/**
 * Above this many characters of names the whole namespace is asked for and the answer filtered:
 * engines and proxies cap the length of a query.
 */
const MAX_NAME_CHARACTERS = 4_000;

/** An owner that is not the controller would make one pod belong to two workloads; some set-ups drop the label. */
const IS_CONTROLLER = 'owner_is_controller!="false"';

/** Kinds whose pods name them as their controller. */
const DIRECT_KINDS = new Set([
  'StatefulSet',
  'DaemonSet',
  'Job',
  'ReplicaSet',
  'ReplicationController',
  'Pod',
]);

interface Intermediary {
  readonly kind: string;
  readonly ownerMetric: string;
  readonly label: string;
}

const REPLICA_SET: Intermediary = {
  kind: 'ReplicaSet',
  ownerMetric: 'kube_replicaset_owner',
  label: 'replicaset',
};
const JOB: Intermediary = {
  kind: 'Job',
  ownerMetric: 'kube_job_owner',
  label: 'job_name',
};
const REPLICATION_CONTROLLER: Intermediary = {
  kind: 'ReplicationController',
  ownerMetric: 'kube_replicationcontroller_owner',
  label: 'replicationcontroller',
};

const INTERMEDIARIES_BY_KIND = new Map<string, readonly Intermediary[]>([
  ['Deployment', [REPLICA_SET]],
  ['Rollout', [REPLICA_SET]],
  ['CronJob', [JOB]],
  ['DeploymentConfig', [REPLICATION_CONTROLLER]],
]);

/** Custom kinds own their pods directly, through ReplicaSets or through Jobs; nobody can tell which. */
const INTERMEDIARIES_OF_OTHERS: readonly Intermediary[] = [REPLICA_SET, JOB];

/** A matcher of the workloads' names, or nothing when there are too many to list. */
export function nameMatcher(
  label: string,
  workloads: readonly Workload[],
): string {
  const names = namesOf(workloads);
  const characters = names.reduce((total, name) => total + name.length + 1, 0);
  return characters > MAX_NAME_CHARACTERS ? '' : oneOf(label, names);
}

function namesOf(workloads: readonly Workload[]): string[] {
  return [...new Set(workloads.map(workload => workload.name))].sort();
}

/** Labels that name a workload in queries and answers: those of kube-state-metrics, which spares copying them. */
export const WORKLOAD_LABELS = 'owner_kind, owner_name';

/**
 * PromQL that yields 1 per pod of the workloads with labels `pod`, `owner_kind` and `owner_name`, one
 * series a pod, so that joining on it is never many-to-many. Built from kube-state-metrics, so pods
 * that are gone by now are still found at the instants they lived.
 *
 * @remarks
 * It is evaluated at every step of every query and dominates their cost: it copies labels only where
 * it must, and finds by controller, of which an object has one.
 *
 * @param matchers - PromQL matchers of the namespace (and cluster).
 */
export function podOwners(
  workloads: readonly Workload[],
  matchers: string,
): string {
  const branches: string[] = [];
  const notPods = workloads.filter(workload => workload.kind !== 'Pod');
  if (notPods.length > 0) {
    branches.push(
      `max by (pod, ${WORKLOAD_LABELS}) (${selector(
        'kube_pod_owner',
        matchers,
        IS_CONTROLLER,
        nameMatcher('owner_name', notPods),
      )})`,
    );
  }
  for (const intermediary of [REPLICA_SET, JOB, REPLICATION_CONTROLLER]) {
    const owners = workloads.filter(({ kind }) =>
      intermediariesOf(kind).includes(intermediary),
    );
    if (owners.length > 0) {
      branches.push(throughIntermediary(intermediary, owners, matchers));
    }
  }
  const pods = workloads.filter(workload => workload.kind === 'Pod');
  if (pods.length > 0) {
    const named = copyLabel(
      selector('kube_pod_info', matchers, oneOf('pod', namesOf(pods))),
      'pod',
      'owner_name',
    );
    branches.push(
      `max by (pod, ${WORKLOAD_LABELS}) (${setLabel(
        named,
        'owner_kind',
        'Pod',
      )})`,
    );
  }
  return `(${branches.join(' or on (pod) ')})`;
}

function intermediariesOf(kind: string): readonly Intermediary[] {
  if (DIRECT_KINDS.has(kind)) {
    return [];
  }
  return INTERMEDIARIES_BY_KIND.get(kind) ?? INTERMEDIARIES_OF_OTHERS;
}

function throughIntermediary(
  intermediary: Intermediary,
  owners: readonly Workload[],
  matchers: string,
): string {
  const { kind, label, ownerMetric } = intermediary;
  const pods = copyLabel(
    selector('kube_pod_owner', matchers, IS_CONTROLLER, `owner_kind="${kind}"`),
    'owner_name',
    label,
  );
  const owner = selector(
    ownerMetric,
    matchers,
    IS_CONTROLLER,
    nameMatcher('owner_name', owners),
  );
  return (
    `max by (pod, ${label}) (${pods}) * on (${label}) group_left (${WORKLOAD_LABELS}) ` +
    `max by (${label}, ${WORKLOAD_LABELS}) (${owner})`
  );
}
