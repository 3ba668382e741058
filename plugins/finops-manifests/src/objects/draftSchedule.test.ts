import type { Action } from '@apexlogic/backstage-plugin-finops-common';
import { applyPlan } from '../applySplices';
import { planChange } from '../planChange';
import {
  planned,
  RATIONALE,
  refused,
  snapshotOf,
  targetOf,
} from '../testUtils';
import { hasKubectl } from './testUtils';

const RENDERED = hasKubectl ? 'passed' : 'skipped';
const WEB = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
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
`;
const FIXED = WEB.replace('  selector:', '  replicas: 2\n  selector:');
const REASON = `  annotations:
    ai.apexlogic.com/optimisation-reason: "CPU 30 % underused over 7 days, 12 requests/s at peak"
    ai.apexlogic.com/proposed-by-model: CostOptimizer-v1.2.0
    ai.apexlogic.com/review-priority: medium
`;

const HOURS = {
  kind: 'schedule-off-hours',
  workload: 'main/shop/Deployment/web',
  timeZone: 'Europe/Berlin',
  weekdays: [1, 2, 3, 4, 5],
  up: '07:30',
  down: '20:00',
} as const;
const SLEEP: Action = { ...HOURS, mechanism: 'kube-green' };
const CRON: Action = { ...HOURS, mechanism: 'keda-cron', runningReplicas: 3 };

function plan(
  files: Record<string, string>,
  action: Action,
  workload: { kind?: string; namespace?: string; name?: string } = {},
  path?: string,
) {
  return planChange(
    targetOf(action, workload, path),
    RATIONALE,
    snapshotOf(files),
  );
}

async function written(
  files: Record<string, string>,
  action: Action,
  workload: { kind?: string; namespace?: string; name?: string } = {},
  path?: string,
) {
  const made = planned(await plan(files, action, workload, path));
  const applied = await applyPlan(made, snapshotOf(files));
  return {
    plan: made,
    texts: Object.fromEntries(
      applied.map(file => [file.path, Buffer.from(file.after).toString()]),
    ),
  };
}

describe('schedule-off-hours', () => {
  it('puts a SleepInfo that names the workload alone beside it', async () => {
    const { texts, plan: made } = await written(
      { 'apps/web.yaml': WEB },
      SLEEP,
    );
    expect(texts).toEqual({
      'apps/finops-off-hours-deployment-web.yaml': `apiVersion: kube-green.com/v1alpha1
kind: SleepInfo
metadata:
  name: web-off-hours
  namespace: shop
${REASON}spec:
  weekdays: "1-5"
  sleepAt: "20:00"
  wakeUpAt: "07:30"
  timeZone: Europe/Berlin
  includeRef:
    - apiVersion: apps/v1
      kind: Deployment
      name: web
`,
    });
    expect(made.objects).toMatchObject([
      { object: { kind: 'SleepInfo', namespace: 'shop' }, presence: 'added' },
    ]);
    expect(made.notes).toEqual([expect.stringContaining('kube-green 0.6')]);
    expect(made.proof.checks.map(({ outcome }) => outcome)).toEqual([
      'passed',
      'passed',
      'passed',
      'skipped',
    ]);
  });

  it('puts a ScaledObject of KEDA beside it, nights included', async () => {
    const { texts } = await written({ 'web.yaml': WEB }, CRON);
    expect(texts['finops-off-hours-deployment-web.yaml']).toContain(`spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  minReplicaCount: 0
  maxReplicaCount: 3
  triggers:
    - type: cron
      metadata:
        timezone: Europe/Berlin
        start: "30 7 * * 1-5"
        end: "0 20 * * 1-5"
        desiredReplicas: "3"
`);
    const night = await written({ 'web.yaml': WEB }, {
      ...CRON,
      weekdays: [7, 5],
      up: '22:00',
      down: '06:00',
    } as Action);
    const [text] = Object.values(night.texts);
    expect(text).toContain('start: "0 22 * * 0,5"');
    expect(text).toContain('end: "0 6 * * 1,6"');
  });

  it('stops CronJobs by kube-green only', async () => {
    const job = `apiVersion: batch/v1
