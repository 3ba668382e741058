import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { compareTrees } from './compareTrees';
import { changedLines, readSource } from './readSource';
import { snapshotOf } from './testUtils';

const BASE = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  template:
    spec:
      containers:
      - name: web
        image: 'example/web:1'
        resources:
          requests:
            cpu: "500m" # measured
            memory: 512Mi
`;
const FILES = {
  'base/kustomization.yaml': 'resources: [web.yaml]\n',
  'base/web.yaml': BASE,
  'overlays/production/kustomization.yaml':
    'namespace: shop\nresources: [../../base]\npatches:\n- path: patch.yaml\n',
  'overlays/production/patch.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 5\n',
  'overlays/staging/kustomization.yaml':
    'namespace: shop-staging\nresources: [../../base]\n',
  'plain/tool.yaml': BASE.replace('name: web\nspec', 'name: tool\nspec'),
};

type Files = Record<string, string>;

function compare(before: Files, after: Files, renderer?: any) {
  const changed = [
    ...new Set([...Object.keys(before), ...Object.keys(after)]),
  ].filter(path => before[path] !== after[path]);
  return compareTrees(snapshotOf(before), snapshotOf(after), changed, {
    renderer,
  });
}

const hasKubectl = (() => {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
if (!hasKubectl && process.env.FINOPS_REQUIRE_SERVICES === '1') {
  throw new Error('FINOPS_REQUIRE_SERVICES=1, but there is no kubectl');
}
const describeBuilt = hasKubectl ? describe : describe.skip;

jest.setTimeout(60_000);

describeBuilt('compareTrees with kubectl', () => {
  it('shows every deployed object that a shared base reaches', async () => {
    const { objects, problems, notes } = await compare(FILES, {
      ...FILES,
      'base/web.yaml': BASE.replace('"500m"', '"900m"'),
    });
    expect(problems).toEqual([]);
    expect(notes).toEqual([]);
    expect(
      objects.map(({ object, path, built, changes }) => [
        object.namespace,
        path,
        built,
        changes.map(({ pointer, before, after }) => [pointer, before, after]),
      ]),
    ).toEqual(
      [
        ['shop', 'production'],
        ['shop-staging', 'staging'],
      ].map(([namespace, overlay]) => [
        namespace,
        `overlays/${overlay}/kustomization.yaml`,
        true,
        [
          [
            '/spec/template/spec/containers/0/resources/requests/cpu',
            '500m',
            '900m',
          ],
        ],
      ]),
    );
    // The whole object as it is deployed, patch included.
    expect(objects[0].after).toMatchObject({ spec: { replicas: 5 } });
  });

  it('does not pass what does not build', async () => {
    const { problems, objects } = await compare(FILES, {
      ...FILES,
      'overlays/production/patch.yaml': 'kind: Deployment\n',
    });
    expect(problems).toEqual([
      {
        path: 'overlays/production/kustomization.yaml',
        reason: expect.stringMatching(/^it does not build: /),
      },
    ]);
    expect(objects).toEqual([]);
  });

  it('counts a removed kustomization as removed objects', async () => {
    const after: Files = { ...FILES };
    delete after['overlays/production/kustomization.yaml'];
    delete after['overlays/production/patch.yaml'];
    const { objects } = await compare(FILES, after);
    expect(objects).toHaveLength(1);
    expect(objects[0]).toMatchObject({
      object: { namespace: 'shop', name: 'web' },
      after: undefined,
    });
  });
});

describe('compareTrees', () => {
  it('judges files as written where nothing can build them, and says so', async () => {
    const { objects, notes, problems } = await compare(
      FILES,
      {
        ...FILES,
        'overlays/production/patch.yaml': FILES[
          'overlays/production/patch.yaml'
        ].replace('5', '1'),
      },
      async () => ({ kind: 'unavailable', reason: 'kubectl is not on PATH' }),
    );
    expect(problems).toEqual([]);
    expect(objects).toMatchObject([
      {
        path: 'overlays/production/patch.yaml',
        built: false,
        changes: [{ pointer: '/spec/replicas', before: 5, after: 1 }],
      },
    ]);
    expect(notes.join(' ')).toMatch(/not on PATH.*as they are written/);
  });

  it('follows an object that moves to another file, and sees it created and removed', async () => {
    const moved: Files = { ...FILES };
    delete moved['plain/tool.yaml'];
    moved['plain/other.yaml'] = FILES['plain/tool.yaml'].replace('3', '4');
    const { objects } = await compare(FILES, moved);
    expect(objects).toMatchObject([
      {
        path: 'plain/other.yaml',
        changes: [{ pointer: '/spec/replicas', before: 3, after: 4 }],
      },
    ]);
    const created = await compare({}, { 'a.yaml': BASE });
    expect(created.objects[0].before).toBeUndefined();
    expect(created.objects[0].changes).toContainEqual(
      expect.objectContaining({ pointer: '/spec/replicas', after: 3 }),
    );
    const removed = await compare({ 'a.yaml': BASE }, {});
    expect(removed.objects[0].after).toBeUndefined();
  });

  it.each([
    ['broken YAML', 'apiVersion: v1\nkind: {\n'],
    ['a template', 'apiVersion: v1\nkind: {{ .Kind }}\nmetadata: [\n'],
    ['a duplicate key', 'apiVersion: v1\nkind: Pod\nkind: Job\n'],
    ['another line break', 'apiVersion: v1\u2028kind: Pod\n'],
  ])('refuses %s that a cluster might read', async (_name, content) => {
    const { problems } = await compare({}, { 'x.yaml': content });
    expect(problems).toMatchObject([{ path: 'x.yaml' }]);
  });

  it('leaves out what is no manifest, and tells of charts', async () => {
    const { objects, problems, notes } = await compare(
      { 'chart/Chart.yaml': 'name: a\n' },
      {
        'chart/Chart.yaml': 'name: a\n',
        'chart/templates/x.yaml': 'kind: {{ .Kind }}\napiVersion: v1',
        'chart/values.yaml': 'replicas: 3\n',
        'README.md': 'apiVersion: v1\n',
        'ci.yaml': 'jobs: {a: [}\n',
      },
    );
    expect({ objects, problems }).toEqual({ objects: [], problems: [] });
    expect(notes).toEqual([
      expect.stringMatching(/^Helm charts are not rendered: 2 changed files/),
    ]);
  });
});

describe('readSource', () => {
  const CPU = [
    ...['spec', 'template', 'spec', 'containers', 0],
    ...['resources', 'requests', 'cpu'],
  ];

  it('finds lines and rewrites one scalar in its own style', () => {
    const [source] = readSource(
      'a.yaml',
      Buffer.from(`# a comment\n---\n${BASE}`),
    );
    expect(source.object).toMatchObject({ kind: 'Deployment', name: 'web' });
    expect(source.linesOf(CPU)).toEqual({ first: 16, last: 16 });
    expect(source.linesOf(CPU.slice(0, 5))).toEqual({ first: 12, last: 17 });
    expect(source.lineWith(CPU, '250m')).toEqual({
      before: '            cpu: "500m" # measured',
      after: '            cpu: "250m" # measured',
    });
    expect(source.linesOf(['spec', 'nothing'])).toBeUndefined();
    expect(source.lineWith(['spec'], 'x')).toBeUndefined();
  });

  it('knows the lines a change adds or alters', () => {
    const lines = (before: string | undefined, after: string) => [
      ...changedLines(
        before === undefined ? undefined : Buffer.from(before),
        Buffer.from(after),
      ),
    ];
    expect(lines('a\nb\nc\n', 'a\nB\nc\nd\n')).toEqual([2, 4]);
    expect(lines(undefined, 'a\nb\n')).toEqual([1, 2]);
    expect(lines('a\nb\n', 'b\n')).toEqual([]);
  });

  it('never names a line that is the same and in the same place on both sides', () => {
    const line = fc.constantFrom('a', 'b', 'c', 'd');
    fc.assert(
      fc.property(
        fc.array(line),
        fc.array(line),
        fc.array(line),
        (head, middle, added) => {
          const before = [...head, ...middle];
          const after = [...head, ...added, ...middle];
          const changed = changedLines(
            Buffer.from(before.map(text => `${text}\n`).join('')),
            Buffer.from(after.map(text => `${text}\n`).join('')),
          );
          // As many lines as were added, and what is left is the old file.
          expect(changed.size).toBe(added.length);
          expect(after.filter((_, index) => !changed.has(index + 1))).toEqual(
            before,
          );
        },
      ),
    );
  });
});
