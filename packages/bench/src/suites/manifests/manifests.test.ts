import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  planChange,
  PlanResult,
} from '@apexlogic/backstage-plugin-finops-manifests';
import { manifestsSuite } from '.';
import { actionsFor } from './actionsFor';
import { findWorkloads } from './findWorkloads';
import { judgePlan, RATIONALE } from './judgePlan';
import { readRepository } from './repository';

const WEB = `# the shop
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels: { app: web }
  template:
    metadata:
      labels: { app: web }
    spec:
      containers:
        - name: web
          image: web:1
          resources:
            requests: { cpu: 500m, memory: 512Mi }
`;

// kubectl and terraform are asked a dozen times.
jest.setTimeout(60_000);

describe('manifests suite', () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'bench-'));
  });
  afterEach(() => rm(data, { recursive: true }));

  async function put(files: Readonly<Record<string, string>>) {
    for (const [path, text] of Object.entries(files)) {
      const to = join(data, 'manifests', 'shop', path);
      await mkdir(dirname(to), { recursive: true });
      await writeFile(to, text);
    }
  }

  const neverRender = async () =>
    ({ kind: 'unavailable', reason: '' } as const);

  it('asks for every action on what is deployed, and counts what came of it', async () => {
    await put({
      'apps/web.yaml': WEB,
      'apps/notes.yaml': 'kind: nothing\n',
      'apps/broken.yaml': 'a: {{ b }}: c\n',
      'aliased/api.yaml': WEB.replace('name: web', 'name: api')
        .replace('replicas: 3', 'replicas: &count 3')
        .replace('  selector:', '  minReadySeconds: *count\n  selector:'),
    });
    const { results, cases } = await manifestsSuite.run({ data });
    const figure = (metric: string) =>
      results.find(row => row.set === 'shop' && row.metric === metric);
    // Of two workloads CPU, its limit, memory, replicas, two labels, two schedules and removal; one count is
    // an anchor.
    expect(figure('planned')).toMatchObject({ value: 17 / 18, n: 18 });
    expect(figure('exact')).toMatchObject({ value: 1, n: 17 });
    expect(figure('wrong')).toMatchObject({ value: 0 });
    expect(figure('refused-anchor')).toMatchObject({ value: 1 / 18 });
    expect(cases).toHaveLength(18);
    expect(
      results.find(row => row.group === 'plain: schedule-off-hours'),
    ).toMatchObject({ metric: 'planned', value: 1, n: 4 });
  });

  it('asks for what Terraform resources can be asked for, and reads the outcome with a scanner of its own', async () => {
    await put({
      'live/main.tf': `resource "aws_db_instance" "orders" {
  instance_class    = var.class
  allocated_storage = 100 # GiB
  storage_type      = var.fast ? "io1" : "gp3"
  password          = "a-\${upper("}")}"
}
variable "class" {
  default = "db.r6g.large"
}
`,
      'live/other.tf': 'data "aws_ami" "x" {\n  instance_type = "x"\n}\n',
    });
    const { cases } = await manifestsSuite.run({ data });
    expect(
      cases.map(({ action, kind, code }) => [action, kind, code].join(' ')),
    ).toEqual([
      'downgrade-database instance_class exact ',
      'change-storage-tier allocated_storage exact ',
      'change-storage-tier storage_type refused template',
      'enforce-tags tags exact ',
    ]);
  });

  it('asks for the values of charts and releases, and judges them by their files', async () => {
    const template = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-${name}
spec:
  replicas: {{ .Values.${name}.replicas }}
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      containers:
        - name: ${name}
          image: x:1
          resources:
            {{- toYaml .Values.${name}.resources | nindent 12 }}
`;
    const values = (name: string) => `${name}:
  replicas: 2
  resources:
    requests:
      cpu: 500m # steady
      memory: 512Mi
`;
    await put({
      'charts/one/Chart.yaml': 'apiVersion: v2\nname: one\nversion: 1.0.0\n',
      'charts/one/values.yaml': values('api'),
      'charts/one/templates/api.yaml': template('api').replace(
        '{{ .Release.Name }}-api',
        'api',
      ),
      'charts/two/Chart.yaml': 'apiVersion: v2\nname: two\nversion: 1.0.0\n',
      'charts/two/values.yaml': values('web'),
      'charts/two/templates/web.yaml': template('web'),
      'releases/cache.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: cache
  namespace: shop
spec:
  chart:
    spec:
      chart: cache
      sourceRef: {kind: HelmRepository, name: elsewhere}
  values:
    resources:
      requests: {memory: 1Gi}
`,
    });
    const { results, cases, notes } = await manifestsSuite.run({ data });
    const figure = (group: string, metric: string) =>
      results.find(
        row =>
          row.set === 'shop' && row.group === group && row.metric === metric,
      );
    // The name of the other chart's workload is more than a plain scan can tell.
    expect(figure('chart', 'asked')).toMatchObject({ value: 1 / 2, n: 4 });
    expect(figure('chart', 'planned')).toMatchObject({ value: 1, n: 3 });
    expect(figure('chart', 'exact')).toMatchObject({ value: 1 });
    expect(figure('release', 'planned')).toMatchObject({ value: 1, n: 2 });
    expect(figure('release', 'wrong')).toMatchObject({ value: 0 });
    expect(
      cases.filter(({ source }) => source === 'chart' || source === 'release'),
    ).toHaveLength(5);
    expect(notes.join()).toContain('web.resources');
  });

  it('calls a plan wrong that does anything else', async () => {
    await put({ 'apps/web.yaml': WEB });
    const repository = await readRepository(join(data, 'manifests'), 'shop');
    const { workloads } = await findWorkloads(repository, neverRender);
    const asked = actionsFor(workloads[0]).find(
      ({ name }) => name === 'replicas',
    )!;
    const result = (await planChange(
      { workload: asked.deployed.workload, action: asked.action, path: 'apps' },
      RATIONALE,
      repository.snapshot,
    )) as Extract<PlanResult, { kind: 'planned' }>;
    const judge = (change: (text: string) => string) => {
      const files = result.plan.files.map(file => ({
        ...file,
        splices: file.splices.map(splice => ({
          ...splice,
          text: change(splice.text),
        })),
      }));
      return judgePlan(
        asked,
        { ...result, plan: { ...result.plan, files } },
        repository,
        [],
        neverRender,
      );
    };
    expect(await judge(text => text)).toEqual({ kind: 'exact' });
    // The value asked for is 4.
    expect(await judge(text => text.replace('4', '5'))).toMatchObject({
      kind: 'wrong',
    });
    expect(
      await judge(text => text.replace('4', '4\n  paused: true')),
    ).toMatchObject({
      kind: 'wrong',
      reason: expect.stringContaining('paused'),
    });
    expect(
      await judge(text => text.replace('CPU 30 %', 'Because')),
    ).toMatchObject({ kind: 'wrong' });
  });

  it('calls a removal wrong that leaves something, or that something needs', async () => {
    await put({
      'apps/all.yaml': `${WEB}---\nkind: Note\napiVersion: v1\nmetadata: {name: a}\n`,
    });
    const repository = await readRepository(join(data, 'manifests'), 'shop');
    const { workloads } = await findWorkloads(repository, neverRender);
    const asked = actionsFor(workloads[0]).find(({ removed }) => removed)!;
    const { deployed } = asked;
    const result = (await planChange(
      { workload: deployed.workload, action: asked.action, path: 'apps' },
      RATIONALE,
      repository.snapshot,
    )) as Extract<PlanResult, { kind: 'planned' }>;
    const [file] = result.plan.files;
    const [splice] = file.splices;
    const judge = (change: Partial<typeof splice>, beside: unknown[] = []) =>
      judgePlan(
        { ...asked, deployed: { ...deployed, beside } },
        {
          ...result,
          plan: {
            ...result.plan,
            files: [{ ...file, splices: [{ ...splice, ...change }] }],
          },
        },
        repository,
        [],
        neverRender,
      );
    expect(await judge({})).toEqual({ kind: 'exact' });
    expect(await judge({ end: splice.end - 20 })).toMatchObject({
      kind: 'wrong',
    });
    const service = {
      kind: 'Service',
      metadata: { name: 'front' },
      spec: { selector: { app: 'web' } },
    };
    expect(await judge({}, [service])).toEqual({
      kind: 'wrong',
      reason: 'Service front still needs it',
    });
  });
});
