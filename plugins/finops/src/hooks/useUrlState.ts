import { useCallback } from 'react';
import { useSearchParams } from 'react-router-dom';

/**
 * The search parameters of the page as state: links can be shared and Back works. Setting a
 * parameter to undefined removes it; others of the page stay as they are.
 */
export function useUrlState(): {
  get: (name: string) => string | undefined;
  set: (changes: Readonly<Record<string, string | undefined>>) => void;
} {
  const [parameters, setParameters] = useSearchParams();
  const get = useCallback(
    (name: string) => parameters.get(name) ?? undefined,
    [parameters],
  );
  const set = useCallback(
    (changes: Readonly<Record<string, string | undefined>>) =>
      setParameters(present => {
        const next = new URLSearchParams(present);
        for (const [name, value] of Object.entries(changes)) {
          if (value === undefined) {
            next.delete(name);
          } else {
            next.set(name, value);
          }
        }
        return next;
      }),
    [setParameters],
  );
  return { get, set };
}

/** One of the allowed values, else undefined: whatever stands in a URL came from outside. */
export function oneOf<Value extends string>(
  value: string | undefined,
  allowed: readonly Value[],
): Value | undefined {
  return allowed.find(candidate => candidate === value);
}
