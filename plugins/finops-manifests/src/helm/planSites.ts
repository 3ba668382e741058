import type {
  FieldChange,
  ObjectRef,
} from '@apexlogic/backstage-plugin-finops-common';
import { isScalar, parseDocument, Scalar } from 'yaml';
import { ManifestFile, objectAt } from '../kubernetes/manifestFile';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import type { PlannedPart } from '../plannedParts';
import { restyleQuantity } from '../quantity';
import { rationaleAnnotations, wantedRationale } from '../rationale';
import type { PlanRefusal, Rationale, SitePlace } from '../types';
import type { WantedField } from '../wantedFields';
import { pointerStep } from '../yaml/leaves';
import {
  mergeEdits,
  TextEdit,
  Wanted,
  WantedMap,
  WantedScalar,
} from '../yaml/mergeEdits';
import { decodeSource, SourceText } from '../yaml/sourceText';
import { openEmbedded } from './embeddedYaml';
import { commentAbove, rationaleComment } from './rationaleComment';

/** Edits of one file. */
export interface EditedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly source: SourceText;
  readonly edits: readonly TextEdit[];
}

/** @internal */
export type SiteEdits =
  | {
      readonly kind: 'edits';
      readonly files: readonly EditedFile[];
      readonly changes: readonly FieldChange[];
    }
  | PlanRefusal;

type Keys = readonly (string | number)[];

interface Entry {
  readonly place: SitePlace;
  readonly wanted: WantedScalar;
  readonly part: PlannedPart;
}

/** The edits of parts whose fields have places of their own, and of why they are made. */
export async function planSites(
  parts: readonly PlannedPart[],
  rationale: Rationale,
  reader: RepositoryReader,
): Promise<SiteEdits> {
  const entries: Entry[] = [];
  for (const part of parts) {
    for (const field of part.fields) {
      const place = part.location.sites?.find(
        site => site.pointer === field.pointer,
      );
      if (!place) {
        return refuse(
          'value-not-found',
          `No place is known for ${field.pointer}; locate it again`,
        );
      }
      entries.push({ place, wanted: scalarOf(field), part });
    }
  }
  for (const part of parts) {
    for (const { place, value } of part.location.alongside ?? []) {
      entries.push({ place, wanted: { kind: 'scalar', value }, part });
    }
  }
  const files: EditedFile[] = [];
  const changes: FieldChange[] = [];
  for (const path of new Set(entries.map(({ place }) => place.path))) {
    const own = entries.filter(({ place }) => place.path === path);
    const edited = own.some(({ place }) => place.literal)
      ? await editTemplate(path, own, rationale, reader)
      : await editYaml(path, own, rationale, reader);
    if (edited.kind === 'refused') {
      return edited;
    }
    files.push(edited.file);
    changes.push(...edited.changes);
  }
  return { kind: 'edits', files, changes };
}

type EditedOne =
  | {
      readonly kind: 'edited';
      readonly file: EditedFile;
      readonly changes: readonly FieldChange[];
    }
  | PlanRefusal;

/** A template is no YAML: what changes are single values on lines that hold no expression. */
async function editTemplate(
  path: string,
  entries: readonly Entry[],
  rationale: Rationale,
  reader: RepositoryReader,
): Promise<EditedOne> {
  const bytes = await reader.bytes(path);
  const source = bytes && decodeSource(bytes);
  if (!bytes || !source) {
    return refuse('unsupported-encoding', `${path} is not UTF-8`);
  }
  const { text } = source;
  const edits: TextEdit[] = [];
  const changes: FieldChange[] = [];
  const explained = new Set<PlannedPart>();
  for (const { place, wanted, part } of entries) {
    const { start, end } = place.literal!;
    const before = text.slice(start, end);
    const after = wanted.restyle!(before) ?? before;
    if (/[^\w.+-]/.test(after)) {
      return refuse('not-supported', `'${after}' cannot be written to ${path}`);
    }
    edits.push({ start, end, text: after });
    changes.push({
      path,
      documentIndex: 0,
      object: { apiVersion: 'helm.sh/v3', kind: 'Template', name: path },
      pointer: `/${text.slice(0, start).split('\n').length}`,
      before,
      after,
    });
    if (part.carriesRationale && !explained.has(part)) {
      explained.add(part);
      edits.push(commentAbove(text, start, rationale));
    }
  }
  return {
    kind: 'edited',
    file: { path, bytes, source, edits: unique(edits) },
    changes,
  };
}

