/** A longer line says nothing more about its kind. */
const LONGEST_LINE = 2000;
const MOST_TOKENS = 64;

/** What no message is about: addresses, paths, sizes. None of them knows a system. */
const URL = /\b[a-z][a-z0-9+.-]{1,15}:\/\/\S+/gi;
const COLON_ADDRESS = /\b(?:[0-9a-f]{1,4}:){3,}[0-9a-f:.]*/gi;
const PATH = /(^|[\s=:,'"([<])(?:\.{1,2}|~|[a-z]:)?[/\\][^\s,:;'")\]>]*/gi;
const UNIT = /(\d)\s?(?:[KMGTP]i?B|B|bytes|ms|us|ns|sec|secs|seconds|s)\b/gi;
const SEPARATORS = /[\s,:=()[\]'";]+/;
/** A short name with one digit, `eth0`, names a thing; anything else with a digit counts things. */
const NUMBERED_NAME = /^[a-z]{2,6}\d$/i;
const DIGIT = /\d/;

/** What stands for whatever varies. */
export const WILDCARD = '<*>';

/**
 * The words of a log line that say what kind of message it is, with everything that counts, locates or
 * identifies as {@link WILDCARD}; neighbouring ones are one.
 */
export function tokensOf(line: string): string[] {
  const masked = line
    .slice(0, LONGEST_LINE)
    .replace(URL, ` ${WILDCARD} `)
    .replace(COLON_ADDRESS, ` ${WILDCARD} `)
    .replace(PATH, `$1${WILDCARD}`)
    .replace(UNIT, '$1 ');
  const tokens: string[] = [];
  for (const word of masked.split(SEPARATORS)) {
    const varies =
      word.includes(WILDCARD) ||
      (DIGIT.test(word) && !NUMBERED_NAME.test(word));
    if (word !== '' && !(varies && tokens[tokens.length - 1] === WILDCARD)) {
      tokens.push(varies ? WILDCARD : word);
    }
    if (tokens.length === MOST_TOKENS) {
      break;
    }
  }
  return tokens;
}
