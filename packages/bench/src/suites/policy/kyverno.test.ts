import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judgeKyvernoTest } from './kyverno';
import { readKyvernoTests } from './kyvernoTests';

const POLICY = (expression: string) => `
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: { name: subject }
spec:
  validationActions: [Audit]
  matchConstraints:
    resourceRules:
      - { apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods] }
  validations:
    - expression: ${expression}
`;

const RESOURCES = `
apiVersion: v1
kind: Pod
metadata: { name: good, namespace: a }
spec: { hostNetwork: false }
---
apiVersion: v1
kind: Pod
metadata: { name: bad }
spec: { hostNetwork: true }
---
apiVersion: v1
kind: Service
metadata: { name: other }
`;

const row = (kind: string, resource: string, result: string) => `
- { policy: subject, kind: ${kind}, resources: [${resource}], result: ${result} }`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kyverno-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function judge(expression: string, rows: string) {
  const home = join(folder, 'best', 'subject', '.kyverno-test');
  await mkdir(home, { recursive: true });
  await writeFile(join(home, '../subject.yaml'), POLICY(expression));
  await writeFile(join(home, 'resource.yaml'), RESOURCES);
  await writeFile(
    join(home, 'kyverno-test.yaml'),
    `policies: [../subject.yaml]\nresources: [resource.yaml]\nresults:${rows}\n`,
  );
  const { tests } = await readKyvernoTests(folder);
  return tests
    .flatMap(judgeKyvernoTest)
    .map(({ test, resource, outcome }) => `${test} ${resource} ${outcome}`);
}

it('tells agreement from disagreement', async () => {
  expect(
    await judge(
      "'!object.spec.hostNetwork'",
      row('Pod', 'a/good', 'pass') +
        row('Pod', 'bad', 'fail') +
        row('Pod', 'default/bad', 'pass') +
        row('Service', 'other', 'skip') +
        row('Service', 'other', 'pass') +
        row('Pod', 'nobody', 'pass'),
    ),
  ).toEqual([
    'best/subject Pod a/good agreed',
    'best/subject Pod bad agreed',
    'best/subject Pod default/bad wrong',
    'best/subject Service other agreed',
    'best/subject Service other wrong',
    'best/subject Pod nobody skipped',
  ]);
});

it('takes a policy that fails for no verdict', async () => {
  expect(
    await judge("'object.spec.nothing.here'", row('Pod', 'bad', 'pass')),
  ).toEqual(['best/subject Pod bad error']);
});

it('skips a policy that was refused', async () => {
  expect(
    await judge("'images.size() == 0'", row('Pod', 'bad', 'pass')),
  ).toEqual(['best/subject Pod bad skipped']);
});

it('tells a test that cannot be read, and goes on', async () => {
  await mkdir(join(folder, 'broken'));
  await writeFile(
    join(folder, 'broken', 'kyverno-test.yaml'),
    'policies: [nowhere.yaml]',
  );
  expect(await judge("'true'", row('v1/Pod', 'bad', 'pass'))).toEqual([
    'best/subject Pod bad agreed',
  ]);
  const { unreadable } = await readKyvernoTests(folder);
  expect(unreadable).toEqual([
    expect.stringContaining('broken/kyverno-test.yaml: ENOENT'),
  ]);
});
