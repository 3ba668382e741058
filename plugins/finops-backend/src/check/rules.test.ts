import { ConfigReader } from '@backstage/config';
import fc from 'fast-check';
import {
  readDesiredState,
  readSource,
} from '@apexlogic/backstage-plugin-finops-manifests';
import { CheckReport } from '../database/CheckStore';
import { MANIFEST, NOW } from '../__testUtils__/fixtures';
import { history } from '../__testUtils__/history';
import { checkText } from './checkText';
import { chooseTests } from './chooseTests';
import { conclude } from './conclude';
import { readCheckConfig } from './config';
import { isBelow } from './isChecked';
import { priceWorkload } from './priceWorkload';
import { securityObjections } from './securityRules';

const MONTH = 730 / 24;

const REPORT: CheckReport = {
  headSha: '0123456789abcdef0123456789abcdef01234567',
  mergeBaseSha: '1123456789abcdef0123456789abcdef01234567',
  baseBranch: 'main',
  url: 'https://forge.test/org/gitops/pull/1',
  headBranch: 'more',
  isFork: false,
  author: { login: 'octavia', isBot: false },
  isOwn: false,
  changedPaths: ['apps/web/.deploy/a.yaml'],
  objects: 1,
  entityRefs: [],
  verdicts: [],
  policyVersion: 'v',
  cost: { monthly: [], priced: 0, unpriced: [] },
  suggestions: [],
  risk: { level: 'medium', reasons: [] },
  problems: [],
  notes: [],
  hash: 'h',
};

const bodyOf = (report: Partial<CheckReport>) =>
  checkText({
    marker: '<!-- finops:check 1 -->',
    report: { ...REPORT, ...report },
    conclusion: { state: 'success', description: 'Fine' },
    chosen: [],
    tests: [],
  });

describe('securityObjections', () => {
  const objectionsTo = (pod: string) =>
    securityObjections(
      readSource(
        'a.yaml',
        Buffer.from(
          `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n${pod}`,
        ),
      )[0],
    ).map(({ rule, keys, instead }) => [rule, keys.join('/'), instead]);

  it.each([
    ['  hostNetwork: true', [['host-namespace', 'spec/hostNetwork', 'false']]],
    [
      '  volumes: [{name: a, hostPath: {path: /}}]',
      [['host-path', 'spec/volumes/0/hostPath', undefined]],
    ],
    [
      '  securityContext: {runAsUser: 0, runAsNonRoot: false}',
      [
        ['runs-as-root', 'spec/securityContext/runAsUser', undefined],
        ['runs-as-root', 'spec/securityContext/runAsNonRoot', 'true'],
      ],
    ],
    [
      '  initContainers:\n  - name: a\n    image: a:1\n    securityContext:\n      allowPrivilegeEscalation: true\n      capabilities: {add: [NET_BIND_SERVICE, sys_admin]}',
      [
        [
          'privilege-escalation',
          'spec/initContainers/0/securityContext/allowPrivilegeEscalation',
          'false',
        ],
        [
          'broad-capability',
          'spec/initContainers/0/securityContext/capabilities/add/1',
          undefined,
        ],
      ],
    ],
    [
      '  securityContext: {runAsUser: 1000}\n  containers:\n  - name: a\n    image: registry:5000/a:1\n    securityContext: {privileged: false}',
      [],
    ],
    ['  containers: nonsense\n  volumes: [null, 3]', []],
  ])('objects to %s', (pod, expected) => {
    expect(objectionsTo(pod)).toEqual(expected);
  });

  it.each([
    ['web', true],
    ['web:latest', true],
    ['registry:5000/web', true],
    ['registry:5000/web:1.2', false],
    ['web:latest@sha256:0123', false],
  ])('takes %s for unpinned: %s', (image, isUnpinned) => {
    expect(
      objectionsTo(`  containers: [{name: a, image: '${image}'}]`),
    ).toHaveLength(isUnpinned ? 1 : 0);
  });
});

