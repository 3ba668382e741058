/** The closed set of actions. @public */
export const ACTION_KINDS = [
  'rightsize',
  'scale-replicas',
  'tune-autoscaler',
  'schedule-off-hours',
  'remove-orphan',
  'change-storage-tier',
  'downgrade-database',
  'buy-commitment',
  'enforce-tags',
  'rollback',
  'update-policy',
] as const;

/** @public */
export type ActionKind = (typeof ACTION_KINDS)[number];

/**
 * New requests and limits of one container. Kubernetes quantities as written in a manifest ("250m", "512Mi").
 * An absent field stays as it is; no action takes a limit away.
 *
 * @public
 */
export interface ContainerRequests {
  readonly container: string;
  readonly cpuRequest?: string;
  readonly memoryRequest?: string;
  /** Added where there is none. */
  readonly cpuLimit?: string;
  readonly memoryLimit?: string;
}

/** @public */
export interface RightsizeAction {
  readonly kind: 'rightsize';
  readonly workload: string;
  readonly containers: readonly ContainerRequests[];
}

/** @public */
export interface ScaleReplicasAction {
  readonly kind: 'scale-replicas';
  readonly workload: string;
  readonly from: number;
  readonly to: number;
}

/** What a HorizontalPodAutoscaler on CPU utilisation is told. @public */
export interface AutoscalerSettings {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Whole percent of the CPU requests, as `averageUtilization` is written. */
  readonly cpuUtilisationPercent: number;
}

/**
 * New settings of an autoscaler together with the requests that its utilisation is measured by.
 *
 * @public
 */
export interface TuneAutoscalerAction {
  readonly kind: 'tune-autoscaler';
  readonly workload: string;
  /** Name of the HorizontalPodAutoscaler, in the workload's namespace. */
  readonly autoscaler: string;
  readonly from: AutoscalerSettings;
  readonly to: AutoscalerSettings;
  /** Containers whose requests change with it; empty where the requests stay. */
  readonly containers: readonly ContainerRequests[];
}

/** A resource in infrastructure code, by the name that its own tool gives it. @public */
export interface InfrastructureRef {
  readonly system: InfrastructureSystem;
  /**
   * Terraform: the resource address (`module.db.aws_db_instance.orders`, with `[0]` or `["key"]` for one of
   * several). CloudFormation: the logical id. ARM: `type/name` (`Microsoft.Compute/disks/orders`), the name
   * as the template's parameters give it.
   */
  readonly address: string;
}

/** @public */
export type InfrastructureSystem = 'terraform' | 'cloudformation' | 'arm';

/** What the advice was made for, and what it wants instead. @public */
export interface Replacement<T extends string | number> {
  readonly from: T;
  readonly to: T;
}

/** Another instance type of a virtual machine or a group of nodes, as its cloud spells it. @public */
export interface RightsizeInstanceAction {
  readonly kind: 'rightsize';
  readonly workload: string;
  readonly resource: InfrastructureRef;
  readonly instanceType: Replacement<string>;
}

/** A smaller database or cache; what is absent stays. @public */
export interface DowngradeDatabaseAction {
  readonly kind: 'downgrade-database';
  readonly workload: string;
  readonly resource: InfrastructureRef;
  /** As the cloud spells it: `db.r6g.large`, `GP_Standard_D2ds_v4`, `db-custom-2-7680`. */
  readonly instanceClass?: Replacement<string>;
  /** Of a cache that is sized by its memory. */
  readonly memoryGib?: Replacement<number>;
}

/** Other storage of a cloud resource; what is absent stays. @public */
export interface ChangeCloudStorageAction {
  readonly kind: 'change-storage-tier';
  readonly workload: string;
  readonly resource: InfrastructureRef;
  readonly sizeGib?: Replacement<number>;
  /** As the cloud spells it: `gp3`, `StandardSSD_LRS`. */
  readonly tier?: Replacement<string>;
}

/** Tags (labels on Google Cloud) that a cloud resource is to carry; others stay. @public */
export interface EnforceCloudTagsAction {
  readonly kind: 'enforce-tags';
  readonly workload: string;
  readonly resource: InfrastructureRef;
  readonly tags: Readonly<Record<string, string>>;
}

/** Actions that are carried out in infrastructure code. @public */
export type InfrastructureAction =
  | RightsizeInstanceAction
  | DowngradeDatabaseAction
  | ChangeCloudStorageAction
  | EnforceCloudTagsAction;