async function editYaml(
  path: string,
  entries: readonly Entry[],
  rationale: Rationale,
  reader: RepositoryReader,
): Promise<EditedOne> {
  const file = await reader.manifest(path);
  switch (file?.kind) {
    case 'manifest':
      break;
    case 'not-utf8':
      return refuse('unsupported-encoding', `${path} is not UTF-8`);
    case 'unreadable':
      return refuse('parse-error', `${path} is not valid YAML: ${file.reason}`);
    default:
      return refuse('value-not-found', `${path} is not in the repository`);
  }
  if (
    entries.some(
      ({ place }) =>
        file.documents[place.documentIndex]?.contents === undefined,
    )
  ) {
    return refuse(
      'not-supported',
      `${path} is empty, so that nothing shows how it is written`,
    );
  }
  const edits: TextEdit[] = [];
  const changes: FieldChange[] = [];
  const { text } = file.source;
  const explained = new Set<string>();

  const merge = (
    documentIndex: number,
    base: Keys,
    wanted: Wanted,
    place: SitePlace,
  ): PlanRefusal | undefined => {
    const merged = mergeEdits({
      text,
      document: file.documents[documentIndex],
      pointer: pointerOf(base),
      wanted,
    });
    if (merged.kind === 'refused') {
      return { ...merged, reason: `${path}: ${merged.reason}` };
    }
    edits.push(...merged.edits);
    changes.push(
      ...merged.changes.map(change => changeOf(file, place, change)),
    );
    return undefined;
  };

  // Places that are added to the same map must be told together.
  const trees = new Map<
    string,
    { documentIndex: number; base: Keys; tree: Tree; place: SitePlace }
  >();
  const members: { readonly place: SitePlace; readonly wanted: Wanted }[] = [];
  const add = (place: SitePlace, keys: Keys, wanted: Wanted) => {
    if (typeof keys.at(-1) === 'number') {
      members.push({ place, wanted });
      return;
    }
    const holder = place.holder?.keys ?? [];
    const lastIndex = keys.findLastIndex(key => typeof key === 'number');
    const base = keys.slice(0, Math.max(lastIndex + 1, holder.length));
    const key = JSON.stringify([place.documentIndex, base]);
    const entry = trees.get(key) ?? {
      documentIndex: place.documentIndex,
      base,
      tree: new Map(),
      place,
    };
    trees.set(key, entry);
    plant(entry.tree, keys.slice(base.length).map(String), wanted);
  };

  for (const { place, part } of entries) {
    const { holder, documentIndex } = place;
    if (holder && part.carriesRationale) {
      const key = JSON.stringify([documentIndex, holder.keys]);
      if (!explained.has(key)) {
        explained.add(key);
        add(place, [...holder.keys, 'metadata'], wantedRationale(rationale));
      }
    }
  }
  for (const { place, part } of entries) {
    const { annotationsAt } = part.location;
    const key = JSON.stringify(annotationsAt);
    if (
      annotationsAt?.path === path &&
      part.carriesRationale &&
      !explained.has(key)
    ) {
      explained.add(key);
      const { keys } = annotationsAt;
      rationaleAnnotations(rationale).forEach(([name, value], index) =>
        add(place, [...keys, name], {
          kind: 'scalar',
          value,
          quoted: index === 0,
        }),
      );
    }
  }
  for (const { place, wanted } of entries) {
    if (!place.embeddedKeys) {
      add(place, place.keys, wanted);
    }
  }
  for (const { place, wanted } of members) {
    const problem = merge(place.documentIndex, place.keys, wanted, place);
    if (problem) {
      return problem;
    }
  }
  for (const { documentIndex, base, tree, place } of trees.values()) {
    const problem = merge(documentIndex, base, wantedOf(tree), place);
    if (problem) {
      return problem;
    }
  }
  for (const { place, part } of entries) {
    const isTold =
      !part.carriesRationale ||
      place.holder !== undefined ||
      place.embeddedKeys !== undefined ||
      part.location.annotationsAt !== undefined;
    const comment = isTold
      ? undefined
      : rationaleComment(
          text,
          file.documents[place.documentIndex],
          place.keys,
          rationale,
        );
    if (comment) {
      edits.push(comment);
    }
  }
  const embedded = editEmbedded(
    file,
    entries.filter(({ place }) => place.embeddedKeys),
    rationale,
  );
  if (embedded.kind === 'refused') {
    return embedded;
  }
  edits.push(...embedded.edits);
  changes.push(...embedded.changes);
  return {
    kind: 'edited',
    file: {
      path,
      bytes: file.bytes,
      source: file.source,
      edits: unique(edits),
    },
    changes,
  };
}

