import { LOG_PARAMETERS } from './logParameters';
import { isSeparator, WILDCARD } from './tokenizeLine';

/** Lines that differ in values only. */
export interface Wording {
  readonly tokens: readonly string[];
  /** Lines seen. */
  readonly count: number;
}

/** Wordings of one length that are one event. */
export interface WordingGroup<T extends Wording> {
  /** As many tokens as each wording, with wildcards where they differ. */
  readonly tokens: readonly string[];
  readonly members: readonly T[];
}

const PLAIN_WORD = /^[A-Za-z]+$/;
const STATE = /^[A-Z][A-Z_]+$/;

/**
 * Groups wordings into events. Wordings of one length and the same separators belong together when
 * their largest set of equally frequent words is the same, after Brain (Yu et al., 2023); columns
 * of such a set with many words are variables, those with few are names of different events.
 */
export function groupWordings<T extends Wording>(
  wordings: readonly T[],
): WordingGroup<T>[] {
  const groups: WordingGroup<T>[] = [];
  for (const related of relatedWordings(wordings)) {
    const variable = variableColumns(related);
    const byTemplate = new Map<string, { tokens: string[]; members: T[] }>();
    for (const wording of related) {
      const tokens = wording.tokens.map((token, column) =>
        variable[column] ? WILDCARD : token,
      );
      const key = tokens.join('\u0002');
      const group = byTemplate.get(key);
      if (group) {
        group.members.push(wording);
      } else {
        byTemplate.set(key, { tokens, members: [wording] });
      }
    }
    groups.push(...byTemplate.values());
  }
  return groups;
}

function relatedWordings<T extends Wording>(wordings: readonly T[]): T[][] {
  // How many lines have this word in this column, among lines of the same length.
  const frequencies = new Map<string, number>();
  const keyOf = (length: number, column: number, token: string) =>
    `${length} ${column} ${token}`;
  for (const { tokens, count } of wordings) {
    tokens.forEach((token, column) => {
      const key = keyOf(tokens.length, column, token);
      frequencies.set(key, (frequencies.get(key) ?? 0) + count);
    });
  }
  const related = new Map<string, T[]>();
  for (const wording of wordings) {
    const { tokens } = wording;
    const frequency = tokens.map((token, column) =>
      isSeparator(token) || token.endsWith(WILDCARD)
        ? 0
        : frequencies.get(keyOf(tokens.length, column, token)) ?? 0,
    );
    const common = commonest(frequency);
    const key = tokens
      .map((token, column) =>
        isSeparator(token) || (common > 0 && frequency[column] === common)
          ? token
          : '',
      )
      .join('\u0002');
    const members = related.get(key);
    if (members) {
      members.push(wording);
    } else {
      related.set(key, [wording]);
    }
  }
  return [...related.values()];
}

/** The positive value that occurs most often, of equal ones the largest; 0 without any. */
function commonest(values: readonly number[]): number {
  const occurrences = new Map<number, number>();
  let best = 0;
  let most = 0;
  for (const value of values) {
    if (value > 0) {
      occurrences.set(value, (occurrences.get(value) ?? 0) + 1);
    }
  }
  occurrences.forEach((times, value) => {
    if (times > most || (times === most && value > best)) {
      best = value;
      most = times;
    }
  });
  return best;
}

function variableColumns(related: readonly Wording[]): boolean[] {
  return related[0].tokens.map((_, column) => {
    const words = new Set(related.map(({ tokens }) => tokens[column]));
    if (words.size < 2) {
      return false;
    }
    // Where a value was seen, words are values too.
    if (words.has(WILDCARD)) {
      return true;
    }
    const names =
      (column === 0 && everyMatches(words, PLAIN_WORD)) ||
      everyMatches(words, STATE);
    return (
      words.size >=
      (names ? LOG_PARAMETERS.nameVariableFrom : LOG_PARAMETERS.variableFrom)
    );
  });
}

function everyMatches(words: Iterable<string>, pattern: RegExp): boolean {
  for (const word of words) {
    if (!pattern.test(word)) {
      return false;
    }
  }
  return true;
}
