import type { Action } from '@apexlogic/backstage-plugin-finops-common';
import { applySplices } from './applySplices';
import { planChange } from './planChange';
import {
  planned,
  RATIONALE,
  refused,
  rightsize,
  snapshotOf,
  targetOf,
} from './testUtils';

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels:
    app: web # the shop
    tier: 'front'
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web, tier: front}
    spec:
      containers:
      - name: web
        image: web:1
        resources:
          requests: {cpu: 500m, memory: 1Gi}
          limits: {cpu: "1", memory: 1Gi}
`;
const CLAIM = `apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
  namespace: shop
spec:
  storageClassName: fast
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 10Gi # grown twice
`;

async function after(
  files: Record<string, string>,
  action: Action,
  workload?: { kind?: string; namespace?: string; name?: string },
  path?: string,
) {
  const plan = planned(
    await planChange(
      targetOf(action, workload, path),
      RATIONALE,
      snapshotOf(files),
    ),
  );
  const texts = plan.files.map(file =>
    Buffer.from(
      applySplices(new TextEncoder().encode(files[file.path] ?? ''), file),
    ).toString(),
  );
  return { plan, texts };
}

function tags(labels: Record<string, string>, podTemplate?: boolean): Action {
  return {
    kind: 'enforce-tags',
    workload: 'main/shop/Deployment/web',
    labels,
    podTemplate,
  };
}

const REASON = `  annotations:
    ai.apexlogic.com/optimisation-reason: "CPU 30 % underused over 7 days, 12 requests/s at peak"
    ai.apexlogic.com/proposed-by-model: CostOptimizer-v1.2.0
    ai.apexlogic.com/review-priority: medium
`;

describe('limits of CPU', () => {
  it('are raised, lowered and added', async () => {
    const { texts, plan } = await after(
      { 'web.yaml': WEB },
      rightsize({ container: 'web', cpuRequest: '300m', cpuLimit: '600m' }),
    );
    expect(texts[0]).toContain('requests: {cpu: 300m, memory: 1Gi}');
    expect(texts[0]).toContain('limits: {cpu: "0.6", memory: 1Gi}');
    expect(plan.proof.checks.map(check => check.outcome)).toEqual([
      'passed',
      'passed',
      'passed',
      'skipped',
    ]);
    const bare = WEB.replace('{cpu: "1", memory: 1Gi}', '{memory: 1Gi}');
    const added = await after(
      { 'web.yaml': bare },
      rightsize({ container: 'web', cpuLimit: '2' }),
    );
    expect(added.texts[0]).toContain('limits: {memory: 1Gi, cpu: 2}');
  });

  it('stay above the requests', async () => {
    const result = await planChange(
      targetOf(rightsize({ container: 'web', cpuLimit: '400m' })),
      RATIONALE,
      snapshotOf({ 'web.yaml': WEB }),
    );
    expect(refused(result)).toMatchObject({
      code: 'not-supported',
      reason: expect.stringContaining('more cpu than its limit allows'),
    });
  });
});

describe('enforce-tags', () => {
  it('adds and changes labels of the object alone', async () => {
    const { texts } = await after(
      { 'web.yaml': WEB },
      tags({ 'cost-centre': '0042', tier: 'edge' }),
    );
    expect(texts[0]).toBe(
      WEB.replace(
        `    tier: 'front'\n`,
        `    tier: 'edge'\n    cost-centre: "0042"\n${REASON}`,
      ),
    );
  });

  it('reaches the pods only where that is asked for', async () => {
    const { texts } = await after(
      { 'web.yaml': WEB },
      tags({ team: 'payments' }, true),
    );
    expect(texts[0]).toContain(
      'labels: {app: web, tier: front, team: payments}',
    );
  });

  it('refuses what Kubernetes or a selector would not bear', async () => {
    const service = `apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {tier: front}}
