import { podLabelsPath } from '../kubernetes/desiredState';
import type { Neighbour } from './neighbours';

/** Labels that a selector asks for. */
export interface Selector {
  readonly matchLabels: Readonly<Record<string, unknown>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly unknown[];
  }[];
}

const MAX_DEPTH = 100;

/**
 * Selectors that an object uses to find others: a Service's `selector`, and every `matchLabels` or
 * `matchExpressions`. Those of what makes pods find its own pods, which are not an object of a file.
 */
export function selectorsOf(
  object: Readonly<Record<string, unknown>>,
): Selector[] {
  const found: Selector[] = [];
  if (podLabelsPath(String(object.kind)) === undefined) {
    collect(object.spec, 'spec', 0);
  }
  return found;

  function collect(node: unknown, key: string, depth: number): void {
    if (typeof node !== 'object' || node === null || depth > MAX_DEPTH) {
      return;
    }
    const map = node as Readonly<Record<string, unknown>>;
    if (isMap(map.matchLabels) || Array.isArray(map.matchExpressions)) {
      found.push({
        matchLabels: isMap(map.matchLabels) ? map.matchLabels : {},
        matchExpressions: expressionsOf(map.matchExpressions),
      });
      return;
    }
    const isBare =
      key === 'selector' &&
      Object.values(map).every(value => typeof value === 'string');
    if (isBare) {
      found.push({ matchLabels: map, matchExpressions: [] });
      return;
    }
    for (const [name, value] of Object.entries(map)) {
      collect(value, Array.isArray(node) ? key : name, depth + 1);
    }
  }
}

/** Whether a selector asks for something and labels answer it. */
export function selects(
  { matchLabels, matchExpressions }: Selector,
  labels: Readonly<Record<string, string>>,
): boolean {
  const asked = Object.entries(matchLabels);
  return (
    asked.length + matchExpressions.length > 0 &&
    asked.every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      switch (operator) {
        case 'In':
          return labels[key] !== undefined && values.includes(labels[key]);
        case 'NotIn':
          return !values.includes(labels[key]);
        case 'DoesNotExist':
          return labels[key] === undefined;
        default:
          return labels[key] !== undefined;
      }
    })
  );
}

/** Keys of labels that any of the objects selects by, each with what does. */
export function selectedKeys(
  neighbours: readonly Neighbour[],
): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const { built, says } of neighbours) {
    for (const selector of says.flatMap(selectorsOf)) {
      for (const key of [
        ...Object.keys(selector.matchLabels),
        ...selector.matchExpressions.map(expression => expression.key),
      ]) {
        keys.set(key, `${built.kind} ${built.name}`);
      }
    }
  }
  return keys;
}

function expressionsOf(value: unknown): Selector['matchExpressions'] {
  return (Array.isArray(value) ? value : []).flatMap(item =>
    isMap(item) && typeof item.key === 'string'
      ? [
          {
            key: item.key,
            operator: String(item.operator),
            values: Array.isArray(item.values) ? item.values : [],
          },
        ]
      : [],
  );
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
