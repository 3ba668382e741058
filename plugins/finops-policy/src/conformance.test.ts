import { tests } from '@bufbuild/cel-spec/testdata/conformance.js';
import { CelJsEngine } from './celEngine';
import { StepBudget } from './engine';

/**
 * Expressions of google/cel-spec v0.25.1 that need neither protobuf messages nor bindings: those a policy
 * can hold. A ratchet: raise it with every improvement, never lower it.
 */
const PASSES_AT_LEAST = 1_058;

interface ConformanceTest {
  readonly expr: string;
  readonly name?: string;
  readonly value?: Record<string, unknown>;
  readonly evalError?: unknown;
  readonly bindings?: unknown;
  readonly container?: string;
  readonly typeEnv?: unknown;
}

interface Suite {
  readonly name: string;
  readonly suites?: readonly Suite[];
  readonly tests?: readonly { readonly original: ConformanceTest }[];
}

const OTHER_LANGUAGE_PARTS =
  /proto|wrappers|enums|dynamic|network_ext|block_ext|math_ext|encoders_ext|macros2|type_deduction|unknowns/;

function* selfContained(
  suite: Suite,
  path = suite.name,
): Generator<{ path: string; test: ConformanceTest }> {
  if (OTHER_LANGUAGE_PARTS.test(suite.name)) {
    return;
  }
  for (const { original } of suite.tests ?? []) {
    if (!original.bindings && !original.container && !original.typeEnv) {
      yield { path: `${path}/${original.name}`, test: original };
    }
  }
  for (const child of suite.suites ?? []) {
    yield* selfContained(child, `${path}/${child.name}`);
  }
}

/** CEL's JSON form of a scalar, list or map as our engine's values; `undefined` for others. */
function expectedValue(value: Record<string, unknown>): unknown {
  const [[kind, content]] = Object.entries(value);
  switch (kind) {
    case 'int64Value':
      return BigInt(content as string);
    case 'uint64Value':
      return `uint ${content}`;
    case 'doubleValue':
      return Number(content);
    case 'stringValue':
    case 'boolValue':
      return content;
    case 'nullValue':
      return null;
    case 'bytesValue':
      return `bytes ${content}`;
    case 'listValue':
      return (
        (content as { values?: Record<string, unknown>[] }).values ?? []
      ).map(expectedValue);
    case 'mapValue':
      return Object.fromEntries(
        (
          (
            content as {
              entries?: {
                key: Record<string, unknown>;
                value: Record<string, unknown>;
              }[];
            }
          ).entries ?? []
        ).map(entry => [
          String(expectedValue(entry.key)),
          expectedValue(entry.value),
        ]),
      );
    default:
      return undefined;
  }
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return `bytes ${Buffer.from(value).toString('base64')}`;
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (typeof value === 'object' && value !== null) {
    if (value.constructor.name === 'UnsignedInt') {
      return `uint ${value.valueOf()}`;
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, plain(member)]),
    );
  }
  return value;
}

function passes(engine: CelJsEngine, test: ConformanceTest): boolean {
  let result: unknown;
  try {
    result = engine
      .compile(test.expr, { variables: [], expected: 'any' })
      .evaluate({ values: {}, budget: new StepBudget(100_000) });
  } catch {
    return test.evalError !== undefined;
  }
  // The specification writes no value where the expression must be true.
  const expected = test.value
    ? expectedValue(test.value)
    : test.evalError === undefined;
  return (
    test.evalError === undefined &&
    expected !== undefined &&
    equals(plain(result), expected)
  );
}

function equals(actual: unknown, expected: unknown): boolean {
  try {
    expect(actual).toEqual(expected);
    return true;
  } catch {
    return false;
  }
}

it('passes at least as much of the CEL specification as before', () => {
  const engine = new CelJsEngine();
  const all = [...selfContained(tests as unknown as Suite)];
  const failed = all.filter(({ test }) => !passes(engine, test));
  // eslint-disable-next-line no-console
  console.info(
    `CEL conformance: ${all.length - failed.length} of ${all.length}`,
  );
  expect(all.length - failed.length).toBeGreaterThanOrEqual(PASSES_AT_LEAST);
});
