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

/** Actions this version can decide on and edit; the set grows, `kind` tells them apart. @public */
export type Action = RightsizeAction | ScaleReplicasAction;
