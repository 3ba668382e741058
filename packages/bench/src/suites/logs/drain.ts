import { maskValues } from './maskValues';

const WILDCARD = '<*>';
/** Levels below the number of words that choose by a leading word: depth 4 less root and leaf. */
const WORD_LEVELS = 2;
const SIMILARITY = 0.4;
const MAXIMUM_CHILDREN = 100;

interface Template {
  readonly id: number;
  words: string[];
}

interface Node {
  readonly children: Map<string, Node>;
  readonly templates: Template[];
}

/** Template ids by Drain (He et al., ICWS 2017), depth 4 and similarity 0.4, with general masks. */
export function drain(lines: readonly string[]): number[] {
  const root = newNode();
  let nextId = 0;
  return lines.map(line => {
    const words = maskValues(line);
    const { templates } = leafFor(root, words);
    const template = mostSimilar(templates, words);
    if (template) {
      template.words = template.words.map((word, i) =>
        word === words[i] ? word : WILDCARD,
      );
      return template.id;
    }
    templates.push({ id: nextId, words });
    nextId += 1;
    return nextId - 1;
  });
}

function leafFor(root: Node, words: readonly string[]): Node {
  let node = childOf(root, String(words.length));
  for (const word of words.slice(0, WORD_LEVELS)) {
    const { children } = node;
    const room = MAXIMUM_CHILDREN - (children.has(WILDCARD) ? 0 : 1);
    const isName =
      children.has(word) || (!/\d/.test(word) && children.size < room);
    node = childOf(node, isName ? word : WILDCARD);
  }
  return node;
}

function childOf({ children }: Node, key: string): Node {
  const child = children.get(key) ?? newNode();
  children.set(key, child);
  return child;
}

function newNode(): Node {
  return { children: new Map(), templates: [] };
}

/** The template with the most equal words, of equal ones that with the most wildcards. */
function mostSimilar(
  templates: readonly Template[],
  words: readonly string[],
): Template | undefined {
  let best: Template | undefined;
  let bestSimilarity = -1;
  let bestWildcards = -1;
  for (const template of templates) {
    let equal = 0;
    let wildcards = 0;
    template.words.forEach((word, i) => {
      if (word === WILDCARD) {
        wildcards += 1;
      } else if (word === words[i]) {
        equal += 1;
      }
    });
    const similarity = equal / words.length;
    if (
      similarity > bestSimilarity ||
      (similarity === bestSimilarity && wildcards > bestWildcards)
    ) {
      best = template;
      bestSimilarity = similarity;
      bestWildcards = wildcards;
    }
  }
  return bestSimilarity >= SIMILARITY ? best : undefined;
}
