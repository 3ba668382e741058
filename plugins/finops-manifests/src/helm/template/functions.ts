import { createHash } from 'node:crypto';
import { Marks, withoutMarks } from './marks';
import { valueOfYaml } from './readYaml';
import { TemplateError } from './parseTemplate';
import {
  isEmpty,
  MapValue,
  NIL,
  plainOf,
  scalar,
  Value,
  valueOf,
} from './value';
import { printed, sorted, yamlOf } from './writeYaml';

/** What a function of a template gets to work with. */
export interface FunctionContext {
  readonly marks: Marks;
  include(name: string, data: Value): string;
  /** Carries out text as a template. */
  tpl(text: string, data: Value): string;
}

type Known = Exclude<Value, { kind: 'unknown' }>;
type Call = (args: readonly Known[], context: FunctionContext) => Value;

const MAX_TEXT = 4 * 1024 * 1024;
const MAX_ITEMS = 10_000;

/**
 * Functions of Go templates, sprig and Helm that need nothing but their arguments. Those that are not here
 * give what is unknown.
 * Source: pkg.go.dev/text/template, masterminds.github.io/sprig, helm.sh/docs/chart_template_guide.
 */
export const FUNCTIONS: Readonly<Record<string, Call>> = {
  include: ([name, data = NIL], context) =>
    scalar(context.include(text(name), data)),
  tpl: ([body, data = NIL], context) =>
    scalar(context.tpl(markedText(body, context), data)),
  required: ([message, value = NIL]) => {
    if (
      value.kind === 'nil' ||
      (value.kind === 'scalar' && value.value === '')
    ) {
      throw new TemplateError(text(message));
    }
    return value;
  },
  fail: ([message]) => {
    throw new TemplateError(text(message));
  },

  toYaml: ([value = NIL], { marks }) => scalar(yamlOf(value, marks)),
  fromYaml: ([value], context) =>
    valueOfYaml(markedText(value, context), context.marks),
  fromJson: ([value], context) =>
    valueOfYaml(markedText(value, context), context.marks),
  toJson: ([value = NIL]) => json(value),
  mustToJson: ([value = NIL]) => json(value),
  toRawJson: ([value = NIL]) => json(value),

  default: ([fallback = NIL, value = NIL]) =>
    isEmpty(value) ? fallback : value,
  coalesce: args => args.find(arg => !isEmpty(arg)) ?? NIL,
  ternary: ([yes = NIL, no = NIL, choice = NIL]) =>
    isEmpty(choice) ? no : yes,
  empty: ([value = NIL]) => scalar(isEmpty(value)),

  quote: (args, context) =>
    scalar(
      args
        .filter(({ kind }) => kind !== 'nil')
        .map(arg => JSON.stringify(markedText(arg, context)))
        .join(' '),
    ),
  squote: (args, context) =>
    scalar(
      args
        .filter(({ kind }) => kind !== 'nil')
        .map(arg => `'${markedText(arg, context)}'`)
        .join(' '),
    ),
  indent: ([width, value], context) =>
    scalar(indented(count(width), markedText(value, context))),
  nindent: ([width, value], context) =>
    scalar(`\n${indented(count(width), markedText(value, context))}`),
  trim: ([value], context) => scalar(markedText(value, context).trim()),
  toString: ([value = NIL]: readonly Known[], context: FunctionContext) =>
    keepPath(value, printedText(value, context)),
  print: (args, context) =>
    scalar(args.map(arg => markedText(arg, context)).join('')),
  println: (args, context) =>
    scalar(`${args.map(arg => markedText(arg, context)).join(' ')}\n`),
  printf: ([format, ...args], context) =>
    scalar(formatted(markedText(format, context), args, context)),
  cat: (args, context) =>
    scalar(
      args
        .filter(({ kind }) => kind !== 'nil')
        .map(arg => markedText(arg, context))
        .join(' '),
    ),
  join: ([separator, value = NIL], context) =>
    scalar(
      (value.kind === 'list' ? value.items : [value])
        .map(item => printed(item, context.marks))
        .join(text(separator)),
    ),

  upper: ([value]) => scalar(text(value).toUpperCase()),
  lower: ([value]) => scalar(text(value).toLowerCase()),
  title: ([value]) =>
    scalar(text(value).replace(/(^|\s)\S/g, letter => letter.toUpperCase())),
  untitle: ([value]) =>
    scalar(text(value).replace(/(^|\s)\S/g, letter => letter.toLowerCase())),
  kebabcase: ([value]) =>
    scalar(
      text(value)
        .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
        .replace(/[\s_]+/g, '-')
        .toLowerCase(),
    ),
  trunc: ([length, value]) => {
    const whole = text(value);
    const size = integer(length);
    return scalar(size < 0 ? whole.slice(size) : whole.slice(0, size));
  },
  trimSuffix: ([suffix, value]) => {
    const [end, whole] = [text(suffix), text(value)];
    return scalar(
      end !== '' && whole.endsWith(end) ? whole.slice(0, -end.length) : whole,
    );
  },
  trimPrefix: ([prefix, value]) => {
    const [start, whole] = [text(prefix), text(value)];
    return scalar(whole.startsWith(start) ? whole.slice(start.length) : whole);
  },
  trimAll: ([characters, value]) => {
    const set = new Set(text(characters));
    const letters = [...text(value)];
    while (letters.length > 0 && set.has(letters[0])) {
      letters.shift();
    }
    while (letters.length > 0 && set.has(letters.at(-1)!)) {
      letters.pop();
    }
    return scalar(letters.join(''));
  },
  nospace: ([value]) => scalar(text(value).replace(/\s/g, '')),
  replace: ([from, to, value]) =>
    scalar(bounded(text(value).replaceAll(text(from), () => text(to)))),
  repeat: ([times, value]) => {
    const part = text(value);
    const amount = count(times);
    if (part.length * amount > MAX_TEXT) {
      throw new TemplateError('a text becomes too long');
    }
    return scalar(part.repeat(amount));
  },
  substr: ([start, end, value]) =>
    scalar(
      integer(end) < 0
        ? text(value).slice(integer(start))
        : text(value).slice(integer(start), integer(end)),
    ),
  contains: ([part, value]) => scalar(text(value).includes(text(part))),
  hasPrefix: ([part, value]) => scalar(text(value).startsWith(text(part))),
  hasSuffix: ([part, value]) => scalar(text(value).endsWith(text(part))),
  splitList: ([separator, value]) =>
    valueOf(text(value).split(text(separator))),
  split: ([separator, value]) =>
    valueOf(
      Object.fromEntries(
        text(value)
          .split(text(separator))
          .map((part, index) => [`_${index}`, part]),
      ),
    ),
  b64enc: ([value]) =>
    scalar(Buffer.from(text(value), 'utf8').toString('base64')),
  b64dec: ([value]) =>
    scalar(Buffer.from(text(value), 'base64').toString('utf8')),
  sha256sum: ([value]) =>
    scalar(createHash('sha256').update(text(value)).digest('hex')),
  sha1sum: ([value]) =>
    scalar(createHash('sha1').update(text(value)).digest('hex')),

  eq: ([first, ...others]) =>
    scalar(others.some(other => isSame(first, other))),
  ne: ([one, other]) => scalar(!isSame(one, other)),
  lt: ([one, other]) => scalar(compared(one, other) < 0),
  le: ([one, other]) => scalar(compared(one, other) <= 0),
  gt: ([one, other]) => scalar(compared(one, other) > 0),
  ge: ([one, other]) => scalar(compared(one, other) >= 0),
  not: ([value = NIL]) => scalar(isEmpty(value)),

  int: ([value = NIL]) => keepPath(value, integer(value)),
  int64: ([value = NIL]) => keepPath(value, integer(value)),
  float64: ([value = NIL]) => keepPath(value, number(value)),
  atoi: ([value = NIL]) => keepPath(value, integer(value)),
  add: args => scalar(args.reduce((sum, arg) => sum + integer(arg), 0)),
  add1: ([value]) => scalar(integer(value) + 1),
  sub: ([one, other]) => scalar(integer(one) - integer(other)),
  mul: args => scalar(args.reduce((product, arg) => product * integer(arg), 1)),
  div: ([one, other]) =>
    scalar(Math.trunc(integer(one) / nonZero(integer(other)))),
  mod: ([one, other]) => scalar(integer(one) % nonZero(integer(other))),
  max: args => scalar(Math.max(...args.map(integer))),
  min: args => scalar(Math.min(...args.map(integer))),
  floor: ([value]) => scalar(Math.floor(number(value))),
  ceil: ([value]) => scalar(Math.ceil(number(value))),

  list: args => ({ kind: 'list', items: [...args] }),
  tuple: args => ({ kind: 'list', items: [...args] }),
  dict: args => {
    const entries = new Map<string, Value>();
    for (let index = 0; index < args.length; index += 2) {
      entries.set(text(args[index]), args[index + 1] ?? scalar(''));
    }
    return { kind: 'map', entries };
  },
  get: ([map, key]) => member(map, text(key), scalar('')),
  set: ([map, key, value = NIL]) => {
    asMap(map).entries.set(text(key), value);
    return map;
  },
  unset: ([map, key]) => {
    asMap(map).entries.delete(text(key));
    return map;
  },
  hasKey: ([map, key]) => scalar(asMap(map).entries.has(text(key))),
  keys: args =>
    valueOf(
      args.flatMap(map => sorted(asMap(map).entries).map(([key]) => key)),
    ),
  values: args => ({
    kind: 'list',
    items: args.flatMap(map =>
      sorted(asMap(map).entries).map(([, item]) => item),
    ),
  }),
  pick: ([map, ...keys]) => ({
    kind: 'map',
    entries: new Map(
      [...asMap(map).entries].filter(([key]) =>
        keys.some(k => text(k) === key),
      ),
    ),
  }),
  omit: ([map, ...keys]) => ({
    kind: 'map',
    entries: new Map(
      [...asMap(map).entries].filter(
        ([key]) => !keys.some(k => text(k) === key),
      ),
    ),
  }),
  merge: args => merged(args, false),
  mustMerge: args => merged(args, false),
  mergeOverwrite: args => merged(args, true),
  mustMergeOverwrite: args => merged(args, true),
  deepCopy: ([value = NIL]) => copied(value),
  mustDeepCopy: ([value = NIL]) => copied(value),
  dig: args => {
    const map = args.at(-1)!;
    const fallback = args.at(-2)!;
    let value: Value = map;
    for (const key of args.slice(0, -2)) {
      const next: Value | undefined =
        value.kind === 'map' ? value.entries.get(text(key)) : undefined;
      if (!next) {
        return fallback;
      }
      value = next;
    }
    return value;
  },
  first: ([list]) => asList(list)[0] ?? NIL,
  last: ([list]) => asList(list).at(-1) ?? NIL,
  rest: ([list]) => ({ kind: 'list', items: asList(list).slice(1) }),
  initial: ([list]) => ({ kind: 'list', items: asList(list).slice(0, -1) }),
  append: ([list, item = NIL]) => ({
    kind: 'list',
    items: [...asList(list), item],
  }),
  prepend: ([list, item = NIL]) => ({
    kind: 'list',
    items: [item, ...asList(list)],
  }),
  concat: args => ({ kind: 'list', items: args.flatMap(asList) }),
  reverse: ([list]) => ({ kind: 'list', items: [...asList(list)].reverse() }),
  compact: ([list]) => ({
    kind: 'list',
    items: asList(list).filter(
      item => item.kind === 'unknown' || !isEmpty(item),
    ),
  }),
  uniq: ([list]) => ({
    kind: 'list',
    items: asList(list).filter(
      (item, index, all) =>
        all.findIndex(other => isSame(item as Known, other as Known)) === index,
    ),
  }),
  without: ([list, ...items]) => ({
    kind: 'list',
    items: asList(list).filter(
      item => !items.some(other => isSame(item as Known, other)),
    ),
  }),
  has: ([item, list]) =>
    scalar(asList(list).some(other => isSame(other as Known, item))),
  sortAlpha: ([list]) =>
    valueOf(
      asList(list)
        .map(item => text(item as Known))
        .sort(),
    ),
  toStrings: ([list]) => valueOf(asList(list).map(item => text(item as Known))),
  until: ([end]) => valueOf(steps(0, integer(end), 1)),
  untilStep: ([start, end, step]) =>
    valueOf(steps(integer(start), integer(end), integer(step))),
  index: ([value, ...keys]) =>
    keys.reduce<Value>((found, key) => at(found, key), value),
  slice: ([list, start, end]) =>
    list.kind === 'list'
      ? {
          kind: 'list',
          items: list.items.slice(
            start ? integer(start) : 0,
            end ? integer(end) : undefined,
          ),
        }
      : scalar(
          text(list).slice(
            start ? integer(start) : 0,
            end ? integer(end) : undefined,
          ),
        ),
  len: ([value]) => scalar(sizeOf(value)),

  kindOf: ([value = NIL]) => scalar(kindOf(value)),
  kindIs: ([kind, value = NIL]) => scalar(kindOf(value) === text(kind)),
  typeOf: ([value = NIL]) => scalar(typeOf(value)),
  typeIs: ([type, value = NIL]) => scalar(typeOf(value) === text(type)),
};

