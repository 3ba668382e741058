import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { workloadKey } from '@apexlogic/backstage-plugin-finops-common';
import { WorkloadState } from '@apexlogic/backstage-plugin-finops-node';
import {
  componentEntityV1alpha1Validator,
  domainEntityV1alpha1Validator,
  entityEnvelopeSchemaValidator,
  FieldFormatEntityPolicy,
  groupEntityV1alpha1Validator,
  locationEntityV1alpha1Validator,
  NoForeignRootFieldsEntityPolicy,
  resourceEntityV1alpha1Validator,
  SchemaValidEntityPolicy,
  systemEntityV1alpha1Validator,
  userEntityV1alpha1Validator,
} from '@backstage/catalog-model';
import { parse, parseAllDocuments } from 'yaml';
import { createDemoEstate } from '.';

const REPOSITORY = resolve(__dirname, '../../../../examples/gitops');
const ORGANISATION = resolve(__dirname, '../../../../examples/org');
const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'CronJob'];
const UNITS: Record<string, number> = {
  '': 1,
  m: 1e-3,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
};

/** Parsed YAML of a manifest; its shape is what the test is about. */
type Manifest = any;

function yamlFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter(path => /\.ya?ml$/.test(path))
    .map(path => join(directory, path))
    .sort();
}

function documents(path: string): Manifest[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).map(document => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
}

/** What the overlays here use of Kustomize; not more. */
function renderOverlay(directory: string): Manifest[] {
  const overlay = parse(
    readFileSync(join(directory, 'kustomization.yaml'), 'utf8'),
  );
  const rendered: Manifest[] = overlay.resources.flatMap((resource: string) => {
    const path = join(directory, resource);
    return resource.endsWith('.yaml') ? documents(path) : renderOverlay(path);
  });
  for (const object of rendered) {
    object.metadata.namespace = overlay.namespace ?? object.metadata.namespace;
    for (const { pairs } of overlay.labels ?? []) {
      object.metadata.labels = { ...object.metadata.labels, ...pairs };
    }
    for (const { path } of overlay.patches ?? []) {
      const [patch] = documents(join(directory, path));
      if (
        patch.kind === object.kind &&
        patch.metadata.name === object.metadata.name
      ) {
        mergePatch(object, patch);
      }
    }
    for (const { name, count } of overlay.replicas ?? []) {
      if (object.kind === 'Deployment' && object.metadata.name === name) {
        object.spec.replicas = count;
      }
    }
  }
  return rendered;
}

function mergePatch(target: Manifest, patch: Manifest) {
  for (const [key, value] of Object.entries<Manifest>(patch)) {
    if (Array.isArray(value)) {
      for (const item of value) {
        mergePatch(
          target[key].find((other: Manifest) => other.name === item.name),
          item,
        );
      }
    } else if (typeof value === 'object') {
      target[key] ??= {};
      mergePatch(target[key], value);
    } else {
      target[key] = value;
    }
  }
}

function renderChart(): Manifest[] {
  const chart = join(REPOSITORY, 'platform/status-page/chart');
  const values = parse(readFileSync(join(chart, 'values.yaml'), 'utf8'));
  const [release] = documents(
    join(REPOSITORY, 'platform/status-page/release.yaml'),
  );
  const rendered = readFileSync(
    join(chart, 'templates/deployment.yaml'),
    'utf8',
  )
    .replaceAll('{{ .Release.Name }}', release.metadata.name)
    .replaceAll('{{ .Chart.Name }}', 'status-page')
    .replaceAll('{{ .Values.replicaCount }}', release.spec.values.replicaCount)
    .replaceAll('{{ .Values.image.repository }}', values.image.repository)
    .replaceAll('{{ .Values.image.tag }}', values.image.tag)
    .replace(
      /\{\{- toYaml .Values.resources .*\}\}/,
      JSON.stringify(values.resources),
    );
  const object = parse(rendered);
  object.metadata.namespace = release.metadata.namespace;
  return [object];
}

