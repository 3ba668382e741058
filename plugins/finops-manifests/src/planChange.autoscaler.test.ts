import fc from 'fast-check';
import { loadAll } from 'js-yaml';
import { applySplices } from './applySplices';
import { createObjectValidator } from './kubernetes/validateObject';
import { planChange } from './planChange';
import {
  planned,
  RATIONALE,
  refused,
  snapshotOf,
  targetOf,
  tune,
} from './testUtils';

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  selector:
    matchLabels: { app: web }
  template:
    metadata:
      labels: { app: web }
    spec:
      containers:
      - name: web
        image: example/web:1
        resources:
          requests: { cpu: 500m, memory: 512Mi } # measured
`;

const AUTOSCALER = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web-hpa
  namespace: shop
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  minReplicas: 3 # one a zone
  maxReplicas: 10
  metrics:
    - type: External
      external: { metric: { name: queue }, target: { type: Value, value: "30" } }
    - type: Resource
      resource:
        name: cpu
        target: { type: Utilization, averageUtilization: 60 }
`;

const REQUESTS = { containers: [{ container: 'web', cpuRequest: '350m' }] };

const validator = createObjectValidator();

type Files = Readonly<Record<string, string>>;

const planOf = (files: Files, action = tune(), path?: string) =>
  planChange(targetOf(action, {}, path), RATIONALE, snapshotOf(files), {
    validator,
  });

/** The changed files as another parser reads them. */
async function after(files: Files, action = tune(), path?: string) {
  const { files: changed } = planned(await planOf(files, action, path));
  const bytes = (name: string) => new TextEncoder().encode(files[name]);
  return Object.fromEntries(
    changed.map(file => [
      file.path,
      loadAll(
        new TextDecoder().decode(applySplices(bytes(file.path), file)),
      ) as any[],
    ]),
  );
}

const reason = {
  'ai.apexlogic.com/optimisation-reason': RATIONALE.reason,
  'ai.apexlogic.com/proposed-by-model': 'CostOptimizer-v1.2.0',
  'ai.apexlogic.com/review-priority': 'medium',
};

