import { maskValues } from './maskValues';

/** A child column with this many words is a variable. */
const THRESHOLD = 4;

interface Row {
  readonly line: number;
  readonly words: readonly string[];
  readonly frequencies: readonly number[];
}

/**
 * Templates by the idea of Brain (Yu et al., TSC 2023), threshold 4, with general masks: lines of
 * one length with the same longest set of equally frequent words share a tree; more frequent words
 * are constant when there is one of them, rarer ones when there are fewer than the threshold.
 */
export function brain(lines: readonly string[]): string[] {
  const frequencies = new Map<string, number>();
  const masked = lines.map(maskValues);
  for (const words of masked) {
    words.forEach((word, column) => {
      const key = `${column} ${word}`;
      frequencies.set(key, (frequencies.get(key) ?? 0) + 1);
    });
  }
  const trees = new Map<string, { root: number; rows: Row[] }>();
  masked.forEach((words, line) => {
    const own = words.map(
      (word, column) => frequencies.get(`${column} ${word}`) ?? 0,
    );
    const root = commonest(own);
    const key = JSON.stringify(
      words.map((word, column) => (own[column] === root ? word : 0)),
    );
    const tree = trees.get(key) ?? { root, rows: [] };
    tree.rows.push({ line, words, frequencies: own });
    trees.set(key, tree);
  });
  const templates = new Array<string>(lines.length);
  for (const [key, { root, rows }] of trees) {
    const variable = rows[0].words.map((_, column) => {
      const different = new Set(rows.map(({ words }) => words[column])).size;
      const isParent = rows.every(row => row.frequencies[column] > root);
      return isParent ? different > 1 : different >= THRESHOLD;
    });
    for (const { line, words } of rows) {
      templates[line] = `${key} ${words
        .map((word, column) => (variable[column] ? '<*>' : word))
        .join(' ')}`;
    }
  }
  return templates;
}

/** The value that occurs most often, of equal ones the largest. */
function commonest(values: readonly number[]): number {
  const occurrences = new Map<number, number>();
  for (const value of values) {
    occurrences.set(value, (occurrences.get(value) ?? 0) + 1);
  }
  return [...occurrences].reduce((best, other) =>
    other[1] > best[1] || (other[1] === best[1] && other[0] > best[0])
      ? other
      : best,
  )[0];
}
