import {
  FieldChange,
  RATIONALE_ANNOTATIONS,
} from '@apexlogic/backstage-plugin-finops-common';
import { rationaleAnnotations } from '../../rationale';
import type { PlanRefusal, Rationale } from '../../types';
import type { TextEdit } from '../../yaml/mergeEdits';
import { pointerStep } from '../../yaml/leaves';
import { doubleQuoted } from '../../yaml/scalarText';
import { comparePresent } from '../comparePresent';
import { effectNotes } from '../effectNotes';
import { endOfLine, indentAt, lineEnd } from '../lines';
import type { Edited } from '../types';
import type { WantedOfResource, WantedValue } from '../wantedValues';
import { Configuration } from './configuration';
import { attributeOf, HclValue, Instance, Place, valuesOf } from './evaluate';
import { commentEdit, valueEdits } from './format';
import { escapeHcl, HclBlock, HclExpression } from './hcl';

const INDENT = '  ';
const BARE_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const RESERVED_KEYS = ['for', 'if', 'in', 'null', 'true', 'false'];

/** @internal */
export interface TerraformTask {
  readonly rationale: Rationale;
  readonly allowSharedBase: boolean;
  readonly address: string;
  readonly root: string;
  readonly type: string;
  readonly targets: readonly Instance[];
  readonly isPart: boolean;
  readonly configuration: Configuration;
}

/** A change of one place; several instances may get it from there. */
interface PlaceEdit {
  readonly path: string;
  readonly edits: readonly TextEdit[];
  /** What the comment goes above; undefined = it is in `edits` already, or has no place. */
  readonly commentAt?: number;
  readonly changes: readonly FieldChange[];
}

/** The smallest edits after which the code says what is wanted. */
export function editTerraform(
  wanted: Extract<WantedOfResource, { kind: 'wanted' }>,
  task: TerraformTask,
): Edited | PlanRefusal {
  const { targets, isPart, allowSharedBase, address } = task;
  if (isPart && !allowSharedBase) {
    return refuse(
      'shared-base',
      `The block that makes ${address} makes others too, and they would all change`,
    );
  }
  const places = new Map<string, PlaceEdit>();
  let isDone = true;
  for (const target of targets) {
    for (const value of wanted.values) {
      const result = editValue(value, target, task);
      if (result.kind === 'refused') {
        if (result.code !== 'already-done') {
          return result;
        }
        continue;
      }
      isDone = false;
      places.set(keyOf(result.edit), result.edit);
    }
    const tagged = editTags(wanted.tags, target, task);
    if ('kind' in tagged) {
      return tagged;
    }
    isDone &&= tagged.length === 0;
    tagged.forEach(edit => places.set(keyOf(edit), edit));
  }
  if (isDone) {
    return refuse('already-done', `The code says that of ${address} already`);
  }
  const edits: (TextEdit & { path: string })[] = [];
  const commented = new Set<string>();
  const notes = new Set(
    wanted.values.flatMap(value =>
      targets.flatMap(target =>
        effectNotes(value, target.address, flags(target)),
      ),
    ),
  );
  for (const { path, edits: own, commentAt } of places.values()) {
    edits.push(...own.map(edit => ({ ...edit, path })));
    if (commentAt === undefined) {
      if (path.endsWith('.json')) {
        notes.add(`JSON holds no comment, so ${path} does not say why.`);
      }
    } else if (!commented.has(path)) {
      commented.add(path);
      const file = task.configuration.files.get(path)!;
      const comment = commentEdit(file, commentAt, ...reasonOf(task.rationale));
      edits.push(...(comment ? [{ ...comment, path }] : []));
    }
  }
  for (const note of validationNotes(task, places)) {
    notes.add(note);
  }
  return {
    kind: 'edited',
    edits,
    changes: [...places.values()].flatMap(({ changes }) => changes),
    notes: [...notes],
  };

  function flags(target: Instance) {
    return (name: string) => {
      const value = valuesOf(target).get(name);
      return value?.kind === 'literal' ? value.value : undefined;
    };
  }

  function keyOf({ path, edits: [{ start, end }] }: PlaceEdit): string {
    return [path, start, end].join('\n');
  }
}

