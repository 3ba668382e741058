import { doubleQuoted, plainOrQuoted } from '../../yaml/scalarText';
import { Marks, withoutMarks } from './marks';
import type { Value } from './value';

/** A single value as `{{ }}` prints it, framed where its origin is known. */
export function printed(value: Value, marks: Marks): string {
  switch (value.kind) {
    case 'nil':
      return '';
    case 'scalar':
      return framed(value, String(value.value), marks);
    case 'list':
      return `[${value.items.map(item => printed(item, marks)).join(' ')}]`;
    case 'map':
      return `map[${sorted(value.entries)
        .map(([key, item]) => `${key}:${printed(item, marks)}`)
        .join(' ')}]`;
    default:
      return marks.frame({ kind: 'unknown', why: value.why }, 'unknown');
  }
}

/**
 * A value as `toYaml` writes it. A map whose origin is known gets an entry that tells it, so that one that
 * is empty is told, too.
 */
export function yamlOf(value: Value, marks: Marks): string {
  return linesOf(value, marks).join('\n');
}

function linesOf(value: Value, marks: Marks): string[] {
  switch (value.kind) {
    case 'map': {
      const mark = value.path ? [`${marks.mapKey(value.path)}: 0`] : [];
      const lines = sorted(value.entries).flatMap(([key, item]) =>
        entryLines(`${keyText(key)}:`, item, marks),
      );
      return lines.length + mark.length === 0 ? ['{}'] : [...mark, ...lines];
    }
    case 'list':
      return value.items.length === 0
        ? ['[]']
        : value.items.flatMap(item => {
            const [first, ...rest] = linesOf(item, marks);
            return [`- ${first}`, ...rest.map(line => `  ${line}`)];
          });
    default:
      return [scalarText(value, marks)];
  }
}

function entryLines(key: string, item: Value, marks: Marks): string[] {
  const lines = linesOf(item, marks);
  const isBlock =
    (item.kind === 'map' && (item.entries.size > 0 || item.path)) ||
    (item.kind === 'list' && item.items.length > 0);
  if (!isBlock) {
    return [`${key} ${lines[0]}`];
  }
  return [
    key,
    ...lines.map(line => (item.kind === 'list' ? line : `  ${line}`)),
  ];
}

function scalarText(
  value: Exclude<Value, { kind: 'map' | 'list' }>,
  marks: Marks,
): string {
  switch (value.kind) {
    case 'nil':
      return 'null';
    case 'unknown':
      return printed(value, marks);
    default:
      if (typeof value.value !== 'string') {
        return framed(value, String(value.value), marks);
      }
      return stringText(framed(value, value.value, marks));
  }
}

function stringText(marked: string): string {
  const text = withoutMarks(marked);
  return plainOrQuoted(text) === text ? marked : doubleQuoted(marked);
}

function keyText(key: string): string {
  return stringText(key);
}

function framed(
  value: Extract<Value, { kind: 'scalar' }>,
  text: string,
  marks: Marks,
): string {
  return value.path
    ? marks.frame({ kind: 'value', path: value.path }, text)
    : text;
}

export function sorted(entries: ReadonlyMap<string, Value>): [string, Value][] {
  return [...entries].sort(([one], [other]) => (one < other ? -1 : 1));
}
