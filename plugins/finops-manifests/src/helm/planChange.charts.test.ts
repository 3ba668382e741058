import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { applySplices } from '../applySplices';
import { buildPlanned } from '../buildPlanned';
import { extract } from '../extract';
import { planChange } from '../planChange';
import {
  planned,
  RATIONALE,
  refused,
  rightsize,
  scale,
  snapshotOf,
  targetOf,
  tune,
} from '../testUtils';
import { chartFiles, planIn, VALUES } from './chartFixtures';
import { createHelmRenderer } from './renderWithHelm';

const CPU = rightsize({ container: 'web', cpuRequest: '250m' });

/** The lines that a plan takes away and adds, by file. */
async function linesOf(result: Awaited<ReturnType<typeof planIn>>) {
  return Object.fromEntries(
    planned(result).files.map(({ path, diff }) => [
      path,
      diff
        .split('\n')
        .filter(line => /^[+-](?![+-])/.test(line))
        .map(line => line.trimEnd()),
    ]),
  );
}

describe('a chart of the repository', () => {
  it('edits the value behind a field and says why above it', async () => {
    const result = await planIn(chartFiles(), {
      action: rightsize({
        container: 'web',
        cpuRequest: '250m',
        memoryRequest: '256Mi',
        memoryLimit: '512Mi',
      }),
    });
    expect(await linesOf(result)).toEqual({
      'charts/web/values.yaml': [
        `+# ai.apexlogic.com/optimisation-reason: ${RATIONALE.reason}`,
        '-    cpu: 500m   # measured in May',
        '-    memory: "512Mi"',
        '+    cpu: 250m   # measured in May',
        '+    memory: "256Mi"',
        '-    memory: 1Gi',
        '+    memory: 512Mi',
      ],
    });
    const { proof } = planned(result);
    expect(proof.checks.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['reparse', 'passed'],
      ['schema', 'passed'],
      ['re-extract', 'passed'],
      ['render', 'skipped'],
    ]);
    expect(proof.checks[3].detail).toContain('only what is wanted differs');
  });

  it('replaces its own earlier reason and leaves other comments', async () => {
    const before = VALUES.replace(
      '# What one pod may take.',
      '# ai.apexlogic.com/optimisation-reason: once upon a time\n# What one pod may take.',
    );
    const lines = await linesOf(await planIn(chartFiles('charts/web', before)));
    expect(lines['charts/web/values.yaml'].slice(0, 2)).toEqual([
      '-# ai.apexlogic.com/optimisation-reason: once upon a time',
      `+# ai.apexlogic.com/optimisation-reason: ${RATIONALE.reason}`,
    ]);
  });

  it('annotates the workload where the chart lets values do that', async () => {
    const values = `${VALUES}\ndeploymentAnnotations: {}\n`;
    const plan = planned(await planIn(chartFiles('charts/web', values)));
    expect(
      plan.changes
        .filter(({ pointer }) => pointer.startsWith('/deploymentAnnotations/'))
        .map(({ after }) => after),
    ).toEqual([RATIONALE.reason, 'CostOptimizer-v1.2.0', 'medium']);
    expect(plan.files[0].diff).not.toContain('# ai.apexlogic.com');
  });

  it('follows values that are written one by one, quoted and in flow maps', async () => {
    const result = await planIn(chartFiles(), {
      action: rightsize({ container: 'proxy', cpuRequest: '40m' }),
    });
    expect((await linesOf(result))['charts/web/values.yaml']).toEqual([
      '-proxy: {enabled: true, cpu: 100m}',
      `+# ai.apexlogic.com/optimisation-reason: ${RATIONALE.reason}`,
      '+proxy: {enabled: true, cpu: 40m}',
    ]);
  });

  it('edits a literal of a template on a line without expressions', async () => {
    const result = await planIn(chartFiles(), {
      action: rightsize({ container: 'proxy', memoryRequest: '16Mi' }),
    });
    expect(await linesOf(result)).toEqual({
      'charts/web/templates/deployment.yaml': [
        '-              memory: 32Mi',
        `+              # ai.apexlogic.com/optimisation-reason: ${RATIONALE.reason}`,
        '+              memory: 16Mi',
      ],
    });
  });

  it('adds what is missing below the value that carries the resources', async () => {
    const empty = VALUES.replace(
      /resources:\n(?: {2}.*\n)+/,
      'resources: {}\n',
    );
    expect(
      (await linesOf(await planIn(chartFiles('charts/web', empty))))[
        'charts/web/values.yaml'
      ],
    ).toEqual([
      '-resources: {}',
      `+# ai.apexlogic.com/optimisation-reason: ${RATIONALE.reason}`,
      '+resources: {requests: {cpu: 250m}}',
    ]);
  });

  it('writes all resources where one alone would take a preset away', async () => {
    const template = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        {{- if .Values.resources }}
        resources: {{- toYaml .Values.resources | nindent 10 }}
        {{- else if ne .Values.resourcesPreset "none" }}
        resources: {{- include "preset" (dict "type" .Values.resourcesPreset) | nindent 10 }}
        {{- end }}
`;
    const preset = `{{- define "preset" -}}
{{- $presets := dict "small" (dict "requests" (dict "cpu" "500m" "memory" "512Mi") "limits" (dict "cpu" "750m" "memory" "768Mi")) }}
{{- index $presets .type | toYaml -}}
{{- end -}}
`;
    const plan = planned(
      await planIn(
        chartFiles('charts/web', 'resourcesPreset: small\nresources: {}\n', {
          'web.yaml': template,
          '_preset.tpl': preset,
        }),
      ),
    );
    expect(
      Object.fromEntries(
        plan.changes.map(({ pointer, after }) => [pointer, after]),
      ),
    ).toEqual({
      '/resources/requests/cpu': '250m',
      '/resources/requests/memory': '512Mi',
      '/resources/limits/cpu': '750m',
      '/resources/limits/memory': '768Mi',
    });
  });

  it('scales replicas and bounds of an autoscaler', async () => {
    const replicas = await planIn(chartFiles(), { action: scale(3, 2) });
    expect((await linesOf(replicas))['charts/web/values.yaml']).toEqual([
      '-replicaCount: 3 # two are enough at night',
      `+# ai.apexlogic.com/optimisation-reason: ${RATIONALE.reason}`,
      '+replicaCount: 2 # two are enough at night',
    ]);
    const values = VALUES.replace('enabled: false', 'enabled: true');
    const bounds = planned(
      await planIn(chartFiles('charts/web', values), {
        action: tune({
          autoscaler: 'web',
          from: { minReplicas: 2, maxReplicas: 10, cpuUtilisationPercent: 60 },
          to: { minReplicas: 3, maxReplicas: 9, cpuUtilisationPercent: 75 },
          containers: [{ container: 'web', cpuRequest: '300m' }],
        }),
      }),
    );
    expect(
      bounds.changes.map(({ pointer, after }) => [pointer, after]),
    ).toEqual([
      ['/autoscaling/minReplicas', 3],
      ['/autoscaling/maxReplicas', 9],
      ['/autoscaling/targetCPUUtilizationPercentage', 75],
      ['/resources/requests/cpu', '300m'],
    ]);
    expect(
      await planIn(chartFiles('charts/web', values), { action: scale(3, 2) }),
    ).toMatchObject({ kind: 'refused', code: 'value-not-found' });
  });

  it('tells workloads of a loop apart', async () => {
    const values = `services:
  api:
    resources: {requests: {cpu: "1"}}
  jobs:
    resources: {requests: {cpu: "2"}}
`;
    const template = `{{- range $name, $svc := .Values.services }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $.Release.Name }}-{{ $name }}
spec:
  replicas: 2
  selector: {matchLabels: {app: {{ $name }}}}
  template:
    metadata: {labels: {app: {{ $name }}}}
    spec:
      containers:
      - name: {{ $name }}
        image: example/{{ $name }}:1
        {{- with (index $.Values "services" $name).resources }}
        resources: {{- toYaml . | nindent 10 }}
        {{- end }}
{{- end }}
`;
    const files = chartFiles('charts/web', values, { 'all.yaml': template });
    const plan = planned(
      await planIn(files, {
        action: rightsize({ container: 'jobs', cpuRequest: '1500m' }),
        name: 'shop-jobs',
      }),
    );
    expect(plan.changes).toMatchObject([
      { pointer: '/services/jobs/resources/requests/cpu', after: '1.5' },
    ]);
    // One line of the template makes both.
    expect(
      refused(await planIn(files, { action: scale(2, 3), name: 'shop-jobs' })),
    ).toMatchObject({ code: 'shared-base' });
  });

  it('refuses a value that something else takes, too', async () => {
    const other = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
      - name: db
        image: db:1
        resources: {{- toYaml .Values.resources | nindent 10 }}
`;
    const files = {
      ...chartFiles(),
      'charts/web/templates/db.yaml': other,
    };
    expect(refused(await planIn(files))).toMatchObject({
      code: 'shared-base',
      reason: expect.stringContaining('StatefulSet db'),
    });
    expect(await planIn(files, { allowSharedBase: true })).toMatchObject({
      kind: 'planned',
    });
    // A template that cannot be carried out may use it as well.
    expect(
      refused(
        await planIn({
          ...chartFiles(),
          'charts/web/templates/db.yaml': `{{ range .Files.Lines "x" }}{{ end }}${other}`,
        }),
      ),
    ).toMatchObject({ code: 'template' });
  });

  it.each([
    ['a value of two parts', 'cpu: {{ .Values.cpu }}m', 'cpu: 500\n'],
    ['a calculation', 'cpu: {{ mul .Values.cpu 2 }}', 'cpu: 1\n'],
    [
      'a function that is not known',
      'cpu: {{ genCPU .Values.cpu }}',
      'cpu: 1\n',
    ],
    [
      'what only a cluster knows',
      'cpu: {{ (lookup "v1" "Node" "" "a").cpu }}',
      '',
    ],
  ])('refuses %s', async (_, line, values) => {
    const template = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        resources:
          requests:
            ${line}
`;
    expect(
      refused(
        await planIn(
          chartFiles('charts/web', values || '{}\n', { 'web.yaml': template }),
        ),
      ),
    ).toMatchObject({ code: 'template' });
  });

  it('takes a file for the one that may be edited', async () => {
    const files = {
      ...chartFiles(),
      'charts/web/values-prod.yaml': 'resources:\n  requests:\n    cpu: 400m\n',
    };
    expect(
      Object.keys(
        await linesOf(
          await planIn(files, { path: 'charts/web/values-prod.yaml' }),
        ),
      ),
    ).toEqual(['charts/web/values-prod.yaml']);
  });

  it('keeps to the schema of the values', async () => {
    const schema = (pattern: string) =>
      JSON.stringify({
        $schema: 'https://json-schema.org/draft-07/schema#',
        properties: {
          resources: {
            properties: { requests: { properties: { cpu: { pattern } } } },
          },
        },
      });
    const withSchema = (pattern: string) => ({
      ...chartFiles(),
      'charts/web/values.schema.json': schema(pattern),
    });
    expect(await planIn(withSchema('^[0-9]+m$'))).toMatchObject({
      kind: 'planned',
    });
    expect(refused(await planIn(withSchema('^[5-9]00m$')))).toMatchObject({
      code: 'proof-failed',
      reason: expect.stringContaining('values.schema.json'),
    });
  });

  it('reads back what a chart wants', async () => {
    const found = await extract(
      { workload: targetOf(CPU).workload, path: 'charts' },
      snapshotOf(chartFiles()),
    );
    expect(found).toMatchObject({
      kind: 'extracted',
      desired: {
        replicas: 3,
        containers: [{ name: 'web' }, { name: 'proxy' }],
      },
    });
  });
});

