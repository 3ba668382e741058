import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  ApiextensionsV1Api,
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  loadYaml,
  V1CustomResourceDefinition,
} from '@kubernetes/client-node';
import { eventually } from '../__testUtils__/eventually';
import { ClusterMirror } from '../ClusterMirror';
import { KubernetesDeliveryController } from '../KubernetesDeliveryController';
import { argoApplications } from './argoApplications';
import { fluxApplications } from './fluxApplications';

const WEB = {
  cluster: 'eu',
  namespace: 'shop',
  kind: 'Deployment',
  name: 'web',
} as const;

const CLUSTERS = {
  own: 'hub',
  byServer: new Map([['https://eu.test:6443', 'eu']]),
};

function application(spec: object, resources: object[] = [WEB]) {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web', namespace: 'argocd' },
    spec: {
      project: 'default',
      destination: { name: 'eu', namespace: 'shop' },
      source: {
        repoURL: 'https://git.test/org/gitops.git',
        path: 'apps/web/overlays/eu/',
        targetRevision: 'main',
      },
      ...spec,
    },
    status: { resources },
  };
}

const FOLDER = {
  repositoryUrl: 'https://git.test/org/gitops.git',
  path: 'apps/web/overlays/eu',
  revision: { kind: 'named', name: 'main' },
};

describe('argoApplications', () => {
  const find = (...objects: object[]) =>
    argoApplications(WEB, objects, CLUSTERS);

  it('takes the Application that lists the workload among its resources', () => {
    expect(
      find(
        application({
          syncPolicy: { automated: { selfHeal: true, prune: true } },
        }),
        application({}, [{ ...WEB, name: 'api' }]),
        application({}, [{ ...WEB, namespace: 'other' }]),
        application({}, [{ ...WEB, kind: 'StatefulSet' }]),
        { kind: 'Application', metadata: {} },
      ),
    ).toEqual([
      {
        controller: 'argo-cd',
        cluster: 'hub',
        kind: 'Application',
        namespace: 'argocd',
        name: 'web',
        sources: [FOLDER],
        selfHeals: true,
      },
    ]);
  });

  it.each([
    ['by name', { name: 'eu' }, 1],
    ['by server', { server: 'https://eu.test:6443/' }, 1],
    ['its own cluster', { server: 'https://kubernetes.default.svc' }, 0],
    ['its own cluster by name', { name: 'in-cluster' }, 0],
    ['a server the portal does not know', { server: 'https://us.test' }, 0],
    ['nothing', {}, 0],
  ])('tells clusters apart: destination %s', (_, destination, found) => {
    expect(find(application({ destination }))).toHaveLength(found);
  });

  it('follows what people write, not what the hydrator writes, and leaves chart registries out', () => {
    const [hydrated] = find(
      application({
        source: undefined,
        sourceHydrator: {
          drySource: {
            repoURL: 'https://git.test/org/dry',
            path: '.',
            targetRevision: 'HEAD',
          },
          syncSource: { targetBranch: 'env/eu', path: 'web' },
        },
      }),
    );
    expect(hydrated.sources).toEqual([
      {
        repositoryUrl: 'https://git.test/org/dry',
        path: undefined,
        revision: { kind: 'default-branch' },
      },
    ]);
    const [several] = find(
      application({
        source: undefined,
        sources: [
          { repoURL: 'https://charts.test', chart: 'web', targetRevision: '1' },
          {
            repoURL: 'git@git.test:org/values.git',
            targetRevision: 'refs/heads/live',
            ref: 'values',
          },
        ],
      }),
    );
    expect(several.sources).toEqual([
      {
        repositoryUrl: 'git@git.test:org/values.git',
        path: undefined,
        revision: { kind: 'named', name: 'live' },
      },
    ]);
  });
});

const LABELS = {
  'kustomize.toolkit.fluxcd.io/name': 'apps',
  'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
};

const KUSTOMIZATION = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { name: 'apps', namespace: 'flux-system' },
  spec: {
    interval: '10m',
    prune: true,
    path: './apps/eu',
    sourceRef: { kind: 'GitRepository', name: 'gitops' },
  },
};

function gitRepository(ref?: object) {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: 'gitops', namespace: 'flux-system' },
    spec: { interval: '1m', url: 'ssh://git@git.test/org/gitops', ref },
  };
}

