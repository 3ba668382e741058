import { EvaluationError } from '@marcbachmann/cel-js';

/** A stand-in no policy can write: identifiers of ours end in this many underscores. */
const QUOTED = 'quoted__';

export interface CelSource {
  readonly text: string;
  /** Fields that were written in back quotes, by their stand-ins. */
  readonly quotedFields: ReadonlyMap<string, string>;
}

const TOKEN =
  /\/\/[^\n]*|([rRbB]{0,2})("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|[A-Za-z_][A-Za-z0-9_]*|\d[\d.]*|`([A-Za-z0-9_.\-/ ]+)`|\s+|[\s\S]/g;

/**
 * Writes what the library's parser does not read in a way it does: raw bytes, bytes beyond ASCII, fields in
 * back quotes and numbers that begin with their point. Everything else stays byte for byte.
 */
export function readableSource(expression: string): CelSource {
  const quotedFields = new Map<string, string>();
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
      text += token;
    }
    if (!/^(\s|\/\/)/.test(token)) {
      before = token;
    }
  }
  return { text, quotedFields };
}

/** Whether a point after this token selects a field. */
function isOperand(token: string): boolean {
  return /[\w)\]}"'`]$/.test(token);
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
