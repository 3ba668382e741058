import { isDeepStrictEqual } from 'node:util';
import {
  PolicyEngine,
  StepBudget,
} from '@apexlogic/backstage-plugin-finops-policy';
import { tests } from '@bufbuild/cel-spec/testdata/conformance.js';

const STEPS = 100_000;

/** The language itself; the other sections of the specification are extensions or need protobuf. */
const CORE = new Set([
  'basic',
  'comparisons',
  'conversions',
  'fields',
  'fp_math',
  'integer_math',
  'lists',
  'logic',
  'macros',
  'namespace',
  'parse',
  'plumbing',
  'string',
  'timestamps',
]);

const EXTENSIONS = new Set([
  'string_ext',
  'optionals',
  'bindings_ext',
  'math_ext',
  'encoders_ext',
  'macros2',
]);

/** Messages of protobuf, which no policy on a manifest can hold. Timestamps and durations are values of CEL. */
const PROTOBUF =
  /google\.protobuf\.(?!Timestamp|Duration)|google\.type|TestAllTypes|objectValue|enumValue/;

type Json = Readonly<Record<string, unknown>>;

/** One test of google/cel-spec, as its JSON. */
interface SpecificationTest {
  readonly name: string;
  readonly expr: string;
  readonly value?: Json;
  readonly typedResult?: { readonly result?: Json };
  readonly evalError?: unknown;
  readonly bindings?: Readonly<Record<string, { readonly value: Json }>>;
  readonly container?: string;
  readonly checkOnly?: boolean;
  readonly disableCheck?: boolean;
}

interface SpecificationSuite {
  readonly name: string;
  readonly suites?: readonly SpecificationSuite[];
  readonly tests?: readonly { readonly original: SpecificationTest }[];
}

/** What the engine made of one test of the specification. */
export interface ConformanceCase {
  /** `core`, or the name of an extension. */
  readonly group: string;
  /** `comparisons/in_list_literal/elem_in_mixed_type_list`. */
  readonly test: string;
  readonly expression: string;
  readonly passed: boolean;
  /** What came instead of the expected; absent where the test passed. */
  readonly got?: string;
}

/**
 * Runs the tests of google/cel-spec (as `@bufbuild/cel-spec` carries them) on an engine. `core` is the
 * language without protobuf messages; each extension is a group of its own. A test that expects an error
 * passes when the expression fails, at compilation or when it runs.
 */
export function runConformance(
  engine: PolicyEngine,
): readonly ConformanceCase[] {
  const { suites = [] } = tests as unknown as SpecificationSuite;
  return suites
    .filter(({ name }) => CORE.has(name) || EXTENSIONS.has(name))
    .flatMap(section =>
      [...testsOf(section, section.name)]
        .filter(
          ({ test }) =>
            !test.checkOnly &&
            !test.container &&
            !PROTOBUF.test(JSON.stringify(test)),
        )
        .map(({ path, test }) => {
          const got = judge(engine, test);
          return {
            group: CORE.has(section.name) ? 'core' : section.name,
            test: path,
            expression: test.expr,
            passed: got === undefined,
            ...(got === undefined ? {} : { got }),
          };
        }),
    );
}

function* testsOf(
  suite: SpecificationSuite,
  path: string,
): Generator<{ path: string; test: SpecificationTest }> {
  for (const { original } of suite.tests ?? []) {
    yield { path: `${path}/${original.name}`, test: original };
  }
  for (const child of suite.suites ?? []) {
    yield* testsOf(child, `${path}/${child.name}`);
  }
}

/** `undefined` where the engine agrees with the specification, else what it said. */
function judge(
  engine: PolicyEngine,
  test: SpecificationTest,
): string | undefined {
  let result: unknown;
  try {
    const values = Object.fromEntries(
      Object.entries(test.bindings ?? {}).map(([name, { value }]) => [
        name,
        evaluate(engine, literalOf(value)),
      ]),
    );
    result = evaluate(engine, test.expr, values, !test.disableCheck);
  } catch (error) {
    return test.evalError === undefined
      ? `error: ${error instanceof Error ? error.message : error}`
      : undefined;
  }
  const expected = test.value ?? test.typedResult?.result;
  if (test.evalError !== undefined) {
    return `${show(result)} instead of an error`;
  }
  // The specification writes no value where the expression must be true.
  const same = isDeepStrictEqual(
    plain(result),
    expected ? plainOf(expected) : true,
  );
  return same ? undefined : show(result);
}

