import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';

type Json = Readonly<Record<string, unknown>>;

/** A Kubernetes object of a test's resource files. */
export interface Resource {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly value: Json;
}

/** One line of a test's `results`: these objects must have this verdict. */
export interface ExpectedResult {
  readonly policy: string;
  readonly rule?: string;
  readonly kind?: string;
  /** `name` or `namespace/name`. */
  readonly resources: readonly string[];
  readonly result: string;
}

/** One `kyverno-test.yaml` with what it points to. */
export interface KyvernoTest {
  /** Folder below the data, for people. */
  readonly name: string;
  readonly policies: readonly {
    readonly path: string;
    readonly text: string;
  }[];
  readonly resources: readonly Resource[];
  readonly results: readonly ExpectedResult[];
  /** Objects of the simulated cluster: namespaces, parameters. */
  readonly clusterObjects: readonly Json[];
  /** `CREATE` where the test does not say otherwise, by policy and name of the object. */
  operationOf(policy: string, resource: string): string;
  /** What the test simulates besides objects, and a change plan does not have. */
  readonly needs: readonly string[];
}

/** The tests of a folder, and those that cannot be read. */
export interface KyvernoTests {
  readonly tests: readonly KyvernoTest[];
  /** Name of the test and reason. */
  readonly unreadable: readonly string[];
}

/** Reads every `kyverno-test.yaml` below a folder, in the order of their paths. */
export async function readKyvernoTests(folder: string): Promise<KyvernoTests> {
  const names = await readdir(folder, { recursive: true });
  const files = names
    .filter(name => /(^|\/)kyverno-test\.yaml$/.test(name))
    .sort();
  const read = await Promise.allSettled(
    files.map(file => readTest(folder, join(folder, file))),
  );
  return {
    tests: read.flatMap(each =>
      each.status === 'fulfilled' ? [each.value] : [],
    ),
    unreadable: read.flatMap((each, index) =>
      each.status === 'rejected'
        ? [`${files[index]}: ${each.reason.message}`]
        : [],
    ),
  };
}

async function readTest(folder: string, file: string): Promise<KyvernoTest> {
  const home = dirname(file);
  const [test] = documentsOf(await readFile(file, 'utf8')) as readonly {
    readonly policies?: readonly string[];
    readonly resources?: readonly string[];
    // Older tests name one object and call the result a status.
    readonly results?: readonly (Omit<
      ExpectedResult,
      'resources' | 'result'
    > & {
      readonly resources?: readonly string[];
      readonly resource?: string;
      readonly result?: string;
      readonly status?: string;
    })[];
    readonly variables?: string;
    readonly context?: string;
    readonly userinfo?: string;
  }[];
  const textsOf = (paths: readonly string[] = []) =>
    Promise.all(
      paths.map(async path => ({
        path,
        text: await readFile(join(home, path), 'utf8'),
      })),
    );
  const [policies, resourceFiles, valueFiles] = await Promise.all([
    textsOf(test.policies),
    textsOf(test.resources),
    textsOf(test.variables ? [test.variables] : []),
  ]);
  const values = valueFiles.flatMap(({ text }) => documentsOf(text));
  const resources = resourceFiles.flatMap(({ text }) =>
    documentsOf(text).flatMap(resourceOf),
  );
  return {
    name: relative(folder, home).replace(/\/?\.kyverno-test$/, ''),
    policies,
    resources,
    results: (test.results ?? []).map(row => ({
      ...row,
      // A kind may be written with its group and version.
      ...(row.kind === undefined ? {} : { kind: row.kind.split('/').pop() }),
      resources: row.resources ?? (row.resource ? [row.resource] : []),
      result: row.result ?? row.status ?? '',
    })),
    clusterObjects: [
      ...values.flatMap(({ namespaces = [] }) => namespaces as Json[]),
      ...resources.map(({ value }) => value),
    ],
    operationOf: (policy, resource) => operationIn(values, policy, resource),
    needs: (['context', 'userinfo'] as const).filter(
      need => test[need] !== undefined,
    ),
  };
}

function documentsOf(text: string): readonly Json[] {
  return parseAllDocuments(text)
    .map(document => document.toJS())
    .filter(value => typeof value === 'object' && value !== null);
}

function resourceOf(value: Json): readonly Resource[] {
  const { kind, metadata } = value as {
    readonly kind?: string;
    readonly metadata?: { readonly name?: string; readonly namespace?: string };
  };
  return kind && metadata?.name
    ? [{ kind, name: metadata.name, namespace: metadata.namespace, value }]
    : [];
}

function operationIn(
  values: readonly Json[],
  policy: string,
  resource: string,
): string {
  type Named = { readonly name: string };
  for (const { policies = [] } of values) {
    for (const entry of policies as (Named & {
      readonly resources?: (Named & { readonly values?: Json })[];
    })[]) {
      const known = entry.resources?.find(({ name }) => name === resource);
      if (entry.name === policy && known?.values?.['request.operation']) {
        return String(known.values['request.operation']);
      }
    }
  }
  return 'CREATE';
}
