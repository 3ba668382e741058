const LONGEST_EXAMPLE = 300;

/** What may not leave the log, most specific first. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*/g, '<private key>'],
  [/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, '<token>'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g, '<key>'],
  [/\b(?:gh[opsur]_|github_pat_|glpat-|xox[abpr]-|sk-)[\w-]{8,}/g, '<token>'],
  [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, '$1 <token>'],
  [/(:\/\/)[^\s/@:]{0,100}:[^\s/@]{0,200}@/g, '$1<credentials>@'],
  [
    /((?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|credential|authorization|cookie|session)[\w-]{0,30}["']?\s{0,3}[=:]\s{0,3})(?:"[^"]*"|'[^']*'|[^\s,;&"']+)/gi,
    '$1<secret>',
  ],
  [/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g, '<mail>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '<ip>'],
  [/\b(?:[0-9a-f]{1,4}:){4,}[0-9a-f:]*/gi, '<ip>'],
  // Anything long without a break may be a key; words are not that long and mixed.
  [/\b(?=[\w+/=-]*\d)(?=[\w+/=-]*[a-z])[\w+/=-]{24,}/gi, '<id>'],
];
/** Control, format and direction characters, and line breaks of any kind. */
const CONTROL = /[\p{C}\u2028\u2029]+/gu;

/**
 * A log line as it may be shown: without secrets, people and addresses, control and direction
 * characters, and never longer than 300 characters. Still untrusted text.
 */
export function redactLine(line: string): string {
  // Cut first so that no pattern meets unbounded text, then again: placeholders are longer than some secrets.
  let text = line.slice(0, 4 * LONGEST_EXAMPLE).replace(CONTROL, ' ');
  for (const [pattern, placeholder] of SECRETS) {
    text = text.replace(pattern, placeholder);
  }
  return text.trim().slice(0, LONGEST_EXAMPLE);
}
