/** What the peers see of a line: the same masks for every system. */
const MASKS: readonly RegExp[] = [
  // Paths
  /(?:\/[\w.-]+)+\/?/g,
  // IPv4 addresses
  /\d+\.\d+\.\d+\.\d+(?::\d+)?/g,
  // Hexadecimal numbers
  /0x[0-9a-fA-F]+/g,
  /\b[0-9a-f]{6,}\b/g,
  // Numbers
  /-?\b\d+\b/g,
];

/** The words of a line, with `<*>` for what has the form of a value. */
export function maskValues(line: string): string[] {
  return MASKS.reduce((text, mask) => text.replace(mask, '<*>'), line)
    .trim()
    .split(/\s+/);
}
