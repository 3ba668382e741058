import { tokensOf, WILDCARD } from './tokensOf';

/** Frozen: one configuration for all systems. */
const PARAMETERS = {
  /** So many templates that differ in one word only are one template with a variable there. */
  variants: 4,
  /** Besides that word they must share this many: fewer say too little to be the same message. */
  sharedWords: 3,
} as const;

/** Templates kept when nothing else is said. */
const MAXIMUM_TEMPLATES = 10_000;
/** Template of all lines that found no room any more. */
const OVERFLOW = 0;

/** @public */
export interface TemplateMinerOptions {
  /** Most templates known at a time; the longest unseen of the rare ones make room. 10,000 unless told. */
  readonly maximumTemplates?: number;
}

/**
 * Groups log lines by the message they came from, one line at a time.
 *
 * @public
 */
export interface TemplateMiner {
  /**
   * The template of a line. It may later prove to be a variant of another: ask {@link TemplateMiner.resolve}
   * at the end.
   */
  add(line: string): number;
  /** The template that this one has become part of, or itself. */
  resolve(template: number): number;
  /** Words of a template with `<*>` for what varies. */
  text(template: number): string;
  /** Templates known now. */
  readonly size: number;
}

interface Known {
  readonly id: number;
  readonly tokens: readonly string[];
  lines: number;
}

/**
 * Makes a miner in bounded memory: at most `maximumTemplates` templates of at most 64 words.
 *
 * @remarks
 *
 * A line is first reduced to the words that cannot be variables (see `tokensOf`); equal rests are one
 * template. Templates of one length that differ in a single word become one as soon as four of them
 * are known. So far the idea of Brain (Yu et al., IEEE TSC 2023), words that vary beside words that do
 * not, but decided as the lines come, and without a second pass.
 *
 * @public
 */
export function createTemplateMiner(
  options: TemplateMinerOptions = {},
): TemplateMiner {
  const maximum = Math.max(2, options.maximumTemplates ?? MAXIMUM_TEMPLATES);
  /** Known templates by their words, the longest unseen first. */
  const known = new Map<string, Known>();
  /** Templates that would be equal without one word, by position and the others. */
  const siblings = new Map<string, Set<Known>>();
  const parents: number[] = [OVERFLOW];
  const texts = new Map<number, string>([[OVERFLOW, WILDCARD]]);

  function resolve(template: number): number {
    let root = template;
    while (parents[root] !== root) {
      root = parents[root];
    }
    // Shorter ways for the next one who asks.
    for (let at = template; parents[at] !== root; ) {
      const next = parents[at];
      parents[at] = root;
      at = next;
    }
    return root;
  }

  function learn(tokens: readonly string[], key: string): Known {
    if (known.size >= maximum) {
      makeRoom();
    }
    const id = parents.length;
    parents.push(id);
    texts.set(id, tokens.join(' '));
    const one = { id, tokens, lines: 0 };
    known.set(key, one);
    for (const place of placesOf(tokens)) {
      const variants = siblings.get(place) ?? new Set();
      siblings.set(place, variants.add(one));
    }
    return one;
  }

  function forget(one: Known): void {
    known.delete(one.tokens.join(' '));
    for (const place of placesOf(one.tokens)) {
      const variants = siblings.get(place);
      variants?.delete(one);
      if (variants?.size === 0) {
        siblings.delete(place);
      }
    }
  }

  /** Forgets the longest unseen tenth of those seen once, or of all where all are seen often. */
  function makeRoom(): void {
    const leaving = Math.max(1, Math.floor(maximum / 10));
    const once = [...known.values()].filter(({ lines }) => lines <= 1);
    const all = once.length > 0 ? once : [...known.values()];
    for (const one of all.slice(0, leaving)) {
      forget(one);
      if (parents[one.id] === one.id) {
        parents[one.id] = OVERFLOW;
        texts.delete(one.id);
      }
    }
  }

  /** The template that the variants of a line at some position have become or become now. */
  function merged(tokens: readonly string[]): Known | undefined {
    for (const place of placesOf(tokens)) {
      const variants = siblings.get(place);
      if (variants && variants.size >= PARAMETERS.variants) {
        const position = Number(place.slice(0, place.indexOf(' ')));
        const general = withoutDoubles(
          tokens.map((token, i) => (i === position ? WILDCARD : token)),
        );
        const key = general.join(' ');
        const whole = known.get(key) ?? learn(general, key);
        for (const variant of [...variants]) {
          if (variant !== whole) {
            parents[resolve(variant.id)] = resolve(whole.id);
            whole.lines += variant.lines;
            forget(variant);
            texts.delete(variant.id);
          }
        }
        return whole;
      }
    }
    return undefined;
  }

  return {
    resolve,
    text: template => texts.get(resolve(template)) ?? WILDCARD,
    get size() {
      return known.size;
    },
    add(line) {
      let tokens: readonly string[] = tokensOf(line);
      let key = tokens.join(' ');
      let one = known.get(key) ?? generalOf(tokens, known);
      if (one === undefined) {
        one = learn(tokens, key);
        // A template made of variants can itself be a variant.
        for (
          let next = merged(tokens);
          next !== undefined;
          next = merged(tokens)
        ) {
          one = next;
          tokens = next.tokens;
        }
      }
      one.lines += 1;
      key = one.tokens.join(' ');
      known.delete(key);
      known.set(key, one);
      return one.id;
    },
  };
}

/** The known template that has a variable where this line has a word of its own. */
function generalOf(
  tokens: readonly string[],
  known: ReadonlyMap<string, Known>,
): Known | undefined {
  const general = tokens.slice();
  for (let position = 0; position < tokens.length; position++) {
    if (tokens[position] !== WILDCARD) {
      general[position] = WILDCARD;
      const found = known.get(withoutDoubles(general).join(' '));
      if (found && sharesEnough(found.tokens)) {
        return found;
      }
      general[position] = tokens[position];
    }
  }
  return undefined;
}

/** One key for each word of a template: its position and all the others. */
function placesOf(tokens: readonly string[]): string[] {
  const words = tokens.filter(token => token !== WILDCARD).length;
  if (words - 1 < PARAMETERS.sharedWords) {
    return [];
  }
  return tokens.flatMap((token, position) =>
    token === WILDCARD
      ? []
      : [
          `${position} ${tokens.slice(0, position).join(' ')}\n${tokens
            .slice(position + 1)
            .join(' ')}`,
        ],
  );
}

function sharesEnough(tokens: readonly string[]): boolean {
  return (
    tokens.filter(token => token !== WILDCARD).length >= PARAMETERS.sharedWords
  );
}

function withoutDoubles(tokens: readonly string[]): string[] {
  return tokens.filter(
    (token, i) => token !== WILDCARD || tokens[i - 1] !== WILDCARD,
  );
}