function editValue(
  wanted: WantedValue,
  target: Instance,
  task: TerraformTask,
): { kind: 'edit'; edit: PlaceEdit } | PlanRefusal {
  const { property, to } = wanted;
  const ignored = ignoredBy(target, property.path[0]);
  if (ignored) {
    return ignored;
  }
  const held = heldAt(target, property.path, wanted.from);
  if (held.kind === 'refused') {
    return held;
  }
  const { value, pointer } = held;
  const place = writtenAt(value, target, pointer);
  if (place.kind === 'refused') {
    return place;
  }
  const compared = comparePresent(wanted, place.literal, target.address);
  if (compared) {
    return compared;
  }
  return {
    kind: 'edit',
    edit: replacement(place, String(to), to, pointer, target, task),
  };
}

function editTags(
  {
    path,
    known,
    entries,
  }: Extract<WantedOfResource, { kind: 'wanted' }>['tags'],
  target: Instance,
  task: TerraformTask,
): PlaceEdit[] | PlanRefusal {
  if (entries.length === 0) {
    return [];
  }
  const ignored = ignoredBy(target, path[0]);
  if (ignored) {
    return ignored;
  }
  const held = heldAt(target, path, undefined);
  if (held.kind === 'refused') {
    return held.code === 'value-not-found' && held.isAbsent && known
      ? addTags(path, entries, target, task)
      : { kind: 'refused', code: held.code, reason: held.reason };
  }
  const { value, pointer } = held;
  if (value.kind !== 'object') {
    return computed(value, target, pointer);
  }
  const edits: PlaceEdit[] = [];
  const missing: (readonly [string, string])[] = [];
  for (const [key, text] of entries) {
    const present = value.entries.get(key);
    if (!present) {
      missing.push([key, text]);
      continue;
    }
    const below = `${pointer}${pointerStep(key)}`;
    const place = writtenAt(present, target, below);
    if (place.kind === 'refused') {
      return place;
    }
    if (place.literal !== text) {
      edits.push(replacement(place, text, text, below, target, task));
    }
  }
  if (missing.length > 0) {
    const added = addEntries(value.at, missing, pointer, target, task);
    return Array.isArray(added) ? [...edits, ...added] : added;
  }
  return edits;
}

/** What a resource says at a path; of a list with `*`, the item that is `from`. */
function heldAt(
  target: Instance,
  path: readonly string[],
  from: string | number | undefined,
):
  | { kind: 'held'; value: HclValue; pointer: string }
  | (PlanRefusal & { isAbsent?: boolean }) {
  const [first, ...rest] = path;
  const values = valuesOf(target);
  let value = values.get(first);
  let pointer = `/spec${pointerStep(first)}`;
  if (!value) {
    return values.has(`dynamic.${first}`)
      ? refuse('template', `${first} of ${target.address} is a dynamic block`)
      : absent(target, first);
  }
  for (const step of rest) {
    if (step === '*') {
      const items: readonly HclValue[] =
        value.kind === 'list' ? value.items : [];
      const index = items.findIndex(
        item => item.kind === 'literal' && item.value === from,
      );
      if (value.kind === 'list' && index === -1) {
        return items.length === 1
          ? { kind: 'held', value: items[0], pointer: `${pointer}/0` }
          : refuse(
              'value-changed',
              `None of ${pointer} of ${target.address} is ${from}`,
            );
      }
      if (value.kind !== 'list') {
        return computed(value, target, pointer);
      }
      value = items[index];
      pointer += `/${index}`;
      continue;
    }
    if (value.kind === 'list' && value.items.length === 1) {
      // A nested block: Terraform's JSON has it as a list.
      [value] = value.items;
      pointer += '/0';
    }
    if (value.kind !== 'object') {
      return computed(value, target, pointer);
    }
    pointer += pointerStep(step);
    const next: HclValue | undefined = value.entries.get(step);
    if (!next) {
      return absent(target, pointer.replace('/spec/', ''));
    }
    value = next;
  }
  return { kind: 'held', value, pointer };
}

