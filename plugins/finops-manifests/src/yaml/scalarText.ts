const PLAIN_STRING = /^[A-Za-z/][A-Za-z0-9._/=-]*$/;
/** Words that one YAML version or another reads as a boolean or null. */
const RESERVED_WORDS = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
/** JSON leaves these as they are, YAML forbids some of them or reads them as line breaks. */
// eslint-disable-next-line no-control-regex
const UNSAFE_IN_YAML = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

const LONE_SURROGATE = /\p{Cs}/gu;

/** A string as a double-quoted, single-line YAML (and JSON) scalar. */
export function doubleQuoted(value: string): string {
  return JSON.stringify(value.replace(LONE_SURROGATE, '\uFFFD')).replace(
    UNSAFE_IN_YAML,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A string as plain scalar where every YAML version reads it back as that string, else double-quoted. */
export function plainOrQuoted(value: string): string {
  return PLAIN_STRING.test(value) && !RESERVED_WORDS.test(value)
    ? value
    : doubleQuoted(value);
}

/** A string between single quotes; only for text without line breaks. */
export function singleQuoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
