import {
  ChangeContext,
  loadPolicies,
  PolicyFile,
  PolicySet,
} from '@apexlogic/backstage-plugin-finops-policy';
import { parseAllDocuments, stringify } from 'yaml';
import { ExpectedResult, KyvernoTest, Resource } from './kyvernoTests';

/** `skipped`: the policy was refused when it was loaded, or needs what no plan has; the reason is given. */
export type KyvernoOutcome = 'agreed' | 'wrong' | 'error' | 'skipped';

/** What became of one object under one rule. */
export interface KyvernoCase {
  readonly test: string;
  readonly policy: string;
  readonly resource: string;
  readonly expected: string;
  readonly outcome: KyvernoOutcome;
  /** Our verdict, or why there is none. */
  readonly got: string;
}

/** No rule of the set looks at it. */
const CONTEXT: ChangeContext = {
  action: 'rightsize',
  environment: 'production',
  entityRef: 'component:default/bench',
  monthlySaving: { amountMicros: 0, currency: 'USD' },
  confidence: 1,
  risk: 'low',
  model: 'bench',
};

/** Evaluates every object a test lists through the door the backend uses, and compares the verdicts. */
export function judgeKyvernoTest(test: KyvernoTest): readonly KyvernoCase[] {
  const policies = loadPolicies(policyFiles(test));
  return test.results.flatMap(row =>
    row.resources.map(name => {
      const policy = verdictName(row);
      const shared = {
        test: test.name,
        policy,
        resource: `${row.kind ?? ''} ${name}`,
        expected: row.result,
      };
      const refused = policies.failed.map(({ error }) => error);
      if (refused.length > 0) {
        return { ...shared, outcome: 'skipped' as const, got: refused[0] };
      }
      if (test.needs.includes('userinfo')) {
        const got = 'the test simulates who asks; a plan has no such person';
        return { ...shared, outcome: 'skipped' as const, got };
      }
      const resource = findResource(test.resources, row, name);
      if (!resource) {
        const got = 'the object is in no file of the test';
        return { ...shared, outcome: 'skipped' as const, got };
      }
      return {
        ...shared,
        ...judge(policies, policy, resource, row, test),
      };
    }),
  );
}

function judge(
  policies: PolicySet,
  policy: string,
  resource: Resource,
  row: ExpectedResult,
  test: KyvernoTest,
): Pick<KyvernoCase, 'outcome' | 'got'> {
  const verdicts = evaluateResource(
    policies,
    resource,
    row.policy,
    test,
  ).filter(verdict => verdict.policy === policy);
  const decided = verdicts.filter(({ cause }) => cause === 'evaluated');
  const broken = verdicts.find(({ cause }) => cause === 'policy-error');
  const got = summarise(decided.map(({ outcome }) => outcome));
  // A rule that was found broken stays so, whatever another rule of the policy could not say.
  if (broken && got !== 'fail') {
    return { outcome: 'error', got: broken.message };
  }
  return { outcome: got === row.result ? 'agreed' : 'wrong', got };
}

/** The verdicts of a set of policies on one object of a test. */
export function evaluateResource(
  policies: PolicySet,
  resource: Resource,
  policy: string,
  test: KyvernoTest,
) {
  const operation = test.operationOf(policy, resource.name);
  return policies.evaluate({
    context: CONTEXT,
    namespaces: test.clusterObjects.filter(({ kind }) => kind === 'Namespace'),
    objects: [
      {
        path: test.name,
        object: operation === 'DELETE' ? undefined : resource.value,
        // An update that changes nothing: the tests give one state of the object alone.
        oldObject: operation === 'CREATE' ? undefined : resource.value,
        // As Kyverno's command does it, what says nothing lies in the default namespace.
        changes: [
          {
            path: test.name,
            documentIndex: 0,
            pointer: '',
            object: {
              apiVersion: String(resource.value.apiVersion),
              kind: resource.kind,
              name: resource.name,
              namespace: resource.namespace ?? 'default',
            },
          },
        ],
      },
    ],
  });
}

function summarise(outcomes: readonly string[]): string {
  if (outcomes.length === 0) {
    return 'skip';
  }
  return outcomes.every(outcome => outcome === 'allow') ? 'pass' : 'fail';
}

/** Rules of a ClusterPolicy are policies of their own here; the tests also use the names of rules Kyverno makes up. */
function verdictName({ policy, rule }: ExpectedResult): string {
  return rule === undefined
    ? policy
    : `${policy}/${rule.replace(/^autogen-(cronjob-)?/, '')}`;
}

function findResource(
  resources: readonly Resource[],
  { kind }: ExpectedResult,
  wanted: string,
): Resource | undefined {
  const [name, namespace] = wanted.split('/').reverse();
  return resources.find(
    resource =>
      resource.name === name &&
      (kind === undefined || resource.kind === kind) &&
      (namespace === undefined ||
        namespace === (resource.namespace ?? 'default')),
  );
}

/** The policies of a test, with its objects beside them where they may be parameters. */
export function policyFiles(test: KyvernoTest): readonly PolicyFile[] {
  const policies = test.policies.map(enforced);
  return policies.some(({ text }) => text.includes('paramKind:'))
    ? [
        ...policies,
        ...test.clusterObjects.map((object, index) => ({
          path: `object-${index}.yaml`,
          text: stringify(object),
        })),
      ]
    : policies;
}

/** The tests ask whether a rule holds, not what its author makes of it: an audited failure counts as one. */
function enforced({ path, text }: PolicyFile): PolicyFile {
  const documents = parseAllDocuments(text).map(document => {
    const value = document.toJS();
    if (Array.isArray(value?.spec?.validationActions)) {
      value.spec.validationActions = ['Deny'];
    }
    if (value?.spec?.validationFailureAction !== undefined) {
      value.spec.validationFailureAction = 'Enforce';
    }
    return value;
  });
  return { path, text: documents.map(value => stringify(value)).join('---\n') };
}
