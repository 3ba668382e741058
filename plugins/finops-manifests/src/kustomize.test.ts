import { execFileSync } from 'node:child_process';
import { extract } from './extract';
import { applySplices } from './applySplices';
import { buildPlanned } from './buildPlanned';
import type { RenderInput, RenderResult } from './kubernetes/render';
import { planChange } from './planChange';
import {
  planned,
  RATIONALE,
  refused,
  rightsize,
  scale,
  snapshotOf,
  targetOf,
} from './testUtils';

const BASE = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: example/web:1
        resources:
          requests:
            cpu: 500m
            memory: 512Mi
`;

/**
 * base ── overlays/production (namespace shop, patch.yaml)
 *    └─── overlays/staging    (namespace shop-staging)
 */
const FILES = {
  'base/kustomization.yaml': 'resources:\n- web.yaml\n',
  'base/web.yaml': BASE,
  'overlays/production/kustomization.yaml': `kind: Kustomization
apiVersion: kustomize.config.k8s.io/v1beta1
namespace: shop
resources:
- ../../base
patches:
- path: patch.yaml
`,
  'overlays/production/patch.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 5
`,
  'overlays/staging/kustomization.yaml':
    'namespace: shop-staging\nresources: [../../base]\n',
};

const hasKubectl = (() => {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
const RENDER_OUTCOME = hasKubectl ? 'passed' : 'skipped';

async function planIn(
  files: Record<string, string>,
  action = scale(5, 4),
  workload: { namespace?: string; name?: string } = {},
  path?: string,
) {
  return planChange(
    targetOf(action, workload, path),
    RATIONALE,
    snapshotOf(files),
  );
}

/** What the production overlay builds to when a plan is carried out. */
async function filesAfter(
  files: Record<string, string>,
  plan: ReturnType<typeof planned>,
) {
  const after = { ...files };
  for (const file of plan.files) {
    after[file.path] = new TextDecoder().decode(
      applySplices(new TextEncoder().encode(files[file.path]), file),
    );
  }
  return after;
}

describe('planChange in a kustomization', () => {
  it('edits the nearest overlay that sets the field', async () => {
    const plan = planned(await planIn(FILES));
    expect(plan.files.map(file => file.path)).toEqual([
      'overlays/production/patch.yaml',
    ]);
    expect(plan.files[0].diff).toContain('-  replicas: 5\n+  replicas: 4\n');
    expect(plan.proof.checks.map(check => check.outcome)).toEqual([
      'passed',
      'passed',
      'passed',
      RENDER_OUTCOME,
    ]);
  });

  it('puts into the patch of the overlay what a shared base sets', async () => {
    const plan = planned(
      await planIn(FILES, rightsize({ container: 'web', cpuRequest: '100m' })),
    );
    expect(plan.files.map(file => file.path)).toEqual([
      'overlays/production/patch.yaml',
    ]);
    const after = await filesAfter(FILES, plan);
    expect(after['overlays/production/patch.yaml']).toContain(`spec:
  replicas: 5
  template:
    spec:
      containers:
        - name: web
          resources:
            requests:
              cpu: 100m
`);
    expect(plan.proof.checks[3].outcome).toBe(RENDER_OUTCOME);
    const found = await extract(
      { workload: targetOf(scale(1, 1)).workload },
      snapshotOf(after),
    );
    expect(found).toMatchObject({
      kind: 'extracted',
      paths: ['base/web.yaml', 'overlays/production/patch.yaml'],
      desired: {
        replicas: 5,
        containers: [
          { name: 'web', cpuRequest: '100m', memoryRequest: '512Mi' },
        ],
      },
    });
  });

  it('adds a patch of its own where an overlay shares a base, and edits that the next time', async () => {
    const action = rightsize({ container: 'web', cpuRequest: '250m' });
    const target = { namespace: 'shop-staging' };
    const plan = planned(await planIn(FILES, action, target));
    expect(
      plan.files.map(({ path, created = false }) => [path, created]),
    ).toEqual([
      ['overlays/staging/finops-deployment-web.yaml', true],
      ['overlays/staging/kustomization.yaml', false],
    ]);
    expect(plan.files[0].splices[0].text).toBe(`\
# Kept apart from the base, which others share.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    ai.apexlogic.com/optimisation-reason: "${RATIONALE.reason}"
    ai.apexlogic.com/proposed-by-model: CostOptimizer-v1.2.0
    ai.apexlogic.com/review-priority: medium
spec:
  template:
    spec:
      containers:
        - name: web
          resources:
            requests:
              cpu: 250m
`);
    expect(plan.files[1].diff).toContain(`\
+patches:
+  - path: finops-deployment-web.yaml
+    target:
+      kind: Deployment
+      name: web`);
    expect(plan.proof.checks.map(({ outcome }) => outcome)).toEqual([
      'passed',
      'skipped',
      'passed',
      RENDER_OUTCOME,
    ]);
    const after: Record<string, string> = { ...FILES };
    for (const file of plan.files) {
      const before = new TextEncoder().encode(
        file.created ? '' : after[file.path],
      );
      after[file.path] = new TextDecoder().decode(applySplices(before, file));
    }
    const next = rightsize({ container: 'web', cpuRequest: '200m' });
    const again = planned(await planIn(after, next, target));
    expect(again.files.map(file => file.path)).toEqual([
      'overlays/staging/finops-deployment-web.yaml',
    ]);
    expect(again.identity).toBe(plan.identity);
    // The other overlay is as it was.
    const other = await extract(
      { workload: targetOf(action).workload },
      snapshotOf(after),
    );
    expect(other).toMatchObject({
      desired: { replicas: 5, containers: [{ cpuRequest: '500m' }] },
    });
  });

  it('gives whole objects as they are deployed to those who judge a patch', async () => {
    const plan = planned(
      await planIn(FILES, scale(3, 2), { namespace: 'shop-staging' }),
    );
    expect(plan.objects).toEqual([
      {
        object: {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          namespace: 'shop-staging',
          name: 'web',
        },
        kustomization: 'overlays/staging/kustomization.yaml',
      },
    ]);
    // What kubectl would build, so that this also holds where there is none.
    const deployed = (replicas: number) =>
      BASE.replace(
        '  name: web\n',
        '  name: web\n  namespace: shop-staging\n',
      ).replace('replicas: 3', `replicas: ${replicas}`);
    const renderer = async ({ files }: RenderInput): Promise<RenderResult> => ({
      kind: 'rendered',
      text: deployed(
        files.has('overlays/staging/finops-deployment-web.yaml') ? 2 : 3,
      ),
    });
    const result = await buildPlanned(plan, snapshotOf(FILES), { renderer });
    expect(result).toMatchObject({
      kind: 'built',
      objects: [
        {
          path: 'overlays/staging/kustomization.yaml',
          before: { spec: { replicas: 3 } },
          after: {
            spec: {
              replicas: 2,
              template: { spec: { containers: [{ image: 'example/web:1' }] } },
            },
          },
          changes: [{ pointer: '/spec/replicas', before: 3, after: 2 }],
        },
      ],
    });
    expect(
      await buildPlanned(plan, snapshotOf(FILES), {
        renderer: async () => ({ kind: 'unavailable', reason: 'no kubectl' }),
      }),
    ).toEqual({ kind: 'not-built', reason: 'no kubectl' });
    const plain = planned(await planIn({ 'web.yaml': BASE }, scale(3, 2)));
    expect(
      await buildPlanned(plain, snapshotOf({ 'web.yaml': BASE })),
    ).toMatchObject({ kind: 'not-built' });
  });

  it('adds to patches that are there, and calls a renamed object as it was before', async () => {
    const files = {
      ...FILES,
      'overlays/staging/kustomization.yaml': `namespace: shop-staging
namePrefix: st-
resources: [../../base]
patches:
- path: labels.yaml
`,
      'overlays/staging/labels.yaml': `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: other}
`,
      'base/kustomization.yaml': 'resources:\n- web.yaml\n- other.yaml\n',
      'base/other.yaml': BASE.replace('kind: Deployment', 'kind: StatefulSet')
        .replace('name: web', 'name: other')
        .replace('spec:', 'spec:\n  serviceName: other'),
    };
    const plan = planned(
      await planIn(files, scale(3, 2), {
        namespace: 'shop-staging',
        name: 'st-web',
      }),
    );
    expect(plan.files[1].diff).toContain(`\
 - path: labels.yaml
+- path: finops-deployment-st-web.yaml
+  target:
+    kind: Deployment
+    name: web`);
    expect(plan.proof.checks[3].outcome).toBe(RENDER_OUTCOME);
  });

  it('never edits a shared base unless asked, and says who shares it where no patch can be added', async () => {
    const target = { namespace: 'shop-staging' };
    const { code, reason } = refused(
      await planIn(
        { ...FILES, 'overlays/staging/finops-deployment-web.yaml': 'a: b\n' },
        scale(3, 2),
        target,
      ),
    );
    expect(code).toBe('shared-base');
    expect(reason).toContain('overlays/production, overlays/staging');
    const asked = await planChange(
      { ...targetOf(scale(3, 2), target), allowSharedBase: true },
      RATIONALE,
      snapshotOf(FILES),
    );
    expect(planned(asked).files.map(file => file.path)).toEqual([
      'base/web.yaml',
    ]);
  });

  it('edits a base that one overlay alone uses, under its built name', async () => {
    const files = {
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'base/web.yaml': BASE,
      'prod/kustomization.yaml':
        'namespace: shop\nnamePrefix: eu-\nnameSuffix: -v1\nresources: [../base]\n',
    };
    const plan = planned(
      await planIn(files, scale(3, 2), { name: 'eu-web-v1' }),
    );
    expect(plan.files.map(file => file.path)).toEqual(['base/web.yaml']);
    expect(plan.proof.checks[3].outcome).toBe(RENDER_OUTCOME);
    expect(refused(await planIn(files, scale(3, 2))).code).toBe('not-managed');
  });

  it('edits the replicas entry of the kustomization and annotates the patch', async () => {
    const files = {
      ...FILES,
      'base/web.yaml': `${BASE}---\n${BASE.replace('name: web', 'name: api')}`,
      'overlays/production/kustomization.yaml': `${FILES['overlays/production/kustomization.yaml']}replicas:
- name: api
  count: 1
- name: web
  count: 7 # peak
`,
    };
    const plan = planned(await planIn(files, scale(7, 6)));
    expect(plan.files.map(file => file.path).sort()).toEqual([
      'overlays/production/kustomization.yaml',
      'overlays/production/patch.yaml',
    ]);
    expect(plan.changes).toContainEqual(
      expect.objectContaining({
        path: 'overlays/production/kustomization.yaml',
        pointer: '/replicas/1/count',
        before: 7,
        after: 6,
      }),
    );
    expect(plan.proof.checks[3].outcome).toBe(RENDER_OUTCOME);
    const after = await filesAfter(files, plan);
    expect(after['overlays/production/kustomization.yaml']).toContain(
      '- name: web\n  count: 6 # peak\n',
    );
  });

  it('follows components, patchesStrategicMerge and older bases', async () => {
    const files = {
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'base/web.yaml': BASE,
      'sized/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatchesStrategicMerge: [big.yaml]\n',
      'sized/big.yaml': FILES['overlays/production/patch.yaml'],
      'prod/kustomization.yaml':
        'namespace: shop\nbases: [../base]\ncomponents: [../sized]\n',
    };
    const plan = planned(await planIn(files));
    expect(plan.files.map(file => file.path)).toEqual(['sized/big.yaml']);
    expect(plan.proof.checks[3].outcome).toBe(RENDER_OUTCOME);
  });

  it('refuses fields that a JSON patch, an inline patch or a pattern sets', async () => {
    const withPatches = (patches: string) => ({
      ...FILES,
      'overlays/production/kustomization.yaml': `namespace: shop\nresources: [../../base]\npatches:\n${patches}`,
    });
    const results = await Promise.all(
      [
        `- target: {kind: Deployment, name: web}\n  patch: |-\n    - op: replace\n      path: /spec/replicas\n      value: 5\n`,
        `- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec: {replicas: 5}\n`,
        `- path: patch.yaml\n  target: {kind: Deployment, name: w.*}\n`,
      ].map(patches => planIn(withPatches(patches), scale(3, 2))),
    );
    expect(results.map(result => refused(result).code)).toEqual([
      'not-supported',
      'not-supported',
      'not-supported',
    ]);
  });

  it('takes the folder named in the target, and reports what it cannot tell apart', async () => {
    const files = {
      'a/kustomization.yaml': 'resources: [web.yaml]\n',
      'a/web.yaml': BASE,
      'b/web.yaml': BASE,
    };
    const { code, reason } = refused(await planIn(files, scale(3, 2)));
    expect([code, reason]).toEqual([
      'ambiguous',
      expect.stringContaining(
        'a/web.yaml built by a/kustomization.yaml; b/web.yaml',
      ),
    ]);
    for (const path of ['a', 'b']) {
      const plan = planned(await planIn(files, scale(3, 2), {}, `${path}/`));
      expect(plan.files.map(file => file.path)).toEqual([`${path}/web.yaml`]);
    }
  });

  it('does not loop over kustomizations that build on each other', async () => {
    const result = await planIn({
      'a/kustomization.yaml': 'resources: [../b, web.yaml]\n',
      'a/web.yaml': BASE,
      'b/kustomization.yaml': 'resources: [../a]\n',
    });
    expect(result.kind).toBe('refused');
  });

  it.each<[string, RenderResult[], string, string | undefined]>([
    [
      'another object differs',
      [
        { kind: 'rendered', text: built(5, '') },
        { kind: 'rendered', text: built(4, 'x: 1') },
      ],
      'proof-failed',
      'also changes v1 ConfigMap shop/c at /x',
    ],
    [
      'the change has no effect',
      [
        { kind: 'rendered', text: built(5, '') },
        { kind: 'rendered', text: built(5, '') },
      ],
      'proof-failed',
      'does not reach the build at /spec/replicas',
    ],
    [
      'the build breaks',
      [
        { kind: 'rendered', text: built(5, '') },
        { kind: 'failed', reason: 'no such field' },
      ],
      'proof-failed',
      'It does not build any more: no such field',
    ],
  ])('refuses when %s', async (_name, results, code, reason) => {
    const result = refused(
      await planChange(targetOf(scale(5, 4)), RATIONALE, snapshotOf(FILES), {
        renderer: async () => results.shift()!,
      }),
    );
    expect([result.code, result.reason]).toEqual([
      code,
      expect.stringContaining(reason!),
    ]);
  });

  it('plans without the rendered proof where it cannot be made, and says so', async () => {
    const outcome = async (renderer: RenderResult) => {
      const result = await planChange(
        targetOf(scale(5, 4)),
        RATIONALE,
        snapshotOf(FILES),
        { renderer: async () => renderer },
      );
      return planned(result).proof.checks[3];
    };
    expect(
      await outcome({ kind: 'unavailable', reason: 'kubectl is not on PATH' }),
    ).toEqual({
      name: 'render',
      outcome: 'skipped',
      detail: 'kubectl is not on PATH',
    });
    expect(
      (await outcome({ kind: 'failed', reason: 'needs a plugin' })).detail,
    ).toContain('does not build without the change either: needs a plugin');
    const remote = planned(
      await planIn({
        ...FILES,
        'overlays/production/kustomization.yaml':
          'namespace: shop\nresources: [../../base, "https://git.example.com/x//y?ref=1"]\npatches: [{path: patch.yaml}]\n',
      }),
    );
    expect(remote.proof.checks[3].detail).toContain(
      'outside of the repository',
    );
  });
});

function built(replicas: number, configMap: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  annotations:
    ai.apexlogic.com/optimisation-reason: "${RATIONALE.reason}"
    ai.apexlogic.com/proposed-by-model: CostOptimizer-v1.2.0
    ai.apexlogic.com/review-priority: medium
spec:
  replicas: ${replicas}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: shop}
${configMap}
`;
}
