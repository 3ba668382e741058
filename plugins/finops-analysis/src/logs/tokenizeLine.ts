import { LOG_PARAMETERS } from './logParameters';

/** What stands for a value in a template. */
export const WILDCARD = '<*>';

/** Stands for a value while a line is being cut; control characters never survive from the input. */
const VALUE = '\u0001';

const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}';
const WEEKDAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}';

/**
 * Values that contain separators or words, so that they have to go before the line is cut. The
 * text that each needs is looked for first, as that is much quicker.
 */
const VALUES: readonly { needs: string; pattern: RegExp }[] = [
  // UUIDs
  {
    needs: '-',
    pattern: /\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b/g,
  },
  // URLs
  {
    needs: '://',
    pattern: /\b[a-z][a-z0-9+.-]{0,15}:\/\/[^\s"'<>,;)\]]+/gi,
  },
  // Dates with names of months
  {
    needs: ' ',
    pattern: new RegExp(
      `\\b(?:${WEEKDAY},?\\s+)?(?:${MONTH}\\s+\\d{1,2}|\\d{1,2}\\s+${MONTH})(?:,?\\s+\\d{4})?` +
        `(?:\\s+\\d{1,2}:\\d\\d(?::\\d\\d)?(?:\\.\\d+)?)?(?:\\s+(?:[A-Z]{3,4}|[+-]\\d{4})\\b)?(?:\\s+\\d{4}\\b)?`,
      'g',
    ),
  },
  // MAC and IPv6 addresses, times of day
  {
    needs: ':',
    pattern: /(?<!\w)(?:[0-9a-fA-F]{0,4}:){2,15}[0-9a-fA-F]{1,4}(?!\w)/g,
  },
  // IPv4 addresses
  {
    needs: '.',
    pattern: /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?![\w.])/g,
  },
  // Paths
  {
    needs: '/',
    pattern: /(?<![\w/])(?:\.{1,2}|~|[A-Za-z]:)?\/[\w.\-+@%~*:$/\\]*[\w/*$]/g,
  },
  {
    needs: '\\',
    pattern: /(?<![\w/\\])(?:[A-Za-z]:)?\\[\w.\-+@%~*:$/\\]*[\w/*$]/g,
  },
  // Hexadecimal numbers
  { needs: '0', pattern: /0[xX][0-9a-fA-F]+/g },
  // Amounts with their unit, as the unit changes with the amount
  {
    needs: '',
    pattern:
      /(?<![\w.])[+-]?\d+(?:\.\d+)?\s?(?:[KMGT]i?B|[kKMGT]?[bB]ytes?|B|ns|us|ms|sec|secs|seconds?|minutes?|hours?|s|%)(?!\w)/g,
  },
];

// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g;
const CUTS = /([=:,;()[\]{}"'|<>#]|\.{2,})|\s+/;
const NUMBERED_NAME = /^([A-Za-z][A-Za-z_.-]*?)[\d\-.][\d_\-.]*$/;
const HEXADECIMAL = /^[0-9a-fA-F]+$/;
const LIST_SEPARATOR = /^[,:;|#]$/;

/**
 * Cuts a line into words, separators and {@link WILDCARD}s. What looks like a value by its form is
 * a wildcard; a name with a number keeps the name (`task-17` is `task<*>`); lists of values are one.
 * Looks at a bounded part of the line.
 */
export function tokenizeLine(line: string): string[] {
  let text = line
    .slice(0, LOG_PARAMETERS.maximumLineLength)
    .replace(CONTROL, ' ');
  for (const { needs, pattern } of VALUES) {
    if (text.includes(needs)) {
      text = text.replace(pattern, VALUE);
    }
  }
  const tokens: string[] = [];
  for (const token of text.split(CUTS)) {
    if (token) {
      tokens.push(withoutValue(token));
      if (tokens.length >= LOG_PARAMETERS.maximumTokens) {
        break;
      }
    }
  }
  return collapse(tokens);
}

/** One wildcard for neighbouring values and lists of them, one phrase for its repetitions. */
export function collapse(tokens: readonly string[]): string[] {
  const out: string[] = [];
  for (const token of tokens) {
    const last = out.length - 1;
    if (token === WILDCARD && out[last] === WILDCARD) {
      continue;
    }
    if (
      token === WILDCARD &&
      out[last - 1] === WILDCARD &&
      LIST_SEPARATOR.test(out[last])
    ) {
      out.pop();
      continue;
    }
    out.push(token);
    dropRepetition(out);
  }
  return out;
}

/** True for a token that only separates. */
export function isSeparator(token: string): boolean {
  return token.length === 1 && /\W/.test(token);
}

function withoutValue(token: string): string {
  if (token.includes(VALUE)) {
    return WILDCARD;
  }
  if (!/\d/.test(token)) {
    return token;
  }
  const name = NUMBERED_NAME.exec(token)?.[1];
  const isHexadecimal =
    token.length >= LOG_PARAMETERS.minimumHexLength && HEXADECIMAL.test(token);
  return name !== undefined && name.length > 1 && !isHexadecimal
    ? name + WILDCARD
    : WILDCARD;
}

/** Drops the end of `out` when it repeats the phrase with a value that stands before it. */
function dropRepetition(out: string[]): void {
  const { length } = out;
  for (
    let size = 1;
    size <= LOG_PARAMETERS.maximumRepeatedPhrase && 2 * size <= length;
    size++
  ) {
    let same = true;
    let hasValue = false;
    for (let i = length - size; i < length && same; i++) {
      same = out[i] === out[i - size];
      hasValue ||= out[i].endsWith(WILDCARD);
    }
    if (same && hasValue) {
      out.length -= size;
      return;
    }
  }
}
