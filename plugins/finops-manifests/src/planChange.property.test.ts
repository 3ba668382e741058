import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Action } from '@apexlogic/backstage-plugin-finops-common';
import fc from 'fast-check';
import { loadAll } from 'js-yaml';
import { applySplices } from './applySplices';
import { createObjectValidator } from './kubernetes/validateObject';
import { planChange } from './planChange';
import {
  planned,
  RATIONALE,
  rightsize,
  scale,
  snapshotOf,
  targetOf,
} from './testUtils';

/** How a file may be written; the writer below turns it and a Deployment into text. */
const styles = fc.record({
  indent: fc.constantFrom(2, 3, 4),
  indentLists: fc.boolean(),
  eol: fc.constantFrom('\n', '\r\n'),
  byteOrderMark: fc.boolean(),
  finalEol: fc.boolean(),
  quote: fc.constantFrom('', '"', "'"),
  flowLabels: fc.boolean(),
  flowRequests: fc.boolean(),
  flowAnnotations: fc.boolean(),
  anchoredName: fc.boolean(),
  specFirst: fc.boolean(),
  /** Put behind and between lines in turn. */
  comments: fc.array(
    fc.constantFrom('', ' # é', '   ', '  # 😀: {', ' # "', " # it's"),
    { minLength: 1, maxLength: 7 },
  ),
  between: fc.array(fc.constantFrom('', '', '', '# alone: [', '   '), {
    minLength: 1,
    maxLength: 5,
  }),
  before: fc.array(
    fc.constantFrom('kind: ConfigMap', '# only a comment', '- a\n- b', ''),
    { maxLength: 2 },
  ),
  after: fc.array(
    fc.constantFrom('a: &x 1\nb: *x', 'text: |+\n  a\n\n', '...'),
    { maxLength: 2 },
  ),
});

const contents = fc.record({
  replicas: fc.integer({ min: 1, max: 50 }),
  to: fc.integer({ min: 0, max: 50 }),
  annotations: fc.constantFrom<
    'absent' | 'empty' | 'null' | 'one' | 'block' | 'folded' | 'ours'
  >('absent', 'empty', 'null', 'one', 'block', 'folded', 'ours'),
  resources: fc.constantFrom<
    'absent' | 'null' | 'limits' | 'cpu' | 'both' | 'empty'
  >('absent', 'null', 'limits', 'cpu', 'both', 'empty'),
  cpu: fc.constantFrom('500m', '1', '0.5', '2500m', '1.25'),
  memory: fc.constantFrom('512Mi', '1Gi', '536870912', '500M', '0.5Gi'),
  resourcesLast: fc.boolean(),
  action: fc.constantFrom<'scale' | 'cpu' | 'memory' | 'all'>(
    'scale',
    'cpu',
    'memory',
    'all',
  ),
  wantedMillis: fc.integer({ min: 1, max: 4000 }),
  wantedMebibytes: fc.integer({ min: 1, max: 8000 }),
});

type Style = typeof styles extends fc.Arbitrary<infer T> ? T : never;
type Content = typeof contents extends fc.Arbitrary<infer T> ? T : never;

