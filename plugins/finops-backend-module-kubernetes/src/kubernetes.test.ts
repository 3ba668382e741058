import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import {
  AppsV1Api,
  AutoscalingV1Api,
  CoreV1Api,
  KubeConfig,
} from '@kubernetes/client-node';
import { WorkloadSelector } from '@apexlogic/backstage-plugin-finops-node';
import { eventually } from './__testUtils__/eventually';
import { ClusterMirror } from './ClusterMirror';
import { KubernetesChangeSource } from './KubernetesChangeSource';
import { KubernetesStateSource } from './KubernetesStateSource';

const kubeconfigPath = process.env.FINOPS_TEST_KUBECONFIG;
const describeWithCluster = kubeconfigPath ? describe : describe.skip;

const mirrors: ClusterMirror[] = [];
const servers: Server[] = [];

function connect(
  kubeConfig: KubeConfig,
  options: { pageSize?: number; initialListTimeoutMs?: number } = {},
) {
  const mirror = new ClusterMirror({
    kubeConfig,
    pageSize: options.pageSize ?? 2,
    initialListTimeoutMs: options.initialListTimeoutMs ?? 10_000,
    restartDelayMs: 100,
  });
  mirrors.push(mirror);
  const connection = { kind: 'connected', name: 'eu', kubeConfig } as const;
  return {
    state: new KubernetesStateSource(connection, mirror),
    changes: new KubernetesChangeSource('eu', mirror),
  };
}

async function read(
  source: KubernetesStateSource,
  ...selectors: WorkloadSelector[]
) {
  const results = [];
  for await (const result of source.readState(selectors, {
    signal: new AbortController().signal,
  })) {
    results.push(result);
  }
  return results;
}

afterEach(async () => {
  await Promise.all(mirrors.splice(0).map(mirror => mirror.stop()));
  await Promise.all(
    servers.splice(0).map(server => {
      server.closeAllConnections();
      return new Promise(resolve => server.close(resolve));
    }),
  );
});

