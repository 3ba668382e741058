import fc from 'fast-check';
import { stringify } from 'yaml';
import { loadPolicies } from './loadPolicies';
import { testChange, testDeployment, testInput } from './testInput';
import { like } from './wildcards';

const PODS = {
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['pods'],
};

function validatingPolicy(spec: object = {}, version = 'v1') {
  return {
    apiVersion: `policies.kyverno.io/${version}`,
    kind: 'ValidatingPolicy',
    metadata: { name: 'limits' },
    spec: {
      matchConstraints: { resourceRules: [PODS] },
      validations: [
        {
          expression:
            'object.spec.containers.all(c, has(c.resources.limits) && has(c.resources.limits.cpu))',
          message: 'no cpu limit',
        },
      ],
      ...spec,
    },
  };
}

function clusterPolicy(rule: object = {}, spec: object = {}) {
  return {
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'limits' },
    spec: {
      validationFailureAction: 'Enforce',
      rules: [
        {
          name: 'cpu',
          match: { any: [{ resources: { kinds: ['Pod'] } }] },
          validate: {
            cel: {
              expressions: [
                {
                  expression:
                    'object.spec.containers.all(c, has(c.resources.limits) && has(c.resources.limits.cpu))',
                },
              ],
            },
          },
          ...rule,
        },
      ],
      ...spec,
    },
  };
}

function load(...documents: readonly object[]) {
  return loadPolicies(
    documents.map((document, index) => ({
      path: `${index}.yaml`,
      text: stringify(document),
    })),
  );
}

function verdicts(documents: readonly object[], object: object) {
  const set = load(...documents);
  expect(set.failed).toEqual([]);
  return set
    .evaluate(
      testInput({ objects: [testChange({ object, oldObject: undefined })] }),
    )
    .map(({ policy, outcome, cause }) => `${policy} ${outcome} ${cause}`);
}

const POD_SPEC = { containers: [{ name: 'app', resources: {} }] };
const metadata = { name: 'shop', namespace: 'retail' };

const CONTROLLERS = {
  Deployment: { apiVersion: 'apps/v1', spec: { template: { spec: POD_SPEC } } },
  StatefulSet: {
    apiVersion: 'apps/v1',
    spec: { template: { spec: POD_SPEC } },
  },
  Job: { apiVersion: 'batch/v1', spec: { template: { spec: POD_SPEC } } },
  CronJob: {
    apiVersion: 'batch/v1',
    spec: { jobTemplate: { spec: { template: { spec: POD_SPEC } } } },
  },
};

describe('ValidatingPolicy of Kyverno', () => {
  it.each(['v1', 'v1beta1', 'v1alpha1'])('is read in version %s', version => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: POD_SPEC };
    expect(verdicts([validatingPolicy({}, version)], pod)).toEqual([
      'limits deny evaluated',
    ]);
  });

  it.each(Object.entries(CONTROLLERS))(
    'about pods judges the pods of a %s',
    (kind, rest) => {
      const object = { kind, metadata, ...rest };
      expect(verdicts([validatingPolicy()], object)).toEqual([
        'limits deny evaluated',
      ]);
    },
  );

  it('about pods leaves controllers alone that it does not name', () => {
    const cronJobs = validatingPolicy({
      autogen: { podControllers: { controllers: ['cronjobs'] } },
    });
    const cronJob = { kind: 'CronJob', metadata, ...CONTROLLERS.CronJob };
    expect(verdicts([cronJobs], testDeployment(2))).toEqual([]);
    expect(verdicts([cronJobs], cronJob)).toEqual(['limits deny evaluated']);
  });

  it('about some pods only is not applied to controllers', () => {
    const labelled = validatingPolicy({
      matchConstraints: {
        resourceRules: [PODS],
        objectSelector: { matchLabels: { app: 'shop' } },
      },
    });
    expect(verdicts([labelled], testDeployment(2))).toEqual([]);
  });

  it('shows labels of the template and the namespace of the controller', () => {
    const policy = validatingPolicy({
      validations: [
        {
          expression:
            "object.kind == 'Pod' && object.metadata.namespace == 'retail' && object.metadata.labels.tier == 'web'",
        },
      ],
    });
    const deployment = testDeployment(
      2,
      {},
      {
        template: { metadata: { labels: { tier: 'web' } }, spec: POD_SPEC },
      },
    );
    expect(verdicts([policy], deployment)).toEqual(['limits allow evaluated']);
  });

  it.each([
    [['Deny'], 'deny'],
    [['Warn'], 'warn'],
    [['Audit'], 'allow'],
    [['Audit', 'Deny'], 'deny'],
  ])('with actions %j gives %s', (validationActions, outcome) => {
    expect(
      verdicts([validatingPolicy({ validationActions })], testDeployment(2)),
    ).toEqual([`limits ${outcome} evaluated`]);
  });

  it.each([
    [
      'images',
      { validations: [{ expression: 'images.containers.size() == 0' }] },
      'asks a cluster or a registry',
    ],
    [
      'the cluster',
      {
        variables: [
          {
            name: 'map',
            expression: 'resource.Get("v1", "configmaps", "a", "b")',
          },
        ],
      },
      'asks a cluster or a registry',
    ],
    ['plain JSON', { evaluation: { mode: 'JSON' } }, 'Kubernetes objects'],
    [
      'a field nobody knows',
      { validationAction: ['Deny'] },
      'Unrecognized key',
    ],
  ])('about %s is refused with words', (_, spec, reason) => {
    const set = load(validatingPolicy(spec));
    expect(set.failed).toEqual([
      expect.objectContaining({ error: expect.stringContaining(reason) }),
    ]);
    expect(set.evaluate(testInput())).toMatchObject([
      { outcome: 'deny', cause: 'policy-error' },
    ]);
  });
});