kind: CronJob
metadata: {name: web, namespace: shop}
spec: {schedule: '* * * * *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a}]}}}}}
`;
    const { texts } = await written({ 'job.yaml': job }, SLEEP, {
      kind: 'CronJob',
    });
    expect(texts['finops-off-hours-cronjob-web.yaml']).toContain(
      'suspendCronJobs: true\n',
    );
    expect(
      refused(await plan({ 'job.yaml': job }, CRON, { kind: 'CronJob' })),
    ).toMatchObject({ code: 'not-supported' });
  });

  it('names the new file in the overlay of the one deployment that is meant', async () => {
    const files = {
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'base/web.yaml': WEB.replace('  namespace: shop\n', ''),
      'live/kustomization.yaml':
        'namespace: shop\nnamePrefix: my-\nresources:\n  - ../base # both\n',
      'test/kustomization.yaml': 'namespace: test\nresources: [../base]\n',
    };
    for (const action of [SLEEP, CRON]) {
      const { texts, plan: made } = await written(
        files,
        action,
        { name: 'my-web' },
        'live',
      );
      expect(texts['live/kustomization.yaml']).toBe(
        'namespace: shop\nnamePrefix: my-\nresources:\n  - ../base # both\n  - finops-off-hours-deployment-web.yaml\n',
      );
      const text = texts['live/finops-off-hours-deployment-web.yaml'];
      expect(text).toContain('  name: web-off-hours\n  annotations');
      expect(text).toContain('name: my-web\n');
      expect(made.proof.checks.at(-1)).toMatchObject({ outcome: RENDERED });
    }
  });

  it('edits a schedule that is there', async () => {
    const sleep = `kind: SleepInfo
apiVersion: kube-green.com/v1alpha1
metadata: {name: nights, namespace: shop}
spec:
  weekdays: '1-5' # office
  sleepAt: "22:00"
  wakeUpAt: "06:00"
  timeZone: "Europe/Berlin"
  includeRef:
  - {apiVersion: apps/v1, kind: Deployment, name: web}
`;
    const { texts } = await written(
      { 'web.yaml': WEB, 'sleep.yaml': sleep },
      SLEEP,
    );
    expect(Object.keys(texts)).toEqual(['sleep.yaml']);
    expect(texts['sleep.yaml']).toContain(
      `spec:\n  weekdays: '1-5' # office\n  sleepAt: "20:00"\n  wakeUpAt: "07:30"\n  timeZone: "Europe/Berlin"\n`,
    );
    const done = sleep.replace('22:00', '20:00').replace('06:00', '07:30');
    expect(
      refused(await plan({ 'web.yaml': WEB, 'sleep.yaml': done }, SLEEP)),
    ).toMatchObject({ code: 'already-done' });

    const scaled = `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: web, namespace: shop}
spec:
  scaleTargetRef: {name: web}
  minReplicaCount: 1
  maxReplicaCount: 2
  triggers:
  - type: cron
    metadata: {timezone: UTC, start: 0 6 * * *, end: 0 22 * * *, desiredReplicas: "2"}
`;
    const edited = await written(
      { 'web.yaml': WEB, 'scaled.yaml': scaled },
      CRON,
    );
    expect(edited.texts['scaled.yaml']).toContain(`  minReplicaCount: 0
  maxReplicaCount: 3
  triggers:
  - type: cron
    metadata: {timezone: Europe/Berlin, start: "30 7 * * 1-5", end: "0 20 * * 1-5", desiredReplicas: "3"}
`);
  });

  it('refuses two rules over one workload', async () => {
    const hpa = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec: {scaleTargetRef: {kind: Deployment, name: web}}
`;
    const byLoad = `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: load, namespace: shop}
spec: {scaleTargetRef: {name: web}, triggers: [{type: kafka, metadata: {}}]}
`;
    const namespaceWide = `apiVersion: kube-green.com/v1alpha1
kind: SleepInfo
metadata: {name: all, namespace: shop}
spec: {weekdays: '*', sleepAt: '20:00'}
`;
    for (const [other, action, name] of [
      [hpa, CRON, 'HorizontalPodAutoscaler web'],
      [byLoad, CRON, 'ScaledObject load'],
      [byLoad, SLEEP, 'ScaledObject load'],
      [namespaceWide, SLEEP, 'SleepInfo all'],
      [namespaceWide, CRON, 'SleepInfo all'],
    ] as const) {
      expect(
        refused(await plan({ 'web.yaml': WEB, 'other.yaml': other }, action)),
      ).toMatchObject({
        code: 'not-supported',
        reason: expect.stringContaining(name),
      });
    }
    // An autoscaler rests at no replicas, and a SleepInfo may leave the workload out.
    await written({ 'web.yaml': WEB, 'other.yaml': hpa }, SLEEP);
    const without = namespaceWide.replace(
      "sleepAt: '20:00'",
      "sleepAt: '20:00', excludeRef: [{apiVersion: apps/v1, kind: Deployment, name: web}]",
    );
    await written({ 'web.yaml': WEB, 'other.yaml': without }, SLEEP);
  });

  const application = (policy: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
spec:
  source:
    repoURL: https://git.example.com/shop/deploy.git
    path: apps
  syncPolicy:
    automated: ${policy}
    syncOptions:
    - CreateNamespace=true
`;

  it('has an Argo CD that self-heals leave the replicas alone, where the files set them', async () => {
    const files = {
      'apps/web.yaml': FIXED,
      'argo/shop.yaml': application('{selfHeal: true}'),
    };
    const { texts, plan: made } = await written(files, SLEEP, {}, 'apps');
    expect(texts['argo/shop.yaml']).toBe(
      application('{selfHeal: true}')
        .replace('  name: shop\n', `  name: shop\n${REASON}`)
        .replace(
          '    - CreateNamespace=true\n',
          `    - CreateNamespace=true
    - RespectIgnoreDifferences=true
  ignoreDifferences:
    - group: apps
      kind: Deployment
      name: web
      jsonPointers:
        - /spec/replicas
`,
        ),
    );
    expect(made.files).toHaveLength(2);
    expect(made.notes).toContainEqual(
      expect.stringContaining('Argo CD leaves'),
    );
    // A second plan on the result has nothing more to say to it.
    const again = await written(
      { ...files, 'argo/shop.yaml': texts['argo/shop.yaml'] },
      SLEEP,
      {},
      'apps',
    );
    expect(again.plan.files).toHaveLength(1);

    for (const [web, policy] of [
      [WEB, '{selfHeal: true}'],
      [FIXED, '{prune: true}'],
    ]) {
      const other = await written(
        { 'apps/web.yaml': web, 'argo/shop.yaml': application(policy) },
        SLEEP,
        {},
        'apps',
      );
      expect(other.plan.files).toHaveLength(1);
    }
  });

  it('edits an Application that a kustomization builds', async () => {
    const { plan: made } = await written(
      {
        'apps/web.yaml': FIXED,
        'argo/shop.yaml': application('{selfHeal: true}'),
        'argo/kustomization.yaml':
          'namespace: argocd\nresources: [shop.yaml]\n',
      },
      CRON,
      {},
      'apps',
    );
    expect(made.proof.checks.at(-1)).toMatchObject({ outcome: RENDERED });
    expect(made.objects).toContainEqual({
      object: expect.objectContaining({
        kind: 'Application',
        namespace: 'argocd',
      }),
      kustomization: 'argo/kustomization.yaml',
    });
  });

  it('refuses where Flux would start it again', async () => {
    const flux = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, prune: true, interval: 10m, sourceRef: {kind: GitRepository, name: flux-system}}
`;
    const files = { 'apps/web.yaml': FIXED, 'cluster/apps.yaml': flux };
    expect(refused(await plan(files, SLEEP, {}, 'apps'))).toMatchObject({
      code: 'not-supported',
      reason: expect.stringContaining('Flux Kustomization apps'),
    });
    await written({ ...files, 'apps/web.yaml': WEB }, SLEEP, {}, 'apps');
    await written(
      {
        ...files,
        'apps/web.yaml': FIXED.replace(
          '  name: web\n',
          '  name: web\n  annotations: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}\n',
        ),
      },
      SLEEP,
      {},
      'apps',
    );
  });

  it('refuses hours that are none', async () => {
    const wrong: Partial<typeof HOURS | typeof CRON>[] = [
      { timeZone: 'Europe/Nowhere' as never },
      { timeZone: '+02:00' as never },
      { up: '24:00' as never },
      { up: '20:00' as never },
      { weekdays: [] as never },
      { weekdays: [0] as never },
    ];
    for (const change of wrong) {
      expect(
        refused(
          await plan({ 'web.yaml': WEB }, { ...CRON, ...change } as Action),
        ),
      ).toMatchObject({ code: 'not-supported' });
    }
    expect(
      refused(
        await plan({ 'web.yaml': WEB }, {
          ...CRON,
          runningReplicas: 0,
        } as Action),
      ),
    ).toMatchObject({ code: 'not-supported' });
    // One list of days for both times cannot say this.
    expect(
      refused(
        await plan({ 'web.yaml': WEB }, {
          ...SLEEP,
          up: '22:00',
          down: '06:00',
        } as Action),
      ),
    ).toMatchObject({ reason: expect.stringContaining('KEDA can') });
  });
});
