import type {
  FieldChange,
  ObjectRef,
} from '@apexlogic/backstage-plugin-finops-common';
import type { ManifestObject } from '../kubernetes/manifestFile';
import type { PlanRefusal } from '../types';
import { mergeEdits, TextEdit, Wanted } from '../yaml/mergeEdits';
import type { ReadFile } from './draft';

/** Edits of one object, or the reason why they cannot be made. */
export type ObjectEdit =
  | {
      readonly kind: 'edited';
      readonly edits: readonly TextEdit[];
      readonly changes: readonly FieldChange[];
    }
  | PlanRefusal;

/** The smallest edits after which an object of a file says what is wanted at several of its places. */
export function editObject(
  file: ReadFile,
  object: ManifestObject,
  wanted: readonly { readonly under: string; readonly wanted: Wanted }[],
): ObjectEdit {
  const edits: TextEdit[] = [];
  const changes: FieldChange[] = [];
  for (const { under, wanted: part } of wanted) {
    const merged = mergeEdits({
      text: file.source.text,
      document: file.documents[object.documentIndex],
      pointer: object.pointer + under,
      wanted: part,
    });
    if (merged.kind === 'refused') {
      return { ...merged, reason: `${file.path}: ${merged.reason}` };
    }
    edits.push(...merged.edits);
    changes.push(
      ...merged.changes.map(change => ({
        path: file.path,
        documentIndex: object.documentIndex,
        object: refOf(object),
        pointer: change.pointer.slice(object.pointer.length),
        before: change.before,
        after: change.after,
      })),
    );
  }
  return { kind: 'edited', edits, changes };
}

/** An object by what names it. */
export function refOf({
  apiVersion,
  kind,
  namespace,
  name,
}: ObjectRef): ObjectRef {
  return { apiVersion, kind, namespace, name };
}