function write(style: Style, content: Content): string {
  const { indent: n, quote: q } = style;
  const lines: string[] = [];
  const line = (depth: number, text: string, plain = false) => {
    const comment = style.comments[lines.length % style.comments.length];
    const between = style.between[lines.length % style.between.length];
    lines.push(' '.repeat(depth) + text + (plain ? '' : comment));
    if (between && !plain) {
      lines.push(
        between.startsWith('#') ? ' '.repeat(depth) + between : between,
      );
    }
  };
  const labels = (depth: number) => {
    const app = style.anchoredName ? '*name' : 'web';
    if (style.flowLabels) {
      line(depth, `labels: {app: ${app} , tier: "b,c" }`);
    } else {
      line(depth, 'labels:');
      line(depth + n, `app: ${app}`);
    }
  };
  const annotations = () => {
    switch (content.annotations) {
      case 'absent':
        return;
      case 'empty':
        line(n, 'annotations: {}');
        return;
      case 'null':
        line(n, 'annotations:');
        return;
      default:
    }
    if (style.flowAnnotations) {
      line(n, `annotations: { a: "b", c: d }`);
      return;
    }
    line(n, 'annotations:');
    if (content.annotations === 'block' || content.annotations === 'folded') {
      const indicator = content.annotations === 'block' ? '|' : '>-';
      line(2 * n, `note: ${indicator}`, true);
      line(3 * n, 'first # no comment', true);
      line(0, '', true);
      line(3 * n, 'second: {{ not a template }}', true);
    } else if (content.annotations === 'ours') {
      line(2 * n, `ai.apexlogic.com/review-priority: ${q}low${q}`);
      line(2 * n, `z: 'y'`);
    } else {
      line(2 * n, `team: ${q}shop${q}`);
    }
  };
  const metadata = () => {
    line(0, 'metadata:');
    line(n, `name: ${style.anchoredName ? '&name ' : ''}web`);
    line(n, 'namespace: shop');
    annotations();
    labels(n);
  };
  const resources = (depth: number) => {
    const cpu = `cpu: ${q}${content.cpu}${q}`;
    const memory = `memory: ${q}${content.memory}${q}`;
    switch (content.resources) {
      case 'absent':
        return;
      case 'null':
        line(depth, 'resources:');
        return;
      case 'empty':
        line(depth, 'resources: {}');
        return;
      case 'limits':
        line(depth, 'resources:');
        line(depth + n, 'limits:');
        line(depth + 2 * n, `cpu: "64"`);
        return;
      default:
    }
    const members = content.resources === 'cpu' ? [cpu] : [cpu, memory];
    line(depth, 'resources:');
    if (style.flowRequests) {
      line(depth + n, `requests: {${members.join(', ')}}`);
    } else {
      line(depth + n, 'requests:');
      members.forEach(member => line(depth + 2 * n, member));
    }
  };
  const spec = () => {
    line(0, 'spec:');
    line(n, `replicas: ${content.replicas}`);
    line(n, 'selector: {matchLabels: {app: web}}');
    line(n, 'template:');
    line(2 * n, 'metadata: {labels: {app: web}}');
    line(2 * n, 'spec:');
    line(3 * n, 'containers:');
    const dash = 3 * n + (style.indentLists ? n : 0);
    line(dash, '- image: other:1');
    line(dash + 2, 'name: other');
    line(dash, `- name: web`);
    if (!content.resourcesLast) {
      resources(dash + 2);
    }
    line(dash + 2, `image: "web:1"`);
    line(dash + 2, `args: [a, 'b',`);
    line(dash + 4, 'c]');
    if (content.resourcesLast) {
      resources(dash + 2);
    }
  };
  for (const text of style.before) {
    lines.push(text, '---');
  }
  line(0, 'apiVersion: apps/v1');
  line(0, 'kind: Deployment');
  const anchorComesFirst = !style.specFirst || style.anchoredName;
  for (const part of anchorComesFirst ? [metadata, spec] : [spec, metadata]) {
    part();
  }
  for (const text of style.after) {
    lines.push(...(text === '...' ? ['...'] : ['---', text]));
  }
  return (
    (style.byteOrderMark ? '\uFEFF' : '') +
    lines.join('\n').replaceAll('\n', style.eol) +
    (style.finalEol ? style.eol : '')
  );
}

function actionOf(content: Content): Action {
  if (content.action === 'scale') {
    return scale(content.replicas, content.to);
  }
  const cpu = `${content.wantedMillis}m`;
  const memory = `${content.wantedMebibytes}Mi`;
  return rightsize({
    container: 'web',
    cpuRequest: content.action === 'memory' ? undefined : cpu,
    memoryRequest: content.action === 'cpu' ? undefined : memory,
    memoryLimit: content.action === 'all' ? memory : undefined,
  });
}

/** The documents as js-yaml reads them after the action, worked out without the code under test. */
function expectedDocuments(text: string, content: Content): unknown[] {
  const documents = read(text) as any[];
  const object = documents.find(document => document?.kind === 'Deployment');
  object.metadata.annotations = {
    ...object.metadata.annotations,
    'ai.apexlogic.com/optimisation-reason': RATIONALE.reason,
    'ai.apexlogic.com/proposed-by-model': 'CostOptimizer-v1.2.0',
    'ai.apexlogic.com/review-priority': 'medium',
  };
  if (content.action === 'scale') {
    object.spec.replicas = content.to;
    return documents;
  }
  // By name, as containers are told apart: damage may have split the item before it in two.
  const container = object.spec.template.spec.containers.find(
    (candidate: any) => candidate.name === 'web',
  );
  const resources = (container.resources ??= {});
  const requests = (resources.requests ??= {});
  if (content.action !== 'memory') {
    requests.cpu = `${content.wantedMillis}m`;
  }
  if (content.action !== 'cpu') {
    requests.memory = `${content.wantedMebibytes}Mi`;
  }
  if (content.action === 'all') {
    resources.limits = {
      ...resources.limits,
      memory: `${content.wantedMebibytes}Mi`,
    };
  }
  return documents;
}

function read(text: string): unknown[] {
  return loadAll(text) as unknown[];
}

