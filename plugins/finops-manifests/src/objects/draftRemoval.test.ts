import { applyPlan } from '../applySplices';
import { buildPlanned } from '../buildPlanned';
import { planChange } from '../planChange';
import {
  planned,
  RATIONALE,
  refused,
  snapshotOf,
  targetOf,
} from '../testUtils';
import { hasKubectl } from './testUtils';

const REMOVE = {
  kind: 'remove-orphan',
  workload: 'main/shop/Deployment/web',
} as const;
const RENDERED = hasKubectl ? 'passed' : 'skipped';

const HEADER = '# Copyright of the shop\n\n';
const WEB = `# The old shop.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: example/web:1
        volumeMounts: []
# end of the shop
`;
const SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: api
spec:
  selector: {app: api}
`;

async function plan(
  files: Record<string, string>,
  workload: { kind?: string; namespace?: string; name?: string } = {},
  path?: string,
) {
  return planChange(
    targetOf(REMOVE, workload, path),
    RATIONALE,
    snapshotOf(files),
  );
}

async function textsAfter(
  files: Record<string, string>,
  workload: { kind?: string; namespace?: string; name?: string } = {},
  path?: string,
): Promise<Record<string, string>> {
  const made = planned(await plan(files, workload, path));
  const texts = { ...files };
  for (const { path: at, after, deleted } of await applyPlan(
    made,
    snapshotOf(files),
  )) {
    if (deleted) {
      delete texts[at];
    } else {
      texts[at] = Buffer.from(after).toString();
    }
  }
  return texts;
}

describe('remove-orphan', () => {
  it.each([
    ['first', `${HEADER}${WEB}---\n${SERVICE}`, `${HEADER}---\n${SERVICE}`],
    [
      'first behind a marker',
      `${HEADER}---\n${WEB}---\n${SERVICE}`,
      `${HEADER}---\n${SERVICE}`,
    ],
    [
      'in between',
      `${SERVICE}---\n${WEB}\n\n# about the next one\n---\na: &x 1\nb: *x\n`,
      `${SERVICE}\n\n# about the next one\n---\na: &x 1\nb: *x\n`,
    ],
    ['last', `${SERVICE}--- # shop\n${WEB}`, SERVICE],
    [
      'last, in a file with other line ends',
      `${SERVICE}---\n${WEB}\n`.replaceAll('\n', '\r\n'),
      SERVICE.replaceAll('\n', '\r\n'),
    ],
  ])('takes out the document that comes %s', async (_, before, after) => {
    expect(await textsAfter({ 'shop.yaml': before })).toEqual({
      'shop.yaml': after,
    });
  });

  it('deletes a file that holds nothing else', async () => {
    const files = {
      'web.yaml': `${HEADER}---\n${WEB}---\n`,
      'api.yaml': SERVICE,
    };
    const made = planned(await plan(files));
    expect(made.files).toMatchObject([{ path: 'web.yaml', deleted: true }]);
    expect(made.files[0].diff).toContain('+++ /dev/null');
    expect(made.objects).toMatchObject([{ presence: 'removed' }]);
    expect(made.changes).toContainEqual(
      expect.objectContaining({
        pointer: '/metadata/name',
        before: 'web',
      }),
    );
    expect(made.changes.every(change => change.after === undefined)).toBe(true);
    expect(await textsAfter(files)).toEqual({ 'api.yaml': SERVICE });
  });

  it('takes the file out of its kustomization, and the build loses that object only', async () => {
    const files = {
      'live/kustomization.yaml':
        'namespace: shop\nresources: # all of it\n- api.yaml\n- ./web.yaml # old\n- more.yaml\n',
      'live/web.yaml': WEB,
      'live/api.yaml': SERVICE,
      'live/more.yaml': SERVICE.replace('name: api', 'name: more'),
    };
    expect(await textsAfter(files, {}, 'live')).toEqual({
      'live/kustomization.yaml':
        'namespace: shop\nresources: # all of it\n- api.yaml\n- more.yaml\n',
      'live/api.yaml': SERVICE,
      'live/more.yaml': files['live/more.yaml'],
    });
    const made = planned(await plan(files, {}, 'live'));
    expect(made.proof.checks.at(-1)).toMatchObject({ outcome: RENDERED });
    const built = await buildPlanned(made, snapshotOf(files));
    if (hasKubectl) {
      expect(built).toMatchObject({
        kind: 'built',
        objects: [{ before: { kind: 'Deployment' }, after: undefined }],
      });
    }
    const flow = {
      ...files,
      'live/kustomization.yaml': 'resources: [api.yaml, web.yaml]\n',
    };
    expect(await textsAfter(flow, {}, 'live')).toMatchObject({
      'live/kustomization.yaml': 'resources: [api.yaml]\n',
    });
  });

  it('leaves a base that others share and deletes by a patch', async () => {
    const files = {
      'live/base/kustomization.yaml': 'resources: [web.yaml, api.yaml]\n',
      'live/base/web.yaml': WEB,
      'live/base/api.yaml': SERVICE,
      'live/kustomization.yaml':
        'namespace: shop\nnamePrefix: my-\nresources:\n- base\n',
      'test/kustomization.yaml': 'namespace: test\nresources: [../live/base]\n',
    };
    const after = await textsAfter(files, { name: 'my-web' }, 'live');
    expect(after['live/finops-remove-deployment-my-web.yaml']).toContain(
      '  name: web\n$patch: delete\n',
    );
    expect(after['live/kustomization.yaml']).toContain(
      'patches:\n  - path: finops-remove-deployment-my-web.yaml\n',
    );
    expect(after['live/base/web.yaml']).toBe(WEB);
    const made = planned(await plan(files, { name: 'my-web' }, 'live'));
    expect(made.proof.checks.at(-1)).toMatchObject({ outcome: RENDERED });
  });

  const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n';
  const container = (text: string) =>
    WEB.replace('name: web\nspec', 'name: other\nspec')
      .replaceAll('app: web', 'app: other')
      .replace('volumeMounts: []', text);
  it.each([
    [
      'a Service that selects its pods',
      'Deployment',
      SERVICE.replace('app: api', 'app: web'),
      'Service api (its selector)',
    ],
    [
      'an autoscaler',
      'Deployment',
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: hpa}\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n',
      'HorizontalPodAutoscaler hpa (/spec/scaleTargetRef)',
    ],
    [
      'an Ingress',
      'Service',
      'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: in}\nspec: {defaultBackend: {service: {name: web, port: {number: 80}}}}\n',
      'Ingress in (/spec/defaultBackend/service)',
    ],
    [
      'an address in the environment',
      'Service',
      container('env: [{name: SHOP, value: "http://web:8080/x"}]'),
      'Deployment other',
    ],
    [
      'a volume',
      'PersistentVolumeClaim',
      WEB.replace('name: web\nspec', 'name: other\nspec').replace(
        '      containers:',
        '      volumes: [{name: v, persistentVolumeClaim: {claimName: web}}]\n      containers:',
      ),
      'Deployment other (/spec/template/spec/volumes/0/persistentVolumeClaim/claimName)',
    ],
    [
      'an environment from a ConfigMap',
      'ConfigMap',
      container('envFrom: [{configMapRef: {name: web}}]'),
      'Deployment other',
    ],
  ])('stays while %s needs it', async (_, kind, other, wanted) => {
    const object =
      kind === 'Deployment' ? WEB : config.replace('ConfigMap', kind);
    const files = { 'web.yaml': object, 'other.yaml': other };
    expect(refused(await plan(files, { kind }))).toMatchObject({
      code: 'not-supported',
      reason: expect.stringContaining(wanted),
    });
    // Without that it goes.
    planned(await plan({ 'web.yaml': object, 'b.yaml': SERVICE }, { kind }));
  });

  it('stays while its kustomization says more of it', async () => {
    const files = {
      'live/kustomization.yaml':
        'namespace: shop\nresources: [web.yaml, api.yaml]\nreplicas: [{name: web, count: 2}]\nimages: [{name: example/web, newTag: "2"}]\npatches: [{path: p.yaml}]\n',
      'live/p.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n',
      'live/web.yaml': WEB,
      'live/api.yaml': SERVICE,
    };
    const { reason } = refused(await plan(files, {}, 'live'));
    expect(reason).toContain('the patch live/p.yaml');
    expect(reason).toContain('replicas in live/kustomization.yaml');
    expect(reason).toContain('the image example/web');
  });

  it.each([
    'patches: [{target: {kind: Service, name: api}, patch: "- {op: add, path: /spec/externalName, value: web}"}]\n',
    'patches: [{path: p.yaml, target: {kind: Deployment, name: other}}]\n',
  ])(
    'stays while a patch of another object brings in its name',
    async patches => {
      const files = {
        'live/kustomization.yaml': `namespace: shop\nresources: [../base, other.yaml]\n${patches}`,
        'live/p.yaml':
          '- op: add\n  path: /spec/template/spec/containers/0/env\n  value: [{name: A, value: "web:80"}]\n',
        'live/other.yaml': container('volumeMounts: []'),
        'base/kustomization.yaml': 'resources: [web.yaml, api.yaml]\n',
        'base/web.yaml': config.replace('ConfigMap', 'Service'),
        'base/api.yaml': SERVICE,
        'test/kustomization.yaml': 'namespace: test\nresources: [../base]\n',
      };
      expect(
        refused(await plan(files, { kind: 'Service' }, 'live')),
      ).toMatchObject({ reason: expect.stringContaining('a patch of live/') });
      planned(
        await plan(files, { kind: 'Service', namespace: 'test' }, 'test'),
      );
    },
  );

  it('refuses what cannot be taken out alone', async () => {
    expect(refused(await plan({ 'a.yaml': SERVICE }))).toMatchObject({
      code: 'not-managed',
    });
    expect(
      refused(await plan({ 'a.yaml': WEB }, { kind: 'Namespace' })),
    ).toMatchObject({ code: 'not-supported' });
    expect(
      refused(
        await plan(
          {
            'live/kustomization.yaml': 'resources: [web.yaml]\n',
            'live/web.yaml': WEB,
          },
          {},
          'live',
        ),
      ),
    ).toMatchObject({ reason: expect.stringContaining('builds nothing else') });
    expect(
      refused(await plan({ 'a.yaml': `${SERVICE}...\n---\n${WEB}` })),
    ).toMatchObject({ reason: expect.stringContaining('document ends') });
    expect(
      refused(
        await plan({
          'a.yaml':
            'kind: List\napiVersion: v1\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: web}\n',
        }),
      ),
    ).toMatchObject({ reason: expect.stringContaining('in a List') });
  });

  it('says what the files do not tell', async () => {
    const files = {
      'apps/claim.yaml':
        'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: web, namespace: shop}\n',
      'argo/app.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop}
spec:
  source: {repoURL: 'git@git.example.com:shop/deploy.git', path: apps}
`,
    };
    const { notes } = planned(
      await plan(files, { kind: 'PersistentVolumeClaim' }, 'apps'),
    );
    expect(notes).toEqual([
      expect.stringContaining('the data on it'),
      expect.stringContaining('does not prune'),
    ]);
  });
});
