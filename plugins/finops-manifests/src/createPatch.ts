import type {
  FieldChange,
  PlannedFile,
} from '@apexlogic/backstage-plugin-finops-common';
import { sha256, spliceBytes } from './applySplices';
import { parseManifestFile } from './kubernetes/manifestFile';
import type { PlannedPart } from './plannedParts';
import { wantedRationale } from './rationale';
import type { PlanRefusal, Rationale } from './types';
import { unifiedDiff } from './unifiedDiff';
import { leavesOf } from './yaml/leaves';
import { mergeEdits } from './yaml/mergeEdits';

/**
 * A strategic-merge patch file that says what a part wants of its object, and nothing else; why stands on
 * the object's metadata, as everywhere.
 */
export function createPatch(
  { location, wanted }: PlannedPart,
  rationale: Rationale,
):
  | {
      readonly kind: 'created';
      readonly file: PlannedFile;
      readonly changes: readonly FieldChange[];
    }
  | PlanRefusal {
  const { path, object, patchedName } = location;
  const name = patchedName ?? object.name;
  const head = [
    `# Kept apart from the base, which others share.`,
    `apiVersion: ${object.apiVersion}`,
    `kind: ${object.kind}`,
    'metadata:',
    `  name: ${name}`,
    '',
  ].join('\n');
  const start = parse(path, head);
  const merged = mergeEdits({
    text: start.source.text,
    document: start.documents[0],
    pointer: '',
    wanted: {
      kind: 'map',
      entries: [['metadata', wantedRationale(rationale)], ...wanted.entries],
    },
  });
  if (merged.kind === 'refused') {
    return merged;
  }
  const bytes = spliceBytes(
    start.bytes,
    merged.edits.map(({ start: from, end, text }) => ({
      start: start.source.byteOffset(from),
      end: start.source.byteOffset(end),
      text,
    })),
  )!;
  const text = new TextDecoder().decode(bytes);
  const file = parse(path, text);
  return {
    kind: 'created',
    file: {
      path,
      created: true,
      beforeSha256: sha256(new Uint8Array()),
      afterSha256: sha256(bytes),
      splices: [{ start: 0, end: 0, text }],
      diff: unifiedDiff(path, undefined, text),
    },
    changes: [...leavesOf(file.documents[0].toJS())].map(
      ([pointer, after]) => ({
        path,
        documentIndex: 0,
        object: { ...object, name },
        pointer,
        after: after as FieldChange['after'],
      }),
    ),
  };
}

function parse(path: string, text: string) {
  const file = parseManifestFile(path, new TextEncoder().encode(text));
  if (file.kind !== 'manifest') {
    throw new Error(`${path} would not be a manifest`);
  }
  return file;
}
