import { structuredPatch } from 'diff';
import { isNode, isScalar, Scalar } from 'yaml';
import type { ObjectRef } from '@apexlogic/backstage-plugin-finops-common';
import { parseManifestFile } from './kubernetes/manifestFile';
import { doubleQuoted, singleQuoted } from './yaml/scalarText';
import { decodeSource } from './yaml/sourceText';

/** Edits before two versions of a file count as wholly different. */
const MAX_EDITS = 5_000;

/** An object as its file says it, with the way back to its lines. @public */
export interface SourceObject {
  readonly object: ObjectRef;
  readonly plain: Readonly<Record<string, unknown>>;
  /** Lines of the value at these keys, from 1, both included; undefined where there is none. */
  linesOf(
    keys: readonly (string | number)[],
  ): { readonly first: number; readonly last: number } | undefined;
  /**
   * The line at these keys with another scalar in place of the one there, quoted as that is; undefined where
   * there is no scalar on a line of its own.
   */
  lineWith(
    keys: readonly (string | number)[],
    value: string,
  ): { readonly before: string; readonly after: string } | undefined;
}

/** Objects of a YAML file; none where it cannot be read as manifests. @public */
export function readSource(
  path: string,
  bytes: Uint8Array,
): readonly SourceObject[] {
  const file = parseManifestFile(path, bytes);
  if (file.kind !== 'manifest') {
    return [];
  }
  const { text } = file.source;
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    starts.push(at + 1);
  }
  const lineAt = (index: number) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (starts[middle] <= index) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  };
  return file.objects.map(({ node, plain, ...object }) => {
    const nodeAt = (keys: readonly (string | number)[]) => {
      const found = keys.length === 0 ? node : node.getIn(keys, true);
      return isNode(found) && found.range ? found : undefined;
    };
    return {
      object: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        namespace: object.namespace,
        name: object.name,
      },
      plain,
      linesOf: keys => {
        const found = nodeAt(keys);
        if (!found) {
          return undefined;
        }
        const [start, end] = found.range!;
        // A block ends at the start of the line after it.
        return {
          first: lineAt(start) + 1,
          last: lineAt(Math.max(start, end - 1)) + 1,
        };
      },
      lineWith: (keys, value) => {
        const found = nodeAt(keys);
        if (!isScalar(found)) {
          return undefined;
        }
        const [start, end] = found.range!;
        const line = lineAt(start);
        if (lineAt(end) !== line || end <= start) {
          return undefined;
        }
        const from = starts[line];
        const to = starts[line + 1] ?? text.length + 1;
        const before = text.slice(from, to - 1).replace(/\r$/, '');
        const written = write(value, found.type);
        return {
          before,
          after: `${before.slice(0, start - from)}${written}${before.slice(
            end - from,
          )}`,
        };
      },
    };
  });
}

function write(value: string, type: Scalar['type']): string {
  switch (type) {
    case 'QUOTE_SINGLE':
      return singleQuoted(value);
    case 'QUOTE_DOUBLE':
      return doubleQuoted(value);
    default:
      return value;
  }
}

/**
 * Lines of a file that a change adds or alters, from 1.
 *
 * @param before - undefined = there was no such file
 *
 * @public
 */
export function changedLines(
  before: Uint8Array | undefined,
  after: Uint8Array,
): ReadonlySet<number> {
  const [old, present] = [before, after].map(
    bytes => (bytes && decodeSource(bytes)?.text) ?? '',
  );
  const patch = structuredPatch('', '', old, present, '', '', {
    context: 0,
    maxEditLength: MAX_EDITS,
  });
  const lines = new Set<number>();
  if (!patch) {
    present.split('\n').forEach((_, index) => lines.add(index + 1));
    return lines;
  }
  for (const hunk of patch.hunks) {
    let line = hunk.newStart;
    for (const text of hunk.lines) {
      if (text.startsWith('+')) {
        lines.add(line++);
      } else if (text.startsWith(' ')) {
        line++;
      }
    }
  }
  return lines;
}