/** A member of a map or list; its path goes on where there is none. */
export function member(value: Value, key: string, missing: Value = NIL): Value {
  switch (value.kind) {
    case 'map': {
      const found = value.entries.get(key);
      return (
        found ??
        (missing.kind === 'nil' && value.path
          ? { kind: 'nil', path: [...value.path, key] }
          : missing)
      );
    }
    case 'nil':
      return { kind: 'nil', path: value.path && [...value.path, key] };
    case 'unknown':
      return value;
    default:
      throw new TemplateError(`'${key}' is asked of what is not a map`);
  }
}

/** A value's text with marks, as a function that only moves text gives it on. */
export function markedText(
  value: Value | undefined,
  { marks }: FunctionContext,
): string {
  return bounded(printed(value ?? NIL, marks));
}

/** A value's text, as functions that look into it see it. */
export function text(value: Value | undefined): string {
  if (!value || value.kind === 'nil') {
    return '';
  }
  return value.kind === 'scalar'
    ? withoutMarks(String(value.value))
    : withoutMarks(printed(value, new Marks()));
}

function printedText(value: Known, context: FunctionContext): string {
  return value.kind === 'scalar'
    ? String(value.value)
    : markedText(value, context);
}

/** The same value in another type, which still comes from where it came. */
function keepPath(value: Known, converted: string | number): Value {
  return value.kind === 'scalar'
    ? { kind: 'scalar', value: converted, path: value.path }
    : scalar(converted);
}