describe('planChange of an autoscaler', () => {
  it('writes its settings and the requests they are measured by as one change', async () => {
    const files = { 'web.yaml': DEPLOYMENT, 'hpa.yaml': AUTOSCALER };
    const plan = planned(await planOf(files, tune(REQUESTS)));
    expect(
      plan.changes
        .filter(({ pointer }) => !pointer.includes('annotations'))
        .map(({ path, object, pointer, before, after: now }) => [
          path,
          object.kind,
          pointer,
          before,
          now,
        ]),
    ).toEqual([
      ['hpa.yaml', 'HorizontalPodAutoscaler', '/spec/minReplicas', 3, 2],
      ['hpa.yaml', 'HorizontalPodAutoscaler', '/spec/maxReplicas', 10, 12],
      [
        'hpa.yaml',
        'HorizontalPodAutoscaler',
        '/spec/metrics/1/resource/target/averageUtilization',
        60,
        75,
      ],
      [
        'web.yaml',
        'Deployment',
        '/spec/template/spec/containers/0/resources/requests/cpu',
        '500m',
        '350m',
      ],
    ]);
    expect(plan.proof.checks.map(({ outcome }) => outcome)).toEqual([
      'passed',
      'passed',
      'passed',
      'skipped',
    ]);
    const now = await after(files, tune(REQUESTS));
    // Each object says why it was changed.
    expect(now['hpa.yaml'][0].metadata.annotations).toEqual(reason);
    expect(now['web.yaml'][0].metadata.annotations).toEqual(reason);
    expect(
      plan.files.map(({ diff }) => diff.match(/^-[^-].*/gm)?.length),
    ).toEqual([3, 1]);
  });

  it('edits both objects of one file, and only what the files do not say yet', async () => {
    const both = `${DEPLOYMENT}---\n${AUTOSCALER}`;
    const [, hpa] = (await after({ 'web.yaml': both }, tune(REQUESTS)))[
      'web.yaml'
    ];
    expect(hpa.spec).toMatchObject({ minReplicas: 2, maxReplicas: 12 });
    const half = both.replace('maxReplicas: 10', 'maxReplicas: 12');
    expect(await planOf({ 'web.yaml': half })).toMatchObject({
      kind: 'refused',
      code: 'value-changed',
    });
    const done = both
      .replace('minReplicas: 3', 'minReplicas: 2')
      .replace('maxReplicas: 10', 'maxReplicas: 12');
    expect(planned(await planOf({ 'web.yaml': done })).changes).toContainEqual(
      expect.objectContaining({
        pointer: '/spec/metrics/1/resource/target/averageUtilization',
        after: 75,
      }),
    );
    expect(
      refused(
        await planOf({
          'web.yaml': done.replace(
            'averageUtilization: 60',
            'averageUtilization: 75',
          ),
        }),
      ).code,
    ).toBe('already-done');
  });

  it('knows the first version, and a minimum that is not written', async () => {
    const first = `apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: { name: web-hpa, namespace: shop }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  maxReplicas: 10
  targetCPUUtilizationPercentage: 60
`;
    const action = tune({
      from: { minReplicas: 1, maxReplicas: 10, cpuUtilisationPercent: 60 },
    });
    const now = await after({ 'hpa.yaml': first }, action);
    expect(now['hpa.yaml'][0].spec).toMatchObject({
      minReplicas: 2,
      maxReplicas: 12,
      targetCPUUtilizationPercentage: 75,
    });
  });

  it.each([
    ['another target', ['name: web }', 'name: other }'], 'value-changed'],
    ['a target of a like name', ['name: web }', 'name: we }'], 'value-changed'],
    ['no such autoscaler', ['name: web-hpa', 'name: api-hpa'], 'not-managed'],
    [
      'another utilisation',
      ['averageUtilization: 60', 'averageUtilization: 50'],
      'value-changed',
    ],
    [
      'an absolute value',
      [
        'type: Utilization, averageUtilization: 60',
        'type: AverageValue, averageValue: 300m',
      ],
      'value-not-found',
    ],
    [
      'several CPU metrics',
      [
        '    - type: External\n      external: { metric: { name: queue }, target: { type: Value, value: "30" } }\n',
        '    - { type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 40 } } }\n',
      ],
      'value-not-found',
    ],
  ])('refuses %s', async (_name, [from, to], code) => {
    const changed = AUTOSCALER.replace(from, to);
    expect(changed).not.toBe(AUTOSCALER);
    expect(refused(await planOf({ 'hpa.yaml': changed })).code).toBe(code);
  });

  describe('over kustomizations', () => {
    const named = AUTOSCALER.replace('  namespace: shop\n', '');
    const FILES = {
      'base/kustomization.yaml': 'resources: [hpa.yaml]\n',
      'base/hpa.yaml': named,
      'production/kustomization.yaml':
        'namespace: shop\nresources: [../base]\npatches: [{path: hpa.yaml}]\n',
      'production/hpa.yaml': `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web-hpa
spec:
  minReplicas: 4
`,
    };
    const from = { minReplicas: 4, maxReplicas: 10, cpuUtilisationPercent: 60 };
    const bounds = tune({
      from,
      to: { ...from, minReplicas: 2, maxReplicas: 12 },
    });
    const target = tune({ from, to: { ...from, cpuUtilisationPercent: 75 } });

    it('writes each setting where the nearest file sets it', async () => {
      expect(Object.keys(await after(FILES, bounds, 'production'))).toEqual([
        'production/hpa.yaml',
      ]);
      const both = {
        ...bounds,
        to: { ...bounds.to, cpuUtilisationPercent: 75 },
      };
      const now = await after(FILES, both, 'production');
      expect(Object.keys(now)).toEqual([
        'production/hpa.yaml',
        'base/hpa.yaml',
      ]);
      expect(now['production/hpa.yaml'][0].spec).toEqual({
        minReplicas: 2,
        maxReplicas: 12,
      });
      // The reason stands once for an object.
      expect(now['base/hpa.yaml'][0].metadata.annotations).toBeUndefined();
    });

    it('knows the target by the name it is built with', async () => {
      const files = {
        'base/kustomization.yaml': 'resources: [web.yaml, hpa.yaml]\n',
        'base/web.yaml': DEPLOYMENT.replace('  namespace: shop\n', ''),
        'base/hpa.yaml': named,
        'production/kustomization.yaml':
          'namespace: shop\nnamePrefix: eu-\nresources: [../base]\n',
      };
      const renamed = (name: string) =>
        planChange(
          targetOf(tune({ autoscaler: 'eu-web-hpa' }), { name }, 'production'),
          RATIONALE,
          snapshotOf(files),
          { validator },
        );
      expect(planned(await renamed('eu-web')).files[0].path).toBe(
        'base/hpa.yaml',
      );
      expect(refused(await renamed('eu-web-admin')).code).toBe('value-changed');
    });

    it('does not write a list of metrics into a patch to spare a shared base', async () => {
      const shared = {
        ...FILES,
        'staging/kustomization.yaml':
          'namespace: shop-staging\nresources: [../base]\n',
      };
      expect(refused(await planOf(shared, target, 'production')).code).toBe(
        'shared-base',
      );
      expect(Object.keys(await after(shared, bounds, 'production'))).toEqual([
        'production/hpa.yaml',
      ]);
    });

    it('refuses where a JSON patch sets them', async () => {
      const patched = {
        ...FILES,
        'production/hpa.yaml':
          '- {op: replace, path: /spec/metrics/1/resource/target/averageUtilization, value: 60}\n',
        'production/kustomization.yaml':
          'namespace: shop\nresources: [../base]\npatches: [{path: hpa.yaml, target: {kind: HorizontalPodAutoscaler, name: web-hpa}}]\n',
      };
      expect(refused(await planOf(patched, target, 'production')).code).toBe(
        'not-supported',
      );
    });
  });

  it('changes only what it means to, however the files are written', async () => {
    const settings = fc.record({
      minReplicas: fc.integer({ min: 1, max: 9 }),
      maxReplicas: fc.integer({ min: 9, max: 99 }),
      cpuUtilisationPercent: fc.integer({ min: 1, max: 100 }),
    });
    await fc.assert(
      fc.asyncProperty(
        settings,
        settings,
        fc.record({
          eol: fc.constantFrom('\n', '\r\n'),
          flow: fc.boolean(),
          indent: fc.constantFrom('', '  '),
          quote: fc.constantFrom('', '"'),
          others: fc.integer({ min: 0, max: 2 }),
          together: fc.boolean(),
          requests: fc.boolean(),
        }),
        async (from, to, style) => {
          const { indent, others, flow, eol } = style;
          const metric = flow
            ? [
                `${indent}- {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: ${from.cpuUtilisationPercent}}}}`,
              ]
            : [
                `${indent}- resource:`,
                `${indent}    target:`,
                `${indent}      averageUtilization: ${from.cpuUtilisationPercent} # percent`,
                `${indent}      type: Utilization`,
                `${indent}    name: ${style.quote}cpu${style.quote}`,
                `${indent}  type: Resource`,
              ];
          const hpa = [
            'apiVersion: autoscaling/v2',
            'kind: HorizontalPodAutoscaler',
            'metadata: {name: web-hpa, namespace: shop}',
            'spec:',
            `  maxReplicas: ${from.maxReplicas}`,
            '  metrics:',
            ...[
              ...Array.from(
                { length: others },
                () =>
                  `${indent}- {type: Pods, pods: {metric: {name: r}, target: {type: AverageValue, averageValue: "5"}}}`,
              ),
              ...metric,
            ].map(line => `  ${line}`),
            `  minReplicas: ${from.minReplicas}`,
            '  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}',
            '',
          ];
          const written = (text: string) => text.replaceAll('\n', eol);
          const files: Files = style.together
            ? { 'all.yaml': written(`${DEPLOYMENT}---\n${hpa.join('\n')}`) }
            : {
                'hpa.yaml': written(hpa.join('\n')),
                'web.yaml': written(DEPLOYMENT),
              };
          const action = tune({
            from,
            to,
            containers: style.requests ? REQUESTS.containers : [],
          });
          const result = await planOf(files, action);
          const same = Object.entries(from).every(
            ([key, value]) => to[key as keyof typeof to] === value,
          );
          if (same && !style.requests) {
            expect(refused(result).code).toBe('already-done');
            return;
          }
          const wanted = Object.values(files).flatMap(
            text => loadAll(text) as any[],
          );
          for (const object of wanted) {
            if (object.kind === 'Deployment' && style.requests) {
              object.spec.template.spec.containers[0].resources.requests.cpu =
                '350m';
              object.metadata.annotations = reason;
            } else if (object.kind !== 'Deployment' && !same) {
              object.spec.minReplicas = to.minReplicas;
              object.spec.maxReplicas = to.maxReplicas;
              object.spec.metrics[others].resource.target.averageUtilization =
                to.cpuUtilisationPercent;
              object.metadata.annotations = reason;
            }
          }
          const now = await after(files, action);
          const found = Object.entries(files).flatMap(
            ([path, text]) => now[path] ?? (loadAll(text) as any[]),
          );
          expect(found).toEqual(wanted);
        },
      ),
      { numRuns: 60 },
    );
  });
});