interface WrittenPlace extends Place {
  readonly kind: 'written';
  readonly expression: HclExpression & { kind: 'literal' };
  readonly literal: string | number | boolean | null;
}

function writtenAt(
  value: HclValue,
  target: Instance,
  pointer: string,
): WrittenPlace | PlanRefusal {
  if (value.kind !== 'literal' || value.at.path === '') {
    return computed(value, target, pointer);
  }
  const { expression } = value.at;
  if (value.value === null || expression.kind !== 'literal') {
    return refuse('value-not-found', `${pointer} of ${target.address} is null`);
  }
  return {
    kind: 'written',
    path: value.at.path,
    expression,
    literal: value.value,
  };
}

function replacement(
  place: WrittenPlace,
  text: string,
  after: string | number,
  pointer: string,
  target: Instance,
  task: TerraformTask,
): PlaceEdit {
  const { path, expression, literal } = place;
  const file = task.configuration.files.get(path)!;
  const isJson = path.endsWith('.json');
  const inside = isJson ? doubleQuoted(text).slice(1, -1) : escapeHcl(text);
  return {
    path,
    edits: isJson
      ? [{ ...expression.inner, text: expression.quoted ? inside : text }]
      : valueEdits(file, expression.inner, expression.quoted ? inside : text),
    commentAt: isJson ? undefined : expression.start,
    changes: [
      {
        ...changeOf(target, path, pointer),
        before: literal as string | number | boolean,
        after: typeof literal === 'number' ? after : String(after),
      },
    ],
  };
}

