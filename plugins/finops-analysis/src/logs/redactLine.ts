const LONGEST_EXAMPLE = 300;

const SECRET_NAME =
  '(?:pass(?:word|wd|phrase)?|pwd|secret|token|credential|authorization|session|sig(?:nature)?' +
  '|(?:api|access|account|auth|encryption|private|shared|signing)[_-]?key)[\\w-]{0,30}';
const PERSON_NAME =
  '(?:user|login|account|customer|uid)(?:[ _-]?(?:id|name|uuid))?';
const IS = '["\']?\\s{0,3}[=:]\\s{0,3}';
/** Quoted with escapes, the end of the quotes perhaps cut off; else up to a break between fields. */
const GIVEN = `(?:"(?:[^"\\\\]|\\\\.)*"?|'(?:[^'\\\\]|\\\\.)*'?|(?:[^\\s,;&"']|,(?=\\S))+)`;

/** What may not leave the log, most specific first. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*/g, '<private key>'],
  [/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, '<token>'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g, '<key>'],
  [/\b(?:gh[opsur]_|github_pat_|glpat-|xox[abpr]-|sk-)[\w-]{8,}/g, '<token>'],
  // A cookie has many fields, any of which may be the session.
  [/\b((?:set-)?cookie["']?\s{0,3}[=:]).*/gi, '$1 <secret>'],
  [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, '$1 <token>'],
  [/(:\/\/)[^\s/@:]{0,100}:[^\s/@]{0,200}@/g, '$1<credentials>@'],
  [new RegExp(`(${SECRET_NAME}${IS})${GIVEN}`, 'gi'), '$1<secret>'],
  [new RegExp(`(--?${SECRET_NAME}\\s{1,3})${GIVEN}`, 'gi'), '$1<secret>'],
  [new RegExp(`\\b(${PERSON_NAME}${IS})${GIVEN}`, 'gi'), '$1<user>'],
  [/\b((?:by|for|from|of) user )["']?[\w.@$-]+["']?/gi, '$1<user>'],
  [/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g, '<mail>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '<ip>'],
  [
    /(?<![\w:])(?=[a-f:]{0,40}\d)(?=[0-9a-f:]{0,40}::|(?:[0-9a-f]{1,4}:){4})[0-9a-f:]{4,45}/gi,
    '<ip>',
  ],
  // Anything long without a break may be a key; words are not that long and mixed.
  [/\b(?=[\w+/=-]*\d)(?=[\w+/=-]*[a-z])[\w+/=-]{24,}/gi, '<id>'],
];
/** Control, format and direction characters, and line breaks of any kind. */
const CONTROL = /[\p{C}\u2028\u2029]+/gu;

/**
 * A log line as it may be shown: without secrets, people and addresses, control and direction
 * characters, and never longer than 300 characters. Still untrusted text.
 *
 * @public
 */
export function redactLine(line: string): string {
  // Cut first so that no pattern meets unbounded text, then again: placeholders are longer than some secrets.
  let text = line.slice(0, 4 * LONGEST_EXAMPLE).replace(CONTROL, ' ');
  for (const [pattern, placeholder] of SECRETS) {
    text = text.replace(pattern, placeholder);
  }
  return text.trim().slice(0, LONGEST_EXAMPLE);
}
