import { Money } from '@apexlogic/backstage-plugin-finops-common';
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
  /** URL of the entity's code. */
  readonly sourceUrl?: string;
  /** URL of the folder that holds the desired state, where the catalog names one. */
  readonly gitopsUrl?: string;
  /** Class of the data it handles, as its owner declares it; lower case. */
  readonly dataClass?: string;
  /** Its annotated budget, or why that cannot be read. */
  readonly budget?: DeclaredBudget;
}

/** What somebody wrote down as the budget of a calendar month. */
export type DeclaredBudget =
  | { readonly kind: 'budget'; readonly monthly: Money }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Budget that the configuration gives an entity or an owner. */
export interface ConfiguredBudget {
  readonly entityRef: string;
  readonly monthly: Money;
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
