import { parse } from 'yaml';
import type {
  FieldChange,
  ObjectRef,
} from '@apexlogic/backstage-plugin-finops-common';
import { parseManifestFile } from '../kubernetes/manifestFile';
import { wantedRationale } from '../rationale';
import type { Rationale } from '../types';
import { mergeEdits, WantedMap } from '../yaml/mergeEdits';
import { plainOrQuoted } from '../yaml/scalarText';
import type { DraftFile } from './draft';
import { wholeObject } from './wholeObject';

/** A new file that holds one object, with the reason for it on its metadata. */
export function newObject(
  path: string,
  object: ObjectRef,
  spec: WantedMap,
  rationale: Rationale,
): {
  readonly file: DraftFile;
  readonly changes: readonly FieldChange[];
  readonly plain: Readonly<Record<string, unknown>>;
} {
  const head = [
    `apiVersion: ${object.apiVersion}`,
    `kind: ${object.kind}`,
    'metadata:',
    `  name: ${plainOrQuoted(object.name)}`,
    ...(object.namespace === undefined
      ? []
      : [`  namespace: ${plainOrQuoted(object.namespace)}`]),
    '',
  ].join('\n');
  const start = parseManifestFile(path, new TextEncoder().encode(head));
  if (start.kind !== 'manifest') {
    throw new Error(`${path} would not be a manifest`);
  }
  const merged = mergeEdits({
    text: head,
    document: start.documents[0],
    pointer: '',
    wanted: {
      kind: 'map',
      entries: [
        ['metadata', wantedRationale(rationale)],
        ['spec', spec],
      ],
    },
  });
  if (merged.kind === 'refused') {
    throw new Error(`${path} cannot be written: ${merged.reason}`);
  }
  const text = merged.edits.reduceRight(
    (written, { start: from, end, text: added }) =>
      written.slice(0, from) + added + written.slice(end),
    head,
  );
  const plain = parse(text) as Record<string, unknown>;
  return {
    file: { kind: 'created', path, text },
    changes: wholeObject('after', { path, documentIndex: 0, object }, plain),
    plain,
  };
}