describeWithCluster(
  'against a real Kubernetes API (FINOPS_TEST_KUBECONFIG)',
  () => {
    const namespace = `finops-${Date.now().toString(36)}`;
    const admin = new KubeConfig();
    const entity = (selector: Partial<WorkloadSelector>): WorkloadSelector => ({
      entityRef: 'component:default/web',
      namespace,
      ...selector,
    });

    beforeAll(async () => {
      admin.loadFromFile(kubeconfigPath!);
      await admin
        .makeApiClient(CoreV1Api)
        .createNamespace({ body: { metadata: { name: namespace } } });
      for (const name of ['web', 'api', 'worker']) {
        await admin.makeApiClient(AppsV1Api).createNamespacedDeployment({
          namespace,
          body: {
            metadata: {
              name,
              labels: { app: name, 'backstage.io/kubernetes-id': name },
            },
            spec: {
              replicas: 3,
              selector: { matchLabels: { app: name } },
              template: {
                metadata: { labels: { app: name } },
                spec: {
                  containers: [
                    {
                      name: 'main',
                      image: `example/${name}:1.2.3`,
                      resources: {
                        requests: { cpu: '250m', memory: '512Mi' },
                        limits: { memory: '1Gi' },
                      },
                    },
                    { name: 'sidecar', image: 'example/sidecar:1' },
                  ],
                },
              },
            },
          },
        });
      }
      await admin
        .makeApiClient(AutoscalingV1Api)
        .createNamespacedHorizontalPodAutoscaler({
          namespace,
          body: {
            metadata: { name: 'api' },
            spec: {
              scaleTargetRef: {
                apiVersion: 'apps/v1',
                kind: 'Deployment',
                name: 'api',
              },
              minReplicas: 2,
              maxReplicas: 8,
              targetCPUUtilizationPercentage: 70,
            },
          },
        });
    });

    afterAll(async () => {
      await admin.makeApiClient(CoreV1Api).deleteNamespace({ name: namespace });
    });

    it('reads workloads over several pages, with requests, limits and the autoscaler of the served version', async () => {
      const { state } = connect(admin);
      const [web, api, none] = await read(
        state,
        entity({ kubernetesId: 'web' }),
        entity({
          entityRef: 'component:default/api',
          labelSelector: 'app in (api)',
        }),
        entity({ entityRef: 'component:default/none', kubernetesId: 'none' }),
      );
      expect(web).toMatchObject({
        status: 'ok',
        data: {
          entityRef: 'component:default/web',
          states: [
            {
              workload: {
                cluster: 'eu',
                namespace,
                kind: 'Deployment',
                name: 'web',
              },
              replicas: 3,
              containers: [
                {
                  name: 'main',
                  image: 'example/web:1.2.3',
                  cpuRequest: 0.25,
                  memoryRequest: 536_870_912,
                  memoryLimit: 1_073_741_824,
                },
                { name: 'sidecar' },
              ],
              specChangedAt: expect.stringMatching(/^\d{4}-.*Z$/),
            },
          ],
        },
      });
      expect(api).toMatchObject({
        data: {
          states: [
            {
              autoscaler: {
                name: 'api',
                minReplicas: 2,
                maxReplicas: 8,
                resources: ['cpu'],
                targetUtilisation: { cpu: 0.7 },
              },
            },
          ],
        },
      });
      expect(none).toMatchObject({ status: 'ok', data: { states: [] } });
    });

    it('follows changes by watch, without listing again', async () => {
      const { state, changes } = connect(admin);
      await read(state, entity({ kubernetesId: 'worker' }));
      await admin.makeApiClient(AppsV1Api).replaceNamespacedDeploymentScale({
        namespace,
        name: 'worker',
        body: {
          metadata: { name: 'worker', namespace },
          spec: { replicas: 5 },
        },
      });
      await eventually(async () => {
        expect(
          await read(state, entity({ kubernetesId: 'worker' })),
        ).toMatchObject([{ data: { states: [{ replicas: 5 }] } }]);
      });

      // No controller runs here, so the rollout's ReplicaSet is written by hand as one would.
      const deployment = await admin
        .makeApiClient(AppsV1Api)
        .readNamespacedDeployment({ namespace, name: 'worker' });
      await admin.makeApiClient(AppsV1Api).createNamespacedReplicaSet({
        namespace,
        body: {
          metadata: {
            name: 'worker-1',
            annotations: { 'deployment.kubernetes.io/revision': '1' },
            ownerReferences: [
              {
                apiVersion: 'apps/v1',
                kind: 'Deployment',
                name: 'worker',
                uid: deployment.metadata!.uid!,
                controller: true,
              },
            ],
          },
          spec: {
            selector: { matchLabels: { app: 'worker' } },
            template: {
              metadata: { labels: { app: 'worker' } },
              spec: {
                containers: [{ name: 'main', image: 'example/worker:1.2.3' }],
              },
            },
          },
        },
      });
      const workloads = [
        { cluster: 'eu', namespace, kind: 'Deployment', name: 'worker' },
      ];
      await eventually(async () => {
        const results = [];
        for await (const result of changes.readChanges(
          [
            {
              entityRef: 'component:default/worker',
              sourceUrls: [],
              workloads,
            },
          ],
          {
            start: '2020-01-01T00:00:00.000Z',
            end: '2100-01-01T00:00:00.000Z',
          },
          { signal: new AbortController().signal },
        )) {
          results.push(result);
        }
        expect(results).toMatchObject([
          {
            data: {
              events: [
                {
                  kind: 'deployment',
                  title: 'Rollout 1: example/worker:1.2.3',
                  revision: 'example/worker:1.2.3',
                },
              ],
            },
          },
        ]);
      });

      await admin
        .makeApiClient(AppsV1Api)
        .deleteNamespacedDeployment({ namespace, name: 'worker' });
      await eventually(async () => {
        expect(
          await read(state, entity({ kubernetesId: 'worker' })),
        ).toMatchObject([{ data: { states: [] } }]);
      });
    });

    it('says denied for a user without a role, and never an empty list', async () => {
      const reader = new KubeConfig();
      reader.loadFromFile(`${kubeconfigPath}-reader`);
      const { state } = connect(reader);
      expect(await read(state, entity({ kubernetesId: 'web' }))).toEqual([
        {
          status: 'denied',
          reason: expect.stringMatching(/get, list and watch/),
        },
      ]);
    });

    it('reports a selector that is none instead of matching everything', async () => {
      const { state } = connect(admin);
      expect(
        await read(state, entity({ labelSelector: 'app in web' }), entity({})),
      ).toMatchObject([
        {
          status: 'malformed',
          reason: expect.stringMatching(/not a label requirement/),
        },
        {
          status: 'malformed',
          reason: expect.stringMatching(/neither an id nor a label selector/),
        },
      ]);
    });
  },
);

