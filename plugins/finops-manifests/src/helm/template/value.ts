/** Keys that lead to a value; numbers are positions in lists. */
export type ValuePath = readonly (string | number)[];

/** A value inside a template, with the place among the chart's values that it comes from. */
export type Value =
  | { readonly kind: 'nil'; readonly path?: ValuePath }
  | {
      readonly kind: 'scalar';
      readonly value: string | number | boolean;
      readonly path?: ValuePath;
    }
  | {
      readonly kind: 'map';
      /** Templates may write to it (`set`). */
      readonly entries: Map<string, Value>;
      readonly path?: ValuePath;
    }
  | {
      readonly kind: 'list';
      readonly items: readonly Value[];
      readonly path?: ValuePath;
    }
  /** What only a cluster, a clock or a function that is not carried out here could tell. */
  | { readonly kind: 'unknown'; readonly why: string };

export type MapValue = Extract<Value, { kind: 'map' }>;

/** Plain data as a value; with a `path` every part knows where it comes from. */
export function valueOf(plain: unknown, path?: ValuePath): Value {
  if (plain === null || plain === undefined) {
    return { kind: 'nil', path };
  }
  if (Array.isArray(plain)) {
    return {
      kind: 'list',
      items: plain.map((item, index) =>
        valueOf(item, path && [...path, index]),
      ),
      path,
    };
  }
  if (plain instanceof Date) {
    return { kind: 'scalar', value: plain.toISOString(), path };
  }
  switch (typeof plain) {
    case 'object':
      return {
        kind: 'map',
        entries: new Map(
          Object.entries(plain as object).map(([key, item]) => [
            key,
            valueOf(item, path && [...path, key]),
          ]),
        ),
        path,
      };
    case 'string':
    case 'number':
    case 'boolean':
      return { kind: 'scalar', value: plain, path };
    default:
      return { kind: 'scalar', value: String(plain), path };
  }
}

/** A value as plain data; what is unknown is told by `unknown`. */
export function plainOf(
  value: Value,
  unknown: (why: string) => unknown = () => undefined,
): unknown {
  switch (value.kind) {
    case 'nil':
      return null;
    case 'scalar':
      return value.value;
    case 'list':
      return value.items.map(item => plainOf(item, unknown));
    case 'map':
      return Object.fromEntries(
        [...value.entries].map(([key, item]) => [key, plainOf(item, unknown)]),
      );
    default:
      return unknown(value.why);
  }
}

/** Where a value comes from, as far as that is told. */
export function pathOf(value: Value): ValuePath | undefined {
  return value.kind === 'unknown' ? undefined : value.path;
}

/** Whether Go templates take a value for false. */
export function isEmpty(value: Exclude<Value, { kind: 'unknown' }>): boolean {
  switch (value.kind) {
    case 'nil':
      return true;
    case 'scalar':
      return value.value === false || value.value === 0 || value.value === '';
    case 'list':
      return value.items.length === 0;
    default:
      return value.entries.size === 0;
  }
}

export const NIL: Extract<Value, { kind: 'nil' }> = { kind: 'nil' };

export function scalar(value: string | number | boolean): Value {
  return { kind: 'scalar', value };
}
