import type { Action } from '@apexlogic/backstage-plugin-finops-common';
import fc from 'fast-check';
import { loadAll } from 'js-yaml';
import { applyPlan } from '../applySplices';
import { createObjectValidator } from '../kubernetes/validateObject';
import { planChange } from '../planChange';
import { planned, RATIONALE, snapshotOf, targetOf } from '../testUtils';

/** A document of a file, in one of the ways people write them. */
const documents = fc.record({
  kind: fc.constantFrom('Deployment', 'Service', 'ConfigMap'),
  marker: fc.constantFrom('---', '--- # next', '---   '),
  above: fc.constantFrom('', '# about this one\n', '# ä\n#  b: {\n'),
  below: fc.constantFrom('', '# end\n', '\n', '\n\n', '  # in it\n'),
  data: fc.constantFrom(
    'labels: &l {team: a}\n  annotations: *l\n',
    "labels:\n    team: 'a' # b\n",
    'annotations:\n    text: |\n      --- not a marker\n      # not a comment\n\n',
    'annotations: {}\n',
  ),
});
type Written = typeof documents extends fc.Arbitrary<infer T> ? T : never;

const files = fc.record({
  header: fc.constantFrom('', '# Copyright\n\n', '# Copyright\n# of us\n\n'),
  firstMarker: fc.boolean(),
  documents: fc.array(documents, { minLength: 2, maxLength: 5 }),
  eol: fc.constantFrom('\n', '\r\n'),
  byteOrderMark: fc.boolean(),
  finalEol: fc.boolean(),
});
type Style = typeof files extends fc.Arbitrary<infer T> ? T : never;

const API_VERSIONS = {
  Deployment: 'apps/v1',
  Service: 'v1',
  ConfigMap: 'v1',
} as const;
const SPECS = {
  Deployment:
    'spec:\n  selector: {matchLabels: {app: x}}\n  template:\n    metadata: {labels: {app: x}}\n    spec:\n      containers:\n      - {name: a, image: "b:1"}\n',
  Service: 'spec:\n  ports: [{port: 80}]\n',
  ConfigMap: 'data:\n  a: "1"\n',
} as const;

function documentText({ kind, above, below, data }: Written, index: number) {
  const at = kind as keyof typeof SPECS;
  return (
    `${above}apiVersion: ${API_VERSIONS[at]}\nkind: ${kind}\nmetadata:\n  name: n${index}\n  namespace: shop\n  ${data}` +
    `${SPECS[at]}${below}`
  );
}

function fileText(style: Style): string {
  const text = style.documents
    .map((document, index) => {
      const marker =
        index > 0 || style.firstMarker ? `${document.marker}\n` : '';
      return marker + documentText(document, index);
    })
    .join('');
  const whole = (style.header + text).replaceAll('\n', style.eol);
  return (
    (style.byteOrderMark ? '\uFEFF' : '') +
    (style.finalEol ? whole : whole.replace(/[\r\n]+$/, ''))
  );
}

describe('plans of whole objects', () => {
  const validator = createObjectValidator();
  const options = { validator };

  async function changed(
    text: string,
    action: Action,
    document: Written,
    name: string,
  ) {
    const snapshot = snapshotOf({ 'all.yaml': text });
    const plan = planned(
      await planChange(
        targetOf(action, { kind: document.kind, name }),
        RATIONALE,
        snapshot,
        options,
      ),
    );
    const applied = await applyPlan(plan, snapshot);
    return { plan, after: Buffer.from(applied[0].after).toString(), applied };
  }

  it('remove one document and leave the bytes of all others', async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.nat(), async (style, choice) => {
        const index = choice % style.documents.length;
        const text = fileText(style);
        const { after } = await changed(
          text,
          { kind: 'remove-orphan', workload: '' },
          style.documents[index],
          `n${index}`,
        );
        const others = loadAll(text).filter((_, at) => at !== index);
        expect(loadAll(after)).toEqual(others);
        // One cut was made and nothing else.
        const cut = text.length - after.length;
        let start = 0;
        while (start < after.length && after[start] === text[start]) {
          start += 1;
        }
        expect(after.slice(start)).toBe(text.slice(start + cut));
        expect(after.includes('Copyright')).toBe(style.header !== '');
      }),
      { numRuns: 150 },
    );
  });

  it('label an object and change no other line', async () => {
    await fc.assert(
      fc.asyncProperty(
        files,
        fc.nat(),
        fc.constantFrom('0042', 'yes', 'blue', '1.5', 'a_b.C'),
        async (style, choice, value) => {
          const index = choice % style.documents.length;
          const document = style.documents[index];
          fc.pre(!document.data.includes('&l'));
          const text = fileText(style);
          const { after } = await changed(
            text,
            { kind: 'enforce-tags', workload: '', labels: { cost: value } },
            document,
            `n${index}`,
          );
          const [before, now] = [text, after].map(
            content => loadAll(content) as any[],
          );
          expect(now[index].metadata.labels.cost).toBe(value);
          delete now[index].metadata.labels.cost;
          for (const key of Object.keys(now[index].metadata.annotations)) {
            if (key.startsWith('ai.apexlogic.com/')) {
              delete now[index].metadata.annotations[key];
            }
          }
          for (const objects of [before, now]) {
            const { metadata } = objects[index];
            for (const key of ['labels', 'annotations']) {
              if (Object.keys(metadata[key] ?? {}).length === 0) {
                delete metadata[key];
              }
            }
          }
          expect(now).toEqual(before);
          const kept = new Set(after.split(/\r?\n/));
          const lost = text.split(/\r?\n/).filter(line => !kept.has(line));
          expect(
            lost.filter(line => !line.includes('annotations: {}')),
          ).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });
});
