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
 * New requests of one container. Kubernetes quantities as written in a manifest ("250m", "512Mi").
 * An absent field stays as it is.
 *
 * @public
 */
export interface ContainerRequests {
  readonly container: string;
  readonly cpuRequest?: string;
  readonly memoryRequest?: string;
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

/** Actions this version can decide on and edit; the set grows, `kind` tells them apart. @public */
export type Action =
  | RightsizeAction
  | ScaleReplicasAction
  | TuneAutoscalerAction;
