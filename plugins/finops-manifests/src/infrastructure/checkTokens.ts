import type {
  PlannedFile,
  ProofCheck,
  Splice,
} from '@apexlogic/backstage-plugin-finops-common';
import { spliceBytes } from '../applySplices';
import type { RepositorySnapshot } from '../types';
import { decodeSource } from '../yaml/sourceText';
import { readTokens } from './readTokens';
import type { Token } from './types';

/**
 * Parses every file again: what lies outside of the edits must be the same leaves of the syntax tree, and
 * an edit must not have joined or torn what stands beside it.
 */
export async function checkTokens(
  files: readonly PlannedFile[],
  snapshot: RepositorySnapshot,
): Promise<ProofCheck> {
  let compared = 0;
  for (const { path, splices } of files) {
    const before = await snapshot.read(path);
    const after = spliceBytes(before, splices);
    const [old, now] = await Promise.all(
      [before, after].map(bytes => tokensOf(path, bytes)),
    );
    if (!old || !now) {
      return failed(`${path} cannot be parsed any more`);
    }
    const [kept, found] = [
      outside(old, splices, ({ start, end }) => [start, end]),
      outside(now, splices, ({ start, text }, shift) => [
        start + shift,
        start + shift + Buffer.byteLength(text),
      ]),
    ];
    const at = kept.findIndex(
      (token, index) =>
        token.type !== found[index]?.type || token.text !== found[index].text,
    );
    if (at !== -1 || kept.length !== found.length) {
      const token = kept[at === -1 ? found.length : at] ?? found[kept.length];
      return failed(`${path} would also change '${token?.text ?? ''}'`);
    }
    compared += kept.length;
  }
  return {
    name: 'reparse',
    outcome: 'passed',
    detail: `Parsed again, ${compared} leaves of the syntax tree are the same, and none is broken`,
  };
}

async function tokensOf(
  path: string,
  bytes: Uint8Array | undefined,
): Promise<readonly Token[] | undefined> {
  const source = bytes && decodeSource(bytes);
  const tokens = source && (await readTokens(path, source.text));
  return tokens?.map(({ type, text, start, end }) => ({
    type,
    // A comment ends before its line does.
    text: text.replace(/\r$/, ''),
    start: source!.byteOffset(start),
    end: source!.byteOffset(end),
  }));
}

/** Tokens that no edit touches; those that are cut by one belong to it. */
function outside(
  tokens: readonly Token[],
  splices: readonly Splice[],
  rangeOf: (splice: Splice, shift: number) => [number, number],
): Token[] {
  let shift = 0;
  const ranges = splices.map(splice => {
    const range = rangeOf(splice, shift);
    shift += Buffer.byteLength(splice.text) - (splice.end - splice.start);
    return range;
  });
  return tokens.filter(({ start, end }) =>
    ranges.every(([from, to]) => end <= from || start >= to),
  );
}

function failed(detail: string): ProofCheck {
  return { name: 'reparse', outcome: 'failed', detail };
}
