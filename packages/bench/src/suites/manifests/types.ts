import { Action, Workload } from '@apexlogic/backstage-plugin-finops-common';

/** A workload as one place of a repository deploys it. */
export interface DeployedWorkload {
  readonly workload: Workload;
  /** Folder that is deployed: what Argo CD or Flux would be told. */
  readonly path: string;
  readonly source: 'plain' | 'kustomize';
  /** The object as a cluster would get it. */
  readonly object: unknown;
  /** The autoscaler that targets it, deployed from the same place. */
  readonly autoscaler?: unknown;
  /** All else that is deployed from the same place. */
  readonly beside: readonly unknown[];
}

/** One action on one workload, as asked for. */
export interface Asked {
  readonly deployed: DeployedWorkload;
  readonly name: string;
  readonly action: Action;
  /**
   * What of the deployed objects is to differ afterwards: by kind and name, RFC 6901 pointer (containers
   * by name) and value.
   */
  readonly expected: readonly {
    readonly kind: string;
    readonly name: string;
    readonly pointer: string;
    readonly value: string | number | boolean;
  }[];
  /** An object that is to be there afterwards: its metadata may say more than expected. */
  readonly added?: { readonly kind: string; readonly name: string };
  /** An object that is to be gone with all of its fields. */
  readonly removed?: { readonly kind: string; readonly name: string };
}

/** What came of it. */
export type Judgement =
  | { readonly kind: 'exact' }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }
  | { readonly kind: 'wrong'; readonly reason: string };