/** Requests and limits as plain numbers, so that `0.5` and `500m` are the same. */
function withAmounts(documents: unknown[]): unknown {
  const units: Record<string, number> = {
    m: 1e-3,
    k: 1e3,
    M: 1e6,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
  };
  return JSON.parse(
    JSON.stringify(documents, (key, value) => {
      if ((key !== 'cpu' && key !== 'memory') || typeof value === 'object') {
        return value;
      }
      const [, number, unit] = /^([\d.]+)(\D*)$/.exec(String(value))!;
      return Math.round(Number(number) * (units[unit] ?? 1) * 1e6);
    }),
  );
}

describe('planChange on generated files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'finops-manifests-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'apps'));
  const path = 'apps/web app.yaml';

  it('changes the intended values alone, as another parser and git see it', async () => {
    const validator = createObjectValidator();
    let plans = 0;
    await fc.assert(
      fc.asyncProperty(styles, contents, async (style, content) => {
        const action = actionOf(content);
        const text = write(style, content);
        const snapshot = snapshotOf({ [path]: text });
        const result = await planChange(targetOf(action), RATIONALE, snapshot, {
          validator,
        });
        if (result.kind === 'refused' && result.code === 'already-done') {
          const wanted = withAmounts(expectedDocuments(text, content));
          expect(withoutRationale(wanted)).toEqual(
            withoutRationale(withAmounts(read(text))),
          );
          return;
        }
        plans += 1;
        const [file] = planned(result).files;
        const bytes = applySplices(await snapshot.read(path), file);
        const after = decode(bytes);

        expect(withAmounts(read(after))).toEqual(
          withAmounts(expectedDocuments(text, content)),
        );

        // Every line that went away was one of a planned value; all others still stand, in order.
        const removed = file.diff
          .split('\n')
          .slice(2)
          .filter(line => line.startsWith('-'));
        expect(removed.length).toBeLessThanOrEqual(
          planned(result).changes.length + 1,
        );
        const kept = withoutLines(text, removed);
        expect(isSubsequence(kept, after.split('\n'))).toBe(true);

        writeFileSync(join(folder, path), text);
        execFileSync('git', ['apply', '--whitespace=nowarn', '-'], {
          cwd: folder,
          input: file.diff,
        });
        expect(readFileSync(join(folder, path)).equals(bytes)).toBe(true);
      }),
      { numRuns: 150 },
    );
    expect(plans).toBeGreaterThan(100);
  });

  it('refuses or stays exact when a file is damaged at random', async () => {
    const validator = createObjectValidator();
    const damage = fc.array(
      fc.tuple(
        fc.nat(10_000),
        fc.nat(3),
        fc.constantFrom(
          ...['&a ', '*a', '<<: {x: 1}', '{', '}', '[', ']', '#', ' # ', ': '],
          ...[
            '|',
            '>',
            '- ',
            '? ',
            '\t',
            '"',
            "'",
            '\n',
            ' ',
            '!!str ',
            '---\n',
          ],
          ...['{{ .x }}', ',', '%', '\u2028', '\uFEFF', '\r', ''],
        ),
      ),
      { minLength: 1, maxLength: 3 },
    );
    let exact = 0;
    await fc.assert(
      fc.asyncProperty(
        styles,
        contents,
        damage,
        async (style, content, hits) => {
          let text = write(style, content);
          for (const [at, length, inserted] of hits) {
            const position = at % text.length;
            text =
              text.slice(0, position) +
              inserted +
              text.slice(position + length);
          }
          const snapshot = snapshotOf({ [path]: text });
          const result = await planChange(
            targetOf(actionOf(content)),
            RATIONALE,
            snapshot,
            { validator },
          );
          if (result.kind === 'refused') {
            expect(result.reason).not.toBe('');
            return;
          }
          let expected: unknown;
          try {
            expected = withAmounts(expectedDocuments(text, content));
          } catch {
            // The other parser is stricter: nothing to compare with.
            return;
          }
          const [file] = result.plan.files;
          const after = applySplices(await snapshot.read(path), file);
          expect(withAmounts(read(decode(after)))).toEqual(expected);
          exact += 1;
        },
      ),
      { numRuns: 400 },
    );
    expect(exact).toBeGreaterThan(20);
  });
});

function withoutRationale(documents: unknown): unknown {
  return JSON.parse(
    JSON.stringify(documents, (key, value) =>
      key === 'annotations' ? undefined : value,
    ),
  );
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function withoutLines(text: string, removed: readonly string[]): string[] {
  const pending = removed.map(line => line.slice(1));
  return text.split('\n').filter(line => {
    const index = pending.indexOf(line);
    if (index >= 0) {
      pending.splice(index, 1);
    }
    return index < 0;
  });
}

function isSubsequence(part: readonly string[], whole: readonly string[]) {
  let position = 0;
  for (const line of whole) {
    if (position < part.length && part[position] === line) {
      position += 1;
    }
  }
  return position === part.length;
}