describe('priceWorkload', () => {
  // A core a pod, three pods, at 3 USD a day; nothing is used.
  const measured = history({ cpuMicros: Array(5).fill(3_000_000) });
  const state = (text: string) =>
    readDesiredState('Deployment', readSource('a', Buffer.from(text))[0].plain);
  const written = MANIFEST.replace('500m', "'1'").replace('512Mi', '1Gi');
  const costs = (before: string | undefined, after: string | undefined) => {
    const priced = priceWorkload(
      measured,
      before === undefined ? undefined : state(before),
      after === undefined ? undefined : state(after),
      NOW,
    );
    return priced.kind === 'priced'
      ? priced.monthly.amountMicros / 1e6 / MONTH
      : priced.reason;
  };

  it.each([
    ['more CPU', written, written.replace("'1'", "'2'"), 3],
    ['fewer replicas', written, written.replace('s: 3', 's: 1'), -2],
    ['a removal', written, undefined, -3],
    [
      'a new container',
      written,
      `${written}        - {name: b, resources: {requests: {cpu: '1'}}}\n`,
      3,
    ],
    ['a request that goes', written, written.replace(/ +cpu: .*\n/, ''), -3],
    [
      'a limit in place of a request',
      written,
      written.replace('requests:', 'limits:'),
      0,
    ],
    ['what a file brings that runs already', undefined, written, 0],
    ['nothing', written, written.replace('web:1', 'web:2'), 0],
  ])('prices %s', (_name, before, after, perDay) => {
    expect(costs(before, after)).toBeCloseTo(perDay, 4);
  });

  it('charges a change, not what has drifted before it', () => {
    // The file said two cores all along, though one runs.
    const drifted = written.replace("'1'", "'2'");
    expect(costs(drifted, drifted.replace('web:1', 'web:2'))).toBeCloseTo(0, 4);
    expect(costs(drifted, written.replace("'1'", "'3'"))).toBeCloseTo(3, 4);
  });

  it('prices a patch by what it says', () => {
    const patch = (count: number) =>
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: ${count}}\n`;
    expect(costs(patch(3), patch(4))).toBeCloseTo(1, 4);
  });

  it('is the same amount there and back', () => {
    const cores = fc.integer({ min: 1, max: 64 });
    fc.assert(
      fc.property(cores, cores, (from, to) => {
        const [a, b] = [from, to].map(n => written.replace("'1'", `'${n}'`));
        expect(Number(costs(a, b)) + Number(costs(b, a))).toBeCloseTo(0, 4);
        expect(Number(costs(a, b))).toBeCloseTo(3 * (to - from), 3);
      }),
      { numRuns: 30 },
    );
  });
});

describe('chooseTests', () => {
  const rulesOf = (tests: object[]) =>
    readCheckConfig(new ConfigReader({ finops: { check: { tests } } } as any))
      .tests;
  const chosen = (tests: object[], report: Partial<CheckReport> = {}) =>
    chooseTests(rulesOf(tests), 'https://forge.test/org/gitops', {
      ...REPORT,
      ...report,
    }).map(({ workflow, inputs, required }) => [workflow, inputs, required]);
  const rule = { files: ['apps/**'], workflow: 'a.yaml' };

  it('goes by files, hidden ones too, risk and repository, and takes a workflow once', () => {
    expect(chosen([rule])).toEqual([['a.yaml', {}, true]]);
    expect(chosen([{ ...rule, files: ['*.yaml'] }])).toEqual([]);
    expect(chosen([{ ...rule, risk: 'high' }])).toEqual([]);
    expect(
      chosen([{ ...rule, risk: 'high' }], {
        risk: { level: 'high', reasons: [] },
      }),
    ).toHaveLength(1);
    expect(
      chosen([{ ...rule, repository: 'https://forge.test/org' }]),
    ).toHaveLength(1);
    expect(
      chosen([{ ...rule, repository: 'https://forge.test/other' }]),
    ).toEqual([]);
    expect(
      chosen([
        { ...rule, inputs: { a: '1' }, required: false },
        { ...rule, inputs: { a: '2' } },
      ]),
    ).toEqual([['a.yaml', { a: '1' }, true]]);
  });

  it.each([
    [{ ...rule, risk: 'huge' }, /risk/],
    [{ ...rule, files: [] }, /files/],
    [{ ...rule, workflow: '../a.yaml' }, /workflow/],
  ])('refuses %j', (wrong, message) => {
    expect(() => rulesOf([wrong])).toThrow(message);
  });
});

describe('conclude', () => {
  const verdict = (outcome: 'allow' | 'deny' | 'require-approval') => ({
    policy: outcome,
    outcome,
    message: '',
    cause: 'evaluated' as const,
  });

  it('never lets a denial, a problem or a failed test pass, approved or not', () => {
    const outcomes = fc.constantFrom(
      ...(['allow', 'deny', 'require-approval'] as const),
    );
    const states = fc.constantFrom(
      ...(['intended', 'started', 'success', 'failure'] as const),
    );
    fc.assert(
      fc.property(
        fc.array(outcomes),
        fc.boolean(),
        fc.array(states, { maxLength: 3 }),
        fc.boolean(),
        (told, isBroken, ran, isApproved) => {
          const { state } = conclude(
            {
              ...REPORT,
              verdicts: told.map(verdict),
              problems: isBroken ? [{ path: 'a', reason: 'b' }] : [],
            },
            ran.map((_, index) => ({
              workflow: `${index}`,
              inputs: {},
              required: true,
            })),
            ran.map((test, index) => ({
              workflow: `${index}`,
              required: true,
              state: test,
              askedAt: NOW,
            })),
            isApproved ? ['user:default/bob'] : [],
          );
          const fails =
            told.includes('deny') || isBroken || ran.includes('failure');
          const waits =
            (told.includes('require-approval') && !isApproved) ||
            ran.some(test => test !== 'success');
          expect(state).toBe(
            fails ? 'failure' : (waits && 'pending') || 'success',
          );
        },
      ),
    );
  });
});

describe('isBelow', () => {
  it.each([
    ['https://a.test/org/repo', 'https://a.test/org', true],
    ['https://a.test/Org/repo.git', 'https://a.test/org/repo/', true],
    ['https://a.test/org/repo-2', 'https://a.test/org/repo', false],
    ['https://a.test.evil/org', 'https://a.test', false],
  ])('%s below %s: %s', (url, prefix, expected) => {
    expect(isBelow(url, prefix)).toBe(expected);
  });
});

describe('checkText', () => {
  it('shows text from outside as text', () => {
    const nasty =
      '@everyone <img src=x onerror=alert(1)> [a](javascript:b) ``` </details> #1 https://x.test\n# Title';
    const body = bodyOf({
      entityRefs: ['component:default/`a`'],
      verdicts: [
        {
          policy: nasty,
          outcome: 'deny',
          message: nasty,
          cause: 'evaluated',
        },
        { policy: nasty, outcome: 'allow', message: '', cause: 'evaluated' },
      ],
      cost: {
        monthly: [],
        priced: 0,
        unpriced: [{ subject: `\`${nasty}`, reason: nasty }],
      },
      risk: { level: 'high', reasons: [nasty] },
      problems: [{ path: nasty, reason: nasty }],
      suggestions: [
        {
          rule: 'privileged',
          kind: 'security',
          path: 'a b/`c`)(.yaml',
          line: 3,
          message: nasty,
          replacement: { before: '  ```', after: '  ```` # </details>' },
        },
      ],
    });
    // Code shows what it holds, and nothing in it works.
    const text = body
      .replace(/^(`{3,}).*\n[\s\S]*?\n\1$/gm, '')
      .replace(/(?<!\\)`[^`\n]*`/g, '');
    expect(text).not.toMatch(
      /@everyone|<img|[^\\]\]\(javascript|\n# Title|https:\/\/x/,
    );
    expect(text.match(/<\/details>/g)).toHaveLength(
      text.match(/<details>/g)!.length,
    );
    // The one of the file stands in a fence that is longer than any within.
    expect(body).toContain('`````diff\n-  ```\n+  ```` # </details>\n`````');
    expect(body).toContain('/blob/0123456789abcdef0123456789abcdef01234567/');
  });

  it('fits into a comment, whatever is found, and leaves nothing open', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 300, minLength: 1, unit: 'binary' }),
        fc.nat(60),
        (words, n) => {
          const body = bodyOf({
            verdicts: Array.from({ length: 2 * n }, (_, index) => ({
              policy: `${index} ${words}`,
              outcome: index % 2 ? ('deny' as const) : ('allow' as const),
              message: words,
              cause: 'evaluated' as const,
            })),
            suggestions: Array.from({ length: n }, (_, index) => ({
              rule: 'privileged',
              kind: 'security' as const,
              path: `${words}/${index}`,
              line: index,
              message: words,
              replacement: { before: words, after: words },
            })),
          });
          expect(body.length).toBeLessThanOrEqual(65_536);
          expect(body.startsWith('<!-- finops:check 1 -->')).toBe(true);
          expect((body.match(/^`{3,}/gm) ?? []).length % 2).toBe(0);
        },
      ),
      { numRuns: 25, endOnFailure: true },
    );
  });
});
