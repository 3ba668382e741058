/** Masks of the comparison: paths, addresses, hexadecimal and decimal numbers. */
const MASKS: readonly RegExp[] = [
  /(\/[\w.-]+)+/g,
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g,
  /\b0x[0-9a-f]+\b/gi,
  /\b\d+\b/g,
];
const WILDCARD = '<*>';
const DEPTH = 4;
const SIMILARITY = 0.4;
const MOST_CHILDREN = 100;

interface Group {
  readonly id: number;
  template: string[];
}

interface Node {
  readonly children: Map<string, Node>;
  readonly groups: Group[];
}

/**
 * Drain (He et al., ICWS 2017) with depth 4 and similarity 0.4: a tree by length and first words, and in
 * its leaves the most similar group.
 */
export function drain(lines: readonly string[]): Int32Array {
  const root = node();
  let groups = 0;
  return Int32Array.from(lines, line => {
    const masked = MASKS.reduce(
      (text, mask) => text.replace(mask, WILDCARD),
      line,
    );
    const words = masked.trim().split(/\s+/);
    const leaf = leafFor(root, words);
    const found = mostSimilar(leaf.groups, words);
    if (!found) {
      const group = { id: groups, template: words };
      groups += 1;
      leaf.groups.push(group);
      return group.id;
    }
    found.template = found.template.map((word, i) =>
      word === words[i] ? word : WILDCARD,
    );
    return found.id;
  });
}

function node(): Node {
  return { children: new Map(), groups: [] };
}

function leafFor(root: Node, words: readonly string[]): Node {
  let at = child(root, String(words.length), Infinity);
  for (const word of words.slice(0, DEPTH - 2)) {
    at = child(at, /\d/.test(word) ? WILDCARD : word, MOST_CHILDREN);
  }
  return at;
}

function child(parent: Node, key: string, most: number): Node {
  const known = parent.children.get(key);
  if (known) {
    return known;
  }
  const place = parent.children.size + 1 < most ? key : WILDCARD;
  const made = parent.children.get(place) ?? node();
  parent.children.set(place, made);
  return made;
}

function mostSimilar(
  groups: readonly Group[],
  words: readonly string[],
): Group | undefined {
  let best: Group | undefined;
  let bestShare = -1;
  let bestWildcards = -1;
  for (const group of groups) {
    let same = 0;
    let wildcards = 0;
    group.template.forEach((word, i) => {
      if (word === WILDCARD) {
        wildcards += 1;
      } else if (word === words[i]) {
        same += 1;
      }
    });
    const share = same / words.length;
    if (
      share > bestShare ||
      (share === bestShare && wildcards > bestWildcards)
    ) {
      best = group;
      bestShare = share;
      bestWildcards = wildcards;
    }
  }
  return bestShare >= SIMILARITY ? best : undefined;
}