function json(value: Value): Value {
  let unknown: string | undefined;
  const plain = plainOf(value, why => {
    unknown = why;
    return null;
  });
  return unknown === undefined
    ? scalar(withoutMarks(JSON.stringify(plain)))
    : { kind: 'unknown', why: unknown };
}

function indented(width: number, body: string): string {
  const space = ' '.repeat(Math.min(width, 200));
  return bounded(space + body.replaceAll('\n', `\n${space}`));
}

function bounded(body: string): string {
  if (body.length > MAX_TEXT) {
    throw new TemplateError('a text becomes too long');
  }
  return body;
}

function formatted(
  format: string,
  args: readonly Known[],
  context: FunctionContext,
): string {
  let index = 0;
  return format.replace(
    /%([+#-]?)(\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (
      whole,
      _flag: string,
      width: string,
      precision: string | undefined,
      verb: string,
    ) => {
      if (verb === '%') {
        return '%';
      }
      const arg = args[index];
      index += 1;
      if (arg === undefined) {
        throw new TemplateError(`'${whole}' has no value`);
      }
      switch (verb) {
        case 's':
        case 'v':
        case 't': {
          const body = markedText(arg, context);
          return width ? withoutMarks(body).padStart(Number(width)) : body;
        }
        case 'd': {
          const body = markedText(keepPath(arg, integer(arg)), context);
          return width
            ? withoutMarks(body).padStart(
                Number(width),
                width.startsWith('0') ? '0' : ' ',
              )
            : body;
        }
        case 'q':
          return JSON.stringify(markedText(arg, context));
        case 'f':
          return number(arg).toFixed(Math.min(Number(precision ?? 6), 20));
        default:
          throw new TemplateError(`'${whole}' is a format that is not known`);
      }
    },
  );
}

function isSame(one: Known | undefined, other: Known | undefined): boolean {
  if (one?.kind !== 'scalar' || other?.kind !== 'scalar') {
    return (
      JSON.stringify(plainOf(one ?? NIL)) ===
      JSON.stringify(plainOf(other ?? NIL))
    );
  }
  const [left, right] = [one.value, other.value].map(value =>
    typeof value === 'string' ? withoutMarks(value) : value,
  );
  return left === right;
}

function compared(one: Known | undefined, other: Known | undefined): number {
  if (one?.kind !== 'scalar' || other?.kind !== 'scalar') {
    throw new TemplateError('only single values are compared');
  }
  const [left, right] = [one.value, other.value].map(value =>
    typeof value === 'string' ? withoutMarks(value) : Number(value),
  );
  if (left === right) {
    return 0;
  }
  return left < right ? -1 : 1;
}

function number(value: Value | undefined): number {
  if (value?.kind !== 'scalar') {
    return 0;
  }
  const amount = Number(
    typeof value.value === 'string' ? withoutMarks(value.value) : value.value,
  );
  return Number.isFinite(amount) ? amount : 0;
}

function integer(value: Value | undefined): number {
  return Math.trunc(number(value));
}

function count(value: Value | undefined): number {
  const amount = integer(value);
  return amount < 0 ? 0 : Math.min(amount, MAX_TEXT);
}

function nonZero(amount: number): number {
  if (amount === 0) {
    throw new TemplateError('a division by zero');
  }
  return amount;
}

function asMap(value: Known | undefined): MapValue {
  if (value?.kind === 'map') {
    return value;
  }
  if (value?.kind === 'nil') {
    return { kind: 'map', entries: new Map(), path: value.path };
  }
  throw new TemplateError('a map is expected');
}

function asList(value: Value | undefined): readonly Value[] {
  switch (value?.kind) {
    case 'list':
      return value.items;
    case 'nil':
    case undefined:
      return [];
    default:
      throw new TemplateError('a list is expected');
  }
}

function at(value: Value, key: Known): Value {
  if (value.kind === 'list') {
    const item = value.items[integer(key)];
    if (!item) {
      throw new TemplateError('an index is out of range');
    }
    return item;
  }
  return member(value, text(key));
}

function sizeOf(value: Known | undefined): number {
  switch (value?.kind) {
    case 'list':
      return value.items.length;
    case 'map':
      return value.entries.size;
    default:
      return Buffer.byteLength(text(value));
  }
}

function kindOf(value: Known): string {
  switch (value.kind) {
    case 'nil':
      return 'invalid';
    case 'map':
      return 'map';
    case 'list':
      return 'slice';
    default:
      switch (typeof value.value) {
        case 'string':
          return 'string';
        case 'boolean':
          return 'bool';
        default:
          return value.path ? 'float64' : 'int';
      }
  }
}

function typeOf(value: Known): string {
  switch (value.kind) {
    case 'map':
      return 'map[string]interface {}';
    case 'list':
      return '[]interface {}';
    case 'nil':
      return '<nil>';
    default:
      return kindOf(value);
  }
}

function steps(start: number, end: number, step: number): number[] {
  const list: number[] = [];
  for (
    let item = start;
    step !== 0 && (step > 0 ? item < end : item > end);
    item += step
  ) {
    if (list.push(item) > MAX_ITEMS) {
      throw new TemplateError('a list becomes too long');
    }
  }
  return list;
}

/** Lays maps over each other; the first is the one that is written to, as in sprig. */
function merged(maps: readonly Known[], overwrite: boolean): Value {
  const [target, ...sources] = maps;
  const into = asMap(target);
  for (const source of sources) {
    mergeInto(into, asMap(source), overwrite, 0);
  }
  return into;
}

function mergeInto(
  target: MapValue,
  source: MapValue,
  overwrite: boolean,
  depth: number,
): void {
  if (depth > 100) {
    throw new TemplateError('maps are nested too deep');
  }
  for (const [key, item] of source.entries) {
    const present = target.entries.get(key);
    if (present?.kind === 'map' && item.kind === 'map') {
      mergeInto(present, item, overwrite, depth + 1);
    } else if (
      present === undefined ||
      (present.kind !== 'unknown' && isEmpty(present)) ||
      // sprig never lets what is empty take the place of something.
      (overwrite && (item.kind === 'unknown' || !isEmpty(item)))
    ) {
      target.entries.set(key, copied(item));
    }
  }
}

function copied(value: Value): Value {
  switch (value.kind) {
    case 'map':
      return {
        ...value,
        entries: new Map(
          [...value.entries].map(([key, item]) => [key, copied(item)]),
        ),
      };
    case 'list':
      return { ...value, items: value.items.map(copied) };
    default:
      return value;
  }
}
