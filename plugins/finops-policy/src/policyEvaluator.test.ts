import { stringify } from 'yaml';
import { loadPolicies } from './loadPolicies';
import { PolicyEvaluator, PolicyEvaluatorOptions } from './policyEvaluator';
import { testChange, testDeployment, testInput } from './testInput';

const evaluators: PolicyEvaluator[] = [];

function evaluator(options: PolicyEvaluatorOptions = {}) {
  const created = new PolicyEvaluator(options);
  evaluators.push(created);
  return created;
}

afterEach(async () => {
  await Promise.all(evaluators.splice(0).map(each => each.close()));
});

function policyFile(expression: string, spec: object = {}) {
  return {
    path: 'policy.yaml',
    text: stringify({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'subject' },
      spec: {
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ['apps'],
              apiVersions: ['*'],
              operations: ['*'],
              resources: ['*'],
            },
          ],
        },
        validations: [{ expression }],
        ...spec,
      },
    }),
  };
}

const holds = policyFile('object.spec.replicas >= 1');
const fails = policyFile('object.spec.replicas >= 100');

/** Few steps, each of them over a million characters. */
const slow = policyFile(
  'object.list.all(n, object.text.split("").size() == n || object.text.reverse() != "")',
);
const slowInput = testInput({
  objects: [
    testChange({
      object: {
        ...testDeployment(2),
        text: 'a'.repeat(1_000_000),
        list: Array.from({ length: 3_000 }, (_, index) => index),
      },
    }),
  ],
});

jest.setTimeout(60_000);

it('says what the policies say in this thread', async () => {
  const one = evaluator();
  for (const files of [
    [holds],
    [fails],
    [fails],
    [{ path: 'a.yaml', text: 'kind: [' }],
    [],
  ]) {
    expect(await one.evaluatePolicies(files, testInput())).toEqual(
      loadPolicies(files).evaluate(testInput()),
    );
  }
});

it('denies what does not end in time, leaves the event loop free, and goes on', async () => {
  const one = evaluator({ deadlineMs: 1_000 });
  await one.evaluatePolicies([holds], testInput());
  let ticks = 0;
  const ticking = setInterval(() => {
    ticks++;
  }, 20);
  const start = performance.now();
  const [late, next] = await Promise.all([
    one.evaluatePolicies([slow], slowInput),
    one.evaluatePolicies([holds], testInput()),
  ]);
  clearInterval(ticking);
  expect(late).toEqual([
    {
      policy: 'policies',
      outcome: 'deny',
      cause: 'policy-error',
      message: 'the policies gave no verdict: they did not end within 1000 ms',
    },
  ]);
  expect(next).toMatchObject([{ outcome: 'allow', cause: 'evaluated' }]);
  expect(ticks).toBeGreaterThan(10);
  expect(performance.now() - start).toBeLessThan(30_000);
});

it('denies what fills the memory', async () => {
  const doubled = Array.from({ length: 40 }, (_, index) => ({
    name: `v${index + 1}`,
    expression: `variables.v${index} + variables.v${index}`,
  }));
  const greedy = policyFile('variables.v40.size() > 0', {
    variables: [
      { name: 'v0', expression: '[object.spec.replicas]' },
      ...doubled,
    ],
  });
  const one = evaluator({ memoryMib: 64, deadlineMs: 30_000 });
  expect(await one.evaluatePolicies([greedy], testInput())).toMatchObject([
    {
      outcome: 'deny',
      cause: 'policy-error',
      message: expect.stringContaining('memory'),
    },
  ]);
  expect(await one.evaluatePolicies([holds], testInput())).toMatchObject([
    { outcome: 'allow' },
  ]);
});

it('denies a change that no other thread can be shown', async () => {
  const one = evaluator();
  const object = { ...testDeployment(2), spec: { run: () => 1 } };
  expect(
    await one.evaluatePolicies(
      [holds],
      testInput({ objects: [testChange({ object })] }),
    ),
  ).toMatchObject([{ outcome: 'deny', cause: 'policy-error' }]);
});

it('runs the tests beside the policies, and says so when they do not end', async () => {
  const one = evaluator({ deadlineMs: 2_000 });
  const test = (expectation: string, text = 'short') => ({
    path: 'subject.test.yaml',
    text: stringify({
      apiVersion: 'finops.apexlogic.com/v1alpha1',
      kind: 'PolicyTest',
      metadata: { name: 'replicas' },
      spec: {
        policies: ['policy.yaml'],
        cases: [
          {
            name: 'two',
            object: {
              ...testDeployment(2),
              text,
              list: Array.from({ length: 3_000 }, (_, index) => index),
            },
            expect: [{ policy: 'subject', outcome: expectation }],
          },
        ],
      },
    }),
  });
  expect(await one.runTests([holds, test('allow')])).toEqual([
    { kind: 'passed', path: 'subject.test.yaml', name: 'replicas: two' },
  ]);
  expect(await one.runTests([holds, test('deny')])).toMatchObject([
    { kind: 'failed', reason: expect.stringContaining('expected deny') },
  ]);
  await expect(
    one.runTests([slow, test('allow', 'a'.repeat(1_000_000))]),
  ).rejects.toThrow(/did not end within 2000 ms/);
  expect(await one.evaluatePolicies([holds], testInput())).toMatchObject([
    { outcome: 'allow' },
  ]);
});
