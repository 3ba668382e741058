import fc from 'fast-check';
import { load } from 'js-yaml';
import { applySplices } from '../applySplices';
import { planChange } from '../planChange';
import { leavesOf } from '../yaml/leaves';
import { createObjectValidator } from '../kubernetes/validateObject';
import { RATIONALE, rightsize, snapshotOf, targetOf } from '../testUtils';
import { chartFiles } from './chartFixtures';

const comment = fc
  .string({ unit: fc.constantFrom('a', 'Ä', '#', ':', '"', '{', ' ') })
  .map(text => ` # ${text}`.trimEnd());
const written = fc.constantFrom(
  (text: string) => text,
  (text: string) => `"${text}"`,
  (text: string) => `'${text}'`,
);

/** Values of the chart, written in one of many ways. */
const valuesFile = fc
  .record({
    cpu: fc.integer({ min: 300, max: 4000 }).map(milli => `${milli}m`),
    quote: written,
    isFlow: fc.boolean(),
    hasLimit: fc.boolean(),
    eol: fc.constantFrom('\n', '\r\n'),
    comments: fc.tuple(comment, comment, comment),
    isAnchored: fc.boolean(),
    indent: fc.constantFrom(1, 2, 4),
    blank: fc.constantFrom('', '\n', '\n\n'),
    mark: fc.constantFrom('', '\uFEFF'),
  })
  .map(
    ({
      cpu,
      quote,
      isFlow,
      hasLimit,
      eol,
      comments,
      isAnchored,
      indent,
      blank,
      mark,
    }) => {
      const space = ' '.repeat(indent);
      const [head, key, line] = comments;
      const limit = hasLimit ? ['limits', '3Gi'] : undefined;
      const resources = isFlow
        ? `resources: {requests: {cpu: ${quote(cpu)}}${
            limit ? `, limits: {memory: ${quote(limit[1])}}` : ''
          }}${line}`
        : [
            `resources:${key}`,
            `${space}requests:`,
            `${space}${space}cpu: ${quote(cpu)}${line}`,
            ...(limit
              ? [
                  `${space}limits:`,
                  `${space}${space}memory: ${quote(limit[1])}`,
                ]
              : []),
          ].join('\n');
      const text = `${head.trimStart()}
replicaCount: 3
image: {repository: example/web, tag: ''}
podAnnotations: ${isAnchored ? '&none ' : ''}{}
nodeSelector: ${isAnchored ? '*none' : '{}'}
${blank}${resources}
proxy: {enabled: false}
autoscaling:
  enabled: false
`;
      return mark + text.replaceAll('\n', eol);
    },
  );

describe('values of charts', () => {
  it('change on planned lines only, whatever they look like', async () => {
    const validator = createObjectValidator();
    await fc.assert(
      fc.asyncProperty(
        valuesFile,
        fc.record({
          container: fc.constant('web'),
          cpuRequest: fc
            .integer({ min: 1, max: 250 })
            .map(milli => `${milli}m`),
          memoryRequest: fc.option(
            fc.integer({ min: 1, max: 900 }).map(size => `${size}Mi`),
            { nil: undefined },
          ),
        }),
        async (values, wanted) => {
          const result = await planChange(
            targetOf(rightsize(wanted)),
            RATIONALE,
            snapshotOf(chartFiles('charts/web', values)),
            { validator },
          );
          if (result.kind === 'refused') {
            throw new Error(`${result.code}: ${result.reason}\n${values}`);
          }
          const [file] = result.plan.files;
          const bytes = new TextEncoder().encode(values);
          const after = new TextDecoder('utf-8', { ignoreBOM: true }).decode(
            applySplices(bytes, file),
          );
          const [was, is] = [values, after].map(text =>
            leavesOf(load(text.replace('\uFEFF', ''))),
          );
          const differing = [...is.keys()].filter(
            pointer => was.get(pointer) !== is.get(pointer),
          );
          expect(differing.sort()).toEqual(
            [
              '/resources/requests/cpu',
              ...(wanted.memoryRequest ? ['/resources/requests/memory'] : []),
            ].sort(),
          );
          expect([...was.keys()].every(pointer => is.has(pointer))).toBe(true);
          // Lines that are not of the resources are there, in order, to the last byte.
          const kept = values
            .split('\n')
            .filter(line => !/cpu:|resources:/.test(line));
          let at = 0;
          for (const line of kept) {
            at = after.split('\n').indexOf(line, at) + 1;
            expect(at).toBeGreaterThan(0);
          }
          expect(after.split('\n').length - values.split('\n').length).toBe(
            1 +
              (wanted.memoryRequest && !values.includes('resources: {')
                ? 1
                : 0),
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});
