import { EvaluationError } from '@marcbachmann/cel-js';

/** A stand-in no policy can write: identifiers of ours end in this many underscores. */
const QUOTED = 'quoted__';

/** Stands around an optional item of a list, or the key of an optional entry of a map. */
export const OPTIONAL_ENTRY = 'optional_entry__';

export interface CelSource {
  readonly text: string;
  /** Fields that were written in back quotes, by their stand-ins. */
  readonly quotedFields: ReadonlyMap<string, string>;
}

const TOKEN =
  /\/\/[^\n]*|([rRbB]{0,2})("""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|[A-Za-z_][A-Za-z0-9_]*|\d[\d.]*|`([A-Za-z0-9_.\-/ ]+)`|\s+|[\s\S]/g;

/**
 * Writes what the library's parser does not read in a way it does: raw bytes, bytes beyond ASCII, fields in
 * back quotes, numbers that begin with their point and optional entries. Everything else stays byte for byte.
 */
export function readableSource(expression: string): CelSource {
  const quotedFields = new Map<string, string>();
  const rewrite = optionalEntries();
  let text = '';
  let before = '';
  for (const match of expression.matchAll(TOKEN)) {
    const [token, prefix = '', literal, quoted] = match;
    if (literal !== undefined) {
      text += readableLiteral(prefix, literal);
    } else if (quoted !== undefined) {
      if (before !== '.' && before !== '?') {
        throw new EvaluationError(
          `only a field after a point may be quoted: ${token}`,
        );
      }
      const standIn = `${QUOTED}${quotedFields.size}__`;
      quotedFields.set(standIn, quoted);
      text += standIn;
    } else if (
      token === '.' &&
      !isOperand(before) &&
      /^\.\d/.test(expression.slice(match.index))
    ) {
      text += '0.';
    } else {
      text += rewrite(token, before);
    }
    if (!/^(\s|\/\/)/.test(token)) {
      before = token;
    }
  }
  return { text, quotedFields };
}

/** Whether a point after this token selects a field, and a bracket an item. */
function isOperand(token: string): boolean {
  return token !== 'in' && /[\w)\]}"'`]$/.test(token);
}

/** An open bracket on the way through an expression. */
interface Bracket {
  readonly kind: 'list' | 'map' | 'other';
  /** An optional entry has begun and not ended. */
  isOptional: boolean;
  /** `?` of conditions whose `:` is still to come. */
  conditions: number;
}

/**
 * Writes `[?x]` as `[optional_entry__(x)]` and `{?k: v}` as `{optional_entry__(k): v}`, token by token:
 * gives what to write for a token that is no literal.
 */
function optionalEntries(): (token: string, before: string) => string {
  const brackets: Bracket[] = [];
  const close = (bracket: Bracket | undefined) => {
    if (!bracket?.isOptional) {
      return '';
    }
    bracket.isOptional = false;
    return ')';
  };
  return (token, before) => {
    const bracket = brackets.at(-1);
    switch (token) {
      case '(':
      case '[':
      case '{': {
        const literal = token === '{' ? 'map' : 'list';
        brackets.push({
          kind: token === '(' || isOperand(before) ? 'other' : literal,
          isOptional: false,
          conditions: 0,
        });
        return token;
      }
      case ')':
      case ']':
      case '}':
        brackets.pop();
        return close(bracket) + token;
      case ',':
        return bracket?.kind === 'list' ? close(bracket) + token : token;
      case ':':
        if (bracket && bracket.conditions > 0) {
          bracket.conditions--;
          return token;
        }
        return bracket?.kind === 'map' ? close(bracket) + token : token;
      case '?':
        if (before === '.' || (before === '[' && bracket?.kind === 'other')) {
          return token;
        }
        if (bracket && bracket.kind !== 'other' && /^[[{,]$/.test(before)) {
          bracket.isOptional = true;
          return `${OPTIONAL_ENTRY}(`;
        }
        if (bracket) {
          bracket.conditions++;
        }
        return token;
      default:
        return token;
    }
  };
}

function readableLiteral(prefix: string, literal: string): string {
  if (!/b/i.test(prefix)) {
    return prefix + literal;
  }
  const isRaw = /r/i.test(prefix);
  if (!isRaw && /^\p{ASCII}*$/u.test(literal)) {
    return prefix + literal;
  }
  const quotes = /^("""|'''|"|')/.exec(literal)![0];
  const content = literal.slice(quotes.length, -quotes.length);
  const bytes = isRaw
    ? [...Buffer.from(content, 'utf8')].map(hexEscape).join('')
    : content.replace(/\P{ASCII}+/gu, run =>
        [...Buffer.from(run, 'utf8')].map(hexEscape).join(''),
      );
  return `b${quotes}${bytes}${quotes}`;
}

function hexEscape(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}
