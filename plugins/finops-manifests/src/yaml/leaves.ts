/** What a JSON value holds at its ends: pointer → scalar, or the mark of an empty container. */
export type Leaves = ReadonlyMap<string, Leaf>;

/** @internal */
export type Leaf =
  | string
  | number
  | boolean
  | bigint
  | undefined
  | EmptyContainer;

/** Absence and emptiness differ in a manifest, so an empty container is a leaf of its own. */
export type EmptyContainer = '\u0000{}' | '\u0000[]' | '\u0000null';

const MAX_DEPTH = 200;

/** Step of an RFC 6901 pointer. */
export function pointerStep(key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Keys of an RFC 6901 pointer. */
export function pointerKeys(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * Flattens plain data. With `nameLists`, items that are objects with a `name` are addressed by it
 * (`/containers/[web]`), so that order and position do not matter.
 */
export function leavesOf(
  value: unknown,
  options: { nameLists?: boolean } = {},
): Leaves {
  const leaves = new Map<string, Leaf>();
  collect(value, '', 0);
  return leaves;

  function collect(node: unknown, pointer: string, depth: number): void {
    if (depth > MAX_DEPTH) {
      throw new RangeError(
        `A document is nested deeper than ${MAX_DEPTH} levels`,
      );
    }
    if (node === null) {
      leaves.set(pointer, '\u0000null');
    } else if (Array.isArray(node)) {
      if (node.length === 0) {
        leaves.set(pointer, '\u0000[]');
      }
      const named =
        options.nameLists === true &&
        new Set(node.map(nameOf)).size === node.length &&
        node.every(item => nameOf(item) !== undefined);
      node.forEach((item, index) =>
        collect(
          item,
          `${pointer}${pointerStep(named ? `[${nameOf(item)}]` : index)}`,
          depth + 1,
        ),
      );
    } else if (typeof node === 'object') {
      const entries = Object.entries(node as object);
      if (entries.length === 0) {
        leaves.set(pointer, '\u0000{}');
      }
      for (const [key, item] of entries) {
        collect(item, `${pointer}${pointerStep(key)}`, depth + 1);
      }
    } else {
      leaves.set(pointer, node as Leaf);
    }
  }
}

/** Pointers at which two flattened values differ; an emptied or filled container counts by its content only. */
export function differingPointers(before: Leaves, after: Leaves): string[] {
  const pointers = new Set([...before.keys(), ...after.keys()]);
  return [...pointers].filter(
    pointer =>
      !Object.is(before.get(pointer), after.get(pointer)) &&
      !isReplacedContainer(before, after, pointer) &&
      !isReplacedContainer(after, before, pointer),
  );
}

/** An empty map or null on one side that has members on the other: the members are the difference. */
function isReplacedContainer(
  one: Leaves,
  other: Leaves,
  pointer: string,
): boolean {
  const leaf = one.get(pointer);
  const isEmpty =
    typeof leaf === 'string' &&
    leaf.startsWith('\u0000') &&
    leaf !== '\u0000[]';
  return (
    isEmpty &&
    !other.has(pointer) &&
    [...other.keys()].some(key => key.startsWith(`${pointer}/`))
  );
}

function nameOf(item: unknown): string | undefined {
  const name =
    typeof item === 'object' && item !== null
      ? (item as { name?: unknown }).name
      : undefined;
  return typeof name === 'string' ? name : undefined;
}