/** Entries on lines of their own below those that are there, or behind them on their line. */
function addEntries(
  at: Place,
  entries: readonly (readonly [string, string])[],
  pointer: string,
  target: Instance,
  task: TerraformTask,
): PlaceEdit[] | PlanRefusal {
  const { path, expression } = at;
  if (expression.kind !== 'object') {
    return refuse('template', `${pointer} of ${target.address} is computed`);
  }
  const file = task.configuration.files.get(path)!;
  const { text } = file.source;
  const isJson = path.endsWith('.json');
  const last = expression.entries.at(-1);
  const inLines = text.slice(expression.start, expression.end).includes('\n');
  const quoted =
    isJson ||
    expression.entries.some(({ start }) => text[start] === '"') ||
    entries.some(([key]) => !BARE_KEY.test(key) || RESERVED_KEYS.includes(key));
  const pairs = entries.map(([key, value]) => [
    hclKey(key, quoted, isJson),
    isJson ? doubleQuoted(value) : `"${escapeHcl(value)}"`,
  ]);
  const changes = entries.map(([key, value]) => ({
    ...changeOf(target, path, `${pointer}${pointerStep(key)}`),
    after: value,
  }));
  const widest = Math.max(...pairs.map(([key]) => key.length));
  const joined = (edit: TextEdit, commentAt?: number): PlaceEdit[] => [
    { path, edits: [edit], commentAt, changes },
  ];
  if (isJson) {
    const indent = last ? indentAt(text, last.start) : '';
    const eol = endOfLine(text, expression.start);
    const between = inLines ? `,${eol}${indent}` : ', ';
    const added = pairs.map(([key, value]) => `${key}: ${value}`).join(between);
    const offset = last ? last.end : expression.bodyEnd;
    return joined({
      start: offset,
      end: offset,
      text: last ? between + added : added,
    });
  }
  const lastLineEnd = last ? lineEnd(text, last.end) : 0;
  if (!inLines || (last && lastLineEnd >= expression.bodyEnd)) {
    const added = pairs.map(([key, value]) => `${key} = ${value}`).join(', ');
    const offset = last ? last.end : expression.bodyEnd;
    const isTight = !/\s$/.test(text.slice(expression.start, offset));
    const pad = isTight ? ' ' : '';
    return joined(
      {
        start: offset,
        end: offset,
        text: last ? `, ${added}` : `${pad}${added} `,
      },
      expression.start,
    );
  }
  const rest = last ? text.slice(last.end, lastLineEnd) : '';
  if (!/^\s*,?\s*((#|\/\/).*)?$/.test(rest)) {
    return refuse(
      'not-supported',
      `${path} has no line for another entry of ${pointer}`,
    );
  }
  const indent = last
    ? indentAt(text, last.start)
    : indentAt(text, expression.start) + INDENT;
  const offset = last
    ? text.indexOf('\n', last.end) + 1
    : text.indexOf('\n', expression.start) + 1;
  const eol = endOfLine(text, expression.start);
  const lines = [
    commentLine(task.rationale),
    ...pairs.map(([key, value]) => `${key.padEnd(widest)} = ${value}`),
  ];
  return joined({
    start: offset,
    end: offset,
    text: lines.map(line => `${indent}${line}${eol}`).join(''),
  });
}

/** A key is a template as much as a value is, unless it is bare. */
function hclKey(key: string, quoted: boolean, isJson: boolean): string {
  if (isJson) {
    return doubleQuoted(key);
  }
  return quoted ? `"${escapeHcl(key)}"` : key;
}

/** A map of tags at the end of the block that has none. */
function addTags(
  path: readonly string[],
  entries: readonly (readonly [string, string])[],
  target: Instance,
  task: TerraformTask,
): PlaceEdit[] | PlanRefusal {
  let { block } = target;
  for (const step of path.slice(0, -1)) {
    const inner: HclBlock[] = block.body.blocks.filter(
      ({ type }) => type === step,
    );
    if (inner.length !== 1) {
      return refuse(
        'value-not-found',
        `${target.address} has ${inner.length} blocks ${step}`,
      );
    }
    [block] = inner;
  }
  const file = task.configuration.files.get(target.path)!;
  const { text } = file.source;
  const open = text.slice(block.bodyStart, block.bodyEnd);
  const closing = indentAt(text, block.bodyEnd);
  if (
    !open.includes('\n') ||
    text.slice(0, block.bodyEnd).search(/\n[ \t]*$/) === -1
  ) {
    return refuse(
      'not-supported',
      `${target.address} stands on one line in ${target.path}`,
    );
  }
  const name = path.at(-1)!;
  const indent = closing + INDENT;
  const eol = endOfLine(text, block.start);
  const quoted = entries.some(
    ([key]) => !BARE_KEY.test(key) || RESERVED_KEYS.includes(key),
  );
  const pairs = entries.map(([key, value]) => [
    hclKey(key, quoted, false),
    `"${escapeHcl(value)}"`,
  ]);
  const widest = Math.max(...pairs.map(([key]) => key.length));
  const isEmpty = open.trim() === '';
  const lines = [
    ...(isEmpty || /\n[ \t]*\r?\n[ \t]*$/.test(open) ? [] : ['']),
    `${indent}${commentLine(task.rationale)}`,
    `${indent}${name} = {`,
    ...pairs.map(
      ([key, value]) => `${indent}${INDENT}${key.padEnd(widest)} = ${value}`,
    ),
    `${indent}}`,
  ];
  const offset = block.bodyEnd - closing.length;
  const pointer = `/spec${path
    .map((step, index) => (index === 0 ? '' : '/0') + pointerStep(step))
    .join('')}`;
  return [
    {
      path: target.path,
      edits: [
        {
          start: offset,
          end: offset,
          text: lines.map(line => `${line}${eol}`).join(''),
        },
      ],
      changes: entries.map(([key, value]) => ({
        ...changeOf(target, target.path, `${pointer}${pointerStep(key)}`),
        after: value,
      })),
    },
  ];
}

/** https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#ignore_changes */
function ignoredBy(target: Instance, name: string): PlanRefusal | undefined {
  for (const { type, body } of target.block.body.blocks) {
    const list =
      type === 'lifecycle' ? attributeOf(body, 'ignore_changes') : undefined;
    const names =
      list?.kind === 'list'
        ? list.items
        : [list].filter(item => item !== undefined);
    const isIgnored = names.some(item => {
      const said =
        item.kind === 'reference'
          ? item.head
          : item.kind === 'literal' && item.value;
      return said === name || said === 'all';
    });
    if (isIgnored) {
      return refuse(
        'ignored-field',
        `${target.address} tells Terraform to ignore changes of ${name}, so that an edit would do nothing`,
      );
    }
  }
  return undefined;
}

/** Whether Terraform would accept the value is told by rules that only Terraform evaluates. */
function validationNotes(
  { configuration, targets }: TerraformTask,
  places: ReadonlyMap<string, PlaceEdit>,
): string[] {
  const notes: string[] = [];
  for (const { path } of places.values()) {
    const foreign = targets.some(target => target.path !== path);
    const unread = [...configuration.unreadable.keys()].filter(other =>
      other.endsWith('.tf'),
    );
    if (foreign && unread.length > 0) {
      notes.push(
        `${unread.join(
          ', ',
        )} cannot be read; whether it uses the same value is not known.`,
      );
    }
  }
  for (const { path, edits } of places.values()) {
    const variable = configuration.files
      .get(path)
      ?.hcl.body.blocks.find(
        ({ type, start, end }) =>
          type === 'variable' && start <= edits[0].start && edits[0].end <= end,
      );
    if (variable) {
      notes.push(
        `This is the default of the variable ${variable.labels[0]}: a value given on the command line or by the environment goes before it.`,
      );
    }
  }
  for (const { scope } of targets) {
    for (const [name, { node }] of scope.module.variables) {
      const hasRule = node.body.blocks.some(
        ({ type }) => type === 'validation',
      );
      const value = hasRule ? scope.variable(name, 0) : undefined;
      const at = value && value.kind !== 'computed' ? value.at : undefined;
      const isEdited = [...places.values()].some(
        ({ path, edits: [{ start, end }] }) =>
          at?.path === path &&
          at.expression.start <= start &&
          end <= at.expression.end,
      );
      if (isEdited) {
        notes.push(
          `The variable ${name} has a rule for its values, which only Terraform evaluates.`,
        );
      }
    }
  }
  return notes;
}

function reasonOf(rationale: Rationale): [string, string] {
  const [[key, reason]] = rationaleAnnotations(rationale);
  return [key, reason];
}

function commentLine(rationale: Rationale): string {
  const [, reason] = reasonOf(rationale);
  return `# ${rationale.prefix}/${RATIONALE_ANNOTATIONS.reason}: ${reason}`;
}

function changeOf(
  target: Instance,
  path: string,
  pointer: string,
): Omit<FieldChange, 'before' | 'after'> {
  return {
    path,
    documentIndex: 0,
    object: {
      apiVersion: 'terraform/v1',
      kind: target.block.labels[0],
      name: target.address,
    },
    pointer,
  };
}

function computed(
  value: HclValue,
  target: Instance,
  pointer: string,
): PlanRefusal {
  const what = `${pointer.replace('/spec/', '')} of ${target.address}`;
  if (value.kind !== 'computed') {
    return refuse(
      'template',
      value.kind === 'literal'
        ? `${what} is the key of its for_each`
        : `${what} is not a single value`,
    );
  }
  return refuse(
    value.code ?? 'template',
    value.reason
      ? `${what}: ${value.reason}`
      : `${what} is the expression ${value.text}`,
  );
}

function absent(
  target: Instance,
  name: string,
): PlanRefusal & { isAbsent: true } {
  return {
    ...refuse('value-not-found', `${target.address} does not say ${name}`),
    isAbsent: true,
  };
}

function refuse(code: PlanRefusal['code'], reason: string): PlanRefusal {
  return { kind: 'refused', code, reason };
}
