import { applySplices } from './applySplices';
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

const DEPLOYMENT = `# owned by shop
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: {app: web}
spec:
  replicas: 3 # sized for the launch
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
              memory: "512Mi"
            limits: {memory: 1Gi}
        - name: proxy
          image: example/proxy:1
`;
const PATH = 'apps/web.yaml';

async function changed(
  text: string,
  action = scale(3, 2),
  rationale = RATIONALE,
) {
  const snapshot = snapshotOf({ [PATH]: text });
  const plan = planned(await planChange(targetOf(action), rationale, snapshot));
  const after = applySplices(await snapshot.read(PATH), plan.files[0]);
  return {
    plan,
    text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(after),
  };
}

async function refusal(
  files: Record<string, string | Uint8Array> | string,
  action = scale(3, 2),
  path?: string,
) {
  const snapshot = snapshotOf(
    typeof files === 'string' ? { [PATH]: files } : files,
  );
  return refused(
    await planChange(targetOf(action, {}, path), RATIONALE, snapshot),
  );
}

describe('planChange', () => {
  it('changes the replicas line and adds the three annotations, nothing else', async () => {
    const { plan } = await changed(DEPLOYMENT);
    expect(plan.files.map(file => file.diff)).toEqual([
      `--- a/apps/web.yaml
+++ b/apps/web.yaml
@@ -5,8 +5,12 @@
   name: web
   namespace: shop
   labels: {app: web}
+  annotations:
+    ai.apexlogic.com/optimisation-reason: "CPU 30 % underused over 7 days, 12 requests/s at peak"
+    ai.apexlogic.com/proposed-by-model: CostOptimizer-v1.2.0
+    ai.apexlogic.com/review-priority: medium
 spec:
-  replicas: 3 # sized for the launch
+  replicas: 2 # sized for the launch
   selector:
     matchLabels: {app: web}
   template:
`,
    ]);
    expect(plan.changes).toContainEqual({
      path: PATH,
      documentIndex: 0,
      object: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        namespace: 'shop',
        name: 'web',
      },
      pointer: '/spec/replicas',
      before: 3,
      after: 2,
    });
    expect(plan.changes).toHaveLength(4);
    expect(plan.proof.checks.map(check => [check.name, check.outcome])).toEqual(
      [
        ['reparse', 'passed'],
        ['schema', 'passed'],
        ['re-extract', 'passed'],
        ['render', 'skipped'],
      ],
    );
  });

  it('keeps an existing annotations map and updates what stands there', async () => {
    const { plan, text } = await changed(
      DEPLOYMENT.replace(
        '  labels: {app: web}\nspec',
        `  annotations:
      # who to call
      team: shop
      ai.apexlogic.com/review-priority: 'high'
      ai.apexlogic.com/optimisation-reason: |
        an older
        reason
      note: >-
        folded
        text

  labels: {app: web}\nspec`,
      ),
    );
    expect(text).toContain(`  annotations:
      # who to call
      team: shop
      ai.apexlogic.com/review-priority: 'medium'
      ai.apexlogic.com/optimisation-reason: "CPU 30 % underused over 7 days, 12 requests/s at peak"
      note: >-
        folded
        text
      ai.apexlogic.com/proposed-by-model: CostOptimizer-v1.2.0

  labels: {app: web}
`);
    expect(plan.changes.map(change => [change.pointer, change.before])).toEqual(
      [
        [
          '/metadata/annotations/ai.apexlogic.com~1optimisation-reason',
          'an older\nreason\n',
        ],
        [
          '/metadata/annotations/ai.apexlogic.com~1proposed-by-model',
          undefined,
        ],
        ['/metadata/annotations/ai.apexlogic.com~1review-priority', 'high'],
        ['/spec/replicas', 3],
      ],
    );
  });

  it.each([
    [
      'an empty flow map',
      'annotations: {}',
      /annotations: \{ai\.apexlogic\.com\/optimisation-reason: "CPU/,
    ],
    [
      'a filled flow map',
      'annotations: { team: shop }',
      /annotations: \{ team: shop, ai\.apexlogic/,
    ],
    ['a null', 'annotations: null # none', /annotations: \{ai\..*\} # none/],
    [
      'nothing',
      'annotations: # none yet',
      /annotations: # none yet\n {4}ai\.apexlogic/,
    ],
  ])('adds annotations to %s', async (_name, line, expected) => {
    const { text } = await changed(
      DEPLOYMENT.replace(
        '  namespace: shop\n',
        `  namespace: shop\n  ${line}\n`,
      ),
    );
    expect(text).toMatch(expected);
  });

  it('sets resources in the quoting and units of the file and adds the maps that are missing', async () => {
    const { text, plan } = await changed(
      DEPLOYMENT,
      rightsize(
        {
          container: 'web',
          cpuRequest: '0.25',
          memoryRequest: '268435456',
          memoryLimit: '512Mi',
        },
        {
          container: 'proxy',
          cpuRequest: '50m',
          memoryRequest: '64Mi',
          memoryLimit: '64Mi',
        },
      ),
    );
    expect(text).toContain(`          resources:
            requests:
              cpu: 250m
              memory: "256Mi"
            limits: {memory: 512Mi}
        - name: proxy
          image: example/proxy:1
          resources:
            requests:
              cpu: 50m
              memory: 64Mi
            limits:
              memory: 64Mi
`);
    expect(text).toContain('replicas: 3 # sized for the launch');
    expect(plan.changes).toHaveLength(9);
  });

  it('keeps the byte order mark, CRLF, a missing last line end, other documents and other bytes', async () => {
    const crlf =
      `\uFEFF${DEPLOYMENT}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ü, namespace: shop}\ndata: {a: "é😀"}   `
        .replace('web\n  namespace', 'web # 😀 é\n  namespace')
        .replaceAll('\n', '\r\n');
    const { text } = await changed(crlf);
    const added = text
      .split('\r\n')
      .filter(line => !crlf.split('\r\n').includes(line));
    expect(added).toHaveLength(5);
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
    expect(text.startsWith('\uFEFF# owned')).toBe(true);
    expect(text.endsWith('data: {a: "é😀"}   ')).toBe(true);
  });

  it('writes any reason as one safe line of at most 200 characters', async () => {
    const reason = `it's "x": #1 \\ {a: [b]}\n---\n\u2028kind: Secret\u0007 \uD800 ${'ü😀'.repeat(
      200,
    )}`;
    const { plan } = await changed(DEPLOYMENT, scale(3, 2), {
      ...RATIONALE,
      reason,
    });
    const written = plan.changes.find(change =>
      change.pointer.endsWith('reason'),
    )?.after;
    expect([...String(written)]).toHaveLength(200);
    expect(written).toMatch(/^it's "x": #1 \\ \{a: \[b\]\} --- kind: Secret/);
  });

  it('edits one object of a List and of several documents', async () => {
    const list = `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: web, namespace: shop}
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web
    namespace: shop
  spec:
    replicas: 3
`;
    const { text, plan } = await changed(
      `${DEPLOYMENT.replace('name: web\n', 'name: api\n')}---\n${list}`,
    );
    expect(text).toContain(
      '    namespace: shop\n    annotations:\n      ai.apexlogic.com/optimisation-reason: "CPU',
    );
    expect(text).toContain('    replicas: 2\n');
    expect(plan.changes.map(change => change.documentIndex)).toEqual([
      1, 1, 1, 1,
    ]);
  });

  it('gives the same identity to another value and another hash to another edit', async () => {
    const [first, second] = [
      await changed(DEPLOYMENT),
      await changed(DEPLOYMENT, scale(3, 1)),
    ];
    expect(second.plan.identity).toBe(first.plan.identity);
    expect(second.plan.hash).not.toBe(first.plan.hash);
    expect((await changed(DEPLOYMENT)).plan.hash).toBe(first.plan.hash);
    const other = await changed(
      DEPLOYMENT,
      rightsize({ container: 'web', cpuRequest: '100m' }),
    );
    expect(other.plan.identity).not.toBe(first.plan.identity);
  });

  it('refuses with a code where it must not or cannot write', async () => {
    const codes = async (...results: ReturnType<typeof refusal>[]) =>
      (await Promise.all(results)).map(result => result.code);
    const anchored = DEPLOYMENT.replace('replicas: 3', 'replicas: &n 3').concat(
      '---\nx: 1\n',
    );
    expect(
      await codes(
        refusal(DEPLOYMENT, scale(4, 2)),
        refusal(DEPLOYMENT, scale(4, 3)),
        refusal(DEPLOYMENT.replace(/ {2}replicas.*\n/, '')),
        refusal(
          anchored.replace('selector:', 'minReadySeconds: *n\n  selector:'),
        ),
        refusal(DEPLOYMENT.replace('spec:\n', 'spec:\n  <<: {paused: true}\n')),
        refusal(
          DEPLOYMENT.replace(
            '{app: web}\nspec',
            '&l {app: web}\n  annotations: *l\nspec',
          ),
        ),
        refusal(
          DEPLOYMENT.replace('replicas: 3', 'replicas: {{ .Values.replicas }}'),
        ),
        refusal({
          'chart/Chart.yaml': 'name: web',
          'chart/templates/web.yaml': `{{ if x }}\n${DEPLOYMENT}{{ end }}`,
        }),
        refusal(DEPLOYMENT.replace('  name: web', '\tname: web')),
        refusal({ [PATH]: Buffer.from(DEPLOYMENT, 'utf16le') }),
        refusal({
          [PATH]: Buffer.from(DEPLOYMENT.replace('launch', 'é'), 'latin1'),
        }),
        refusal({ [PATH]: DEPLOYMENT, 'other.yaml': DEPLOYMENT }),
        refusal(DEPLOYMENT.replace('name: web', 'name: web-2')),
        refusal(
          DEPLOYMENT,
          rightsize({ container: 'missing', cpuRequest: '1' }),
        ),
        refusal(
          DEPLOYMENT,
          rightsize({
            container: 'web',
            cpuRequest: '0.5',
            memoryRequest: '0.5Gi',
          }),
        ),
        refusal(
          DEPLOYMENT,
          rightsize({ container: 'web', memoryRequest: '2Gi' }),
        ),
        refusal(
          DEPLOYMENT,
          rightsize({ container: 'web', cpuRequest: '12 bananas' }),
        ),
      ),
    ).toEqual([
      'value-changed',
      'already-done',
      'value-not-found',
      'anchor',
      'anchor',
      'anchor',
      'value-not-found',
      'template',
      'parse-error',
      'unsupported-encoding',
      'unsupported-encoding',
      'ambiguous',
      'not-managed',
      'value-not-found',
      'already-done',
      'not-supported',
      'not-supported',
    ]);
  });

  it.each([
    ['a lone carriage return', '\r', '000D'],
    ['a next line', '\u0085', '0085'],
    ['a line separator', '\u2028', '2028'],
  ])(
    'refuses a file in which parsers see different lines: %s',
    async (_, character, code) => {
      const { code: refusalCode, reason } = await refusal(
        DEPLOYMENT.replace(
          '# sized for the launch',
          `# sized for the launch${character}---`,
        ),
      );
      expect(refusalCode).toBe('parse-error');
      expect(reason).toContain(`U+${code}`);
    },
  );

  it('does not read aliases that would blow up', async () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n`;
    const { code } = await refusal(`${bomb}${DEPLOYMENT}`);
    expect(code).toBe('parse-error');
  });

  it('lets violations that were there before pass, and no new one', async () => {
    const { plan } = await changed(
      DEPLOYMENT.replace('  selector:', '  replcas: 3\n  selector:'),
    );
    expect(plan.proof.checks).toContainEqual({
      name: 'schema',
      outcome: 'passed',
      detail:
        'No new violation of the strict Kubernetes schemas (1 that were there before remain)',
    });
  });
});
