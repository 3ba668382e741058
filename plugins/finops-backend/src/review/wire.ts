/** The mutable, JSON-shaped twin of a value that is read-only inside. */
export function toWire<T>(value: unknown): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
