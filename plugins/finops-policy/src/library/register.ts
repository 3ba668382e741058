import { Environment } from '@marcbachmann/cel-js';

type Handler = (...args: never[]) => unknown;

/** What stands before a function that takes the place of one of the CEL library's, and the cost of a call. */
export interface Registration {
  readonly environment: Environment;
  readonly prefix: string;
  /** Counts work that grows faster than its input. Throws when the budget is spent. */
  readonly spend: (steps: number) => void;
}

/** Functions by their signatures, all of them synchronous. */
export function registerAll(
  environment: Environment,
  functions: Readonly<Record<string, Handler>>,
) {
  for (const [signature, handler] of Object.entries(functions)) {
    environment.registerFunction(
      signature,
      handler as (...args: unknown[]) => unknown,
      { async: false },
    );
  }
}

/**
 * Functions called as `math.ceil(x)`, by their signatures without the namespace: the name becomes a
 * constant whose methods they are.
 */
export function registerNamespace(
  environment: Environment,
  name: string,
  functions: Readonly<Record<string, Handler>>,
) {
  const type = `${name[0].toUpperCase()}${name.slice(1)}Namespace`;
  const Namespace = { [type]: class {} }[type];
  environment
    .registerType(type, Namespace)
    .registerConstant(name, type, new Namespace());
  registerAll(
    environment,
    Object.fromEntries(
      Object.entries(functions).map(([signature, handler]) => [
        `${type}.${signature}`,
        (_namespace: unknown, ...args: never[]) => handler(...args),
      ]),
    ),
  );
}