/** Which controller starts and stops a workload by the clock. @public */
export type OffHoursMechanism = ScheduleOffHoursAction['mechanism'];

/**
 * When a workload runs. Outside of these hours it has no replicas.
 *
 * @public
 */
export interface RunningHours {
  /** IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /** Days on which it is started, ISO numbers: 1 = Monday to 7 = Sunday. */
  readonly weekdays: readonly number[];
  /** `HH:MM` of 24 hours, in `timeZone`. */
  readonly up: string;
  /** `HH:MM`; before `up` means on the day after. */
  readonly down: string;
}

/** A `SleepInfo` of kube-green (0.6 or newer) that names this workload alone. @public */
export interface KubeGreenScheduleAction extends RunningHours {
  readonly kind: 'schedule-off-hours';
  readonly workload: string;
  readonly mechanism: 'kube-green';
}

/** A `ScaledObject` of KEDA with a `cron` trigger. @public */
export interface KedaScheduleAction extends RunningHours {
  readonly kind: 'schedule-off-hours';
  readonly workload: string;
  readonly mechanism: 'keda-cron';
  /** Between `up` and `down`; 1 or more. */
  readonly runningReplicas: number;
}

/** @public */
export type ScheduleOffHoursAction =
  | KubeGreenScheduleAction
  | KedaScheduleAction;

/**
 * Takes an object that nothing needs out of the files. Its kind may be any namespaced one.
 *
 * @public
 */
export interface RemoveOrphanAction {
  readonly kind: 'remove-orphan';
  readonly workload: string;
}

/**
 * Another size or class of a PersistentVolumeClaim, or of a claim template of a StatefulSet. Kubernetes only
 * lets a claim grow; whatever else is asked for is refused with what a person must do.
 *
 * @public
 */
export interface ChangeStorageTierAction {
  readonly kind: 'change-storage-tier';
  readonly workload: string;
  /** Name of the claim template; of a StatefulSet only. */
  readonly claim?: string;
  /** Kubernetes quantities. */
  readonly size?: { readonly from: string; readonly to: string };
  readonly storageClass?: { readonly from: string; readonly to: string };
}

/**
 * Labels that a workload is to carry, added or with other values. Labels that a selector uses are never
 * changed.
 *
 * @public
 */
export interface EnforceTagsAction {
  readonly kind: 'enforce-tags';
  readonly workload: string;
  readonly labels: Readonly<Record<string, string>>;
  /** On its pods too, which restarts them. */
  readonly podTemplate?: boolean;
}

/** Another value at one place of a policy. @public */
export interface PolicyValueChange {
  /** Index of the YAML document in the file. */
  readonly documentIndex: number;
  /** RFC 6901 pointer inside the policy. */
  readonly pointer: string;
  readonly from: string | number | boolean;
  /** Of the same type as `from`. */
  readonly to: string | number | boolean;
}

/**
 * Other values in a file of policies (ValidatingAdmissionPolicy, Kyverno).
 *
 * @public
 */
export interface UpdatePolicyAction {
  readonly kind: 'update-policy';
  /** Path of the file in the repository. */
  readonly path: string;
  readonly changes: readonly PolicyValueChange[];
  /** Lets the change alter what the policy applies to. */
  readonly allowScope?: boolean;
}

/** Actions that set fields which an object of a manifest has. @public */
export type FieldAction =
  | RightsizeAction
  | ScaleReplicasAction
  | TuneAutoscalerAction
  | ChangeStorageTierAction
  | EnforceTagsAction;

/** Actions that are carried out in Kubernetes manifests. @public */
export type KubernetesAction =
  | FieldAction
  | ScheduleOffHoursAction
  | RemoveOrphanAction
  | UpdatePolicyAction;

/** Takes back what a merged change wrote, and nothing that others wrote since. @public */
export interface RollbackAction {
  readonly kind: 'rollback';
  readonly workload: string;
  /** Id of the recommendation that is undone. */
  readonly reverts: string;
}

/** Actions this version can edit; the set grows, `kind` and `resource` tell them apart. @public */
export type Action = KubernetesAction | InfrastructureAction | RollbackAction;

/** Whether an action is carried out in infrastructure code. @public */
export function isInfrastructureAction(
  action: Action,
): action is InfrastructureAction {
  return 'resource' in action && action.resource !== undefined;
}