describe('when the cluster does not answer as it should', () => {
  async function serve(
    handler: Parameters<typeof createServer>[1],
  ): Promise<KubeConfig> {
    const server = createServer(handler!);
    servers.push(server);
    await new Promise<void>(resolve => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromClusterAndUser(
      {
        name: 'eu',
        server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        skipTLSVerify: true,
      },
      { name: 'finops', token: 'secret-token' },
    );
    return kubeConfig;
  }
  const selector = { entityRef: 'component:default/web', kubernetesId: 'web' };

  it('is down while it refuses or hangs, says no secret, and recovers by itself', async () => {
    let healthy = false;
    const kubeConfig = await serve((request, response) => {
      if (!healthy) {
        response.writeHead(503).end('unavailable');
        return;
      }
      respondEmpty(request.url ?? '', response);
    });
    const { state } = connect(kubeConfig);
    const [down] = await read(state, selector);
    expect(down).toMatchObject({ status: 'down' });
    expect(JSON.stringify(down)).not.toContain('secret-token');
    healthy = true;
    expect(await read(state, selector)).toMatchObject([
      { status: 'ok', data: { states: [] } },
    ]);

    const hanging = connect(await serve(() => {}), {
      initialListTimeoutMs: 200,
    });
    expect(await read(hanging.state, selector)).toEqual([
      {
        status: 'down',
        reason: expect.stringMatching(/no answer within 0.2 s/),
      },
    ]);
  });

  it('lists again when its watch is told 410 Gone', async () => {
    let lists = 0;
    let watches = 0;
    const kubeConfig = await serve((request, response) => {
      const url = request.url ?? '';
      if (url.startsWith('/apis/apps/v1/deployments')) {
        if (url.includes('watch=true')) {
          watches += 1;
          if (watches === 1) {
            response.writeHead(200, { 'Content-Type': 'application/json' });
            response.end(
              `${JSON.stringify({
                type: 'ERROR',
                object: { kind: 'Status', code: 410, message: 'too old' },
              })}\n`,
            );
            return;
          }
          response
            .writeHead(200, { 'Content-Type': 'application/json' })
            .flushHeaders();
          return;
        }
        lists += 1;
        json(response, {
          apiVersion: 'apps/v1',
          kind: 'DeploymentList',
          metadata: { resourceVersion: String(lists) },
          items:
            lists === 1
              ? []
              : [
                  {
                    metadata: {
                      name: 'web',
                      namespace: 'n',
                      labels: { 'backstage.io/kubernetes-id': 'web' },
                    },
                    spec: { replicas: 2, template: {} },
                  },
                ],
        });
        return;
      }
      respondEmpty(url, response);
    });
    const { state } = connect(kubeConfig);
    expect(await read(state, selector)).toMatchObject([
      { data: { states: [] } },
    ]);
    await eventually(async () => {
      expect(await read(state, selector)).toMatchObject([
        { data: { states: [{ replicas: 2 }] } },
      ]);
    });
    expect(lists).toBe(2);
  });

  describe('what availability asks for', () => {
    const budget = (name: string, labelSelector: object) => ({
      metadata: { name, namespace: 'n' },
      spec: { selector: labelSelector, maxUnavailable: '25%' },
    });
    const objects: Record<string, object[]> = {
      '/apis/apps/v1/deployments': [
        {
          metadata: {
            name: 'web',
            namespace: 'n',
            uid: 'd',
            labels: { 'backstage.io/kubernetes-id': 'web' },
          },
          spec: {
            replicas: 4,
            template: {
              metadata: { labels: { app: 'web', tier: 'front' } },
              spec: {
                containers: [
                  {
                    name: 'main',
                    resources: {
                      requests: { cpu: '1', 'ephemeral-storage': '1Gi' },
                      limits: { cpu: '2', 'nvidia.com/gpu': '1' },
                    },
                  },
                ],
                topologySpreadConstraints: [
                  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 1 },
                ],
              },
            },
          },
        },
      ],
      '/apis/apps/v1/replicasets': [
        owned('web-1', 'r', { kind: 'Deployment', name: 'web', uid: 'd' }),
      ],
      '/api/v1/pods': ['one', 'two', 'two'].map((nodeName, index) => ({
        ...owned(`web-1-${index}`, `p${index}`, {
          kind: 'ReplicaSet',
          name: 'web-1',
          uid: 'r',
        }),
        spec: { nodeName },
      })),
      '/api/v1/nodes': ['one', 'two', 'three'].map(name => ({
        metadata: {
          name,
          labels: { 'topology.kubernetes.io/zone': `zone-${name}` },
        },
      })),
      '/apis/policy/v1/poddisruptionbudgets': [
        budget('other', { matchLabels: { app: 'api' } }),
        budget('web', {
          matchLabels: { app: 'web' },
          matchExpressions: [
            { key: 'tier', operator: 'In', values: ['front'] },
            { key: 'canary', operator: 'DoesNotExist' },
          ],
        }),
      ],
    };

    function serveObjects(
      served: Record<string, object[]>,
      refused: () => readonly string[] = () => [],
    ) {
      return serve((request, response) => {
        const url = request.url ?? '';
        const path = url.split('?')[0];
        if (refused().includes(path)) {
          response
            .writeHead(403, { 'Content-Type': 'application/json' })
            .end(JSON.stringify({ kind: 'Status', code: 403 }));
        } else if (served[path] && !url.includes('watch=true')) {
          json(response, {
            metadata: { resourceVersion: '1' },
            items: served[path],
          });
        } else {
          respondEmpty(url, response);
        }
      });
    }

    it('reads the budget that selects the pods and the zones they are spread over', async () => {
      const { state } = connect(await serveObjects(objects));
      const [result] = await read(state, selector);
      expect(result).toMatchObject({
        data: {
          states: [
            {
              disruptionBudget: { maxUnavailable: '25%' },
              zones: 2,
              availabilityUnknown: undefined,
              containers: [{ extendedResources: { 'nvidia.com/gpu': 1 } }],
            },
          ],
        },
      });
    });

    it('reads what an autoscaler follows besides utilisation, who writes it, and how long pods take to start', async () => {
      const at = (second: number) =>
        new Date(Date.UTC(2026, 2, 1, 0, 0, second)).toISOString();
      const started = (seconds: number, restartCount = 0) => ({
        conditions: [
          { type: 'PodScheduled', status: 'True', lastTransitionTime: at(0) },
          { type: 'Ready', status: 'True', lastTransitionTime: at(seconds) },
        ],
        containerStatuses: [{ name: 'main', restartCount }],
      });
      const starts = [started(20), started(50), started(59, 1)];
      const path = '/apis/autoscaling/v1/horizontalpodautoscalers';
      const autoscaler = (spec: object, metadata: object = {}) => ({
        [path]: [
          {
            metadata: { name: 'web', namespace: 'n', ...metadata },
            spec: {
              scaleTargetRef: { kind: 'Deployment', name: 'web' },
              maxReplicas: 9,
              ...spec,
            },
          },
        ],
      });
      const cpu = (averageUtilization?: number) => ({
        type: 'Resource',
        resource: { name: 'cpu', target: { averageUtilization } },
      });
      const stateOf = async (served: Record<string, object[]>) => {
        const { state } = connect(
          await serveObjects({
            ...objects,
            '/api/v1/pods': objects['/api/v1/pods'].map((pod, index) => ({
              ...pod,
              status: starts[index],
            })),
            ...served,
          }),
        );
        const [result] = await read(state, selector);
        return (result as any).data.states[0];
      };
      expect(await stateOf(autoscaler({ metrics: [cpu(60)] }))).toMatchObject({
        startUpSeconds: 50,
        autoscaler: {
          minReplicas: 1,
          targetUtilisation: { cpu: 0.6 },
          otherMetrics: undefined,
          managedBy: undefined,
        },
        verticalAutoscaler: undefined,
      });
      const followed = await stateOf(
        autoscaler(
          {
            metrics: [
              cpu(),
              {
                type: 'ContainerResource',
                containerResource: {
                  name: 'memory',
                  container: 'main',
                  target: { averageUtilization: 70 },
                },
              },
              {
                type: 'External',
                external: { metric: { name: 'queue' }, target: {} },
              },
            ],
          },
          {
            ownerReferences: [
              { kind: 'ScaledObject', name: 'web', controller: true },
            ],
          },
        ),
      );
      expect(followed.autoscaler).toMatchObject({
        resources: ['cpu', 'memory'],
        targetUtilisation: {},
        otherMetrics: [
          'an absolute amount of cpu',
          'memory of container main',
          'External metric queue',
        ],
        managedBy: 'ScaledObject web',
      });
    });

    it.each([
      [{}, { mode: 'sets', resources: ['cpu', 'memory'] }],
      [
        { updatePolicy: { updateMode: 'Off' } },
        { mode: 'recommends', resources: ['cpu', 'memory'] },
      ],
      [
        {
          updatePolicy: { updateMode: 'Initial' },
          resourcePolicy: {
            containerPolicies: [
              { containerName: '*', controlledResources: ['memory'] },
              { containerName: 'main', mode: 'Off' },
            ],
          },
        },
        { mode: 'sets', resources: ['memory'] },
      ],
      [
        {
          resourcePolicy: {
            containerPolicies: [{ containerName: '*', mode: 'Off' }],
          },
        },
        { mode: 'sets', resources: [] },
      ],
    ])('reads a vertical autoscaler %#', async (spec, expected) => {
      const { state } = connect(
        await serveObjects({
          ...objects,
          '/apis/autoscaling.k8s.io/v1/verticalpodautoscalers': [
            {
              metadata: { name: 'web', namespace: 'n' },
              spec: { targetRef: { kind: 'Deployment', name: 'web' }, ...spec },
            },
          ],
        }),
      );
      expect(await read(state, selector)).toMatchObject([
        {
          data: {
            states: [{ verticalAutoscaler: { name: 'web', ...expected } }],
          },
        },
      ]);
    });

    it('says which budgets compete instead of choosing one', async () => {
      const path = '/apis/policy/v1/poddisruptionbudgets';
      const { state } = connect(
        await serveObjects({
          ...objects,
          [path]: [...objects[path], budget('all', {})],
        }),
      );
      expect(await read(state, selector)).toMatchObject([
        {
          data: {
            states: [
              {
                disruptionBudget: undefined,
                availabilityUnknown: [expect.stringContaining('all, web')],
              },
            ],
          },
        },
      ]);
    });

    it('still reads workloads where a role forbids them, says so, and takes them up once allowed', async () => {
      let refused = [
        '/apis/policy/v1/poddisruptionbudgets',
        '/api/v1/nodes',
        '/apis/autoscaling.k8s.io/v1/verticalpodautoscalers',
      ];
      const { state } = connect(await serveObjects(objects, () => refused));
      expect(await read(state, selector)).toMatchObject([
        {
          status: 'ok',
          data: {
            states: [
              {
                replicas: 4,
                disruptionBudget: undefined,
                zones: undefined,
                availabilityUnknown: [
                  expect.stringMatching(/Disruption budgets.*403/),
                  expect.stringMatching(/zones.*403/),
                  expect.stringMatching(/VerticalPodAutoscaler.*403/),
                ],
              },
            ],
          },
        },
      ]);
      refused = [];
      await eventually(async () => {
        expect(await read(state, selector)).toMatchObject([
          { data: { states: [{ zones: 2, availabilityUnknown: undefined }] } },
        ]);
      });
    });
  });
});

