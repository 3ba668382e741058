import {
  Action,
  ChangePlan,
  ContainerRequests,
  FieldAction,
  InfrastructureAction,
  Level,
  ModelRef,
  ObjectRef,
  ReleaseRef,
  RepositoryRef,
  Workload,
} from '@apexlogic/backstage-plugin-finops-common';
import type { DesiredState } from './kubernetes/desiredState';

/**
 * Files of a repository at one commit, read on demand. No network here: the caller brings the bytes.
 *
 * @public
 */
export interface RepositorySnapshot {
  readonly repository: RepositoryRef;
  readonly baseSha: string;
  /** All file paths, `/`-separated, without a leading slash. */
  readonly paths: readonly string[];
  read(path: string): Promise<Uint8Array>;
}

/** @public */
export interface LocateTarget {
  readonly workload: Workload;
  readonly action: Action;
  /**
   * Folder the workload's desired state lies in, when an annotation or controller names it; or the one file
   * that may be edited. Of infrastructure code: the root folder, the template, or the file of values that it
   * is given.
   */
  readonly path?: string;
  /**
   * Edit a file even when several deployed kustomizations, or other resources, share it: all of them get the
   * change. Only for those who asked for that; otherwise it is refused.
   */
  readonly allowSharedBase?: boolean;
  /**
   * Requests and limits that the recommendation was made for. Needed where only they tell which values
   * of a chart outside of the repository are meant.
   */
  readonly present?: readonly ContainerRequests[];
}

/** A target whose action sets fields of objects that are there. @public */
export interface FieldTarget extends LocateTarget {
  readonly action: FieldAction;
}

/** A target whose action is carried out in infrastructure code. @public */
export interface InfrastructureTarget extends LocateTarget {
  readonly action: InfrastructureAction;
}

/** @public */
export interface Location {
  readonly kind: 'location';
  readonly path: string;
  readonly documentIndex: number;
  readonly object: ObjectRef;
  readonly source: LocationSource;
  /** The kustomization that builds it, for the rendered proof. */
  readonly kustomization?: string;
  /** RFC 6901 pointer of the object (or `replicas` entry) in its document; absent = the document itself. */
  readonly pointer?: string;
  /**
   * What `path` holds: the object, a strategic-merge patch of it, or a `replicas` entry; `new-patch` = a
   * patch that is to be created there and named in `kustomization`. Absent = `resource`.
   */
  readonly role?: LocationRole;
  /** Where the rationale goes when it cannot stand at `path`. */
  readonly rationaleAt?: RationaleLocation;
  /** What the files want of the object at present, all layers together. */
  readonly desired?: DesiredState;
  /** What a patch that is to be created calls the object, where that is renamed afterwards. */
  readonly patchedName?: string;
  /** Other places that the same action edits, in the order of its parts. */
  readonly companions?: readonly Location[];
  /** Where each field stands, when that is not in the object itself. */
  readonly sites?: readonly FieldSite[];
  /** Values that are written with them and change nothing: what a preset of the chart said before. */
  readonly alongside?: readonly SiteValue[];
  /** A map of values that the chart writes to the object's own annotations, and to nothing else. */
  readonly annotationsAt?: SitePlace;
  /** The release whose chart writes the object. */
  readonly release?: ReleaseRef;
  /** Labels of the object that are known whatever the cluster. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** @public */
export type LocationSource =
  | 'plain'
  | 'kustomize-overlay'
  | 'kustomize-base'
  | 'chart-values'
  | 'chart-template'
  | 'helm-release'
  | 'argo-application'
  /** Named by a setter comment. */
  | 'setter';

/** A place in a file that gives a field of an object its value. @public */
export type FieldSite = SitePlace & {
  /** Of the field in the object, containers by name. */
  readonly pointer: string;
};

/** @public */
export interface SiteValue {
  readonly place: SitePlace;
  readonly value: string | number;
}

/** @public */
export interface SitePlace {
  readonly path: string;
  readonly documentIndex: number;
  /** Keys in the document; numbers are positions in lists. */
  readonly keys: readonly (string | number)[];
  /** Keys inside of the YAML that stands as text at `keys`. */
  readonly embeddedKeys?: readonly (string | number)[];
  /** UTF-16 indexes in a template, which is no YAML; `keys` says nothing then. */
  readonly literal?: { readonly start: number; readonly end: number };
  /** The Kubernetes object that it is a part of. */
  readonly holder?: {
    readonly object: ObjectRef;
    readonly keys: readonly (string | number)[];
  };
}

/** @public */
export type LocationRole =
  | 'resource'
  | 'patch'
  | 'new-patch'
  | 'replicas-entry'
  /** Each field has a place of its own, see `sites`. */
  | 'values';

/** @public */
export interface RationaleLocation {
  readonly path: string;
  readonly documentIndex: number;
  readonly object: ObjectRef;
  readonly pointer?: string;
  readonly role: 'resource' | 'patch';
}

/** @public */
export interface Ambiguous {
  readonly kind: 'ambiguous';
  readonly candidates: readonly {
    readonly path: string;
    readonly documentIndex: number;
  }[];
  readonly reason: string;
}

/** @public */
export interface NotManaged {
  readonly kind: 'not-managed';
  /** Why nothing can be edited; absent = nothing was found. */
  readonly code?: PlanRefusalCode;
  readonly reason: string;
}

/** A resource found in infrastructure code. @public */
export interface InfrastructureLocation {
  readonly kind: 'infrastructure';
  /** The file that declares it; its values may be written in others. */
  readonly path: string;
  /** What is deployed: a root folder of Terraform, a template. */
  readonly root: string;
  readonly object: ObjectRef;
}

/** @public */
export type LocateResult =
  | Location
  | InfrastructureLocation
  | Ambiguous
  | NotManaged;

/** What is written beside the change on the metadata of every object that it edits. @public */
export interface Rationale {
  /** Annotation prefix, `ai.apexlogic.com` unless configured. */
  readonly prefix: string;
  readonly reason: string;
  readonly model: ModelRef;
  readonly priority: Level;
}

/** Why no plan was made. Nothing is guessed. @public */
export interface PlanRefusal {
  readonly kind: 'refused';
  readonly code: PlanRefusalCode;
  readonly reason: string;
}

/** @public */
export type PlanRefusalCode =
  | 'not-managed'
  | 'ambiguous'
  | 'parse-error'
  | 'anchor'
  | 'template'
  | 'shared-base'
  | 'value-not-found'
  /** The file does not say what the recommendation was made for. */
  | 'value-changed'
  | 'already-done'
  | 'unsupported-encoding'
  /** The tool that applies the code is told to leave this field alone. */
  | 'ignored-field'
  | 'proof-failed'
  | 'not-supported';

/** @public */
export type PlanResult =
  | { readonly kind: 'planned'; readonly plan: ChangePlan }
  | PlanRefusal;