/** All workloads of the repository by workload key. */
function declaredWorkloads(): Map<string, Manifest> {
  const files = yamlFiles(REPOSITORY).map(path => relative(REPOSITORY, path));
  const overlays = files.filter(path =>
    /overlays\/[^/]+\/kustomization.yaml$/.test(path),
  );
  const plain = files.filter(path => !/\/(base|overlays|chart)\//.test(path));
  const placed = [
    ...overlays
      .flatMap(path => renderOverlay(join(REPOSITORY, dirname(path))))
      .map(object => ({ cluster: 'eu-1', object })),
    ...plain.flatMap(path =>
      documents(join(REPOSITORY, path)).map(object => ({
        cluster: path.includes('/us-1/') ? 'us-1' : 'eu-1',
        object,
      })),
    ),
    ...renderChart().map(object => ({ cluster: 'eu-1', object })),
  ];
  const workloads = new Map<string, Manifest>();
  for (const { cluster, object } of placed) {
    if (WORKLOAD_KINDS.includes(object.kind)) {
      const key = workloadKey({
        cluster,
        namespace: object.metadata.namespace,
        kind: object.kind,
        name: object.metadata.name,
      });
      expect(workloads.has(key)).toBe(false);
      workloads.set(key, object);
    }
  }
  return workloads;
}

function quantity(text: string | number | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const [, digits, unit] = /^([\d.]+)([A-Za-z]*)$/.exec(String(text))!;
  return Number(digits) * UNITS[unit];
}

async function liveStates(): Promise<WorkloadState[]> {
  const estate = createDemoEstate({
    seed: 7,
    now: new Date('2026-11-23T14:20:00Z'),
  });
  const states: WorkloadState[] = [];
  const environments = ['production', 'staging', 'dev'].map(environment => ({
    entityRef: environment,
    labelSelector: `environment=${environment}`,
  }));
  for await (const result of estate.stateSource.readState(environments, {
    signal: new AbortController().signal,
  })) {
    if (result.status === 'ok') {
      states.push(...result.data.states);
    }
  }
  expect(states.map(state => workloadKey(state.workload)).sort()).toEqual(
    [...estate.truth.workloads].sort(),
  );
  return states;
}

describe('examples/gitops', () => {
  it('declares exactly what runs, except for the drift that is planted', async () => {
    const declared = declaredWorkloads();
    const live = await liveStates();
    expect(live.map(state => workloadKey(state.workload)).sort()).toEqual(
      [...declared.keys()].sort(),
    );

    for (const state of live) {
      const key = workloadKey(state.workload);
      const object = declared.get(key);
      const template =
        object.kind === 'CronJob'
          ? object.spec.jobTemplate.spec.template
          : object.spec.template;
      expect({ key, labels: object.metadata.labels }).toEqual({
        key,
        labels: state.labels,
      });
      expect({ key, annotations: object.metadata.annotations ?? {} }).toEqual({
        key,
        annotations: state.annotations,
      });
      expect({
        key,
        containers: template.spec.containers.map((container: Manifest) => ({
          name: container.name,
          image: container.image,
          cpuRequest: quantity(container.resources.requests.cpu),
          memoryRequest: quantity(container.resources.requests.memory),
          cpuLimit: quantity(container.resources.limits.cpu),
          memoryLimit: quantity(container.resources.limits.memory),
          extendedResources: devicesOf({
            ...container.resources.limits,
            ...container.resources.requests,
          }),
        })),
      }).toEqual({ key, containers: state.containers });

      if (key === 'eu-1/shop-staging/Deployment/loyalty') {
        expect([object.spec.replicas, state.replicas]).toEqual([1, 3]);
      } else if (state.autoscaler) {
        expect(object.spec.replicas).toBeUndefined();
        expect(state.replicas).toBeGreaterThanOrEqual(
          state.autoscaler.minReplicas,
        );
      } else {
        expect({ key, replicas: object.spec.replicas }).toEqual({
          key,
          replicas: state.replicas,
        });
      }
    }
  });

  it('declares the autoscaler that runs', async () => {
    const [declared] = documents(join(REPOSITORY, 'apps/cart/hpa.yaml'));
    const cart = (await liveStates()).find(
      state => state.workload.name === 'cart' && state.autoscaler,
    )!;
    expect(cart.autoscaler).toEqual({
      kind: declared.kind,
      name: declared.spec.scaleTargetRef.name,
      minReplicas: declared.spec.minReplicas,
      maxReplicas: declared.spec.maxReplicas,
      resources: [declared.spec.metrics[0].resource.name],
      targetUtilisation: {
        cpu: declared.spec.metrics[0].resource.target.averageUtilization / 100,
      },
    });
  });

  it('holds the example as a person left it, and one file with Windows line ends', () => {
    const example = readFileSync(
      join(REPOSITORY, 'apps/my-web-app/deployment.yaml'),
      'utf8',
    );
    expect(example).toMatch(/^ {2}replicas: 3$/m);
    expect(example).not.toContain('ai.apexlogic.com');
    const windows = readFileSync(
      join(REPOSITORY, 'apps/search/deployment.yaml'),
      'utf8',
    );
    expect(
      windows.split('\n').filter(line => line !== '' && !line.endsWith('\r')),
    ).toEqual([]);
  });

  it('has what every Argo CD application points at', () => {
    for (const path of yamlFiles(join(REPOSITORY, 'clusters'))) {
      for (const application of documents(path)) {
        expect(
          readdirSync(join(REPOSITORY, application.spec.source.path)).length,
        ).toBeGreaterThan(0);
      }
    }
  });
});

describe('examples/org', () => {
  const entities = (
    parse(readFileSync(join(ORGANISATION, 'all.yaml'), 'utf8')).spec
      .targets as string[]
  ).flatMap(target => documents(join(ORGANISATION, target)));

  it('selects workloads of the estate and folders of the repository by annotations', async () => {
    const estate = createDemoEstate({
      seed: 7,
      now: new Date('2026-11-23T14:20:00Z'),
    });
    const claimed: string[] = [];
    for (const { kind, metadata } of entities) {
      const annotations = metadata.annotations ?? {};
      const selector = {
        entityRef: `${kind.toLowerCase()}:default/${metadata.name}`,
        kubernetesId: annotations['backstage.io/kubernetes-id'],
        namespace: annotations['backstage.io/kubernetes-namespace'],
        cluster: annotations['backstage.io/kubernetes-cluster'],
      };
      for await (const result of estate.stateSource.readState([selector], {
        signal: new AbortController().signal,
      })) {
        if (result.status !== 'ok') {
          throw new Error(`expected data, got '${result.status}'`);
        }
        expect({ selector, found: result.data.states.length > 0 }).toEqual({
          selector,
          found: selector.kubernetesId !== undefined,
        });
        claimed.push(
          ...result.data.states.map(state => workloadKey(state.workload)),
        );
      }
      const path = annotations['finops.apexlogic.com/gitops-path'];
      if (path) {
        const folder =
          /^http:\/\/localhost:7007\/fernhill\/gitops\/tree\/main\/(.+)$/.exec(
            path,
          )![1];
        expect(readdirSync(join(REPOSITORY, folder)).length).toBeGreaterThan(0);
      }
    }
    // Nothing is claimed twice; only the service whose entity is not annotated is claimed by none.
    expect([...claimed].sort()).toEqual(
      estate.truth.workloads.filter(key => !key.endsWith('/gift-cards')).sort(),
    );
  });

  it('is what the catalog takes', async () => {
    const [root] = documents(join(ORGANISATION, 'all.yaml'));
    const validators = [
      componentEntityV1alpha1Validator,
      domainEntityV1alpha1Validator,
      groupEntityV1alpha1Validator,
      locationEntityV1alpha1Validator,
      resourceEntityV1alpha1Validator,
      systemEntityV1alpha1Validator,
      userEntityV1alpha1Validator,
    ];
    const policies = [
      new SchemaValidEntityPolicy(),
      new NoForeignRootFieldsEntityPolicy(),
      new FieldFormatEntityPolicy(),
    ];
    const envelope = entityEnvelopeSchemaValidator();
    for (const entity of [root, ...entities]) {
      envelope(entity);
      for (const policy of policies) {
        await policy.enforce(entity);
      }
      const checks = await Promise.all(
        validators.map(validator => validator.check(entity)),
      );
      expect({
        name: entity.metadata.name,
        valid: checks.includes(true),
      }).toEqual({ name: entity.metadata.name, valid: true });
    }
  });

  it('refers only to entities that exist', () => {
    const refs = new Set(
      entities.map(
        ({ kind, metadata }) => `${kind.toLowerCase()}:${metadata.name}`,
      ),
    );
    const missing = entities.flatMap(({ spec }) =>
      [
        ...(spec.owner ? [`group:${spec.owner}`] : []),
        ...(spec.system ? [`system:${spec.system}`] : []),
        ...(spec.domain ? [`domain:${spec.domain}`] : []),
        ...(spec.parent ? [`group:${spec.parent}`] : []),
        ...(spec.children ?? []).map((name: string) => `group:${name}`),
        ...(spec.memberOf ?? []).map((name: string) => `group:${name}`),
        ...(spec.dependsOn ?? []),
      ].filter(ref => !refs.has(ref)),
    );
    expect(missing).toEqual([]);
    expect(refs).toContain('user:guest');
  });
});

/** What is asked for beside CPU and memory; `undefined` when nothing is. */
function devicesOf(quantities: Record<string, number | string>) {
  const devices = Object.entries(quantities).filter(([resource]) =>
    resource.includes('/'),
  );
  return devices.length > 0
    ? Object.fromEntries(devices.map(([name, count]) => [name, Number(count)]))
    : undefined;
}
