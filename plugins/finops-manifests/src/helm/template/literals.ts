import { Marks } from './marks';

/** Fields that actions change, where a template states them itself. */
const FIELD =
  /(?<=^|[\s{,])(["']?)(cpu|memory|replicas|minReplicas|maxReplicas|averageUtilization|targetCPUUtilizationPercentage)\1:[ \t]*(?:"([^"\\]+)"|'([^']+)'|([^\s"'{},#[\]&*!|>%@`][^\s"'{},#[\]]*))(?=[ \t\r]*(?:[,}#]|$))/g;

/**
 * Frames the values of such fields in a piece of a template's text, where no expression stands on the
 * same line.
 */
export function markLiterals(
  text: string,
  start: number,
  source: string,
  file: string,
  marks: Marks,
): string {
  let result = '';
  let at = 0;
  for (const line of text.split('\n')) {
    const length = line.length;
    const from = start + at;
    const lineStart = source.lastIndexOf('\n', from - 1) + 1;
    const lineEnd = source.indexOf('\n', from);
    const whole = source.slice(
      lineStart,
      lineEnd === -1 ? source.length : lineEnd,
    );
    const marked =
      whole.includes('{{') || whole.includes('}}') || !/[a-z]:/i.test(line)
        ? line
        : line.replace(FIELD, (match, ...groups) => {
            const value = (groups[2] ?? groups[3] ?? groups[4]) as string;
            const offset = groups[5] as number;
            const quoted = groups[4] === undefined ? 1 : 0;
            const inner = match.length - value.length - quoted;
            const begin = from + offset + inner;
            return (
              match.slice(0, inner) +
              marks.frame(
                {
                  kind: 'literal',
                  file,
                  start: begin,
                  end: begin + value.length,
                },
                value,
              ) +
              match.slice(inner + value.length)
            );
          });
    result += (at === 0 ? '' : '\n') + marked;
    at += length + 1;
  }
  return result;
}