function evaluate(
  engine: PolicyEngine,
  expression: string,
  values: Readonly<Record<string, unknown>> = {},
  checked = true,
): unknown {
  return engine
    .compile(expression, {
      variables: [],
      names: Object.keys(values),
      expected: 'any',
      checked,
    })
    .evaluate({ values, budget: new StepBudget(STEPS) });
}

/** The specification's JSON of a value as a CEL literal, so that bindings are the engine's own values. */
function literalOf(value: Json): string {
  const [[kind, content]] = Object.entries(value);
  switch (kind) {
    case 'int64Value':
      return content === '-9223372036854775808'
        ? `(-9223372036854775807 - 1)`
        : `${content}`;
    case 'uint64Value':
      return `${content}u`;
    case 'doubleValue':
      return `double('${content}')`;
    case 'stringValue':
      return JSON.stringify(content);
    case 'bytesValue':
      return `b'${[...Buffer.from(content as string, 'base64')]
        .map(byte => `\\x${byte.toString(16).padStart(2, '0')}`)
        .join('')}'`;
    case 'boolValue':
      return `${content}`;
    case 'nullValue':
      return 'null';
    case 'listValue':
      return `[${itemsOf(content).map(literalOf).join(', ')}]`;
    case 'mapValue':
      return `{${entriesOf(content)
        .map(
          ({ key, value: member }) => `${literalOf(key)}: ${literalOf(member)}`,
        )
        .join(', ')}}`;
    default:
      throw new Error(`a binding of kind ${kind} is not known`);
  }
}

/** Both sides in one form: the type is part of a scalar, and the order of a map's entries does not count. */
function plainOf(value: Json): unknown {
  const [[kind, content]] = Object.entries(value);
  switch (kind) {
    case 'int64Value':
      return `int ${content}`;
    case 'uint64Value':
      return `uint ${content}`;
    case 'doubleValue':
      return Number(content);
    case 'stringValue':
      return `string ${content}`;
    case 'bytesValue':
      return `bytes ${content}`;
    case 'typeValue':
      return `type ${content}`;
    case 'boolValue':
      return content;
    case 'nullValue':
      return null;
    case 'listValue':
      return itemsOf(content).map(plainOf);
    case 'mapValue':
      return sorted(
        entriesOf(content).map(({ key, value: member }) => [
          String(plainOf(key)),
          plainOf(member),
        ]),
      );
    default:
      return `unknown ${kind}`;
  }
}

function plain(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return `int ${value}`;
    case 'string':
      return `string ${value}`;
    case 'object':
      break;
    default:
      return value;
  }
  if (value === null) {
    return null;
  }
  if (value instanceof Uint8Array) {
    return `bytes ${Buffer.from(value).toString('base64')}`;
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (value instanceof Map) {
    return sorted(
      [...value].map(([key, member]) => [String(plain(key)), plain(member)]),
    );
  }
  const unsigned = value.valueOf();
  if (typeof unsigned === 'bigint') {
    return `uint ${unsigned}`;
  }
  const type = /^Type<(.+)>$/.exec(String(value));
  if (type) {
    return `type ${type[1] === 'null' ? 'null_type' : type[1]}`;
  }
  return sorted(
    Object.entries(value).map(([key, member]) => [
      `string ${key}`,
      plain(member),
    ]),
  );
}

function sorted(entries: readonly (readonly [string, unknown])[]) {
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function itemsOf(list: unknown): readonly Json[] {
  return (list as { values?: readonly Json[] }).values ?? [];
}

function entriesOf(map: unknown): readonly { key: Json; value: Json }[] {
  return (
    (map as { entries?: readonly { key: Json; value: Json }[] }).entries ?? []
  );
}

function show(value: unknown): string {
  return String(
    JSON.stringify(plain(value), (_key, member) =>
      member instanceof Map ? Object.fromEntries(member) : member,
    ),
  ).slice(0, 200);
}