describe('releases', () => {
  const release = (
    spec: string,
    namespace = 'shop',
  ) => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: web
  namespace: ${namespace}
spec:
  interval: 10m
  chart:
    spec:
      chart: ./charts/web
      sourceRef: {kind: GitRepository, name: shop}
${spec}`;

  it('adds to a HelmRelease what its chart sets for others, too', async () => {
    const files = {
      ...chartFiles(),
      'apps/web.yaml': release('  values:\n    replicaCount: 5\n'),
      'staging/web.yaml': release('', 'shop-staging'),
    };
    const plan = planned(await planIn(files));
    expect(plan.files.map(({ path }) => path)).toEqual(['apps/web.yaml']);
    const after = parse(
      new TextDecoder().decode(
        applySplices(
          new TextEncoder().encode(files['apps/web.yaml']),
          plan.files[0],
        ),
      ),
    );
    expect(after.spec.values).toEqual({
      replicaCount: 5,
      resources: { requests: { cpu: '250m' } },
    });
    expect(Object.keys(after.metadata.annotations)).toHaveLength(3);
    expect(
      plan.changes.find(({ pointer }) => pointer.startsWith('/spec')),
    ).toMatchObject({
      object: { kind: 'HelmRelease', name: 'web' },
      pointer: '/spec/values/resources/requests/cpu',
    });
  });

  it('edits the overlay that sets the value of a HelmRelease', async () => {
    const files = {
      ...chartFiles(),
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'base/web.yaml': release(
        '  values:\n    resources:\n      requests:\n        cpu: 450m\n',
      ),
      'production/kustomization.yaml':
        'resources: [../base]\npatches:\n- path: patch.yaml\n  target: {kind: HelmRelease}\n',
      'production/patch.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: web
spec:
  values:
    resources:
      requests:
        cpu: 400m
`,
      'staging/kustomization.yaml':
        'resources: [../base]\nnamespace: shop-staging\n',
    };
    expect(
      (await linesOf(await planIn(files, { path: 'production' })))[
        'production/patch.yaml'
      ],
    ).toEqual([
      '+  annotations:',
      `+    ai.apexlogic.com/optimisation-reason: "${RATIONALE.reason}"`,
      '+    ai.apexlogic.com/proposed-by-model: CostOptimizer-v1.2.0',
      '+    ai.apexlogic.com/review-priority: medium',
      '-        cpu: 400m',
      '+        cpu: 250m',
    ]);
    expect(
      refused(
        await planChange(
          targetOf(CPU, { namespace: 'shop-staging' }, 'staging'),
          RATIONALE,
          snapshotOf(files),
        ),
      ),
    ).toMatchObject({ code: 'shared-base' });
  });

  it('edits values inside of a ConfigMap, byte by byte', async () => {
    const files = {
      ...chartFiles(
        'charts/web',
        VALUES.replace(/resources:\n(?: {2}.*\n)+/, ''),
      ),
      'apps/web.yaml': release(
        '  valuesFrom:\n  - kind: ConfigMap\n    name: web-values\n',
      ),
      'apps/values.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: web-values, namespace: shop}
data:
  values.yaml: |
    # small
    resources:

      requests:
        cpu: 350m # odd
  other: x
`,
    };
    expect(await linesOf(await planIn(files))).toEqual({
      'apps/values.yaml': [
        '-        cpu: 350m # odd',
        '+        cpu: 250m # odd',
      ].toSpliced(
        0,
        0,
        `+    # ai.apexlogic.com/optimisation-reason: ${RATIONALE.reason}`,
      ),
    });
    const more = planned(
      await planIn(files, {
        action: rightsize({ container: 'web', memoryRequest: '300Mi' }),
      }),
    );
    expect(more.changes).toEqual([
      expect.objectContaining({
        pointer: '/data/values.yaml',
        embedded: '/resources/requests/memory',
        after: '300Mi',
      }),
    ]);
    expect(more.files[0].diff).toContain(
      '\n+        memory: 300Mi\n   other: x',
    );
    // What a Secret says is not told, but the release's own values win over it.
    expect(
      Object.keys(
        await linesOf(
          await planIn({
            ...files,
            'apps/web.yaml': release(
              '  valuesFrom:\n  - kind: Secret\n    name: s\n',
            ),
          }),
        ),
      ),
    ).toEqual(['apps/web.yaml']);
  });

  const application = (source: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  destination: {namespace: shop, server: https://kubernetes.default.svc}
${source}`;

  it.each([
    [
      'a values object',
      'valuesObject:\n        resources: {requests: {cpu: 300m}}\n',
      [
        '-        resources: {requests: {cpu: 300m}}',
        '+        resources: {requests: {cpu: 250m}}',
      ],
    ],
    [
      'values as text',
      'values: |-\n        resources:\n          requests:\n            cpu: 300m\n',
      ['-            cpu: 300m', '+            cpu: 250m'],
    ],
    [
      'parameters',
      'values: "x: 1"\n      parameters:\n      - name: resources.requests.cpu\n        value: "300m"\n',
      ['-        value: "300m"', '+        value: "250m"'],
    ],
  ])('edits %s of an Application', async (_, helm, lines) => {
    const files = {
      ...chartFiles(),
      'argo/web.yaml': application(
        `  source:\n    repoURL: https://git.example.com/shop/deploy\n    path: charts/web\n    helm:\n      ${helm}`,
      ),
    };
    const found = await linesOf(await planIn(files));
    expect(
      found['argo/web.yaml'].filter(
        line => !/annotations|ai\.apexlogic|^[+-]metadata/.test(line),
      ),
    ).toEqual(lines);
    expect(found['argo/web.yaml'].join()).toContain('optimisation-reason');
  });

  it('follows files of values from another source, and what an ApplicationSet makes', async () => {
    const files = {
      ...chartFiles(),
      'envs/prod/values.yaml': 'resources:\n  requests:\n    cpu: 300m\n',
      'envs/test/values.yaml': 'resources:\n  requests:\n    cpu: 310m\n',
      'argo/set.yaml': `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: web}
spec:
  goTemplate: true
  generators:
  - git:
      repoURL: https://git.example.com/shop/deploy
      revision: main
      directories:
      - path: envs/*
  template:
    metadata: {name: 'web-{{ .path.basename }}'}
    spec:
      destination: {namespace: 'shop-{{ .path.basename }}'}
      sources:
      - repoURL: https://git.example.com/shop/deploy
        ref: values
      - repoURL: https://git.example.com/shop/deploy
        path: charts/web
        helm:
          releaseName: web
          valueFiles: ['$values/{{ .path.path }}/values.yaml']
`,
    };
    const inProd = targetOf(CPU, { namespace: 'shop-prod' });
    expect(
      Object.keys(
        await linesOf(await planChange(inProd, RATIONALE, snapshotOf(files))),
      ),
    ).toEqual(['envs/prod/values.yaml']);
    // What only the set could say is said for both.
    expect(
      refused(
        await planChange(
          targetOf(scale(3, 2), { namespace: 'shop-prod' }),
          RATIONALE,
          snapshotOf({
            ...files,
            'envs/prod/values.yaml': '',
            'envs/test/values.yaml': '',
          }),
        ),
      ),
    ).toMatchObject({
      code: expect.stringMatching(/shared-base|not-supported/),
    });
  });
});