describe('ClusterPolicy of Kyverno', () => {
  it('is a policy for each of its rules, pods of controllers included', () => {
    expect(verdicts([clusterPolicy()], testDeployment(2))).toEqual([
      'limits/cpu deny evaluated',
    ]);
  });

  it('audits where it is not enforced', () => {
    const audited = clusterPolicy({}, { validationFailureAction: 'Audit' });
    expect(verdicts([audited], testDeployment(2))).toEqual([
      'limits/cpu allow evaluated',
    ]);
  });

  it.each([
    [{ kinds: ['apps/v1/Deployment'] }, true],
    [{ kinds: ['apps/*/Deploy*'] }, true],
    [{ kinds: ['batch/v1/Deployment'] }, false],
    [{ kinds: ['Deployment/scale'] }, false],
    [{ kinds: ['*'] }, true],
    [{ kinds: ['Deployment'], names: ['sh*'] }, true],
    [{ kinds: ['Deployment'], names: ['other'] }, false],
    [{ kinds: ['Deployment'], namespaces: ['retail', 'x'] }, true],
    [{ kinds: ['Deployment'], namespaces: ['re??'] }, false],
    [{ kinds: ['Deployment'], operations: ['UPDATE'] }, false],
    [{ kinds: ['Deployment'], selector: { matchLabels: { a: 'b*' } } }, true],
    [{ kinds: ['Deployment'], selector: { matchLabels: { a: 'c*' } } }, false],
    [{ kinds: ['Deployment'], annotations: { 'team/*': '?*' } }, true],
    [{ kinds: ['Deployment'], annotations: { 'team/*': '' } }, false],
  ])('matching %j takes a Deployment: %s', (resources, isTaken) => {
    const rule = (match: object) =>
      clusterPolicy({
        ...match,
        validate: { cel: { expressions: [{ expression: 'false' }] } },
      });
    const object = testDeployment(2, {
      labels: { a: 'bc' },
      annotations: { 'team/owner': 'x' },
    });
    const denied = ['limits/cpu deny evaluated'];
    expect(
      verdicts([rule({ match: { any: [{ resources }] } })], object),
    ).toEqual(isTaken ? denied : []);
    expect(
      verdicts(
        [
          rule({
            match: { any: [{ resources: { kinds: ['Deployment'] } }] },
            exclude: { any: [{ resources }] },
          }),
        ],
        object,
      ),
    ).toEqual(isTaken ? [] : denied);
  });

  it('denies where it depends on a namespace nobody knows', () => {
    const inRetail = clusterPolicy({
      match: {
        any: [{ resources: { kinds: ['Pod'], namespaces: ['retail'] } }],
      },
    });
    const object = testDeployment(2, { namespace: undefined });
    const set = load(inRetail);
    expect(
      set.evaluate(
        testInput({
          objects: [testChange({ object, oldObject: undefined, changes: [] })],
        }),
      ),
    ).toMatchObject([{ outcome: 'deny', cause: 'policy-error' }]);
  });

  it('is not switched off by an exclusion of people', () => {
    const excluded = clusterPolicy({
      exclude: { any: [{ clusterRoles: ['cluster-admin'] }] },
    });
    expect(verdicts([excluded], testDeployment(2))).toEqual([
      'limits/cpu deny evaluated',
    ]);
  });

  it.each([
    [
      'people',
      { match: { any: [{ subjects: [{ kind: 'User', name: 'a' }] }] } },
      'no such person',
    ],
    ['a pattern', { validate: { pattern: { spec: '?*' } } }, 'pattern'],
    ['a mutation', { validate: undefined, mutate: {} }, 'mutate'],
  ])('of rules about %s is refused with words', (_, rule, reason) => {
    expect(load(clusterPolicy(rule)).failed).toEqual([
      expect.objectContaining({ error: expect.stringContaining(reason) }),
    ]);
  });
});

