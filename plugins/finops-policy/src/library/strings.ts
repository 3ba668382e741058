import { EvaluationError } from '@marcbachmann/cel-js';
import { formatText } from './formatText';
import { registerAll, registerNamespace, Registration } from './register';

/** Names of {@link registerStrings} that stand in for the library's own, which count UTF-16 units. */
export const STRING_METHODS = [
  'indexOf',
  'lastIndexOf',
  'lowerAscii',
  'split',
  'substring',
  'trim',
  'upperAscii',
];

/** White space of Unicode, which is not quite JavaScript's. */
const EDGE_SPACE =
  /^[\p{White_Space}]+|(?<![\p{White_Space}])[\p{White_Space}]+$/gu;

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/**
 * cel-go's `ext.Strings`: positions count characters, not UTF-16 units.
 *
 * https://pkg.go.dev/github.com/google/cel-go/ext#Strings
 */
export function registerStrings({ environment, prefix }: Registration) {
  registerAll(environment, {
    'string.charAt(int): string': (text: string, index: bigint) => {
      const characters = [...text];
      return characters[within(index, characters.length)] ?? '';
    },
    [`string.${prefix}indexOf(string): int`]: (text: string, wanted: string) =>
      indexOf(text, wanted, 0n),
    [`string.${prefix}indexOf(string, int): int`]: indexOf,
    [`string.${prefix}lastIndexOf(string): int`]: (
      text: string,
      wanted: string,
    ) => lastIndexOf(text, wanted),
    [`string.${prefix}lastIndexOf(string, int): int`]: lastIndexOf,
    [`string.${prefix}lowerAscii(): string`]: (text: string) =>
      text.replace(/[A-Z]+/g, part => part.toLowerCase()),
    [`string.${prefix}upperAscii(): string`]: (text: string) =>
      text.replace(/[a-z]+/g, part => part.toUpperCase()),
    'string.replace(string, string): string': (
      text: string,
      search: string,
      replacement: string,
    ) => replace(text, search, replacement, -1n),
    'string.replace(string, string, int): string': replace,
    'string.reverse(): string': (text: string) => [...text].reverse().join(''),
    [`string.${prefix}split(string): list<string>`]: (
      text: string,
      separator: string,
    ) => split(text, separator, -1n),
    [`string.${prefix}split(string, int): list<string>`]: split,
    [`string.${prefix}substring(int): string`]: (text: string, start: bigint) =>
      substring(text, start, BigInt([...text].length)),
    [`string.${prefix}substring(int, int): string`]: substring,
    [`string.${prefix}trim(): string`]: (text: string) =>
      text.replace(EDGE_SPACE, ''),
    'string.format(list): string': formatText,
  });
  registerNamespace(environment, 'strings', {
    'quote(string): string': (text: string) =>
      `"${[...text].map(each => ESCAPES[each] ?? each).join('')}"`,
  });
}

function within(index: bigint, length: number): number {
  if (index < 0n || index > length) {
    throw new EvaluationError(`index out of range: ${index}`);
  }
  return Number(index);
}

function indexOf(text: string, wanted: string, from: bigint): bigint {
  const characters = [...text];
  const start = within(from, characters.length);
  const unit = characters.slice(0, start).join('').length;
  const found = text.indexOf(wanted, unit);
  return found < 0 ? -1n : BigInt([...text.slice(0, found)].length);
}

function lastIndexOf(text: string, wanted: string, from?: bigint): bigint {
  const characters = [...text];
  const start =
    from === undefined ? characters.length : within(from, characters.length);
  const unit = characters.slice(0, start).join('').length;
  const found = text.lastIndexOf(wanted, unit);
  return found < 0 ? -1n : BigInt([...text.slice(0, found)].length);
}

function substring(text: string, start: bigint, end: bigint): string {
  const characters = [...text];
  const [from, to] = [
    within(start, characters.length),
    within(end, characters.length),
  ];
  if (from > to) {
    throw new EvaluationError(
      `invalid substring range. start: ${start}, end: ${end}`,
    );
  }
  return characters.slice(from, to).join('');
}

/** At most `limit` times; all where it is negative. */
function replace(
  text: string,
  search: string,
  replacement: string,
  limit: bigint,
): string {
  const parts = search === '' ? ['', ...text, ''] : text.split(search);
  const count =
    limit < 0n ? parts.length - 1 : Math.min(Number(limit), parts.length - 1);
  const head = parts.slice(0, count + 1).join(replacement);
  return [head, ...parts.slice(count + 1)].join(search);
}

function split(text: string, separator: string, limit: bigint): string[] {
  if (limit === 0n) {
    return [];
  }
  const parts = separator === '' ? [...text] : text.split(separator);
  if (limit < 0n || parts.length <= limit) {
    return parts;
  }
  const kept = Number(limit) - 1;
  return [...parts.slice(0, kept), parts.slice(kept).join(separator)];
}
