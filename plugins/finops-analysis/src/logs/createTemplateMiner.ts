import { groupWordings } from './groupWordings';
import { LOG_PARAMETERS } from './logParameters';
import { collapse, isSeparator, tokenizeLine, WILDCARD } from './tokenizeLine';

/**
 * Learns the templates of a stream of log lines in bounded memory.
 *
 * @public
 */
export interface TemplateMiner {
  /** Id of the event of a line, ≥ 0. Ids of one event may differ until they are resolved. */
  add(line: string): number;
  /** Merges what was learned so far; {@link TemplateMiner.resolve} knows of it afterwards. */
  merge(): void;
  /** The id that stands for the event of `id` by now; of an unknown id, that of the rest. */
  resolve(id: number): number;
  /** Text of the event of `id` with `<*>` for values; `<*>` alone for the rest. */
  template(id: number): string;
  /** The words of the event of `id`, one list a form of its lines, to hand to another miner as known. */
  wordings(id: number): readonly (readonly string[])[];
  /** Templates held, at most `maximumTemplates` after each merge. */
  readonly size: number;
}

/** @public */
export interface TemplateMinerOptions {
  /** Templates held at once, 10,000 by default. The rarest beyond it become one, the rest. */
  readonly maximumTemplates?: number;
  /** What an earlier miner learned; the event of `known[i]` has the id `i + 1`. */
  readonly known?: readonly KnownTemplate[];
}

/** An event learned before. @public */
export interface KnownTemplate {
  /** From {@link TemplateMiner.wordings}. */
  readonly wordings: readonly (readonly string[])[];
  /** Lines seen of it: the rarest go first when there is no room. */
  readonly count: number;
}

interface Entry {
  readonly tokens: readonly string[];
  readonly id: number;
  count: number;
  /** Number of the line that was last counted here. */
  lastLine: number;
}

/** The id of lines that fit no template when there is no room for another. */
const REST = 0;

/**
 * Makes an empty {@link TemplateMiner}. A line costs one look-up when it is worded like one before,
 * and a comparison with a bounded number of templates otherwise. Any text is accepted.
 *
 * @public
 */
