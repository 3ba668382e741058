import type { FieldChange } from '@apexlogic/backstage-plugin-finops-common';
import { rationaleAnnotations } from '../../rationale';
import type { PlanRefusal, Rationale } from '../../types';
import { pointerStep } from '../../yaml/leaves';
import type { TextEdit } from '../../yaml/mergeEdits';
import { comparePresent } from '../comparePresent';
import { effectNotes } from '../effectNotes';
import type { Edited } from '../types';
import type { WantedOfResource, WantedValue } from '../wantedValues';
import type { DataNode } from './dataNode';
import {
  insertCollection,
  insertMembers,
  scalarEdit,
  yamlCommentEdit,
} from './editData';
import { TemplateFile, TemplatePlace, TemplateValue } from './templates';

/** @internal */
export interface TemplateTask {
  readonly rationale: Rationale;
  readonly address: string;
  readonly apiVersion: string;
  readonly type: string;
  /** What policies see below `spec`. */
  readonly values: ReadonlyMap<string, TemplateValue>;
  /** The map that holds them, for what is to be added; undefined = there is none. */
  readonly holder: TemplatePlace | undefined;
  readonly files: ReadonlyMap<string, TemplateFile>;
  /** Why a value may not stand at a place; undefined = it may. */
  readonly forbids: (
    node: DataNode,
    value: string | number,
  ) => string | undefined;
  /** What a person should know of a value that is given at a place. */
  readonly notesOn: (node: DataNode) => readonly string[];
}

interface PlaceEdit {
  readonly path: string;
  readonly edit: TextEdit;
  /** What the reason goes above; absent = it is a part of the edit. */
  readonly commentAt?: number;
  readonly notes?: readonly string[];
  readonly changes: readonly FieldChange[];
}

/** The smallest edits after which a template, or the values it is given, say what is wanted. */
export function editTemplate(
  { values, tags }: Extract<WantedOfResource, { kind: 'wanted' }>,
  task: TemplateTask,
): Edited | PlanRefusal {
  const places: PlaceEdit[] = [];
  for (const wanted of values) {
    const result = editValue(wanted, task);
    if ('kind' in result) {
      if (result.code !== 'already-done') {
        return result;
      }
    } else {
      places.push(result);
    }
  }
  const tagged = editTags(tags, task);
  if ('kind' in tagged) {
    return tagged;
  }
  places.push(...tagged);
  if (places.length === 0) {
    return refuse(
      'already-done',
      `The template says that of ${task.address} already`,
    );
  }
  const edits: (TextEdit & { path: string })[] = [];
  const notes = new Set(
    values.flatMap(wanted => effectNotes(wanted, task.address)),
  );
  const [[marker, reason]] = rationaleAnnotations(task.rationale);
  const commented = new Set<string>();
  for (const { path, edit, commentAt, notes: own = [] } of places) {
    edits.push({ ...edit, path });
    own.forEach(note => notes.add(note));
    const { text } = task.files.get(path)!.text;
    if (isJson(path, text)) {
      notes.add(`JSON holds no comment, so ${path} does not say why.`);
    } else if (commentAt !== undefined && !commented.has(path)) {
      commented.add(path);
      edits.push({ ...yamlCommentEdit(text, commentAt, marker, reason), path });
    }
  }
  return {
    kind: 'edited',
    edits,
    changes: places.flatMap(({ changes }) => changes),
    notes: [...notes],
  };
}

function editValue(
  wanted: WantedValue,
  task: TemplateTask,
): PlaceEdit | PlanRefusal {
  const held = heldAt(wanted.property.path, wanted.from, task);
  if (held.kind === 'refused') {
    return held;
  }
  return replaceValue(held.value, wanted.to, held.pointer, task, present =>
    comparePresent(wanted, present, task.address),
  );
}

function replaceValue(
  value: TemplateValue,
  to: string | number,
  pointer: string,
  task: TemplateTask,
  compare: (
    present: string | number | boolean,
  ) => PlanRefusal | undefined = () => undefined,
): PlaceEdit | PlanRefusal {
  if (value.kind !== 'literal') {
    return computed(value, pointer, task);
  }
  const { path, node } = value.at;
  if (node.kind !== 'scalar' || node.value === null) {
    return refuse('value-not-found', `${pointer} of ${task.address} is null`);
  }
  const compared = compare(node.value);
  if (compared) {
    return compared;
  }
  const forbidden = task.forbids(node, to);
  if (forbidden) {
    return refuse('not-supported', forbidden);
  }
  return {
    path,
    edit: scalarEdit(node, to),
    commentAt: node.start,
    notes: task.notesOn(node),
    changes: [
      {
        ...changeOf(path, pointer, task),
        before: node.value,
        after: typeof node.value === 'number' ? to : String(to),
      },
    ],
  };
}

