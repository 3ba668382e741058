/** Index of the first character of a line. */
export function lineStart(text: string, index: number): number {
  return text.lastIndexOf('\n', index - 1) + 1;
}

/** Index behind the last character of a line, its end not included. */
export function lineEnd(text: string, index: number): number {
  const end = text.indexOf('\n', index);
  if (end === -1) {
    return text.length;
  }
  return text[end - 1] === '\r' ? end - 1 : end;
}

/** How the line at an index ends, or, if it is the last, how others do. */
export function endOfLine(text: string, index: number): string {
  const end = text.indexOf('\n', index);
  const at = end === -1 ? text.indexOf('\n') : end;
  return text[at - 1] === '\r' ? '\r\n' : '\n';
}

/** Indentation of the line that holds an index. */
export function indentAt(text: string, index: number): string {
  const start = lineStart(text, index);
  return /^[ \t]*/.exec(text.slice(start, lineEnd(text, start)))![0];
}