function owned(
  name: string,
  uid: string,
  owner: { kind: string; name: string; uid: string },
) {
  return {
    metadata: {
      name,
      uid,
      namespace: 'n',
      ownerReferences: [{ ...owner, apiVersion: 'apps/v1', controller: true }],
    },
  };
}

function json(
  response: import('node:http').ServerResponse,
  body: unknown,
): void {
  response
    .writeHead(200, { 'Content-Type': 'application/json' })
    .end(JSON.stringify(body));
}

/** An API server without objects, and without `autoscaling/v2` and `batch/v1` CronJobs. */
function respondEmpty(
  url: string,
  response: import('node:http').ServerResponse,
): void {
  const served: Record<string, string[]> = {
    '/apis/apps/v1': ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'],
    '/apis/batch/v1': ['Job'],
    '/apis/batch/v1beta1': ['CronJob'],
    '/apis/autoscaling/v1': ['HorizontalPodAutoscaler'],
    '/apis/policy/v1': ['PodDisruptionBudget'],
    '/apis/autoscaling.k8s.io/v1': ['VerticalPodAutoscaler'],
    '/api/v1': ['Pod', 'Node'],
  };
  const path = url.split('?')[0].replace(/\/$/, '');
  if (served[path]) {
    json(response, {
      kind: 'APIResourceList',
      groupVersion: path.replace(/^\/apis?\//, ''),
      resources: served[path].map(kind => ({
        kind,
        name: `${kind.toLowerCase()}s`,
        singularName: '',
        namespaced: true,
        verbs: ['list', 'watch'],
      })),
    });
  } else if (/^\/apis\/[^/]+\/[^/]+$/.test(path)) {
    // No other group version is served.
    response
      .writeHead(404, { 'Content-Type': 'application/json' })
      .end(JSON.stringify({ kind: 'Status', code: 404 }));
  } else if (url.includes('watch=true')) {
    response
      .writeHead(200, { 'Content-Type': 'application/json' })
      .flushHeaders();
  } else {
    json(response, { metadata: { resourceVersion: '1' }, items: [] });
  }
}