describe('a chart outside of the repository', () => {
  const outside = (values: string) => ({
    'apps/web.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  chart:
    spec:
      chart: web
      sourceRef: {kind: HelmRepository, name: charts}
  values:
${values}`,
  });
  const ONE = '    resources:\n      requests: {cpu: 500m}\n';
  const present = [{ container: 'web', cpuRequest: '0.5' }];

  it('changes only what is set, named and what the advice was made for', async () => {
    const plan = planned(await planIn(outside(ONE), { present }));
    expect(plan.changes.at(-1)).toMatchObject({
      pointer: '/spec/values/resources/requests/cpu',
      after: '250m',
    });
    expect(refused(await planIn(outside(ONE)))).toMatchObject({
      code: 'template',
    });
    expect(
      refused(
        await planIn(outside(ONE), {
          present: [{ container: 'web', cpuRequest: '1' }],
        }),
      ),
    ).toMatchObject({ code: 'template' });
    // Nothing names the container.
    expect(
      refused(
        await planIn(
          outside(`    db:\n      resources:\n        requests: {cpu: 500m}\n`),
          { present },
        ),
      ),
    ).toMatchObject({ code: 'template' });
    expect(
      refused(
        await planIn(
          outside(
            `${ONE}    web:\n      resources:\n        requests: {cpu: 500m}\n`,
          ),
          { present },
        ),
      ),
    ).toMatchObject({ code: 'ambiguous' });
  });

  it('follows setter comments, which win everywhere', async () => {
    const set = outside(
      '    deep:\n      strange:\n        - 500m # {"$finops": "cpu-request", "container": "web"}\n',
    );
    expect(await linesOf(await planIn(set))).toMatchObject({
      'apps/web.yaml': expect.arrayContaining([
        '+        - 250m # {"$finops": "cpu-request", "container": "web"}',
      ]),
    });
    const values = VALUES.replace(
      'replicaCount: 3 # two are enough at night',
      'replicaCount: 3\nother: 3 # {"$finops": "replicas", "workload": "web"}',
    );
    expect(
      planned(
        await planIn(chartFiles('charts/web', values), { action: scale(3, 2) }),
      ).changes,
    ).toMatchObject([{ pointer: '/other', after: 2 }]);
    expect(
      refused(
        await planIn(
          chartFiles(
            'charts/web',
            `${values}again: 3 # {"$finops": "replicas", "workload": "web"}\n`,
          ),
          { action: scale(3, 2) },
        ),
      ),
    ).toMatchObject({ code: 'ambiguous' });
  });
});