export function createTemplateMiner(
  options: TemplateMinerOptions = {},
): TemplateMiner {
  const maximumTemplates = Math.max(
    1,
    Math.floor(options.maximumTemplates ?? LOG_PARAMETERS.maximumTemplates) ||
      1,
  );
  const maximumIds = maximumTemplates * LOG_PARAMETERS.idsPerTemplate;
  const mergeAfter = Math.min(LOG_PARAMETERS.mergeAfter, maximumTemplates);
  /** Union-find forest over ids; index 0 is the rest. */
  const parents: number[] = [REST];
  const texts = new Map<number, string>([[REST, WILDCARD]]);
  /** Entries by their tokens. */
  let entries = new Map<string, Entry>();
  /** Entries with merged words, by the form of the lines that they can match. */
  let byForm = new Map<string, Entry[]>();
  const remembered = new Map<string, Entry>();
  let newWordings = 0;
  let lines = 0;

  function resolve(id: number): number {
    let root = id;
    while (parents[root] !== undefined && parents[root] !== root) {
      // Halving the path keeps later look-ups short.
      parents[root] = parents[parents[root]];
      root = parents[root];
    }
    return parents[root] === undefined ? REST : root;
  }

  function unite(a: number, b: number): number {
    const [low, high] = [resolve(a), resolve(b)].sort((x, y) => x - y);
    parents[high] = low;
    if (high !== low) {
      texts.delete(high);
    }
    return low;
  }

  function search(tokens: readonly string[]): Entry | undefined {
    return byForm.get(formOf(tokens))?.find(entry => matches(entry, tokens));
  }

  function add(line: string): number {
    const tokens = tokenizeLine(line);
    const key = tokens.join('\u0002');
    lines += 1;
    let entry = entries.get(key) ?? remembered.get(key);
    if (!entry) {
      entry = search(tokens);
      if (entry) {
        if (remembered.size >= LOG_PARAMETERS.rememberedWordings) {
          remembered.clear();
        }
        remembered.set(key, entry);
      }
    }
    if (!entry) {
      if (parents.length > maximumIds + (options.known?.length ?? 0)) {
        return REST;
      }
      entry = { tokens, id: parents.length, count: 0, lastLine: lines };
      parents.push(entry.id);
      entries.set(key, entry);
      newWordings += 1;
    }
    entry.count += 1;
    entry.lastLine = lines;
    const { id } = entry;
    if (newWordings >= mergeAfter) {
      merge();
    }
    return id;
  }

  function merge(): void {
    newWordings = 0;
    remembered.clear();
    const merged: Entry[] = [];
    for (const { tokens, members } of groupWordings([...entries.values()])) {
      let id = members[0].id;
      let count = 0;
      let lastLine = 0;
      for (const member of members) {
        id = unite(id, member.id);
        count += member.count;
        lastLine = Math.max(lastLine, member.lastLine);
      }
      merged.push({ tokens, id, count, lastLine });
    }
    keep(evictRarest(merged));
    uniteSameWords();
  }

  /** Makes room: what was rare and is long unseen becomes part of the rest. */
  function evictRarest(merged: Entry[]): Entry[] {
    if (merged.length <= maximumTemplates) {
      return merged;
    }
    merged.sort((a, b) => b.count - a.count || b.lastLine - a.lastLine);
    // Half of the room is freed at once, so that the next merges find some.
    const kept = merged.splice(0, Math.ceil(maximumTemplates / 2));
    for (const { id } of merged) {
      unite(REST, id);
    }
    return kept.filter(({ id }) => resolve(id) !== REST);
  }

  function keep(kept: readonly Entry[]): void {
    entries = new Map();
    byForm = new Map();
    for (const entry of kept) {
      entries.set(entry.tokens.join('\u0002'), entry);
      if (entry.tokens.includes(WILDCARD)) {
        const form = formOf(entry.tokens);
        const sameForm = byForm.get(form) ?? [];
        byForm.set(form, sameForm);
        if (sameForm.length < LOG_PARAMETERS.maximumCandidates) {
          sameForm.push(entry);
        }
      }
    }
  }

  /** Templates that differ in wildcards and separators only are one; its text is the commonest. */
  function uniteSameWords(): void {
    const bySignature = new Map<string, { entry: Entry; template: string }>();
    texts.clear();
    texts.set(REST, WILDCARD);
    for (const entry of entries.values()) {
      const tokens = collapse(entry.tokens);
      const words = tokens.filter(t => t !== WILDCARD && !isSeparator(t));
      const signature = (
        words.length >= LOG_PARAMETERS.sharedWords ? words : tokens
      ).join('\u0002');
      const known = bySignature.get(signature);
      if (!known) {
        bySignature.set(signature, { entry, template: render(tokens) });
      } else {
        unite(known.entry.id, entry.id);
        if (entry.count > known.entry.count) {
          bySignature.set(signature, { entry, template: render(tokens) });
        }
      }
    }
    for (const { entry, template } of bySignature.values()) {
      texts.set(resolve(entry.id), template);
    }
  }

  if (options.known?.length) {
    const learned = options.known.flatMap(({ wordings, count }, index) => {
      parents.push(index + 1);
      return wordings.map(tokens => ({
        tokens,
        id: index + 1,
        count: count / wordings.length,
        lastLine: 0,
      }));
    });
    keep(learned);
    uniteSameWords();
  }

  return {
    add,
    merge,
    resolve,
    wordings(id) {
      const root = resolve(id);
      return [...entries.values()]
        .filter(entry => root !== REST && resolve(entry.id) === root)
        .map(({ tokens }) => tokens);
    },
    template(id) {
      const root = resolve(id);
      const text = texts.get(root);
      if (text !== undefined) {
        return text;
      }
      // Not merged since it was first seen.
      for (const entry of entries.values()) {
        if (resolve(entry.id) === root) {
          return render(collapse(entry.tokens));
        }
      }
      return WILDCARD;
    },
    get size() {
      return entries.size;
    },
  };
}

/** Length and separators: what a line has in common with every template that it can match. */
function formOf(tokens: readonly string[]): string {
  return `${tokens.length} ${tokens
    .filter(token => isSeparator(token))
    .join('')}`;
}

function matches(entry: Entry, tokens: readonly string[]): boolean {
  return entry.tokens.every(
    (token, column) =>
      token === tokens[column] ||
      (token === WILDCARD && !isSeparator(tokens[column])),
  );
}

function render(tokens: readonly string[]): string {
  return tokens
    .join(' ')
    .replace(/ ([,:;)\]}])/g, '$1')
    .replace(/([([{]) /g, '$1');
}