/** Values that stand as YAML in a text of the file. */
function editEmbedded(
  file: Extract<ManifestFile, { kind: 'manifest' }>,
  entries: readonly Entry[],
  rationale: Rationale,
):
  | {
      readonly kind: 'edits';
      readonly edits: readonly TextEdit[];
      readonly changes: readonly FieldChange[];
    }
  | PlanRefusal {
  const { path } = file;
  const edits: TextEdit[] = [];
  const changes: FieldChange[] = [];
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const { documentIndex, keys } = entry.place;
    const key = JSON.stringify([documentIndex, keys]);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  for (const group of groups.values()) {
    const [{ place }] = group;
    const node = file.documents[place.documentIndex].getIn(place.keys, true);
    const opened = isScalar(node)
      ? openEmbedded(file.source.text, node as Scalar)
      : undefined;
    if (!opened) {
      return refuse(
        'not-supported',
        `${path}: ${pointerOf(
          place.keys,
        )} does not hold its values as a literal block (|)`,
      );
    }
    const document = parseDocument(opened.text, {
      keepSourceTokens: true,
      logLevel: 'silent',
    });
    if (document.errors.length > 0) {
      return refuse(
        'parse-error',
        `${path}: the text at ${pointerOf(place.keys)} is not valid YAML`,
      );
    }
    const trees = new Map<string, { base: Keys; tree: Tree }>();
    for (const { place: at, wanted } of group) {
      const keys = at.embeddedKeys!;
      const lastIndex = keys.findLastIndex(key => typeof key === 'number');
      const base = keys.slice(0, lastIndex + 1);
      const entry = trees.get(JSON.stringify(base)) ?? {
        base,
        tree: new Map(),
      };
      trees.set(JSON.stringify(base), entry);
      plant(entry.tree, keys.slice(base.length).map(String), wanted);
    }
    const inner: TextEdit[] = [];
    for (const { base, tree } of trees.values()) {
      const merged = mergeEdits({
        text: opened.text,
        document,
        pointer: pointerOf(base),
        wanted: wantedOf(tree),
      });
      if (merged.kind === 'refused') {
        return { ...merged, reason: `${path}: ${merged.reason}` };
      }
      inner.push(...merged.edits);
      changes.push(
        ...merged.changes.map(({ pointer, before, after }) => ({
          ...changeOf(file, place, {
            pointer: pointerOf(place.keys),
            before,
            after,
          }),
          embedded: pointer,
        })),
      );
    }
    for (const { place: at, part } of group) {
      if (part.carriesRationale && !at.holder) {
        const comment = rationaleComment(
          opened.text,
          document,
          at.embeddedKeys!,
          rationale,
        );
        inner.push(...(comment ? [comment] : []));
      }
    }
    edits.push(...unique(inner).map(edit => opened.outer(edit)));
  }
  return { kind: 'edits', edits, changes };
}

function changeOf(
  file: Extract<ManifestFile, { kind: 'manifest' }>,
  { path, documentIndex, holder }: SitePlace,
  change: Pick<FieldChange, 'pointer' | 'before' | 'after'>,
): FieldChange {
  const at = pointerOf(holder?.keys ?? []);
  const inFile = holder && objectAt(file, documentIndex, at);
  const object: ObjectRef = inFile
    ? {
        apiVersion: inFile.apiVersion,
        kind: inFile.kind,
        namespace: inFile.namespace,
        name: inFile.name,
      }
    : { apiVersion: 'helm.sh/v3', kind: 'Values', name: path };
  return {
    path,
    documentIndex,
    object,
    pointer: inFile ? change.pointer.slice(at.length) : change.pointer,
    before: change.before,
    after: change.after,
  };
}

function scalarOf({ pointer, value }: WantedField): WantedScalar {
  if (typeof value === 'number') {
    // A number may stand as text, as in the parameters of Argo CD.
    return {
      kind: 'scalar',
      value,
      restyle: present =>
        String(present) === String(value) ? undefined : String(value),
    };
  }
  const resource = pointer.endsWith('/memory') ? 'memory' : 'cpu';
  return {
    kind: 'scalar',
    value,
    restyle: present => restyleQuantity(value, String(present), resource),
  };
}

type Tree = Map<string, Tree | Wanted>;

function plant(tree: Tree, [key, ...rest]: readonly string[], wanted: Wanted) {
  if (rest.length === 0) {
    tree.set(key, wanted);
    return;
  }
  const below = tree.get(key);
  const next: Tree = below instanceof Map ? below : new Map();
  tree.set(key, next);
  plant(next, rest, wanted);
}

function wantedOf(tree: Tree): WantedMap {
  return {
    kind: 'map',
    entries: [...tree].map(([key, item]) => [
      key,
      item instanceof Map ? wantedOf(item) : item,
    ]),
  };
}

function pointerOf(keys: Keys): string {
  return keys.map(pointerStep).join('');
}

/** Several fields may be told why by the same comment. */
function unique(edits: readonly TextEdit[]): TextEdit[] {
  const seen = new Set<string>();
  return edits.filter(({ start, end, text }) => {
    const key = JSON.stringify([start, end, text]);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

function refuse(code: PlanRefusal['code'], reason: string): PlanRefusal {
  return { kind: 'refused', code, reason };
}
