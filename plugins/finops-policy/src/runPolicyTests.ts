import { posix } from 'node:path';
import { Verdict } from '@apexlogic/backstage-plugin-finops-common';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { loadPolicies } from './loadPolicies';
import { PolicyFile } from './types';

const TEST_API_VERSION = 'finops.apexlogic.com/v1alpha1';
const TEST_KIND = 'PolicyTest';

/** What became of one case of a `PolicyTest`. @public */
export type PolicyTestResult =
  | {
      readonly kind: 'passed';
      /** The file of the test. */
      readonly path: string;
      /** `<test>: <case>`. */
      readonly name: string;
    }
  | {
      readonly kind: 'failed';
      readonly path: string;
      readonly name: string;
      /** What was expected and what came, in words. */
      readonly reason: string;
    };

const money = z.strictObject({ amountMicros: z.int(), currency: z.string() });

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const expectation = z.strictObject({
  policy: z.string().min(1),
  outcome: z.enum(['allow', 'warn', 'require-approval', 'deny']),
  cause: z.enum(['evaluated', 'policy-error']).default('evaluated'),
  /** A part of the message. */
  message: z.string().optional(),
});

const testCase = z.strictObject({
  name: z.string().min(1),
  object: z.unknown().optional(),
  oldObject: z.unknown().optional(),
  fields: z
    .array(
      z.strictObject({
        pointer: z.string(),
        before: scalar.optional(),
        after: scalar.optional(),
      }),
    )
    .default([]),
  change: z
    .strictObject({
      action: z.string().default('rightsize'),
      environment: z.string().default('production'),
      entityRef: z.string().default('component:default/test'),
      monthlySaving: money.default({ amountMicros: 0, currency: 'USD' }),
      confidence: z.number().default(1),
      risk: z.string().default('low'),
      model: z.string().optional(),
      author: z.enum(['human', 'bot']).optional(),
      dataClass: z.string().optional(),
      impact: z.string().optional(),
    })
    .prefault({})
    // What somebody wrote has no model unless the case says so.
    .transform(({ model, ...change }) => ({
      ...change,
      model: model ?? (change.author ? undefined : 'test'),
    })),
  team: z
    .strictObject({
      name: z.string().optional(),
      monthlyBudget: money.optional(),
      monthlyForecast: money.optional(),
    })
    .optional(),
  namespaces: z.array(z.unknown()).default([]),
  now: z.iso.datetime({ offset: true }).optional(),
  expect: z.array(expectation),
});

const policyTest = z.strictObject({
  apiVersion: z.literal(TEST_API_VERSION),
  kind: z.literal(TEST_KIND),
  metadata: z.looseObject({ name: z.string().min(1) }),
  spec: z.strictObject({
    /** Relative to the file of the test. */
    policies: z.array(z.string().min(1)).min(1),
    cases: z.array(testCase).min(1),
  }),
});

type TestCase = z.output<typeof testCase>;

/**
 * Runs the `PolicyTest` documents among some files on the policies beside them. A test names its policies
 * by paths relative to itself; each case is one changed object and the verdicts it must have, all of them
 * and no others. Never throws: a test that cannot be read is a failed one.
 *
 * @example
 * ```ts
 * const broken = runPolicyTests(files).filter(({ kind }) => kind === 'failed');
 * ```
 * @public
 */
export function runPolicyTests(
  files: readonly PolicyFile[],
): readonly PolicyTestResult[] {
  return files.flatMap(file => runFile(file, files));
}

function runFile(
  { path, text }: PolicyFile,
  files: readonly PolicyFile[],
): readonly PolicyTestResult[] {
  if (!/\.(ya?ml|json)$/i.test(path) || !text.includes(TEST_KIND)) {
    return [];
  }
  try {
    return parseAllDocuments(text)
      .map(document => {
        const [mistake] = [...document.errors, ...document.warnings];
        if (mistake) {
          throw mistake;
        }
        return document.toJS();
      })
      .filter(value => value?.kind === TEST_KIND)
      .flatMap(value => {
        const { metadata, spec } = policyTest.parse(value);
        const policies = spec.policies.map(name =>
          findFile(posix.join(posix.dirname(path), name), files),
        );
        return spec.cases.map(each =>
          runCase(each, policies, path, `${metadata.name}: ${each.name}`),
        );
      });
  } catch (error) {
    const reason =
      error instanceof z.ZodError
        ? z.prettifyError(error)
        : String((error as Error).message ?? error);
    return [{ kind: 'failed', path, name: 'the test', reason }];
  }
}

function findFile(path: string, files: readonly PolicyFile[]): PolicyFile {
  const found = files.find(file => posix.normalize(file.path) === path);
  if (!found) {
    throw new Error(`there is no policy file ${path}`);
  }
  return found;
}

function runCase(
  {
    object,
    oldObject,
    fields,
    change,
    team,
    namespaces,
    now,
    expect,
  }: TestCase,
  policies: readonly PolicyFile[],
  path: string,
  name: string,
): PolicyTestResult {
  const verdicts = loadPolicies(policies).evaluate({
    context: change,
    namespaces,
    ...(team ? { team } : {}),
    ...(now === undefined ? {} : { now: new Date(now) }),
    objects: [
      {
        path,
        object,
        oldObject,
        changes: fields.map(field => ({
          ...field,
          path,
          documentIndex: 0,
          object: { apiVersion: '', kind: '', name: '' },
        })),
      },
    ],
  });
  const missing = [...expect];
  const surplus = verdicts.filter(verdict => {
    const index = missing.findIndex(wanted => agrees(verdict, wanted));
    if (index >= 0) {
      missing.splice(index, 1);
    }
    return index < 0;
  });
  if (missing.length === 0 && surplus.length === 0) {
    return { kind: 'passed', path, name };
  }
  const reason = [
    ...missing.map(
      ({ policy, outcome, cause, message }) =>
        `expected ${outcome} (${cause}) of ${policy}${
          message === undefined ? '' : ` saying '${message}'`
        }`,
    ),
    ...surplus.map(
      ({ policy, outcome, cause, message }) =>
        `got ${outcome} (${cause}) of ${policy}: ${message}`,
    ),
  ].join('; ');
  return { kind: 'failed', path, name, reason };
}

function agrees(
  verdict: Verdict,
  wanted: z.output<typeof expectation>,
): boolean {
  return (
    verdict.policy === wanted.policy &&
    verdict.outcome === wanted.outcome &&
    verdict.cause === wanted.cause &&
    (wanted.message === undefined || verdict.message.includes(wanted.message))
  );
}
