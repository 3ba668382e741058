import type { PlanRefusalCode } from '../types';

export type Scalar = string | number | boolean | null;

/**
 * What an expression of infrastructure code comes to, as far as the files say it. `at` is where a value is
 * written down, so that it can be changed there.
 */
export type Value<Place = unknown> =
  | { readonly kind: 'literal'; readonly value: Scalar; readonly at: Place }
  | {
      readonly kind: 'object';
      readonly entries: ReadonlyMap<string, Value<Place>>;
      readonly at: Place;
    }
  | {
      readonly kind: 'list';
      readonly items: readonly Value<Place>[];
      readonly at: Place;
    }
  | {
      /** Only running the tool tells. */
      readonly kind: 'computed';
      /** The expression as it is written. */
      readonly text: string;
      /** Values that go into it: when one changes, so may this. */
      readonly inputs: readonly Value<Place>[];
      /** Why nothing is known, where it is not that it is an expression. */
      readonly code?: PlanRefusalCode;
      readonly reason?: string;
    };

/** As plain data; what is computed is its expression between `${` and `}`, as in Terraform's JSON syntax. */
export function plainOf(value: Value): unknown {
  switch (value.kind) {
    case 'literal':
      return value.value;
    case 'object':
      return Object.fromEntries(
        [...value.entries].map(([key, item]) => [key, plainOf(item)]),
      );
    case 'list':
      return value.items.map(plainOf);
    default:
      return `\${${value.text}}`;
  }
}

/** Largest value that is compared; references shared many times over make small files huge. */
const MAX_NODES = 200_000;

/** The same with what goes into computed values, so that a change of an input shows. */
export function fingerprintOf(values: ReadonlyMap<string, Value>): unknown {
  let nodes = 0;
  const entriesOf = (entries: ReadonlyMap<string, Value>) =>
    Object.fromEntries([...entries].map(([key, item]) => [key, of(item)]));
  return entriesOf(values);

  function of(value: Value): unknown {
    nodes += 1;
    if (nodes > MAX_NODES) {
      throw new RangeError('The values of one resource are too many');
    }
    switch (value.kind) {
      case 'literal':
        return value.value;
      case 'object':
        return entriesOf(value.entries);
      case 'list':
        return value.items.map(of);
      default:
        return { '${}': value.text, inputs: value.inputs.map(of) };
    }
  }
}

/** The value at some steps below another. */
export function stepInto<Place>(
  value: Value<Place>,
  steps: readonly (string | number)[],
  text: string,
): Value<Place> {
  let at = value;
  for (const [index, step] of steps.entries()) {
    const next = memberOf(at, step);
    if (!next) {
      return at.kind === 'computed'
        ? { ...at, text, inputs: [at] }
        : {
            kind: 'computed',
            text,
            inputs: [at],
            code: 'value-not-found',
            reason: `nothing is written at ${steps
              .slice(0, index + 1)
              .join('.')}`,
          };
    }
    at = next;
  }
  return at;
}

function memberOf<Place>(
  value: Value<Place>,
  step: string | number,
): Value<Place> | undefined {
  if (value.kind === 'object') {
    return value.entries.get(String(step));
  }
  return value.kind === 'list' ? value.items[Number(step)] : undefined;
}
