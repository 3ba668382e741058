import fc from 'fast-check';
import { stringify } from 'yaml';
import { loadPolicies } from './loadPolicies';
import {
  testChange,
  testContext,
  testDeployment,
  testInput,
} from './testInput';
import { EvaluationInput } from './types';

const ALL_RULE = {
  apiGroups: ['*'],
  apiVersions: ['*'],
  operations: ['*'],
  resources: ['*'],
};

function policy(spec: object = {}, metadata: object = {}) {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'subject', ...metadata },
    spec: {
      matchConstraints: { resourceRules: [ALL_RULE] },
      validations: [
        { expression: 'object.spec.replicas >= 2', message: 'too few' },
      ],
      ...spec,
    },
  };
}

function binding(spec: object = {}, metadata: object = {}) {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'subject', ...metadata },
    spec: { policyName: 'subject', validationActions: ['Deny'], ...spec },
  };
}

function load(...documents: object[]) {
  return loadPolicies([
    {
      path: 'policies.yaml',
      text: documents.map(document => stringify(document)).join('---\n'),
    },
  ]);
}

function validate(expression: string, input: EvaluationInput = testInput()) {
  const set = load(policy({ validations: [{ expression }] }));
  expect(set.failed).toEqual([]);
  return set
    .evaluate(input)
    .map(({ outcome, cause, message }) => ({ outcome, cause, message }));
}

const denial = testInput({
  objects: [testChange({ object: testDeployment(1) })],
});

