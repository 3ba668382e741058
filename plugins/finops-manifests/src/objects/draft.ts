import type {
  Action,
  FieldChange,
  ObjectRef,
  PlannedObject,
  RepositoryRef,
} from '@apexlogic/backstage-plugin-finops-common';
import type { ExpectedObject } from '../compareBuilds';
import type { ManifestFile } from '../kubernetes/manifestFile';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import type { LocateTarget } from '../types';
import type { TextEdit } from '../yaml/mergeEdits';

/** Actions that bring objects in, take them out, or edit files that define no workload. */
export type ObjectAction = Extract<
  Action,
  {
    readonly kind: 'remove-orphan' | 'schedule-off-hours' | 'update-policy';
  }
>;

/** @internal */
export interface ObjectTarget extends LocateTarget {
  readonly action: ObjectAction;
  readonly repository: RepositoryRef;
}

/** A file that was read and parsed. */
export type ReadFile = Extract<ManifestFile, { kind: 'manifest' }>;

/** What becomes of a file. */
export type DraftFile =
  | {
      readonly kind: 'edited';
      readonly file: ReadFile;
      readonly edits: readonly TextEdit[];
      /** Index of a document that is gone afterwards. */
      readonly removedDocument?: number;
    }
  | { readonly kind: 'created'; readonly path: string; readonly text: string }
  | { readonly kind: 'deleted'; readonly file: ReadFile };

/** A change with all that its proof needs to know. */
export interface Draft {
  readonly kind: 'draft';
  /** What the plan is recognised by, besides its action. */
  readonly path: string;
  readonly object: ObjectRef;
  readonly files: readonly DraftFile[];
  /** Every difference of every document; pointers are those of the object. */
  readonly changes: readonly FieldChange[];
  readonly objects: readonly PlannedObject[];
  readonly notes: readonly string[];
  /** Kustomizations that build it, with the objects that are to differ. */
  readonly builds: ReadonlyMap<string, ReadonlyMap<string, ExpectedObject>>;
  /** Looks again in the changed files: why they do not say what was wanted; undefined = they do. */
  lookAgain(reader: RepositoryReader): Promise<string | undefined>;
}
