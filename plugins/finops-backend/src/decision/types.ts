import { Abstention } from '@apexlogic/backstage-plugin-finops-common';
import { RecommendationContent } from '../database/RecommendationStore';

/** Advice the engine stands behind, before it has an id and a state. */
export interface Draft {
  readonly kind: 'draft';
  readonly content: RecommendationContent;
}

/** Advice not given, and why. */
export interface Withheld {
  readonly kind: 'withheld';
  readonly workload: string;
  /** Container, `replicas`, `autoscaler` or `schedule`. */
  readonly subject: string;
  readonly abstention: Abstention;
}

/** What was decided for an entity. */
export type Decision = Draft | Withheld;