describe('fluxApplications', () => {
  const objects = {
    kustomizations: [KUSTOMIZATION],
    helmReleases: [],
    gitRepositories: [gitRepository({ branch: 'main' })],
  };
  const source = {
    repositoryUrl: 'ssh://git@git.test/org/gitops',
    revision: { kind: 'named', name: 'main' },
    path: 'apps/eu',
  };

  it('follows the labels of the workload to the folder', () => {
    expect(fluxApplications(WEB, LABELS, objects)).toEqual([
      {
        controller: 'flux',
        cluster: 'eu',
        kind: 'Kustomization',
        namespace: 'flux-system',
        name: 'apps',
        sources: [source],
        selfHeals: true,
      },
    ]);
    expect(fluxApplications(WEB, {}, objects)).toEqual([]);
  });

  it('finds a workload in an inventory, and nothing for a Kustomization of another cluster', () => {
    const listed = {
      ...KUSTOMIZATION,
      status: {
        inventory: { entries: [{ id: 'shop_web_apps_Deployment', v: 'v1' }] },
      },
    };
    expect(
      fluxApplications(WEB, {}, { ...objects, kustomizations: [listed] }),
    ).toMatchObject([{ name: 'apps' }]);
    const remote = {
      ...listed,
      spec: { ...listed.spec, kubeConfig: { secretRef: { name: 'us' } } },
    };
    expect(
      fluxApplications(WEB, LABELS, { ...objects, kustomizations: [remote] }),
    ).toEqual([]);
  });

  it('follows a release to where it is defined, and to its chart where that lies in git', () => {
    const release = {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'web', namespace: 'shop', labels: LABELS },
      spec: {
        suspend: true,
        chart: {
          spec: {
            chart: './charts/web',
            sourceRef: {
              kind: 'GitRepository',
              name: 'gitops',
              namespace: 'flux-system',
            },
          },
        },
      },
    };
    expect(
      fluxApplications(
        WEB,
        {
          'helm.toolkit.fluxcd.io/name': 'web',
          'helm.toolkit.fluxcd.io/namespace': 'shop',
        },
        { ...objects, helmReleases: [release] },
      ),
    ).toMatchObject([
      {
        kind: 'HelmRelease',
        namespace: 'shop',
        name: 'web',
        selfHeals: false,
        sources: [source, { ...source, path: 'charts/web' }],
      },
    ]);
  });

  it.each([
    [undefined, { kind: 'named', name: 'master' }],
    [{ name: 'refs/heads/live' }, { kind: 'named', name: 'live' }],
    [
      { name: 'refs/tags/v1', branch: 'main' },
      { kind: 'pinned', to: 'refs/tags/v1' },
    ],
    [
      { tag: 'v1', branch: 'main' },
      { kind: 'pinned', to: 'v1' },
    ],
    [
      { semver: '>=1', tag: 'v1' },
      { kind: 'pinned', to: '>=1' },
    ],
    [
      { commit: 'abc', branch: 'main' },
      { kind: 'pinned', to: 'abc' },
    ],
  ])('reads what %j follows', (ref, revision) => {
    const [found] = fluxApplications(WEB, LABELS, {
      ...objects,
      gitRepositories: [gitRepository(ref)],
    });
    expect(found.sources).toMatchObject([{ revision }]);
  });
});

const kubeconfigPath = process.env.FINOPS_TEST_KUBECONFIG;
const crdsFolder = process.env.FINOPS_TEST_CRDS;
const describeWithCluster = kubeconfigPath ? describe : describe.skip;

const KINDS = [
  {
    group: 'argoproj.io',
    version: 'v1alpha1',
    kind: 'Application',
    plural: 'applications',
    file: 'argocd-application.yaml',
  },
  {
    group: 'kustomize.toolkit.fluxcd.io',
    version: 'v1',
    kind: 'Kustomization',
    plural: 'kustomizations',
    file: 'flux-kustomization.yaml',
  },
  {
    group: 'helm.toolkit.fluxcd.io',
    version: 'v2',
    kind: 'HelmRelease',
    plural: 'helmreleases',
    file: 'flux-helmrelease.yaml',
  },
  {
    group: 'source.toolkit.fluxcd.io',
    version: 'v1',
    kind: 'GitRepository',
    plural: 'gitrepositories',
    file: 'flux-gitrepository.yaml',
  },
] as const;

