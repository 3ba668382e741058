import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPolicyCommand } from './policyCommand';

const POLICY = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: floor }
spec:
  matchConstraints:
    resourceRules:
      - { apiGroups: [apps], apiVersions: ['*'], operations: ['*'], resources: [deployments] }
  validations:
    - expression: object.spec.replicas >= 2
`;

function test(replicas: number, outcome: string) {
  return `
apiVersion: finops.apexlogic.com/v1alpha1
kind: PolicyTest
metadata: { name: floor }
spec:
  policies: [./floor.yaml]
  cases:
    - name: ${replicas} replicas
      object: { apiVersion: apps/v1, kind: Deployment, metadata: { name: a }, spec: { replicas: ${replicas} } }
      expect:
        - { policy: floor, outcome: ${outcome}, message: Deployment a }
`;
}

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policies-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function run(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
  }
  const lines: string[] = [];
  const code = await runPolicyCommand(['test', folder], line =>
    lines.push(line.replaceAll(folder, '.')),
  );
  return { code, lines };
}

it('runs the tests beside the policies', async () => {
  expect(
    await run({
      'floor.yaml': POLICY,
      'floor.test.yaml': `${test(2, 'allow')}---${test(1, 'deny')}`,
    }),
  ).toEqual({
    code: 0,
    lines: [
      'passed: floor: 2 replicas',
      'passed: floor: 1 replicas',
      '2 of 2 tests passed',
    ],
  });
});

it.each([
  [
    'a verdict that is another',
    { 'floor.yaml': POLICY, 'a.test.yaml': test(1, 'allow') },
    'FAILED: ./a.test.yaml: floor: 1 replicas: expected allow (evaluated) of floor',
  ],
  [
    'a verdict nobody expected',
    {
      'floor.yaml': POLICY,
      'a.test.yaml': test(1, 'deny').replace(/expect:[^]*/, 'expect: []\n'),
    },
    'got deny (evaluated) of floor',
  ],
  [
    'a policy that is not there',
    { 'a.test.yaml': test(1, 'deny') },
    'there is no policy file',
  ],
  [
    'a test with a misspelt field',
    {
      'floor.yaml': POLICY,
      'a.test.yaml': test(1, 'deny').replace('expect:', 'expects:'),
    },
    'expects',
  ],
  [
    'a policy that does not load',
    {
      'floor.yaml': POLICY,
      'b.yaml': POLICY,
      'a.test.yaml': test(2, 'allow'),
    },
    'not loaded: ./floor.yaml',
  ],
  ['no test at all', { 'floor.yaml': POLICY }, '0 of 0 tests passed'],
])('fails on %s', async (_, files, line) => {
  const { code, lines } = await run(files);
  expect(code).toBe(1);
  expect(lines.join('\n')).toContain(line);
});

it('says how it is called', async () => {
  const lines: string[] = [];
  expect(await runPolicyCommand([], line => lines.push(line))).toBe(2);
  expect(lines.join()).toContain('usage');
  expect(await runPolicyCommand(['test', '/no/such'], () => {})).toBe(2);
});