describe('loadPolicies', () => {
  it('allows what every rule allows and says so once a policy and object', () => {
    const set = load(
      policy(
        {},
        {
          annotations: {
            'kubernetes.io/description': 'Keeps two.',
            'finops.apexlogic.com/control': 'House rule 7',
          },
        },
      ),
    );
    expect(set.policies).toEqual([
      {
        name: 'subject',
        path: 'policies.yaml',
        kind: 'ValidatingAdmissionPolicy',
        description: 'Keeps two.',
        control: 'House rule 7',
        outcomes: ['deny'],
      },
    ]);
    expect(
      set.evaluate(
        testInput({
          objects: [testChange(), testChange({ path: 'other.yaml' })],
        }),
      ),
    ).toEqual([
      {
        policy: 'subject',
        outcome: 'allow',
        cause: 'evaluated',
        message: 'Deployment retail/shop: its rule holds',
        path: 'apps/shop.yaml',
      },
      expect.objectContaining({ outcome: 'allow', path: 'other.yaml' }),
    ]);
  });

  it('says every rule that does not hold, in computed, written or its own words', () => {
    const set = load(
      policy({
        variables: [
          { name: 'left', expression: 'object.spec.replicas' },
          { name: 'words', expression: "'leaves ' + string(variables.left)" },
        ],
        validations: [
          {
            expression: 'variables.left >= 2',
            messageExpression: 'variables.words',
            message: 'unused',
          },
          {
            expression: 'variables.left >= 3',
            messageExpression: 'object.nothing',
            message: 'written',
          },
          { expression: 'variables.left >= 4' },
          { expression: 'variables.left == 1' },
        ],
      }),
    );
    expect(set.failed).toEqual([]);
    expect(
      set.evaluate(denial).map(verdict => [verdict.outcome, verdict.message]),
    ).toEqual([
      ['deny', 'Deployment retail/shop: leaves 1'],
      ['deny', 'Deployment retail/shop: written'],
      [
        'deny',
        'Deployment retail/shop: failed expression: variables.left >= 4',
      ],
    ]);
  });

  it('gives the expressions what the documentation promises', () => {
    const input = testInput({
      context: testContext({
        dataClass: 'personal',
        impact: 'high',
        confidence: 1,
      }),
      namespaces: [
        {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: 'other', labels: { team: 'b' } },
        },
        {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: 'retail', labels: { team: 'a' } },
        },
      ],
    });
    for (const expression of [
      "change.action == 'scale-replicas' && change.environment == 'production'",
      "change.entityRef == 'component:default/shop' && change.path == 'apps/shop.yaml'",
      "change.monthlySaving == 23.5 && change.monthlySavingMicros == 23500000 && change.currency == 'EUR'",
      'type(change.confidence) == double && change.confidence >= 0.7',
      "change.risk == 'low' && change.model.startsWith('CostOptimizer-v') && change.dataClass == 'personal' && change.impact == 'high'",
      "change.fields == [{'pointer': '/spec/replicas', 'before': 3, 'after': 2}]",
      'oldObject.spec.replicas - object.spec.replicas == 1',
      "request.operation == 'UPDATE' && request.kind.kind == 'Deployment' && request.kind.group == 'apps'",
      "request.resource.resource == 'deployments' && request.namespace == 'retail' && request.name == 'shop'",
      "namespaceObject.metadata.labels.team == 'a'",
    ]) {
      expect({ expression, verdicts: validate(expression, input) }).toEqual({
        expression,
        verdicts: [expect.objectContaining({ outcome: 'allow' })],
      });
    }
    expect(
      validate(
        '!has(change.dataClass) && !has(change.impact) && namespaceObject == null',
      ),
    ).toEqual([expect.objectContaining({ outcome: 'allow' })]);
  });

  it.each([
    ['Deny', {}, {}, 'deny'],
    ['Warn', {}, {}, 'warn'],
    ['Audit', {}, {}, 'allow'],
    [
      'Deny',
      { 'finops.apexlogic.com/outcome': 'require-approval' },
      {},
      'require-approval',
    ],
    [
      'Deny',
      {},
      { 'finops.apexlogic.com/outcome': 'require-approval' },
      'require-approval',
    ],
    [
      'Warn',
      { 'finops.apexlogic.com/outcome': 'require-approval' },
      {},
      'warn',
    ],
  ])(
    'maps %s with annotations %j and %j to %s',
    (action, onPolicy, onBinding, outcome) => {
      const set = load(
        policy({}, { annotations: onPolicy }),
        binding({ validationActions: [action] }, { annotations: onBinding }),
      );
      expect(set.failed).toEqual([]);
      expect(set.evaluate(denial)).toEqual([
        expect.objectContaining({
          outcome,
          cause: 'evaluated',
          message: expect.stringContaining('too few'),
        }),
      ]);
    },
  );

  it('denies without a binding, lets the strictest of several decide, and is silent where none applies', () => {
    expect(load(policy()).evaluate(denial)).toMatchObject([
      { outcome: 'deny' },
    ]);
    const elsewhere = {
      matchResources: { resourceRules: [{ ...ALL_RULE, resources: ['jobs'] }] },
    };
    const both = [
      binding({ validationActions: ['Warn'] }),
      binding({ validationActions: ['Deny', 'Audit'] }),
    ];
    expect(load(policy(), ...both).evaluate(denial)).toMatchObject([
      { outcome: 'deny' },
    ]);
    expect(load(policy(), binding(elsewhere)).evaluate(denial)).toEqual([]);
    expect(
      load(
        policy(),
        binding(elsewhere),
        binding({ validationActions: ['Warn'] }),
      ).evaluate(denial),
    ).toMatchObject([{ outcome: 'warn' }]);
  });

  describe('matches objects as Kubernetes does', () => {
    const labelled = testDeployment(1, { labels: { tier: 'web' } });
    const retail = {
      kind: 'Namespace',
      metadata: { name: 'retail', labels: { team: 'a' } },
    };
    it.each<[string, object, Partial<EvaluationInput>, number]>([
      [
        'group',
        { resourceRules: [{ ...ALL_RULE, apiGroups: ['apps'] }] },
        {},
        1,
      ],
      [
        'another group',
        { resourceRules: [{ ...ALL_RULE, apiGroups: ['', 'batch'] }] },
        {},
        0,
      ],
      [
        'version',
        { resourceRules: [{ ...ALL_RULE, apiVersions: ['v1beta1'] }] },
        {},
        0,
      ],
      [
        'resource',
        { resourceRules: [{ ...ALL_RULE, resources: ['deployments'] }] },
        {},
        1,
      ],
      [
        'subresource',
        { resourceRules: [{ ...ALL_RULE, resources: ['deployments/scale'] }] },
        {},
        0,
      ],
      [
        'operation',
        { resourceRules: [{ ...ALL_RULE, operations: ['CREATE', 'DELETE'] }] },
        {},
        0,
      ],
      [
        'name',
        { resourceRules: [{ ...ALL_RULE, resourceNames: ['shop'] }] },
        {},
        1,
      ],
      [
        'another name',
        { resourceRules: [{ ...ALL_RULE, resourceNames: ['cart'] }] },
        {},
        0,
      ],
      ['scope', { resourceRules: [{ ...ALL_RULE, scope: 'Cluster' }] }, {}, 0],
      [
        'exclusion',
        { resourceRules: [ALL_RULE], excludeResourceRules: [ALL_RULE] },
        {},
        0,
      ],
      [
        'labels',
        {
          resourceRules: [ALL_RULE],
          objectSelector: { matchLabels: { tier: 'web' } },
        },
        { objects: [testChange({ object: labelled })] },
        1,
      ],
      [
        'labels that the change takes off',
        {
          resourceRules: [ALL_RULE],
          objectSelector: { matchLabels: { tier: 'web' } },
        },
        {
          objects: [
            testChange({ oldObject: labelled, object: testDeployment(1) }),
          ],
        },
        1,
      ],
      [
        'label expressions',
        {
          resourceRules: [ALL_RULE],
          objectSelector: {
            matchExpressions: [
              { key: 'tier', operator: 'NotIn', values: ['data'] },
              { key: 'legacy', operator: 'DoesNotExist' },
              { key: 'tier', operator: 'Exists' },
            ],
          },
        },
        { objects: [testChange({ object: labelled })] },
        1,
      ],
      [
        'namespace labels',
        {
          resourceRules: [ALL_RULE],
          namespaceSelector: { matchLabels: { team: 'a' } },
        },
        { namespaces: [retail] },
        1,
      ],
      [
        'other namespace labels',
        {
          resourceRules: [ALL_RULE],
          namespaceSelector: { matchLabels: { team: 'b' } },
        },
        { namespaces: [retail] },
        0,
      ],
      [
        'the name of a namespace nobody described',
        {
          resourceRules: [ALL_RULE],
          namespaceSelector: {
            matchLabels: { 'kubernetes.io/metadata.name': 'other', team: 'a' },
          },
        },
        {},
        0,
      ],
      [
        'cluster-scoped objects, whatever the namespace selector',
        {
          resourceRules: [{ ...ALL_RULE, resources: ['storageclasses'] }],
          namespaceSelector: { matchLabels: { a: 'b' } },
        },
        {
          objects: [
            testChange({
              object: {
                apiVersion: 'storage.k8s.io/v1',
                kind: 'StorageClass',
                metadata: { name: 's' },
                spec: { replicas: 1 },
              },
            }),
          ],
        },
        1,
      ],
    ])('by %s', (_, matchConstraints, overrides, verdicts) => {
      const set = load(policy({ matchConstraints }));
      expect(set.failed).toEqual([]);
      const found = set.evaluate(testInput(overrides));
      expect(found.map(verdict => verdict.cause)).toEqual(
        Array(verdicts).fill('evaluated'),
      );
    });

    it('by conditions, of which one that is false outweighs one that fails', () => {
      const conditions = (...expressions: string[]) =>
        load(
          policy({
            matchConditions: expressions.map((expression, index) => ({
              name: `c${index}`,
              expression,
            })),
          }),
        ).evaluate(denial);
      expect(
        conditions("change.environment == 'production'", 'true'),
      ).toMatchObject([{ outcome: 'deny' }]);
      expect(conditions("change.environment == 'staging'")).toEqual([]);
      expect(
        conditions('object.nothing', "change.environment == 'staging'"),
      ).toEqual([]);
      expect(conditions('object.nothing', 'true')).toMatchObject([
        { outcome: 'deny', cause: 'policy-error' },
      ]);
    });
  });

  describe('fails closed', () => {
    it.each<[string, object | string, string]>([
      ['text that is no YAML', 'a: [1', 'Flow sequence'],
      ['a key twice', 'kind: a\nkind: b', 'unique'],
      ['a document that is no object', '- 1', 'not a Kubernetes object'],
      [
        'an object without a kind',
        { apiVersion: 'admissionregistration.k8s.io/v1' },
        'not a Kubernetes object',
      ],
      [
        'a misspelt kind',
        { ...policy(), kind: 'ValidatingAdmissionPolcy' },
        'does not exist',
      ],
      [
        'an alpha version',
        { ...policy(), apiVersion: 'admissionregistration.k8s.io/v1alpha1' },
        'not supported',
      ],
      [
        'another engine',
        {
          ...policy(),
          apiVersion: 'templates.gatekeeper.sh/v1',
          kind: 'ConstraintTemplate',
        },
        'not supported',
      ],
      ['a misspelt field', policy({ validatons: [] }), 'Unrecognized key'],
      ['no rules', policy({ validations: [] }), 'validations'],
      [
        'a syntax error',
        policy({ validations: [{ expression: 'object.spec. >= 2' }] }),
        'validation 1',
      ],
      [
        'an unknown name',
        policy({ validations: [{ expression: 'objekt.a == 1' }] }),
        'Unknown variable: objekt',
      ],
      [
        'an unknown variable',
        policy({ validations: [{ expression: 'variables.a == 1' }] }),
        'No such key: a',
      ],
      [
        'an unknown function',
        policy({ validations: [{ expression: 'shout("x") == 1' }] }),
        'shout',
      ],
      [
        'a rule that is no condition',
        policy({ validations: [{ expression: '1 + 1' }] }),
        'yields int',
      ],
      [
        'a variable that needs a later one',
        policy({
          variables: [
            { name: 'a', expression: 'variables.b' },
            { name: 'b', expression: '1' },
          ],
        }),
        "variable 'a'",
      ],
      [
        'a message that does not compile',
        policy({
          validations: [{ expression: 'true', messageExpression: '1' }],
        }),
        'message of validation 1',
      ],
      [
        'an unknown outcome',
        policy(
          {},
          { annotations: { 'finops.apexlogic.com/outcome': 'ignore' } },
        ),
        "must be 'require-approval'",
      ],
      [
        'a file that is too large',
        `#${'x'.repeat(1_000_001)}`,
        'more than 1000000 characters',
      ],
      ['aliases that explode', explodingAliases(), 'alias'],
    ])('on %s: listed, and every plan denied', (_, document, reason) => {
      const text =
        typeof document === 'string' ? document : stringify(document);
      const good = stringify(policy({}, { name: 'good' }));
      const set = loadPolicies([
        { path: 'broken.yaml', text },
        { path: 'good.yaml', text: good },
      ]);
      expect(set.failed).toEqual([
        expect.objectContaining({
          path: 'broken.yaml',
          error: expect.stringContaining(reason),
        }),
      ]);
      expect(set.policies.map(({ name }) => name)).toEqual(['good']);
      expect(set.evaluate(testInput())).toMatchObject([
        {
          outcome: 'deny',
          cause: 'policy-error',
          message: expect.stringContaining('broken.yaml'),
        },
        { policy: 'good', outcome: 'allow', cause: 'evaluated' },
      ]);
      expect(set.evaluate({ ...testInput(), objects: [] })).toMatchObject([
        { outcome: 'deny' },
      ]);
    });

    it.each([
      ['the same name twice', [policy(), policy()], 'already in'],
      ['a binding of nothing', [binding()], 'which no file holds'],
      [
        'a binding that contradicts itself',
        [policy(), binding({ validationActions: ['Deny', 'Warn'] })],
        'exclude',
      ],
      [
        'a binding with parameters',
        [policy(), binding({ paramRef: { name: 'a' } })],
        'parameters',
      ],
    ])('on %s', (_, documents, reason) => {
      const set = load(...documents);
      expect(set.failed).toMatchObject([
        { error: expect.stringContaining(reason) },
      ]);
      expect(set.evaluate(testInput())).toContainEqual(
        expect.objectContaining({ outcome: 'deny', cause: 'policy-error' }),
      );
    });

    it.each([
      ['a missing field', 'object.spec.missing == 1', 'No such key: missing'],
      ['a result that is no bool', 'object.spec.replicas', 'must yield bool'],
      ['a wrong type', 'object.metadata.name > 2', 'no such overload'],
      ['an endless loop', loops(6), 'evaluation steps'],
      [
        'a namespace nobody described',
        "namespaceObject.metadata.labels.team == 'a'",
        'No such key',
      ],
    ])(
      'on %s, also with failurePolicy Ignore and a binding that only warns',
      (_, expression, reason) => {
        const set = load(
          policy({ failurePolicy: 'Ignore', validations: [{ expression }] }),
          binding({ validationActions: ['Warn'] }),
        );
        expect(set.failed).toEqual([]);
        const object = testDeployment(
          2,
          {},
          { list: Array.from({ length: 100 }, (_unused, index) => index) },
        );
        expect(
          set.evaluate(testInput({ objects: [testChange({ object })] })),
        ).toEqual([
          expect.objectContaining({
            policy: 'subject',
            outcome: 'deny',
            cause: 'policy-error',
            message: expect.stringContaining(reason),
          }),
        ]);
      },
    );

    it('where a namespace selector needs labels nobody knows', () => {
      const match = {
        resourceRules: [ALL_RULE],
        namespaceSelector: { matchLabels: { team: 'a' } },
      };
      expect(
        load(policy({ matchConstraints: match })).evaluate(testInput()),
      ).toMatchObject([
        {
          outcome: 'deny',
          cause: 'policy-error',
          message: expect.stringContaining("namespace 'retail'"),
        },
      ]);
    });

    it.each([
      [
        'no object at all',
        { objects: [testChange({ object: undefined, oldObject: null })] },
      ],
      [
        'an object without a kind',
        { objects: [testChange({ object: { spec: {} } })] },
      ],
      ['NaN', { objects: [testChange({ object: testDeployment(NaN) })] }],
      [
        'a date',
        {
          objects: [
            testChange({ object: testDeployment(2, { created: new Date(0) }) }),
          ],
        },
      ],
      ['a circle', { objects: [testChange({ object: circle() })] }],
      [
        'a confidence that is none',
        { context: testContext({ confidence: NaN }) },
      ],
      [
        'money that is none',
        {
          context: testContext({
            monthlySaving: { amountMicros: 0.5, currency: 'EUR' },
          }),
        },
      ],
    ])('on an input with %s', (_, overrides) => {
      expect(load(policy()).evaluate(testInput(overrides))).toEqual([
        expect.objectContaining({
          policy: 'subject',
          outcome: 'deny',
          cause: 'policy-error',
        }),
      ]);
    });

    it('on anything whatever, without throwing', () => {
      const set = load(
        policy({
          variables: [
            {
              name: 'labels',
              expression: 'object.metadata.?labels.orValue({})',
            },
          ],
          validations: [
            {
              expression:
                "variables.labels.all(key, variables.labels[key] != 'frozen')",
            },
          ],
        }),
      );
      const anyObject = fc.oneof(
        fc.anything({
          withDate: true,
          withMap: true,
          withBigInt: true,
          withTypedArray: true,
          withNullPrototype: true,
        }),
        fc.record({
          apiVersion: fc.constantFrom('v1', 'apps/v1', 'a/b/c'),
          kind: fc.string(),
          metadata: fc.record({ name: fc.string(), labels: fc.anything() }),
          spec: fc.anything({ withBigInt: true }),
        }),
      );
      fc.assert(
        fc.property(
          anyObject,
          anyObject,
          fc.anything(),
          (object, oldObject, context) => {
            for (const input of [
              testInput({ objects: [testChange({ object, oldObject })] }),
              { objects: object, context },
            ]) {
              const verdicts = set.evaluate(input as EvaluationInput);
              for (const verdict of verdicts) {
                expect(['allow', 'deny']).toContain(verdict.outcome);
                expect(
                  verdict.cause === 'policy-error' ? verdict.outcome : 'deny',
                ).toBe('deny');
              }
            }
          },
        ),
        { numRuns: 500 },
      );
    });

    it('on any text as a file, without throwing', () => {
      const fragments = fc.constantFrom(
        'kind: ',
        'spec:',
        '  - ',
        '\n',
        ': ',
        '{',
        '&a ',
        '*a',
        '---\n',
        '!!js ',
      );
      const text = fc.oneof(
        fc.string(),
        fc.array(fc.oneof(fragments, fc.string())).map(parts => parts.join('')),
      );
      fc.assert(
        fc.property(text, content => {
          const set = loadPolicies([{ path: 'any.yaml', text: content }]);
          const denials = set
            .evaluate(testInput())
            .filter(verdict => verdict.outcome === 'deny');
          expect(denials).toHaveLength(set.failed.length);
        }),
      );
    });
  });

  it('passes over what is no policy', () => {
    const set = loadPolicies([
      { path: 'README.md', text: 'kind: [' },
      { path: 'empty.yaml', text: '# nothing\n---\n' },
      {
        path: 'namespace.yaml',
        text: stringify({
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: 'a' },
        }),
      },
    ]);
    expect([set.policies, set.failed, set.evaluate(testInput())]).toEqual([
      [],
      [],
      [],
    ]);
  });

  it('reads lists, JSON and v1beta1', () => {
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [
        { ...policy(), apiVersion: 'admissionregistration.k8s.io/v1beta1' },
        binding(),
      ],
    };
    const set = loadPolicies([
      { path: 'list.json', text: JSON.stringify(list) },
    ]);
    expect(set.failed).toEqual([]);
    expect(set.evaluate(denial)).toMatchObject([
      { outcome: 'deny', cause: 'evaluated' },
    ]);
  });

  it('names the version of the rules by their content alone', () => {
    const a = { path: 'a.yaml', text: stringify(policy()) };
    const b = { path: 'b.yaml', text: stringify(policy({}, { name: 'b' })) };
    const { version } = loadPolicies([a, b]);
    expect(version).toMatch(/^[0-9a-f]{64}$/);
    expect(loadPolicies([b, a]).version).toBe(version);
    expect(loadPolicies([a, { ...b, text: `${b.text}\n` }]).version).not.toBe(
      version,
    );
    expect(
      loadPolicies([{ path: 'a.yaml', text: `${a.text}b.yaml` }]).version,
    ).not.toBe(version);
  });
});

function loops(depth: number): string {
  return depth === 0
    ? 'true'
    : `object.spec.list.all(i${depth}, ${loops(depth - 1)})`;
}

function circle(): unknown {
  const object = testDeployment(2) as Record<string, unknown>;
  object.self = object;
  return object;
}

function explodingAliases(): string {
  const levels = Array.from({ length: 9 }, (_, level) =>
    level === 0
      ? 'l0: &l0 [a, a]'
      : `l${level}: &l${level} [${Array(10)
          .fill(`*l${level - 1}`)
          .join(', ')}]`,
  );
  return `apiVersion: v1\nkind: Policy\n${levels.join('\n')}`;
}