/** The published definition where a folder of them is given, else one that takes any fields. */
async function definitionOf({
  group,
  version,
  kind,
  plural,
  file,
}: (typeof KINDS)[number]): Promise<V1CustomResourceDefinition> {
  if (crdsFolder) {
    return loadYaml<V1CustomResourceDefinition>(
      await readFile(path.join(crdsFolder, file), 'utf8'),
    );
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              x_kubernetes_preserve_unknown_fields: true,
            },
          },
        },
      ],
    },
  };
}

describeWithCluster('with Argo CD and Flux objects in a real API', () => {
  const namespace = `delivery-${Date.now().toString(36)}`;
  const cluster = new KubeConfig();
  const mirrors: ClusterMirror[] = [];

  function connect(kubeConfig: KubeConfig) {
    const mirror = new ClusterMirror({
      kubeConfig,
      pageSize: 2,
      initialListTimeoutMs: 20_000,
      restartDelayMs: 100,
    });
    mirrors.push(mirror);
    return new KubernetesDeliveryController(
      { own: 'eu', byServer: new Map() },
      mirror,
    );
  }

  const find = (controller: KubernetesDeliveryController, name: string) =>
    controller.findApplications(
      { cluster: 'eu', namespace, kind: 'Deployment', name },
      { signal: new AbortController().signal },
    );

  beforeAll(async () => {
    cluster.loadFromFile(kubeconfigPath!);
    const extensions = cluster.makeApiClient(ApiextensionsV1Api);
    for (const kind of KINDS) {
      await extensions
        .createCustomResourceDefinition({ body: await definitionOf(kind) })
        .catch(error => {
          if (error.code !== 409) {
            throw error;
          }
        });
    }
    await cluster
      .makeApiClient(CoreV1Api)
      .createNamespace({ body: { metadata: { name: namespace } } });
    const custom = cluster.makeApiClient(CustomObjectsApi);
    const create = (index: number, body: any) =>
      eventually(() =>
        custom.createNamespacedCustomObject({
          group: KINDS[index].group,
          version: KINDS[index].version,
          plural: KINDS[index].plural,
          namespace,
          body: { ...body, metadata: { ...body.metadata, namespace } },
        }),
      );
    await create(
      0,
      application(
        { destination: { server: 'https://kubernetes.default.svc' } },
        [{ kind: 'Deployment', namespace, name: 'by-argo', version: 'v1' }],
      ),
    );
    await create(1, KUSTOMIZATION);
    await create(3, gitRepository({ branch: 'main' }));
    await cluster.makeApiClient(AppsV1Api).createNamespacedDeployment({
      namespace,
      body: {
        metadata: {
          name: 'by-flux',
          labels: {
            ...LABELS,
            'kustomize.toolkit.fluxcd.io/namespace': namespace,
          },
        },
        spec: {
          selector: { matchLabels: { app: 'by-flux' } },
          template: {
            metadata: { labels: { app: 'by-flux' } },
            spec: { containers: [{ name: 'main', image: 'example/web:1' }] },
          },
        },
      },
    });
  });

  afterAll(async () => {
    await Promise.all(mirrors.map(mirror => mirror.stop()));
    await cluster.makeApiClient(CoreV1Api).deleteNamespace({ name: namespace });
  });

  it('says who deploys a workload and from where, and follows changes', async () => {
    const controller = connect(cluster);
    expect(await find(controller, 'by-argo')).toMatchObject({
      status: 'ok',
      data: [{ controller: 'argo-cd', name: 'web', sources: [FOLDER] }],
    });
    expect(await find(controller, 'by-flux')).toMatchObject({
      status: 'ok',
      data: [
        {
          controller: 'flux',
          name: 'apps',
          sources: [
            {
              repositoryUrl: 'ssh://git@git.test/org/gitops',
              path: 'apps/eu',
            },
          ],
        },
      ],
    });
    expect(await find(controller, 'by-nobody')).toMatchObject({
      status: 'ok',
      data: [],
    });
    await cluster.makeApiClient(CustomObjectsApi).deleteNamespacedCustomObject({
      group: 'argoproj.io',
      version: 'v1alpha1',
      plural: 'applications',
      namespace,
      name: 'web',
    });
    await eventually(async () => {
      expect(await find(controller, 'by-argo')).toMatchObject({ data: [] });
    });
  });

  it('says denied, and not unmanaged, to a user without a role', async () => {
    const reader = new KubeConfig();
    reader.loadFromFile(`${kubeconfigPath}-reader`);
    expect(await find(connect(reader), 'by-argo')).toMatchObject({
      status: 'denied',
    });
  });
});
