/** `text` as it must stand between double quotes in PromQL. */
export function escapeText(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}

/** A PromQL string literal holding exactly `text`. */
export function quote(text: string): string {
  return `"${escapeText(text)}"`;
}

/** `label="value"`, safe for any value. */
export function equals(label: string, value: string): string {
  return `${label}=${quote(value)}`;
}

/** `label=~"a|b"` that matches exactly the given values, safe for any of them. */
export function oneOf(label: string, values: readonly string[]): string {
  const alternatives = values.map(value =>
    value.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&'),
  );
  return `${label}=~${quote(alternatives.join('|'))}`;
}

/** A series selector; empty matchers are left out. */
export function selector(
  metric: string,
  ...matchers: readonly string[]
): string {
  return `${metric}{${matchers.filter(matcher => matcher !== '').join(',')}}`;
}

/** `expression` with label `to` holding a copy of label `from`. */
export function copyLabel(
  expression: string,
  from: string,
  to: string,
): string {
  return `label_replace(${expression}, ${quote(to)}, "$1", ${quote(
    from,
  )}, "(.+)")`;
}

/** `expression` with label `label` set to `value` on every series. */
export function setLabel(
  expression: string,
  label: string,
  value: string,
): string {
  // The source label must be a valid name (some engines refuse an empty one); `.*` also matches when it is absent.
  return `label_replace(${expression}, ${quote(label)}, ${quote(
    value,
  )}, "pod", ".*")`;
}