`;
    const refusal = async (
      labels: Record<string, string>,
      files: Record<string, string> = {},
      kind = 'Deployment',
    ) =>
      refused(
        await planChange(
          targetOf(tags(labels, kind === 'Service'), { kind }),
          RATIONALE,
          snapshotOf({ 'web.yaml': WEB, ...files }),
        ),
      );
    expect(await refusal({ 'a b': 'c' })).toMatchObject({
      code: 'not-supported',
    });
    expect(await refusal({ team: 'x'.repeat(64) })).toMatchObject({
      code: 'not-supported',
    });
    expect(await refusal({ '-bad.example/team': 'x' })).toMatchObject({
      code: 'not-supported',
    });
    expect(await refusal({ app: 'shop' })).toMatchObject({
      reason: expect.stringContaining('Deployment web selects by'),
    });
    expect(
      await refusal({ tier: 'edge' }, { 'service.yaml': service }),
    ).toMatchObject({
      reason: expect.stringContaining('Service web selects by'),
    });
    expect(await refusal({ app: 'web', tier: 'front' })).toMatchObject({
      code: 'already-done',
    });
    expect(
      await refusal({ team: 'a' }, { 'service.yaml': service }, 'Service'),
    ).toMatchObject({ reason: 'A Service has no pod template' });
  });

  it('labels one of several deployments that share a base by a patch of its own', async () => {
    const files = {
      'base/kustomization.yaml': 'resources: [service.yaml]\n',
      'base/service.yaml':
        'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports: [{port: 80}]\n',
      'live/kustomization.yaml': 'namespace: shop\nresources: [../base]\n',
      'test/kustomization.yaml': 'namespace: test\nresources: [../base]\n',
    };
    const { plan, texts } = await after(
      files,
      tags({ team: 'payments' }),
      { kind: 'Service' },
      'live',
    );
    expect(plan.files.map(({ path }) => path)).toEqual([
      'live/finops-service-web.yaml',
      'live/kustomization.yaml',
    ]);
    expect(texts[0]).toContain('  labels:\n    team: payments\n');
    expect(plan.proof.proven).toBe(true);
  });
});

describe('change-storage-tier', () => {
  const grow = (from: string, to: string): Action => ({
    kind: 'change-storage-tier',
    workload: 'main/shop/PersistentVolumeClaim/data',
    size: { from, to },
  });
  const claim = { kind: 'PersistentVolumeClaim', name: 'data' };

  it('lets a claim grow in its own unit', async () => {
    const { texts, plan } = await after(
      { 'data.yaml': CLAIM },
      grow('10Gi', '20480Mi'),
      claim,
    );
    expect(texts[0]).toBe(
      CLAIM.replace('10Gi', '20Gi').replace(
        '  namespace: shop\n',
        `  namespace: shop\n${REASON}`,
      ),
    );
    expect(plan.proof.checks[1]).toMatchObject({
      name: 'schema',
      outcome: 'passed',
    });
  });

  it('refuses the rest and says what a person must do', async () => {
    const refusal = async (action: Action, files = {}, workload = claim) =>
      refused(
        await planChange(
          targetOf(action, workload),
          RATIONALE,
          snapshotOf({ 'data.yaml': CLAIM, ...files }),
        ),
      );
    expect(await refusal(grow('10Gi', '5Gi'))).toMatchObject({
      code: 'not-supported',
      reason: expect.stringContaining('cannot shrink'),
    });
    expect(await refusal(grow('8Gi', '20Gi'))).toMatchObject({
      code: 'value-changed',
    });
    expect(await refusal(grow('5Gi', '10Gi'))).toMatchObject({
      code: 'already-done',
    });
    expect(
      await refusal({
        ...grow('10Gi', '20Gi'),
        storageClass: { from: 'fast', to: 'slow' },
      } as Action),
    ).toMatchObject({
      code: 'not-supported',
      reason: expect.stringContaining('make a new claim of that class'),
    });
    expect(
      await refusal(grow('10Gi', '20Gi'), {
        'class.yaml':
          'apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast}\nprovisioner: x\n',
      }),
    ).toMatchObject({
      reason: expect.stringContaining('allowVolumeExpansion'),
    });
    expect(
      await refusal(
        { ...grow('1Gi', '2Gi'), claim: 'data' } as Action,
        {
          'db.yaml': WEB.replace('kind: Deployment', 'kind: StatefulSet'),
        },
        { kind: 'StatefulSet', name: 'web' },
      ),
    ).toMatchObject({ reason: expect.stringContaining('--cascade=orphan') });
  });
});
