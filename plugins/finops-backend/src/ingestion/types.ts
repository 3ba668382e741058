import { WorkloadSelector } from '@apexlogic/backstage-plugin-finops-node';

/** What the loop needs to know of a catalog entity. */
export interface EntityContext {
  readonly entityRef: string;
  /** Lower case. */
  readonly kind: string;
  readonly title: string;
  readonly ownerRefs: readonly string[];
  /** Absent: the entity does not point at workloads. */
  readonly selector?: WorkloadSelector;
  /** URLs of the entity's code and desired state. */
  readonly sourceUrls: readonly string[];
  /** URL of the folder that holds the desired state. */
  readonly gitopsUrl?: string;
}

/** One missing annotation and what it would give. */
export interface MissingAnnotation {
  readonly annotation: string;
  readonly example: string;
  readonly why: string;
}

/** How far an entity is connected. */
export interface EntitySetup {
  readonly state: 'ready' | 'not-annotated' | 'no-workload' | 'waiting';
  readonly missing: readonly MissingAnnotation[];
}
