import { Workload } from '@apexlogic/backstage-plugin-finops-common';
import { SourceResult } from './results';
import { ReadOptions } from './sources';

/**
 * A folder of a git repository that a controller deploys from, as the controller has it: the URL may be
 * written for https, ssh or as `git@host:path`.
 *
 * @public
 */
export interface DeliverySource {
  readonly repositoryUrl: string;
  /** What is followed: the default branch, a named revision (mostly a branch), or one commit or tag. */
  readonly revision:
    | { readonly kind: 'default-branch' }
    | { readonly kind: 'named'; readonly name: string }
    | { readonly kind: 'pinned'; readonly to: string };
  /** Without slashes at either end; absent = the whole repository. */
  readonly path?: string;
}

/** What deploys a workload. @public */
export interface DeliveryApplication {
  readonly controller: 'argo-cd' | 'flux';
  /** Cluster the controller runs in; not always the workload's. */
  readonly cluster: string;
  /** `Application`, `Kustomization` or `HelmRelease`. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Folders that may define the workload; none when it comes from elsewhere, such as a chart registry. */
  readonly sources: readonly DeliverySource[];
  /** Whether it undoes by itself what differs from git. */
  readonly selfHeals: boolean;
}

/**
 * A GitOps controller, read-only: which of its applications deploy a workload, and from where.
 *
 * @public
 */
export interface DeliveryController {
  readonly id: string;
  /** Applications that deploy the workload, most direct first; usually one, none when nobody does. */
  findApplications(
    workload: Workload,
    options: ReadOptions,
  ): Promise<SourceResult<readonly DeliveryApplication[]>>;
}
