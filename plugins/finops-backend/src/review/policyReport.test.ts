import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TestDatabases } from '@backstage/backend-test-utils';
import { createTestStores } from '../__testUtils__/databases';
import {
  createForge,
  createTestLoop,
  ENTITY_REF,
  givenRecommendation,
  NOW,
} from '../__testUtils__/fixtures';
import { Stores } from '../database/createStores';
import { Loop } from '../delivery/Loop';
import { planRecommendation } from '../delivery/planRecommendation';
import { policyReport, policyTestReport } from './policyReport';

const databases = TestDatabases.create();

const POLICY = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: floor
  annotations:
    kubernetes.io/description: Three replicas at least.
    finops.apexlogic.com/control: House rule 7
    finops.apexlogic.com/outcome: require-approval
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: [apps]
        apiVersions: ['*']
        operations: [UPDATE]
        resources: [deployments]
  validations:
    - expression: object.spec.replicas >= 3
      message: keep three replicas
`;

const EXCEPTION = (expires: string) => `apiVersion: policies.kyverno.io/v1
kind: PolicyException
metadata:
  name: move
  annotations:
    finops.apexlogic.com/reason: the shop moves
    finops.apexlogic.com/expires: '${expires}'
spec:
  policyRefs:
    - name: floor
      kind: ValidatingPolicy
  matchConditions:
    - name: subject
      expression: object.metadata.name == 'shop'
`;

const TEST = (expected: string) => `apiVersion: finops.apexlogic.com/v1alpha1
kind: PolicyTest
metadata:
  name: floor
spec:
  policies: [./floor.yaml]
  cases:
    - name: two replicas
      object:
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web, namespace: shop }
        spec: { replicas: 2 }
      oldObject:
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web, namespace: shop }
        spec: { replicas: 3 }
      expect:
        - { policy: floor, outcome: ${expected} }
`;

describe.each(databases.eachSupportedId())('policies on %s', databaseId => {
  let folder: string;
  let stores: Stores;
  let loop: Loop;
  const write = (name: string, text: string) =>
    writeFile(path.join(folder, 'rules', name), text);

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'finops-policies-'));
    await mkdir(path.join(folder, 'rules'));
    await write('floor.yaml', POLICY);
    stores = await createTestStores(databases, databaseId);
    ({ loop } = await createTestLoop({
      stores,
      forge: createForge(),
      finops: { policies: [{ path: path.join(folder, 'rules') }] },
    }));
    await planRecommendation(loop, await givenRecommendation(stores));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are told with what they lead to and where they bite, to who may see it', async () => {
    const bite = {
      recommendationId: 'r1',
      entityRef: ENTITY_REF,
      title: 'Scale from 3 to 2 replicas',
      outcome: 'require-approval',
      message: expect.stringContaining('keep three replicas'),
    };
    const report = await policyReport(loop, undefined);
    expect(report.policies).toEqual([
      {
        status: 'loaded',
        name: 'floor',
        path: 'rules/floor.yaml',
        kind: 'ValidatingAdmissionPolicy',
        description: 'Three replicas at least.',
        control: 'House rule 7',
        outcomes: ['require-approval'],
        bites: { denied: 0, approvalAsked: 1, warned: 0, newest: [bite] },
      },
    ]);
    const others = await policyReport(loop, {
      resourceType: 'finops-entity',
      property: 'owner',
      values: ['group:default/others'],
    } as never);
    expect(others.policies).toMatchObject([
      { bites: { approvalAsked: 0, newest: [] } },
    ]);
  });

  it('are told with their exceptions, and those that cannot be loaded', async () => {
    await write('move.yaml', EXCEPTION(NOW));
    await write(
      'broken.yaml',
      POLICY.replace('name: floor', 'name: broken').replace('>=', '>=>'),
    );
    const report = await policyReport(loop, undefined);
    expect(report.policies).toMatchObject([
      { status: 'loaded', name: 'floor' },
      {
        status: 'failed',
        name: 'broken',
        path: 'rules/broken.yaml',
        error: expect.any(String),
      },
    ]);
    expect(report.exceptions).toEqual([
      {
        name: 'move',
        path: 'rules/move.yaml',
        policies: ['floor'],
        reason: 'the shop moves',
        expires: NOW,
        expired: true,
      },
    ]);
    expect(report.version).toMatch(/^[0-9a-f]{64}$/);
  });

  it('have their tests run beside them, again when a file changes', async () => {
    expect(await policyTestReport(loop)).toEqual({ kind: 'ran', results: [] });
    await write('floor.test.yaml', TEST('require-approval'));
    expect(await policyTestReport(loop)).toEqual({
      kind: 'ran',
      results: [
        {
          kind: 'passed',
          path: 'rules/floor.test.yaml',
          name: 'floor: two replicas',
        },
      ],
    });
    await write('floor.test.yaml', TEST('allow'));
    expect(await policyTestReport(loop)).toMatchObject({
      results: [
        {
          kind: 'failed',
          path: 'rules/floor.test.yaml',
          reason: expect.stringContaining('expected allow'),
        },
      ],
    });
  });
});