describe('what policies judge', () => {
  it('is what is known of the object, marked as such', async () => {
    const snapshot = snapshotOf(chartFiles());
    const plan = planned(await planIn(chartFiles()));
    const built = await buildPlanned(plan, snapshot);
    expect(built).toMatchObject({
      kind: 'built',
      objects: [
        {
          synthesised: true,
          object: { kind: 'Deployment', namespace: 'shop', name: 'web' },
          changes: [
            {
              pointer:
                '/spec/template/spec/containers/0/resources/requests/cpu',
              before: '500m',
              after: '250m',
            },
          ],
          after: {
            metadata: { labels: { 'app.kubernetes.io/name': 'web' } },
            spec: { replicas: 3 },
          },
        },
      ],
    });
  });

  it('is what Helm writes where it is at hand, which proves it, too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'helm-'));
    try {
      const command = join(folder, 'helm');
      const fake = async (more: string) => {
        await writeFile(
          command,
          `#!/bin/sh
[ "$1 $2 $3 $4 $5" = "template web ./charts/web --namespace shop" ] || { echo "bad call: $*" >&2; exit 1; }
[ -f charts/web/Chart.yaml ] || exit 2
cpu=$(sed -n 's/^    cpu: //p' "$7")
cat <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  ${more}
  template:
    spec:
      containers:
      - {name: web, image: "x:1", resources: {requests: {cpu: $cpu}}}
END
`,
        );
        await chmod(command, 0o755);
      };
      const helmRenderer = createHelmRenderer({ command });
      const target = targetOf(CPU);
      const snapshot = snapshotOf(chartFiles());
      await fake('paused: true');
      const plan = planned(
        await planChange(target, RATIONALE, snapshot, { helmRenderer }),
      );
      expect(plan.proof.checks.at(-1)).toMatchObject({
        name: 'render',
        outcome: 'passed',
      });
      expect(
        await buildPlanned(plan, snapshot, { helmRenderer }),
      ).toMatchObject({
        kind: 'built',
        objects: [
          { after: { spec: { paused: true } }, changes: [{ after: '250m' }] },
        ],
      });
      // Something that this package does not see follows the same value.
      await fake('minReadySeconds: "$cpu"');
      expect(
        refused(
          await planChange(target, RATIONALE, snapshot, { helmRenderer }),
        ),
      ).toMatchObject({
        code: 'proof-failed',
        reason: expect.stringContaining('minReadySeconds'),
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