function editTags(
  {
    path,
    list,
    known,
    entries,
  }: Extract<WantedOfResource, { kind: 'wanted' }>['tags'],
  task: TemplateTask,
): PlaceEdit[] | PlanRefusal {
  if (entries.length === 0) {
    return [];
  }
  const [name] = path;
  const pointer = `/spec${pointerStep(name)}`;
  const present = task.values.get(name);
  if (!present) {
    return known
      ? addTags(name, list, entries, pointer, task)
      : refuse('value-not-found', `${task.address} has no ${name}`);
  }
  if (
    present.kind === 'literal' ||
    present.kind === 'computed' ||
    (present.kind === 'list') !== list
  ) {
    return computed(present, pointer, task);
  }
  const edits: PlaceEdit[] = [];
  const missing: (readonly [string, string])[] = [];
  for (const [key, text] of entries) {
    const [value, at] = tagIn(present, key);
    if (!value) {
      missing.push([key, text]);
      continue;
    }
    const below = `${pointer}${at}`;
    if (value.kind === 'literal' && value.value === text) {
      continue;
    }
    const edit = replaceValue(value, text, below, task);
    if ('kind' in edit) {
      return edit;
    }
    edits.push(edit);
  }
  if (missing.length > 0) {
    const { path: file, node } = present.at;
    const count = present.kind === 'list' ? present.items.length : 0;
    const edit =
      node.kind === 'map' || node.kind === 'list'
        ? insertMembers(
            task.files.get(file)!.text.text,
            node,
            membersOf(missing, list),
            reasonLine(task),
          )
        : undefined;
    if (!edit) {
      return refuse(
        'not-supported',
        `${file} has no line for another of ${name} of ${task.address}`,
      );
    }
    edits.push({
      path: file,
      edit,
      commentAt: 'flow' in node && node.flow ? node.start : undefined,
      changes: addedChanges(missing, list, count, file, pointer, task),
    });
  }
  return edits;
}

function tagIn(
  tags: TemplateValue,
  key: string,
): readonly [TemplateValue | undefined, string] {
  if (tags.kind === 'object') {
    return [tags.entries.get(key), pointerStep(key)];
  }
  const items = tags.kind === 'list' ? tags.items : [];
  const index = items.findIndex(item => {
    const name = item.kind === 'object' ? item.entries.get('Key') : undefined;
    return name?.kind === 'literal' && name.value === key;
  });
  const item = items[index];
  return [
    item?.kind === 'object' ? item.entries.get('Value') : undefined,
    `/${index}/Value`,
  ];
}

function addTags(
  name: string,
  list: boolean,
  entries: readonly (readonly [string, string])[],
  pointer: string,
  task: TemplateTask,
): PlaceEdit[] | PlanRefusal {
  const { holder } = task;
  const edit =
    holder?.node.kind === 'map'
      ? insertCollection(
          task.files.get(holder.path)!.text.text,
          holder.node,
          name,
          membersOf(entries, list),
          reasonLine(task),
        )
      : undefined;
  return edit
    ? [
        {
          path: holder!.path,
          edit,
          commentAt:
            holder?.node.kind === 'map' && holder.node.flow
              ? holder.node.start
              : undefined,
          changes: addedChanges(entries, list, 0, holder!.path, pointer, task),
        },
      ]
    : refuse(
        'not-supported',
        `${task.address} has no line after which ${name} could be added`,
      );
}

function reasonLine({ rationale }: TemplateTask): string {
  const [[marker, reason]] = rationaleAnnotations(rationale);
  return `# ${marker}: ${reason}`;
}

function membersOf(
  entries: readonly (readonly [string, string])[],
  list: boolean,
) {
  return entries.map(([key, value]) =>
    list
      ? ([undefined, { Key: key, Value: value }] as const)
      : ([key, value] as const),
  );
}

function addedChanges(
  entries: readonly (readonly [string, string])[],
  list: boolean,
  count: number,
  path: string,
  pointer: string,
  task: TemplateTask,
): FieldChange[] {
  return entries.flatMap(([key, value], index) =>
    list
      ? [
          {
            ...changeOf(path, `${pointer}/${count + index}/Key`, task),
            after: key,
          },
          {
            ...changeOf(path, `${pointer}/${count + index}/Value`, task),
            after: value,
          },
        ]
      : [
          {
            ...changeOf(path, `${pointer}${pointerStep(key)}`, task),
            after: value,
          },
        ],
  );
}

function heldAt(
  path: readonly string[],
  from: string | number,
  task: TemplateTask,
): { kind: 'held'; value: TemplateValue; pointer: string } | PlanRefusal {
  const [first, ...rest] = path;
  let value = task.values.get(first);
  let pointer = `/spec${pointerStep(first)}`;
  for (const step of rest) {
    if (!value) {
      break;
    }
    if (step === '*') {
      if (value.kind !== 'list') {
        return computed(value, pointer, task);
      }
      const index = value.items.findIndex(
        item => item.kind === 'literal' && item.value === from,
      );
      if (index === -1 && value.items.length !== 1) {
        return refuse(
          'value-changed',
          `None of ${pointer} of ${task.address} is ${from}`,
        );
      }
      const at = Math.max(index, 0);
      value = value.items[at];
      pointer += `/${at}`;
    } else {
      if (value.kind !== 'object') {
        return computed(value, pointer, task);
      }
      value = value.entries.get(step);
      pointer += pointerStep(step);
    }
  }
  return value
    ? { kind: 'held', value, pointer }
    : refuse(
        'value-not-found',
        `${task.address} does not say ${path.join('.')}`,
      );
}

function changeOf(
  path: string,
  pointer: string,
  { apiVersion, type, address }: TemplateTask,
): Omit<FieldChange, 'before' | 'after'> {
  return {
    path,
    documentIndex: 0,
    object: { apiVersion, kind: type, name: address },
    pointer,
  };
}

function computed(
  value: TemplateValue,
  pointer: string,
  { address }: TemplateTask,
): PlanRefusal {
  const what = `${pointer.replace('/spec/', '')} of ${address}`;
  return value.kind === 'computed'
    ? refuse(
        value.code ?? 'template',
        value.reason
          ? `${what}: ${value.reason}`
          : `${what} is the expression ${value.text}`,
      )
    : refuse('template', `${what} is not a single value`);
}

function isJson(path: string, text: string): boolean {
  return path.endsWith('.json') || text.trimStart().startsWith('{');
}

function refuse(code: PlanRefusal['code'], reason: string): PlanRefusal {
  return { kind: 'refused', code, reason };
}
