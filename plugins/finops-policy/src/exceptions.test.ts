import { stringify } from 'yaml';
import { loadPolicies } from './loadPolicies';
import { testInput } from './testInput';

const policy = {
  apiVersion: 'policies.kyverno.io/v1',
  kind: 'ValidatingPolicy',
  metadata: { name: 'floor' },
  spec: {
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: ['apps'],
          apiVersions: ['v1'],
          operations: ['UPDATE'],
          resources: ['deployments'],
        },
      ],
    },
    validations: [{ expression: 'object.spec.replicas >= 3' }],
  },
};

function exception(
  expression: string,
  annotations: object = {},
  spec: object = {},
) {
  return {
    apiVersion: 'policies.kyverno.io/v1',
    kind: 'PolicyException',
    metadata: {
      name: 'move',
      annotations: {
        'finops.apexlogic.com/reason': 'the shop moves',
        'finops.apexlogic.com/expires': '2026-03-31',
        ...annotations,
      },
    },
    spec: {
      policyRefs: [{ name: 'floor', kind: 'ValidatingPolicy' }],
      matchConditions: [{ name: 'shop', expression }],
      ...spec,
    },
  };
}

function load(...documents: readonly object[]) {
  return loadPolicies([
    {
      path: 'all.yaml',
      text: documents.map(each => stringify(each)).join('---\n'),
    },
  ]);
}

const shop = exception("object.metadata.name == 'shop'");

it.each([
  [
    '2026-03-31T23:59:59Z',
    'allow',
    "excepted by 'move' until 2026-04-01T00:00:00.000Z (the shop moves)",
  ],
  [
    '2026-04-01T00:00:00Z',
    'deny',
    "(exception 'move' expired at 2026-04-01T00:00:00.000Z)",
  ],
])(
  'at %s an exception to the end of March gives %s',
  (now, outcome, message) => {
    const set = load(policy, shop);
    expect(set.failed).toEqual([]);
    expect(set.evaluate(testInput({ now: new Date(now) }))).toEqual([
      expect.objectContaining({
        policy: 'floor',
        outcome,
        cause: 'evaluated',
        message: expect.stringContaining(message),
      }),
    ]);
    expect(set.exceptions).toEqual([
      {
        name: 'move',
        path: 'all.yaml',
        policies: ['floor'],
        reason: 'the shop moves',
        expires: new Date('2026-04-01T00:00:00Z'),
      },
    ]);
  },
);

const now = new Date('2026-01-01T00:00:00Z');

it('is for the objects it names alone', () => {
  const other = exception("object.metadata.name == 'other'");
  const [verdict] = load(policy, other).evaluate(testInput({ now }));
  expect(verdict).toMatchObject({ outcome: 'deny' });
  expect(verdict.message).not.toContain('move');
});

it('that cannot be decided changes nothing, and is told', () => {
  const broken = exception('object.nothing.here');
  expect(load(policy, broken).evaluate(testInput({ now }))).toEqual([
    expect.objectContaining({
      outcome: 'deny',
      message: expect.stringContaining("exception 'move' could not be decided"),
    }),
  ]);
});

it.each([
  [
    'without a reason',
    exception('true', { 'finops.apexlogic.com/reason': ' ' }),
    'reason',
  ],
  [
    'without an end',
    exception('true', { 'finops.apexlogic.com/expires': 'never' }),
    'must be a date',
  ],
  [
    'for everything',
    exception('true', {}, { matchConditions: undefined }),
    'for which objects',
  ],
  [
    'from a policy nobody has',
    exception('true', {}, { policyRefs: [{ name: 'flor' }] }),
    "'flor', which no file holds",
  ],
  ['with a mistake', exception('objct == null'), 'Unknown variable: objct'],
])('%s is refused, and every plan denied', (_, document, reason) => {
  const set = load(policy, document);
  expect(set.failed).toEqual([
    expect.objectContaining({ error: expect.stringContaining(reason) }),
  ]);
  expect(set.evaluate(testInput({ now }))[0]).toMatchObject({
    outcome: 'deny',
    cause: 'policy-error',
  });
});

it('shows the policies the plan and the team', () => {
  const text = (expression: string) => ({
    ...policy,
    spec: { ...policy.spec, validations: [{ expression }] },
  });
  const team = {
    name: 'retail',
    monthlyBudget: { amountMicros: 5_000_000, currency: 'EUR' },
  };
  const expression =
    "plan.objects == 1 && plan.fields == 1 && plan.paths == ['apps/shop.yaml'] && team.name == 'retail' && team.monthlyBudgetMicros == 5000000 && team.monthlyBudgetCurrency == 'EUR' && !has(team.monthlyForecastMicros)";
  expect(load(text(expression)).evaluate(testInput({ team }))).toMatchObject([
    { outcome: 'allow' },
  ]);
  expect(load(text('!has(team.name)')).evaluate(testInput())).toMatchObject([
    { outcome: 'allow' },
  ]);
});