describe('parameters', () => {
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'floor' },
    spec: {
      paramKind: { apiVersion: 'finops.test/v1', kind: 'Floor' },
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['apps'],
            apiVersions: ['*'],
            operations: ['*'],
            resources: ['deployments'],
          },
        ],
      },
      validations: [
        {
          expression: 'object.spec.replicas >= params.replicas',
          messageExpression: "'floor ' + string(params.replicas)",
        },
      ],
    },
  };
  const binding = (paramRef: object) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'floors' },
    spec: { policyName: 'floor', validationActions: ['Deny'], paramRef },
  });
  const floor = (name: string, replicas: number, more: object = {}) => ({
    apiVersion: 'finops.test/v1',
    kind: 'Floor',
    metadata: { name, labels: { tier: name }, ...more },
    replicas,
  });
  const files = [floor('low', 1), floor('high', 5)];

  it.each([
    [{ name: 'low' }, 'floor allow evaluated'],
    [{ name: 'high' }, 'floor deny evaluated'],
    [{ selector: {} }, 'floor deny evaluated'],
    [{ selector: { matchLabels: { tier: 'low' } } }, 'floor allow evaluated'],
    [{ name: 'none' }, 'floor deny policy-error'],
    [
      { name: 'none', parameterNotFoundAction: 'Deny' },
      'floor deny policy-error',
    ],
  ])('by %j', (paramRef, verdict) => {
    expect(
      verdicts([policy, binding(paramRef), ...files], testDeployment(2)),
    ).toEqual([verdict]);
  });

  it('that may be missing leave the policy silent', () => {
    const optional = binding({ name: 'x', parameterNotFoundAction: 'Allow' });
    expect(verdicts([policy, optional], testDeployment(2))).toEqual([]);
  });

  it('come from the namespace of the object', () => {
    const elsewhere = floor('low', 9, { namespace: 'elsewhere' });
    const here = floor('low', 2, { namespace: 'retail' });
    const byName = binding({ name: 'low' });
    expect(
      verdicts([policy, byName, elsewhere, here], testDeployment(2)),
    ).toEqual(['floor allow evaluated']);
    expect(verdicts([policy, byName, elsewhere], testDeployment(2))).toEqual([
      'floor deny policy-error',
    ]);
  });

  it('are null without a binding that gives them, which is an error of the rule', () => {
    expect(verdicts([policy, ...files], testDeployment(2))).toEqual([
      'floor deny policy-error',
    ]);
  });
});

it('matches wildcards as a regular expression would', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '.'),
    maxLength: 8,
  });
  const pattern = fc.string({
    unit: fc.constantFrom('a', 'b', '.', '*', '?'),
    maxLength: 8,
  });
  fc.assert(
    fc.property(pattern, text, (wildcard, value) => {
      const expression = wildcard
        .replace(/\./g, '\\.')
        .replace(/\*/g, '.*')
        .replace(/\?/g, '.');
      expect(like(wildcard, value)).toBe(
        new RegExp(`^${expression}$`).test(value),
      );
    }),
  );
});

it('matches a wildcard that would make a backtracking engine explode', () => {
  const start = performance.now();
  expect(like(`${'*a'.repeat(500)}b`, 'a'.repeat(5_000))).toBe(false);
  expect(performance.now() - start).toBeLessThan(1_000);
});

it('tells a rule that does not hold beside one that fails to run', () => {
  const policy = validatingPolicy({
    validations: [
      { expression: 'object.spec.nothing.here == 1' },
      { expression: 'false' },
    ],
  });
  expect(verdicts([policy], testDeployment(2))).toEqual([
    'limits deny policy-error',
    'limits deny evaluated',
  ]);
});
