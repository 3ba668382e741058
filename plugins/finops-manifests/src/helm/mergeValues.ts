/** Lays values over others as Helm does: maps are merged, everything else is replaced, null takes away. */
export function mergeValues(base: unknown, over: unknown): unknown {
  if (!isMap(base) || !isMap(over)) {
    return over;
  }
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === null) {
      delete merged[key];
    } else {
      define(
        merged,
        key,
        Object.hasOwn(base, key) ? mergeValues(base[key], value) : value,
      );
    }
  }
  return merged;
}

/** A copy in which the value at a path is another one; maps on the way are made where there are none. */
export function withValueAt(
  values: unknown,
  [key, ...rest]: readonly (string | number)[],
  value: unknown,
): unknown {
  if (key === undefined) {
    return value;
  }
  if (Array.isArray(values)) {
    return values.map((item, index) =>
      index === Number(key) ? withValueAt(item, rest, value) : item,
    );
  }
  const map: Record<string, unknown> = isMap(values) ? { ...values } : {};
  define(
    map,
    String(key),
    withValueAt(
      Object.hasOwn(map, String(key)) ? map[String(key)] : undefined,
      rest,
      value,
    ),
  );
  return map;
}

/** What stands at a path; undefined where nothing does. */
export function valueAt(
  values: unknown,
  path: readonly (string | number)[],
): unknown {
  return path.reduce<unknown>(
    (node, key) =>
      typeof node === 'object' && node !== null && Object.hasOwn(node, key)
        ? (node as Record<string | number, unknown>)[key]
        : undefined,
    values,
  );
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A key of a repository may be `__proto__`. */
function define(
  map: Record<string, unknown>,
  key: string,
  value: unknown,
): void {
  Object.defineProperty(map, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
